"""The inverse of what an apply did, as a plan like any other: for `apply --undo-file`, then `apply FILE`.

Made of what the service showed before and shows now, raw, so that it puts back values that no manifest names.
What has no inverse (a patient, a user where only Admin removes one) is in it as blocked, with the remedy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from reconciler.brakes import brakes
from reconciler.diff import diff
from reconciler.evidence import Evidence
from reconciler.kind import Kind, Known, digest_of
from reconciler.kinds.event.fields import whole
from reconciler.kinds.record import SYSTEM
from reconciler.kinds.work_hours.rows import row_of, shown
from reconciler.marks import Mark
from reconciler.model import Action, Change, Key, Limits, Live, Plan, Report, Snapshot, Status
from reconciler.occurrence import key_of
from reconciler.plan import wave_of
from reconciler.routes import Scope

KEPT_FOREVER = "the service lets no API client delete patients"
BY_ADMIN = "the service lets no API client delete users: deactivate in Admin"


class Landed(NamedTuple):
    """A change that reached the service: its object before the run, and as it is now, if that can be read."""

    change: Change
    before: Live | None
    now: Live | None
    unreadable: str = ""


class Step(NamedTuple):
    """What undoes one change: the action, and the fields as they shall be."""

    action: Action
    after: Mapping[str, Any] | None
    blocked: str = ""


def landed(report: Report, evidence: Evidence) -> list[Landed]:
    """What of a run may have reached the service, its objects read again. Raises: ApiError."""
    sent = report.having(Status.DONE, Status.UNCONVERGED, Status.UNKNOWN, Status.FAILED)
    seen = evidence.look([outcome.change for outcome in sent])
    return [Landed(each.change, evidence.before(each.change), each.found, each.unreadable) for each in seen]


def undo_plan(
    plan: Plan, landed: Iterable[Landed], kinds: Mapping[str, Kind], live: Snapshot, now: datetime
) -> Plan:
    """Plan what leads back, in reverse order; the brakes are the usual ones, but for shares of a whole.

    live: for the names of people.
    """
    scope = Scope(plan.tenant, plan.instance)
    known = Known(scope, live.ids, live.patients, in_remarks=live.marks != "externalId")
    changes = [change for each in landed for change in _inverse(each, kinds, live, known)]
    changes.reverse()
    ordered = sorted(changes, key=lambda change: _rank(change, list(kinds)))
    return replace(
        plan,
        created_at=now,
        live_digest=digest_of([[str(change.key), change.live_digest] for change in ordered]),
        changes=tuple(ordered),
        warnings=("puts back what an apply changed, as far as nobody changed it since",),
        brakes=tuple(brakes(ordered, {}, Limits())),
    )


def _rank(change: Change, kinds: Sequence[str]) -> tuple[bool, int, bool]:
    removal, kind, override = wave_of(change)
    place = kinds.index(kind)
    return removal, -place if removal else place, override


def _inverse(landed: Landed, kinds: Mapping[str, Kind], live: Snapshot, known: Known) -> Iterator[Change]:
    change, before, now, unreadable = landed
    kind = kinds[change.key.kind]
    if unreadable:
        yield Change(change.key, Action.BLOCKED, reason=unreadable, source=change.source)
        return
    same = _digest(kind, before) == _digest(kind, now)
    step = None if same else _STEPS[kind.name](landed, live)
    if step is None:
        return
    new = step.action is Action.CREATE
    differs = not new and step.after is not None and change.after is not None
    undone = Change(
        _key(change.key, step.after or {}),
        step.action,
        before=None if new else change.after,
        after=step.after,
        diff=tuple(diff(change.after or {}, step.after or {})) if differs else (),
        reason=f"undoes: {change.action}",
        source=change.source,
        live_id=now.id or change.live_id if now else None,
        live_digest=_digest(kind, now),
    )
    yield undone.blocked(step.blocked) if step.blocked else undone.sending(kind.request(undone, known))


def _digest(kind: Kind, live: Live | None) -> str | None:
    return None if live is None else kind.digest(live.fields)


def _key(key: Key, after: Mapping[str, Any]) -> Key:
    """What the object is called once it is back: by the mark, or the start, that it had."""
    mark = Mark.parse(after.get("externalId"))
    if key.kind == "event" and mark:
        return key_of(mark.series, mark.occurrence)
    if key.kind == "workHours" and after:
        return Key(key.kind, f"{key.name.rpartition('@')[0]}@{after['startDate']}")
    return key


def _user(landed: Landed, live: Snapshot) -> Step:
    change, before, now, _ = landed
    if before is None:
        return Step(Action.DELETE, None, BY_ADMIN if now and "userState" in now.fields else "")
    return Step(Action.UPDATE if now else Action.CREATE, change.before or {})


def _hours(landed: Landed, live: Snapshot) -> Step | None:
    _, before, now, _ = landed
    if now is None or now.id is None:
        return None
    row = row_of((before or now).fields)
    if before is None:  # no hours can be deleted (api-facts 6): without days they are none
        row = row._replace(period=row.period._replace(week={}), days_off=False)
    return Step(Action.RETIRE if before is None else Action.UPDATE, shown(row))


def _event(landed: Landed, live: Snapshot) -> Step | None:
    change, before, now, _ = landed
    if before is None:
        return Step(Action.DELETE, None) if now and now.id else None
    if now is not None and change.action is not Action.DELETE:
        return Step(Action.UPDATE, change.before)
    return Step(Action.CREATE, whole(before.fields, live))


def _patient(landed: Landed, live: Snapshot) -> Step | None:
    change, before, now, _ = landed
    if now is None:
        return None
    return Step(Action.UPDATE, change.before) if before else Step(Action.DELETE, None, KEPT_FOREVER)


def _record(landed: Landed, live: Snapshot) -> Step | None:
    change, before, now, _ = landed
    if before is None:
        return Step(Action.DELETE, None) if now else None
    if now is not None:
        return Step(Action.UPDATE, change.before)
    had = before.fields.get("jsonBody") or {}
    after = {name: value for name, value in had.items() if name not in SYSTEM and value is not None}
    return Step(Action.CREATE, after)


_STEPS: Mapping[str, Callable[[Landed, Snapshot], Step | None]] = {
    "user": _user,
    "workHours": _hours,
    "event": _event,
    "patient": _patient,
    "record": _record,
}
