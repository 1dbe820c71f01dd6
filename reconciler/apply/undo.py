"""The inverse of what an apply did, as a plan like any other: for `apply --undo-file`, then `apply FILE`.

Made of what the service showed before and shows now, raw, so that it puts back values that no manifest names.
What has no inverse (a patient, a user where only Admin removes one) is in it as blocked, with the remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.apply.sender import told
from reconciler.diff import diff
from reconciler.kinds import Kind, Known, digest_of, subject_of, texts_in
from reconciler.model import Action, Change, Key, Landed, Live, Plan, Snapshot
from reconciler.plan.brakes import brakes, kept_of
from reconciler.plan.make import linked, ordered
from reconciler.routes import Scope


def undo_plan(
    plan: Plan, landed: Iterable[Landed], kinds: Mapping[str, Kind], live: Snapshot, now: datetime
) -> Plan:
    """Plan what leads back, in reverse order; the brakes are the usual ones.

    live: for the names of people.
    """
    scope, landed = Scope(plan.tenant, plan.instance), list(landed)
    gone = {each.change.key for each in landed if not each.now}
    ids = {name: id for name, id in live.ids.items() if Key("user", name) not in gone}
    known = Known(scope, ids, live.patients, in_remarks=told(kinds, live).external_id is not True)
    texts = plan.texts | texts_in(plan.changes)
    lost: list[str] = []
    changes = [change for each in landed for change in _inverse(each, kinds, live, known, texts, lost)]
    changes = ordered(linked(reversed(changes)), list(kinds))
    owned, kept = _owned(plan, changes), kept_of([*changes, *plan.changes])
    return replace(
        plan,
        created_at=now,
        live_digest=digest_of([[str(change.key), change.live_digest] for change in changes]),
        changes=tuple(changes),
        warnings=("puts back what an apply changed, as far as nobody changed it since", *lost),
        brakes=tuple(brakes(changes, owned, plan.limits, kept)),
        owned=owned,
        kept=kept,
        standing=(),
        impact=None,  # of what was applied; nobody has looked at the way back
        violations=(),
        rota=(),
    )


def _owned(plan: Plan, changes: Iterable[Change]) -> dict[str, frozenset[str]]:
    """What was ours when the run began, and what it made."""
    owned = {kind: set(names) for kind, names in plan.owned.items()}
    for change in changes:
        if change.live_id:
            owned.setdefault(change.key.kind, set()).add(subject_of(change.key))
    return {kind: frozenset(names) for kind, names in owned.items()}


def _inverse(
    landed: Landed,
    kinds: Mapping[str, Kind],
    live: Snapshot,
    known: Known,
    texts: frozenset[tuple[str, str]],
    lost: list[str],
) -> Iterator[Change]:
    """lost: told what is not put back, as it was written by hand."""
    change, before, now, unreadable = landed
    kind = kinds[change.key.kind]
    if unreadable:
        yield Change(change.key, Action.BLOCKED, reason=unreadable, source=change.source)
        return
    same = _digest(kind, before) == _digest(kind, now)
    step = None if same else kind.inverse(landed, live, texts)
    if step is None:
        return
    if step.lost:
        lost.append(f"{change.key}: {', '.join(step.lost)} not restored: what stood there was not ours")
    here = change.after if step.before is None else step.before
    differing = diff(here, step.after) if here and step.after else []
    if step.action is Action.UPDATE and not differing:
        return
    new = step.action is Action.CREATE
    undone = Change(
        kind.restored(change.key, step.after or {}),
        step.action,
        before=None if new else here,
        after=step.after,
        diff=() if new else tuple(differing),
        reason=f"undoes: {change.action}",
        source=change.source,
        live_id=(now and now.id) or (None if new else change.live_id),
        live_digest=_digest(kind, now),
    )
    yield undone.blocked(step.blocked) if step.blocked else undone.sending(kind.request(undone, known))


def _digest(kind: Kind, live: Live | None) -> str | None:
    return None if live is None else kind.digest(live.fields)
