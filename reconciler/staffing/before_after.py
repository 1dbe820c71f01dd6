"""The edge of this room: from a plan and what is live to people and bookings, before it and after it. Pure.

Before is what the service holds now, after is what it holds once the plan has been applied: a change that
sends nothing changes nothing. Only here are rows, events and changes spelled as the service spells them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from reconciler.dates.zones import is_zone
from reconciler.kinds import Context, kind_of, subject_of
from reconciler.kinds.event import KIND as EVENTS
from reconciler.kinds.event.fields import parted, stamp, status
from reconciler.kinds.event.marks import mark_of
from reconciler.kinds.event.occurrence import instant, key_of
from reconciler.kinds.event.part import Events
from reconciler.kinds.user import KIND as USERS
from reconciler.kinds.work_hours import KIND as HOURS
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.part import Hours
from reconciler.kinds.work_hours.rows import LONG_AGO, past, row_in, row_of, rule_of
from reconciler.model import Action, Change, Key, Plan, Snapshot, Source, Users
from reconciler.staffing.people import Booking, Cause, Departs, Held, Person, Staffing

# The week of today is looked at whole, and the night before it.
BEFORE = timedelta(days=14)
MINUTE = 60
NAMING = ("leave", "workHours", "users")  # sections whose names are looked at; the last place is theirs


def staffing_of(plan: Plan, live: Snapshot, context: Context) -> Staffing:
    """What a plan finds and what it leaves behind, of all whom `users`, `workHours` or `leave` name."""
    before = {booking.identity: booking for booking in _bookings(live.of(Events).found, plan, live)}
    after, touched = _carried_out(plan, before)
    unread = {subject_of(key) for key in live.unreadable if kind_of(key) in (USERS, HOURS)}
    named = named_in(context)
    people = [_person(name, named[name], touched, live, context) for name in sorted(named.keys() - unread)]
    changed = frozenset(touched.bookings)
    return Staffing(tuple(people), before, after, changed, tuple(sorted(unread & named.keys())))


def changed_by(plan: Plan, live: Snapshot, context: Context) -> Staffing:
    """The same of what the plan changes alone; quick where it changes little."""
    ids = {change.live_id for change in plan.pending}
    events = [event for event in live.of(Events).found if event["id"] in ids]
    before = {booking.identity: booking for booking in _bookings(events, plan, live)}
    after, touched = _carried_out(plan, before)
    named = named_in(context)
    names = sorted(named.keys() & (touched.changes.keys() | touched.blocked))
    people = [_person(name, named[name], touched, live, context) for name in names]
    return Staffing(tuple(people), before, after, frozenset(touched.bookings))


def named_in(context: Context) -> Mapping[str, Source]:
    """Whom the manifests name, each with a place."""
    return {each.name: each.source for section in NAMING for each in context.environment.under(section)}


def _carried_out(plan: Plan, before: Mapping[str, Booking]) -> tuple[dict[str, Booking], _Touched]:
    """What is booked once the plan has been applied, and what of whom it changes."""
    after, touched = dict(before), _Touched()
    for change in plan.changes:
        kind = kind_of(change.key)
        if kind is EVENTS:
            _book(change, before, after, touched)
        elif kind in (USERS, HOURS):
            touched.note(change, [subject_of(change.key)])
    return after, touched


@dataclass(slots=True)
class _Touched:
    """What a plan changes, person by person."""

    changes: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    blocked: set[str] = field(default_factory=set)
    bookings: set[str] = field(default_factory=set)

    def note(self, change: Change, people: Iterable[str]) -> None:
        for name in people:
            if change.request is not None:
                self.changes[name].append(change)
            elif change.action is Action.BLOCKED and change.before is not None and _takes_away(change):
                self.blocked.add(name)


def _takes_away(change: Change) -> bool:
    """Whether it deletes something, or gives it to another host."""
    return change.after is None or any(field.path == "hostId" for field in change.diff)


def _bookings(events: Iterable[Mapping[str, Any]], plan: Plan, live: Snapshot) -> Iterator[Booking]:
    keys = {change.live_id: change for change in plan.changes if kind_of(change.key) is EVENTS}
    for event in events:
        known = keys.get(event["id"])
        yield _booking(event, str(known.key) if known else _marked(event, plan), known, live)


def _marked(event: Mapping[str, Any], plan: Plan) -> str:
    """How an event is called of which the plan doesn't speak: by its mark, if that is ours."""
    mark = mark_of(event)
    return (
        str(key_of(mark.series, mark.occurrence)) if mark and mark.owner == plan.owner else str(event["id"])
    )


def _booking(event: Mapping[str, Any], name: str, known: Change | None, live: Snapshot) -> Booking:
    people, patients = set[str](), list[str]()
    for element in event.get("participants") or ():
        id = element["participantId"]
        if element.get("participantRole") == "patient":
            patients.append(id)
        else:
            people.add(live.names.get(id.lower(), id))
    host = live.names.get(event["hostId"].lower(), event["hostId"])
    leave = event.get("eventType") == "LEAVE"
    start, end = event["startDateTime"], event["endDateTime"]
    source = known.source if known else None
    return Booking(
        name, event["id"], *_times(start, end, event), (stamp(start), stamp(end)), host,
        frozenset({host, *people}), tuple(sorted(patients)), leave, status(event), source,
    )  # fmt: skip


def _times(start: str, end: str, event: Mapping[str, Any]) -> tuple[int, int]:
    """In whole seconds; a day that ends at its last second, or just before midnight, ends with it."""
    begins, ends = int(instant(start).timestamp()), instant(end)
    last = int(ends.timestamp()) + (ends.microsecond > 0)
    if event.get("allDayEvent") and last % MINUTE == MINUTE - 1:
        last += 1
    return begins, max(begins, last)


def _book(
    change: Change, before: Mapping[str, Booking], after: dict[str, Booking], touched: _Touched
) -> None:
    """Carry a change of an event out on what is booked."""
    was = before.get(change.live_id or "")
    if change.request is None:
        touched.note(change, {was.host} if was else ())
        return
    identity = change.live_id or str(change.key)
    if change.action is Action.DELETE:
        after.pop(identity, None)
    else:
        after[identity] = _changed(change, was)
    now = after.get(identity)
    people = was.staff ^ now.staff if was and now else frozenset[str]()
    touched.note(change, people.union(*({side.host} for side in (was, now) if side)))
    touched.bookings.add(identity)


def _changed(change: Change, was: Booking | None) -> Booking:
    after: Mapping[str, Any] = change.after or {}
    host = Key.parse(str(after["hostId"])).name if after.get("hostId") else was.host if was else ""
    people, named = parted(after.get("participants") or ())
    staff, patients = {host, *people}, {*named, *(was.patients if was else ())}
    if was and "participants" not in after:
        staff |= was.staff
    texts = was.stamps if was else ("", "")
    start, end = after.get("startDateTime") or texts[0], after.get("endDateTime") or texts[1]
    leave = after["eventType"] == "LEAVE" if "eventType" in after else bool(was and was.leave)
    state = after.get("eventStatus") or (was.state if was else "SCHEDULED")
    return Booking(
        str(change.key), change.live_id, *_times(start, end, after), (stamp(start), stamp(end)), host,
        frozenset(staff), tuple(sorted(patients)), leave, state, change.source,
    )  # fmt: skip


def _person(name: str, source: Source, touched: _Touched, live: Snapshot, context: Context) -> Person:
    user: Mapping[str, Any] = live.of(Users).by_name.get(name, {})
    before = Held(_zone(user, context), tuple(row for _, row in _rows(name, live, context)))
    changes = touched.changes.get(name, [])
    departs = _departs(name, live, context)
    person = Person(
        name,
        source,
        user.get("credentials") or None,
        before,
        before,
        touched=bool(changes),
        departs=departs,
        gone=departs.gone if departs and (changes or name in touched.blocked) else None,
    )
    return _after(person, changes, live, context) if changes else person


def _departs(name: str, live: Snapshot, context: Context) -> Departs | None:
    user = live.of(Users).by_name.get(name)
    last, gone = context.last_day(name, user), context.gone_from(name, user)
    if last is None or gone is None:
        return None
    rows = live.of(Hours).rows.get(live.ids.get(name, ""), ())
    availability = (
        str(row["workHoursId"])
        for row in rows
        if rule_of(row) == "AVAILABILITY" and (row_of(row).period.end or date.max) > last
    )
    return Departs(last, int(gone.timestamp()), context.leaving[name].successor, tuple(sorted(availability)))


def _after(person: Person, changes: Sequence[Change], live: Snapshot, context: Context) -> Person:
    """Somebody once the plan has been applied."""
    rows = dict(_rows(person.name, live, context))
    fields: dict[str, Any] = {**live.of(Users).by_name.get(person.name, {})}
    deleted = False
    for change in changes:
        kind = kind_of(change.key)
        if kind is USERS:
            deleted = deleted or change.action is Action.DELETE
            fields |= change.after or {}
        elif kind is HOURS:
            rows[change.live_id or str(change.key)] = row_in(change.key.name, change.after or {})
    zone = _zone(fields, context)
    held = Held(zone, () if deleted else tuple(rows.values()))
    causes = tuple(_causes(changes, deleted or zone != person.before.zone))
    return replace(person, after=held, causes=causes, credentials=fields.get("credentials") or None)


def _causes(changes: Iterable[Change], of_user: bool) -> Iterator[Cause]:
    """What touches somebody's hours; of_user: what is done to the user does, too."""
    for change in changes:
        kind = kind_of(change.key)
        if kind is HOURS:
            yield Cause(str(change.key), change.source, *_dates(change))
        elif kind is USERS and of_user:
            yield Cause(str(change.key), change.source)


def _rows(name: str, live: Snapshot, context: Context) -> Iterator[tuple[str, Row]]:
    """What rows of hours somebody has by now, by id; those long past aside."""
    since = context.now.date() - BEFORE
    for fields in live.of(Hours).rows.get(live.ids.get(name, ""), ()):
        if rule_of(fields) != "AVAILABILITY" and not past(fields, since):
            yield fields["workHoursId"], row_of(fields)


def _zone(user: Mapping[str, Any], context: Context) -> str:
    """The zone of a live user, the environment's where there is none that exists."""
    name = user.get("timezone")
    return str(name) if name and is_zone(name) else context.environment.timezone


def _dates(change: Change) -> tuple[date, date | None]:
    """The dates of which a change of hours speaks, before it and after it."""
    sides = [side for side in (change.before, change.after) if side and side["endDate"] != str(LONG_AGO)]
    ends = [side["endDate"] for side in sides]
    last = None if None in ends else date.fromisoformat(max(ends))
    return date.fromisoformat(min(side["startDate"] for side in sides)), last
