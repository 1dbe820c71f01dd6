"""What people did to users in Admin, as edits of the manifests that declare them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from reconciler.kinds import Context
from reconciler.model import Action, Change
from reconciler.model.edits import LAST, Edit, Past, Untold, Value
from reconciler.model.spec import UserSpec

ORDER = (
    "email", "phone", "timezone", "firstName", "lastName", "credentials", "locale", "attributes", "clear",
    "ensure", "lastDay", "successor", "id", "reason",
)  # fmt: skip
_ATTRIBUTES = {"customUserAttributes": "attributes"}


def accepted(changes: Sequence[Change], context: Context, past: Past) -> Iterator[Edit | Untold]:
    """A field as it is live; one that somebody emptied under `clear`; one that isn't cleared any more in its
    place."""
    for change in changes:
        if change.action is Action.NOOP:
            continue
        ahead = past.ahead(change)
        if ahead:
            yield ahead
            continue
        if not change.diff:
            yield Untold(change.key, "it is there on one side only: take its entry out, or apply")
            continue
        spec = context.people[change.key.name]
        for field in past.drifted(change).diff:
            name, _, below = field.path.partition(".")
            yield from _field(change, spec, _ATTRIBUTES.get(name, name), below, field.before)


def _field(change: Change, spec: UserSpec, name: str, below: str, live: object) -> Iterator[Edit]:
    def edit(*path: str | int, value: Value | None) -> Edit:
        return Edit("users", change.key.name, path, value, change.key, ORDER)

    cleared = [str(each) for each in spec.get("clear", ())]
    if below:
        yield edit(name, below, value=_said(live))
    elif live in (None, "", {}):
        yield edit(name, value=None)
        yield edit("clear", LAST, value=name)
    else:
        if name in cleared:
            yield edit("clear", cleared.index(name), value=None)
        yield edit(name, value=_said(live))


def _said(live: object) -> Value | None:
    if live is None:
        return None
    if isinstance(live, dict):
        return {str(name): cast(Value, _said(each)) for name, each in live.items()}
    return [str(each) for each in live] if isinstance(live, list) else str(live)
