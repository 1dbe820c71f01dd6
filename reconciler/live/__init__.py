"""Reads what the service has: for a plan everything the manifests speak of, for an apply what it touches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal, NamedTuple

from reconciler.client import Client
from reconciler.client.reading import is_id, readable_of_user
from reconciler.client.resource import IDS_PER_CALL
from reconciler.expand import nearest_user, undeclared_users
from reconciler.kinds import Context, subject_of
from reconciler.kinds.event.marks import mark_of
from reconciler.kinds.record.reads import observe_demo, read_demo
from reconciler.kinds.work_hours.mistaken import in_doubt, were_mistaken
from reconciler.kinds.work_hours.rows import LONG_AGO, starts_of
from reconciler.live.unreadable import changes_unread, events_unread, hours_unread, mark_in, people_unread
from reconciler.live.windows import joined_windows, windows_elsewhere, windows_of
from reconciler.model import Change, DemoData, Desired, Key, Ref, Snapshot, Window
from reconciler.model.typed import Event, HoursRow, Patient, Unreadable, User

YESTERDAY, HOURS_UNTIL = timedelta(days=1), timedelta(days=51 * 366)
FEW = 20  # objects up to this number are read one by one, more of them as pages


def read_live(client: Client, desired: Sequence[Desired], context: Context, parallelism: int) -> Snapshot:
    """Read all that planning needs: users, hours of those declared, events of the windows, patients named.

    A user or patient the service doesn't have goes to the findings, with the place that names it.
    Raises: ApiError.
    """
    with ThreadPoolExecutor(2) as side_by_side:
        reading = side_by_side.submit(_events, client, windows_of(desired, context))
        people = _users(client, _names(desired, context), parallelism)
        ids = _ids(people.users, context)
        wished = [wish.key.name for wish in desired if wish.key.kind == "workHours"]
        hours = _hours(client, {name: ids[name] for name in wished if name in ids}, context.now)
        patients = _patients(client, desired, context)
        demo = read_demo(client, desired, patients.ids, context, parallelism)
        events = reading.result()
    events = events.joined(_events(client, windows_elsewhere(desired, events.marked(), context)))
    for name, source in undeclared_users(desired, context).items():
        if name not in people.users:
            message = f"no user `{name}`: neither the manifests nor the tenant have one"
            context.findings.error(source, message + nearest_user(name, context))
    ours, others = events_unread(events.odd, ids, desired, context)
    unreadable = people_unread(people.odd, ids, desired) | patients.odd | ours
    unreadable |= hours_unread(people.odd, hours.odd, desired, context)
    snapshot = _snapshot(client, people.users, ids, hours.rows, events.found, patients.ids, demo)
    doubtful = in_doubt(desired, snapshot, context.now.date())[:IDS_PER_CALL]
    if doubtful and _were_mistaken(client, doubtful):
        snapshot = replace(snapshot, rule_types=False)
    return replace(snapshot, unreadable=unreadable, ignored={"event": others, "user": people.others})


def observe(
    client: Client, changes: Iterable[Change], known: Snapshot, now: datetime, parallelism: int
) -> Snapshot:
    """Read again just what the changes touch; ids and patients stay as known.

    Raises: ApiError.
    """
    by_kind: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_kind[change.key.kind].append(change)
    sandbox = by_kind["patient"] + by_kind["record"]
    demo = observe_demo(client, sandbox, known.patients, known.demo, parallelism) if sandbox else known.demo
    names = {change.key.name for change in by_kind["user"]}
    whose = {change.key: subject_of(change.key) for change in by_kind["workHours"]}
    missing = ({*whose.values()} | set(_people(by_kind["event"]))) - known.ids.keys()
    wanted = names | missing
    people = _users(client, wanted, parallelism, listed=len(wanted) > 1)
    ids = {**known.ids, **{name: user["id"] for name, user in people.users.items() if user.get("id")}}
    busy = {name: ids[name] for name in sorted({*whose.values()}) if name in ids}
    # A row that is dated back, or comes from there, is seen only by who looks that far.
    back = any(str(LONG_AGO) in starts_of(change) for change in by_kind["workHours"])
    hours = _hours(client, busy, datetime.combine(LONG_AGO, time(), UTC) + YESTERDAY if back else now)
    events = _touched(client, by_kind["event"], parallelism)
    others = {name: user for name, user in known.users.items() if name not in wanted}
    unreadable = changes_unread(events.odd, by_kind["event"], ids)
    unreadable |= {key: hours.odd[name].said("the hours") for key, name in whose.items() if name in hours.odd}
    unreadable |= {Key("user", name): odd.said("the user") for name, odd in people.odd.items()}
    users = {**others, **people.users}
    snapshot = _snapshot(client, users, ids, hours.rows, events.found, known.patients, demo, known)
    return replace(snapshot, unreadable=unreadable)


def _snapshot(
    client: Client,
    users: Mapping[str, User],
    ids: Mapping[str, str],
    hours: Mapping[str, Sequence[HoursRow]],
    events: Sequence[Event],
    patients: Mapping[str, str],
    demo: DemoData,
    known: Snapshot | None = None,
) -> Snapshot:
    rows = [row for details in hours.values() for row in details]
    return Snapshot(
        users=users,
        ids=ids,
        hours=hours,
        events=events,
        patients={**patients, **{name: fields["id"] for name, fields in demo.patients.items()}},
        marks=_where(events) or (known.marks if known else None),
        rule_types=_keeps_rules(rows) if rows or known is None else known.rule_types,
        our_ids=client.client_ids,
        our_names=frozenset((client.name, f"API_CLIENT:{client.name}")),
        demo=demo,
    )


def _where(events: Sequence[Mapping[str, Any]]) -> Literal["externalId", "remarks"] | None:
    """Where this service keeps a mark, told by its events; None if they don't tell.

    An `externalId` that is null everywhere tells nothing: none that was kept is recorded (api-facts 14).
    """
    if any(event.get("externalId") for event in events):
        return "externalId"
    lost = any(mark_of(event) for event in events) or not any("externalId" in event for event in events)
    return "remarks" if events and lost else None


def _keeps_rules(rows: Sequence[Mapping[str, Any]]) -> bool | None:
    return any("ruleType" in row for row in rows) if rows else None


def _names(desired: Sequence[Desired], context: Context) -> set[str]:
    return set(context.people) | set(undeclared_users(desired, context))


class People(NamedTuple):
    """Users by name, with what can be read of those who can't; `odd`: those asked for among them; `others`:
    how many more there are."""

    users: dict[str, User]
    odd: dict[str, Unreadable]
    others: int


def _users(client: Client, names: set[str], parallelism: int, listed: bool = True) -> People:
    """The users of these names, and all others where the service lists them; a list may hide some.

    listed: whether to ask for a list at all; it has the whole tenant.
    """
    found = People({}, {}, 0)
    for user in (client.users.list() if names and listed else None) or ():
        found = _with_user(found, user, names)
    missing = sorted(names - found.users.keys())
    with ThreadPoolExecutor(parallelism) as pool:
        for name, read in zip(missing, pool.map(client.users.get, missing), strict=True):
            if isinstance(read, Unreadable):  # whatever it calls itself, it came for this name
                found = _with_user(found, Unreadable(read.field, {**read.fields, "username": name}), names)
            elif read is not None:  # a look-up without regard to capitals may find somebody else
                found = _with_user(found, read, names)
    return found


def _with_user(people: People, user: User | Unreadable, names: set[str]) -> People:
    if not isinstance(user, Unreadable):
        people.users[user["username"]] = user
        return people
    fields = readable_of_user(user.fields)
    name = fields.get("username")
    if name is not None:
        people.users[name] = fields
    if name in names:
        people.odd[str(name)] = user
        return people
    return people._replace(others=people.others + 1)


def _ids(users: Mapping[str, User], context: Context) -> dict[str, str]:
    """Ids from the service's answers, else from the manifests' `id:` (the reference's answers have none)."""
    declared = {
        name: str(spec["id"]) for name, spec in context.people.items() if "id" in spec and name in users
    }
    return declared | {name: user["id"] for name, user in users.items() if user.get("id")}


class Hours(NamedTuple):
    """Rows by user id, and what can't be read, by username."""

    rows: dict[str, list[HoursRow]]
    odd: dict[str, Unreadable]


def _hours(client: Client, ids: Mapping[str, str], now: datetime) -> Hours:
    """The hours of these people, by username."""
    since = datetime.combine((now.astimezone(UTC) - YESTERDAY).date(), time(), UTC)
    read = client.work_hours.read(ids.values(), since, since + HOURS_UNTIL)
    return Hours(
        {id: rows for id, rows in read.items() if not isinstance(rows, Unreadable)},
        {name: odd for name, id in ids.items() if isinstance(odd := read[id], Unreadable)},
    )


def _were_mistaken(client: Client, ids: Sequence[str]) -> bool:
    """Whether an earlier run found that this service takes overrides for usual hours."""
    begin = datetime.combine(LONG_AGO, time(), UTC)
    read = client.work_hours.read(ids, begin, begin + timedelta(days=1))
    return any(were_mistaken(rows) for rows in read.values() if not isinstance(rows, Unreadable))


class Events(NamedTuple):
    """Events, each once, and those that can't be read."""

    found: list[Event]
    odd: list[Unreadable]

    def joined(self, more: Events) -> Events:
        found = {event["id"]: event for event in (*self.found, *more.found)}
        return Events(list(found.values()), self.odd + more.odd)

    def marked(self) -> list[Mapping[str, Any]]:
        """What bears a mark, whether the rest can be read or not."""
        return [
            *self.found,
            *({"externalId": str(mark)} for odd in self.odd if (mark := mark_in(odd.fields))),
        ]


def _events(client: Client, windows: Iterable[Window]) -> Events:
    found: dict[str, Event] = {}
    odd: dict[str, Unreadable] = {}
    for window in windows:
        for event in client.events.find(window.start, window.end):
            if isinstance(event, Unreadable):
                odd[str(event.fields.get("id") or event.fields)] = event
            else:
                found[event["id"]] = event
    return Events(list(found.values()), list(odd.values()))


def _touched(client: Client, changes: Sequence[Change], parallelism: int) -> Events:
    """The live events that changes are about: by id while they are few and known, else by their days."""
    ids = [change.live_id for change in changes if change.live_id]
    if len(ids) == len(changes) <= FEW:
        with ThreadPoolExecutor(parallelism) as pool:
            read = list(zip(ids, pool.map(client.events.get, ids), strict=True))
        odd = [Unreadable(it.field, {**it.fields, "id": id}) for id, it in read if isinstance(it, Unreadable)]
        return Events([event for _, event in read if event and not isinstance(event, Unreadable)], odd)
    day = timedelta(days=1)
    starts = [start for change in changes for start in _starts(change)]
    return _events(client, joined_windows(Window(start - day, start + day) for start in starts))


def _starts(change: Change) -> Iterator[datetime]:
    for side in (change.before, change.after):
        if side and side.get("startDateTime"):
            yield datetime.fromisoformat(side["startDateTime"])


def _people(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        for side in (change.before or {}, change.after or {}):
            named = [side.get("hostId"), *(side.get("participants") or ())]
            yield from (str(name)[5:] for name in named if str(name).startswith("user/"))


class Patients(NamedTuple):
    """Ids by external id, and what depends on those whose id can't be read."""

    ids: dict[str, str]
    odd: dict[Key, str]


def _patients(client: Client, desired: Sequence[Desired], context: Context) -> Patients:
    """Ids of the patients that events and records name by external id and no manifest declares."""
    found: dict[str, Patient | Unreadable | None] = {}
    ids, odd = dict[str, str](), dict[Key, str]()
    declared = {wish.key.name for wish in desired if wish.key.kind == "patient"}
    for wish in desired:
        for ref in (wish.fields.get("patient"), *wish.fields.get("participants", ())):
            if not isinstance(ref, Ref) or ref.key.kind != "patient" or ref.key.name in declared:
                continue
            name = ref.key.name
            if name not in found:
                found[name] = patient = client.patients.get(name, "EID")
                if patient is None:
                    context.findings.error(wish.source, f"no patient with external id `{name}`")
                ids[name] = _id_of(patient)
            patient = found[name]
            if isinstance(patient, Unreadable) and not ids[name]:
                odd[wish.key] = patient.said(f"the patient {name}")
    return Patients(ids, odd)


def _id_of(patient: Patient | Unreadable | None) -> str:
    """A patient's id, which is all that others need to know; empty where it isn't told."""
    fields: Mapping[str, Any] = patient.fields if isinstance(patient, Unreadable) else patient or {}
    id = fields.get("id")
    return str(id) if is_id(id) else ""
