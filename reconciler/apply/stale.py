"""Judges a plan made some time ago by what its objects show now, object by object. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from reconciler.apply.readback import Seen
from reconciler.apply.sender import told
from reconciler.errors import StalePlan
from reconciler.kinds import Kind, kind_of
from reconciler.model import DIFFERS, Action, Change, FieldDiff, Ground, Outcome, Plan, Snapshot, Status

STALE = "Saved plan is stale: the service changed since it was made"


def settled(
    plan: Plan, seen: Iterable[Seen], kinds: Mapping[str, Kind], live: Snapshot, now: datetime
) -> list[Outcome | None]:
    """Say of each change what needs no sending: past by now is dropped, as wished is done already; else None.

    Raises: StalePlan: naming every object that changed since the plan was made, and how; and each that is
        another than the change's key names.
    """
    stale, outcomes = list[str](), list[Outcome | None]()
    for change, found, missing, unreadable in seen:
        kind, outcome = kinds[change.key.kind], None
        digest = kind.digest(found.fields) if found else None
        if kind.expired(change, now):
            outcome = Outcome(change, Status.DROPPED, "past by now")
        elif unreadable:
            stale.append(f"  {change.key}: {unreadable}")
        elif digest != change.live_digest and missing:
            stale.append(f"  {change.key}: {_compared(change, missing)}")
        elif digest != change.live_digest:
            outcome = Outcome(change, Status.ALREADY)
        elif found and not kind.is_named(change, found, plan.owner, live):
            stale.append(f"  {change.key}: the object of its id is another one; plan again")
        elif outdated := kind.outdated(change, plan, now):
            stale.append(f"  {change.key}: {outdated}; plan again")
        outcomes.append(outcome)
    if stale:
        raise StalePlan(STALE, *stale)
    return outcomes


def confirmed(plan: Plan, live: Snapshot, kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Hold the ids that a saved plan knows people by against what is live.

    Returns: username -> id of the users whose ids this service doesn't tell.
    Raises: StalePlan: somebody goes by another id, or is not there.
    """
    untold, stale = {}, []
    for key, id in plan.ids.items():
        known = (kind_of(key).ids(live) or {}).get(key.name)
        if known is None and kind_of(key).may_have_id(key.name, id, live):
            untold[key.name] = id
        elif known is None or known.lower() != id.lower():
            stale.append(f"  {key}: {'not there' if known is None else 'goes by another id'}; plan again")
    if (
        any(c.ground is Ground.CUT_IN and c.action is Action.UPDATE for c in plan.changes)
        and told(kinds, live).rule_type
    ):
        stale.append("  workHours: this service keeps overrides, which the plan cuts into usual hours")
    if stale:
        raise StalePlan(STALE, *stale)
    return untold


def differing(seen: Seen) -> str:
    """How an object differs from what a change wanted, or why there is no telling."""
    return seen.unreadable or compared(seen.missing)


def compared(missing: Iterable[FieldDiff]) -> str:
    """What a change wanted and what is there, field by field."""
    return "; ".join(f"{f.path or 'object'}: {_wanted(f)}" for f in missing)


def _compared(change: Change, missing: Iterable[FieldDiff]) -> str:
    """The same with what was there before, where the plan knows it."""
    before = {field.path: field.before for field in change.diff if field.before != DIFFERS}
    return "; ".join(
        f"{f.path or 'object'}: {f'was {before[f.path]!r}, ' if f.path in before else ''}{_wanted(f)}"
        for f in missing
    )


def _wanted(field: FieldDiff) -> str:
    return f"wanted {field.after!r}, {DIFFERS if field.before == DIFFERS else f'is {field.before!r}'}"
