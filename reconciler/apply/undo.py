"""The inverse of what an apply did, as a plan like any other: for `apply --undo-file`, then `apply FILE`.

Made of what the service showed before and shows now, raw, so that it puts back values that no manifest names.
What has no inverse (a patient, a user where only Admin removes one) is in it as blocked, with the remedy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from reconciler.apply.readback import Evidence
from reconciler.diff import diff
from reconciler.kinds import Kind, Known, digest_of, subject_of
from reconciler.kinds.event.fields import whole
from reconciler.kinds.event.freetext import INFO, Ours, said_in, without_foreign
from reconciler.kinds.event.marks import Mark
from reconciler.kinds.event.occurrence import key_of
from reconciler.kinds.record import SYSTEM
from reconciler.kinds.work_hours.rows import LONG_AGO, dated_back, row_of, shown
from reconciler.model import Action, Change, Key, Live, Plan, Report, Snapshot, Status
from reconciler.plan.brakes import brakes, kept_of
from reconciler.plan.make import linked, ordered
from reconciler.routes import Scope

KEPT_FOREVER = "the service lets no API client delete patients"
BY_ADMIN = "the service lets no API client delete users: deactivate in Admin"


Fields = Mapping[str, Any]


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
    before: Mapping[str, Any] | None = None  # as it is, where that isn't what the change wished
    blocked: str = ""


def landed(report: Report, evidence: Evidence) -> list[Landed]:
    """What of a run may have reached the service, its objects read again. Raises: ApiError."""
    sent = report.having(Status.DONE, Status.UNCONVERGED, Status.UNKNOWN, Status.FAILED)
    seen = evidence.look([outcome.change for outcome in sent])
    return [Landed(each.change, evidence.before(each.change), each.found, each.unreadable) for each in seen]


def undo_plan(
    plan: Plan, landed: Iterable[Landed], kinds: Mapping[str, Kind], live: Snapshot, now: datetime
) -> Plan:
    """Plan what leads back, in reverse order; the brakes are the usual ones.

    live: for the names of people.
    """
    scope, landed = Scope(plan.tenant, plan.instance), list(landed)
    gone = {each.change.key.name for each in landed if each.change.key.kind == "user" and not each.now}
    ids = {name: id for name, id in live.ids.items() if name not in gone}
    known = Known(scope, ids, live.patients, in_remarks=live.marks != "externalId")
    ours = Ours(plan.texts | said_in(plan.changes), live.our_ids)
    lost: list[str] = []
    changes = [change for each in landed for change in _inverse(each, kinds, live, known, ours, lost)]
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
        violations=(),
    )


def _owned(plan: Plan, changes: Iterable[Change]) -> dict[str, frozenset[str]]:
    """What was ours when the run began, and what it made."""
    owned = {kind: set(names) for kind, names in plan.owned.items()}
    for change in changes:
        if change.live_id:
            owned.setdefault(change.key.kind, set()).add(subject_of(change.key))
    return {kind: frozenset(names) for kind, names in owned.items()}


def _inverse(
    landed: Landed, kinds: Mapping[str, Kind], live: Snapshot, known: Known, ours: Ours, lost: list[str]
) -> Iterator[Change]:
    """lost: told what is not put back, as it was written by hand."""
    change, before, now, unreadable = landed
    kind = kinds[change.key.kind]
    if unreadable:
        yield Change(change.key, Action.BLOCKED, reason=unreadable, source=change.source)
        return
    same = _digest(kind, before) == _digest(kind, now)
    step = None if same else _STEPS[kind.name](landed, live)
    if step is None:
        return
    here = step.before or change.after
    if kind.name == "event":
        here, step = _without_foreign(here, step, landed, ours, lost)
    differing = diff(here, step.after) if here and step.after else []
    if step.action is Action.UPDATE and not differing:
        return
    new = step.action is Action.CREATE
    undone = Change(
        _key(change.key, step.after or {}),
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


def _without_foreign(
    here: Fields | None, step: Step, landed: Landed, ours: Ours, lost: list[str]
) -> tuple[Fields | None, Step]:
    """Leave the texts as they are that people had written: no file may hold them."""
    if step.after is None:
        return here, step
    event = landed.before.fields if landed.before else {}
    after, foreign = without_foreign(ours.told(event, step.after))
    if foreign:
        lost.append(f"{landed.change.key}: {', '.join(foreign)} not restored: what stood there was not ours")
    if here is not None and step.action is not Action.CREATE:
        info = after.get(INFO) or {}
        here = {name: value for name, value in here.items() if name in after}
        if isinstance(here.get(INFO), Mapping):
            here[INFO] = {name: text for name, text in here[INFO].items() if name in info}
    return here, step._replace(after=after)


def _digest(kind: Kind, live: Live | None) -> str | None:
    return None if live is None else kind.digest(live.fields)


def _key(key: Key, after: Mapping[str, Any]) -> Key:
    """What the object is called once it is back: by the mark, or the start, that it had."""
    mark = Mark.parse(after.get("externalId"))
    if key.kind == "event" and mark:
        return key_of(mark.series, mark.occurrence)
    if key.kind == "workHours" and after and after["startDate"] != str(LONG_AGO):
        return Key(key.kind, f"{key.name.rpartition('@')[0]}@{after['startDate']}")
    return key


def _user(landed: Landed, live: Snapshot) -> Step:
    change, before, now, _ = landed
    if before is None:
        return Step(Action.DELETE, None, blocked=BY_ADMIN if now and "userState" in now.fields else "")
    return Step(Action.UPDATE if now else Action.CREATE, change.before or {})


def _hours(landed: Landed, live: Snapshot) -> Step | None:
    _, before, now, _ = landed
    had = before or now  # one that was dated back is read no more
    if had is None or had.id is None:
        return None
    row = row_of(had.fields)
    if before is None:  # no hours can be deleted (api-facts 6): without days they are none
        row = dated_back(row) if row.days_off else row._replace(period=row.period._replace(week={}))
    after = shown(row)
    return Step(Action.UPDATE if before and after["days"] else Action.RETIRE, after)


def _event(landed: Landed, live: Snapshot) -> Step | None:
    change, before, now, _ = landed
    if before is None:
        return Step(Action.DELETE, None) if now and now.id else None
    if now is None:
        return Step(Action.CREATE, whole(before.fields, live))
    if change.action is Action.DELETE:  # it is still shown, as cancelled
        return Step(Action.UPDATE, whole(before.fields, live), whole(now.fields, live))
    return Step(Action.UPDATE, change.before)


def _patient(landed: Landed, live: Snapshot) -> Step | None:
    change, before, now, _ = landed
    if now is None:
        return None
    return Step(Action.UPDATE, change.before) if before else Step(Action.DELETE, None, blocked=KEPT_FOREVER)


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
