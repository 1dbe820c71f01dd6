"""What undoes a change of an event, as far as what stood there may be told. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.kinds.event.fields import Fields, whole
from reconciler.kinds.event.freetext import INFO, Ours, without_foreign
from reconciler.model import Action, Inverse, Landed, Snapshot


def inverse_of(landed: Landed, live: Snapshot, ours: Ours) -> Inverse | None:
    """The way back; texts that people had written stay as they are now: no file may hold them."""
    step = _whole(landed, live)
    if step is None or step.after is None:
        return step
    event = landed.before.fields if landed.before else {}
    after, foreign = without_foreign(ours.told(event, step.after))
    here = landed.change.after if step.before is None else step.before
    if here is not None and step.action is not Action.CREATE:
        here = _beside(after, here)
    return step._replace(after=after, before=here, lost=tuple(foreign))


def _whole(landed: Landed, live: Snapshot) -> Inverse | None:
    change, before, now, _ = landed
    if before is None:
        return Inverse(Action.DELETE, None) if now and now.id else None
    if now is None:
        return Inverse(Action.CREATE, whole(before.fields, live))
    if change.action is Action.DELETE:  # it is still shown, as cancelled
        return Inverse(Action.UPDATE, whole(before.fields, live), whole(now.fields, live))
    return Inverse(Action.UPDATE, change.before)


def _beside(after: Fields, here: Fields) -> Fields:
    """Of what is there now the fields that are put back."""
    info = after.get(INFO) or {}
    shown = {name: value for name, value in here.items() if name in after}
    if isinstance(shown.get(INFO), Mapping):
        shown[INFO] = {name: text for name, text in shown[INFO].items() if name in info}
    return shown
