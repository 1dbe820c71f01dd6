"""Reads what the service has: for a plan everything the manifests speak of, for an apply what it touches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal

from reconciler.client import Client
from reconciler.demo import observe_demo, read_demo
from reconciler.expand import BEYOND, nearest_user, undeclared_users
from reconciler.kind import Context
from reconciler.kinds.event.claims import due
from reconciler.marks import mark_of
from reconciler.model import Change, DemoData, Desired, Ref, Snapshot, Window
from reconciler.occurrence import Occurrence, is_leave, past

YESTERDAY, HOURS_UNTIL = timedelta(days=1), timedelta(days=51 * 366)
PUT_OFF = timedelta(days=92)  # how far off people's doing is looked for, where something is missing
FEW = 20  # objects up to this number are read one by one, more of them as pages


def read_live(client: Client, desired: Sequence[Desired], context: Context, parallelism: int) -> Snapshot:
    """Read all that planning needs: users, hours of those declared, events of the windows, patients named.

    A user or patient the service doesn't have goes to the findings, with the place that names it.
    Raises: ApiError.
    """
    with ThreadPoolExecutor(2) as side_by_side:
        events = side_by_side.submit(_events, client, windows_of(desired, context))
        users = _users(client, _names(desired, context), parallelism)
        ids = _ids(users, context)
        busy = [
            ids[wish.key.name] for wish in desired if wish.key.kind == "workHours" and wish.key.name in ids
        ]
        hours = _hours(client, busy, context.now)
        patients = _patients(client, desired, context)
        demo = read_demo(client, desired, patients, context, parallelism)
        found = events.result()
    elsewhere = _events(client, windows_elsewhere(desired, found, context))
    found = list({event["id"]: event for event in (*found, *elsewhere)}.values())
    for name, source in undeclared_users(desired, context).items():
        if name not in users:
            message = f"no user `{name}`: neither the manifests nor the tenant have one"
            context.findings.error(source, message + nearest_user(name, context))
    return _snapshot(client, users, ids, hours, found, patients, demo)


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
    people = {change.key.subject for change in by_kind["workHours"]}
    missing = (people | set(_people(by_kind["event"]))) - known.ids.keys()
    users = _users(client, names | missing, parallelism) if names | missing else {}
    ids = {**known.ids, **{name: user["id"] for name, user in users.items() if user.get("id")}}
    hours = _hours(client, [ids[name] for name in sorted(people) if name in ids], now)
    events = _touched(client, by_kind["event"], parallelism)
    others = {name: user for name, user in known.users.items() if name not in names | missing}
    return _snapshot(client, {**others, **users}, ids, hours, events, known.patients, demo, known)


def _snapshot(
    client: Client,
    users: Mapping[str, Mapping[str, Any]],
    ids: Mapping[str, str],
    hours: Mapping[str, Sequence[Mapping[str, Any]]],
    events: Sequence[Mapping[str, Any]],
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


def _users(client: Client, names: set[str], parallelism: int) -> dict[str, Mapping[str, Any]]:
    """The users of these names, and all others where the service lists them; a list may hide some."""
    listed = client.users.list() if len(names) > 0 else None
    users: dict[str, Mapping[str, Any]] = {
        user["username"]: user for user in listed or () if user.get("username")
    }
    missing = sorted(names - users.keys())
    with ThreadPoolExecutor(parallelism) as pool:
        for name, user in zip(missing, pool.map(client.users.get, missing), strict=True):
            if user is not None:  # a look-up without regard to capitals may find somebody else
                users[str(user.get("username") or name)] = user
    return users


def _ids(users: Mapping[str, Mapping[str, Any]], context: Context) -> dict[str, str]:
    """Ids from the service's answers, else from the manifests' `id:` (the reference's answers have none)."""
    declared = {
        name: str(spec["id"]) for name, spec in context.people.items() if "id" in spec and name in users
    }
    return declared | {name: user["id"] for name, user in users.items() if user.get("id")}


def _hours(client: Client, ids: Iterable[str], now: datetime) -> dict[str, list[dict[str, Any]]]:
    since = datetime.combine((now.astimezone(UTC) - YESTERDAY).date(), time(), UTC)
    read = client.work_hours.read(ids, since, since + HOURS_UNTIL)
    return {id: [row for row in rows if row.get("startDateTime")] for id, rows in read.items()}


def windows_of(desired: Sequence[Desired], context: Context) -> list[Window]:
    """Where events are looked for: the common window, and all between it and the farthest single event.

    Read without a gap and a month beyond, so that a single event that was moved is found where it is; and
    from the beginning of a leave that lasts, however long ago that was.
    """
    once = [wish for wish in desired if isinstance(wish, Occurrence) and wish.once]
    ends = [datetime.fromisoformat(wish.fields["endDateTime"]) + BEYOND for wish in once]
    absences = [wish.start for wish in once if is_leave(wish.fields) and not past(wish.fields, context.now)]
    return [
        *(
            Window(begin, context.window.start)
            for begin in [min(absences, default=context.now) - timedelta(days=1)]
            if begin < context.window.start
        ),
        context.window,
        *(
            Window(context.window.end, end)
            for end in [max(ends, default=context.now)]
            if end > context.window.end
        ),
    ]


def windows_elsewhere(
    desired: Sequence[Desired], found: Sequence[Mapping[str, Any]], context: Context
) -> list[Window]:
    """Where else an occurrence may be that is missing though later ones of its series are there.

    People may have brought it forward and held it since, or put it off for months: not seeing it there would
    make it a second time.
    """
    owner = context.environment.owner
    marks = {event.get("externalId") or str(mark_of(event)) for event in found}
    wishes = [wish for wish in desired if isinstance(wish, Occurrence)]
    last: dict[str, datetime] = {}
    missing = []
    for wish in wishes:
        if f"{owner}/{wish.series}@{wish.occurrence}" in marks:
            last[wish.series] = max(wish.start, last.get(wish.series, wish.start))
        elif due(wish, context):
            missing.append(wish)
    if any(wish.start < last.get(wish.series, wish.start) for wish in missing):
        begin, end = context.window.start, context.window.end
        before = context.now - max(context.environment.horizon, PUT_OFF)
        return [Window(before, begin), Window(end, end + PUT_OFF)]
    return []


def _joined(windows: Iterable[Window]) -> Iterator[Window]:
    last: Window | None = None
    for window in sorted(windows, key=lambda window: window.start):
        if last and window.start <= last.end:
            last = Window(last.start, max(last.end, window.end))
            continue
        if last:
            yield last
        last = window
    if last:
        yield last


def _events(client: Client, windows: Iterable[Window]) -> list[Mapping[str, Any]]:
    found = {}
    for window in windows:
        for event in client.events.find(window.start, window.end):
            if _readable(event):
                found[event["id"]] = event
    return list(found.values())


def _readable(event: Mapping[str, Any]) -> bool:
    """Whether an event has what every event has; somebody else's odd one must not stop our work."""
    try:
        datetime.fromisoformat(event["startDateTime"])
        datetime.fromisoformat(event["endDateTime"])
    except (KeyError, TypeError, ValueError):
        return False
    return bool(event.get("id"))


def _touched(client: Client, changes: Sequence[Change], parallelism: int) -> list[Mapping[str, Any]]:
    """The live events that changes are about: by id while they are few and known, else by their days."""
    ids = [change.live_id for change in changes if change.live_id]
    if len(ids) == len(changes) <= FEW:
        with ThreadPoolExecutor(parallelism) as pool:
            return [event for event in pool.map(client.events.get, ids) if event is not None]
    day = timedelta(days=1)
    starts = [start for change in changes for start in _starts(change)]
    return _events(client, _joined(Window(start - day, start + day) for start in starts))


def _starts(change: Change) -> Iterator[datetime]:
    for side in (change.before, change.after):
        if side and side.get("startDateTime"):
            yield datetime.fromisoformat(side["startDateTime"])


def _people(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        for side in (change.before or {}, change.after or {}):
            named = [side.get("hostId"), *(side.get("participants") or ())]
            yield from (str(name)[5:] for name in named if str(name).startswith("user/"))


def _patients(client: Client, desired: Sequence[Desired], context: Context) -> dict[str, str]:
    """Ids of the patients that events and records name by external id and no manifest declares."""
    found: dict[str, str] = {}
    declared = {wish.key.name for wish in desired if wish.key.kind == "patient"}
    for wish in desired:
        for ref in (wish.fields.get("patient"), *wish.fields.get("participants", ())):
            if not isinstance(ref, Ref) or ref.key.kind != "patient" or ref.key.name in declared | set(found):
                continue
            patient = client.patients.get(ref.key.name, "EID")
            if patient is None:
                context.findings.error(wish.source, f"no patient with external id `{ref.key.name}`")
            found[ref.key.name] = str((patient or {}).get("id") or "")
    return found
