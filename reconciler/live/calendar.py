"""Reads hours and events as the service has them, for weeks that are looked at; nothing is compared."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from reconciler.client import Client
from reconciler.dates.zones import is_zone
from reconciler.kinds import Context, less_leavers, undeclared_users
from reconciler.kinds.event.freetext import Ours
from reconciler.kinds.event.occurrence import instant
from reconciler.kinds.user.reads import users_wanted
from reconciler.kinds.work_hours.periods import DAY
from reconciler.kinds.work_hours.rows import DEFAULT, OVERRIDE, row_of, rule_of
from reconciler.kinds.work_hours.shifts import DayCalendar
from reconciler.model import DIFFERS, Desired, Findings, Users
from reconciler.model.typed import Event, Unreadable
from reconciler.staffing.declared import declared_hours
from reconciler.staffing.held import HeldHours
from reconciler.staffing.week import Calendar, Entry

LONGEST = 31 * DAY  # whether a service finds what began earlier is unknown: leave of a month is
SOMEBODY = "somebody else"
log = logging.getLogger("reconciler")


def read_calendar(
    client: Client, wishes: Sequence[Desired], context: Context, monday: date, count: int
) -> Calendar:
    """Read the weeks of those whom the manifests speak of and the tenant has.

    What can't be read is named in the log and left out. Raises: ApiError.
    """
    begin = datetime.combine(monday, time(), UTC) - 2 * DAY
    end = begin + (7 * count + 4) * DAY
    declared = {*context.people, *undeclared_users(wishes, context)}
    listed = client.users.list() if declared else None
    users = users_wanted(client, listed, wishes, replace(context, findings=Findings()))
    shown = sorted(name for name in declared if name in users.ids)
    zones = {name: _zone(users.by_name[name].get("timezone"), context) for name in shown}
    said = declared_hours(less_leavers(wishes, context, users.by_name))
    hours = dict(_hours(client, {name: users.ids[name] for name in shown}, said, begin, end))
    return Calendar(zones, hours, list(_entries(client, users, context, begin - LONGEST, end)))


def _zone(shown: str | None, context: Context) -> str:
    return shown if shown and is_zone(shown) else context.environment.timezone


def _hours(
    client: Client, ids: Mapping[str, str], said: Mapping[str, DayCalendar], begin: datetime, end: datetime
) -> Iterator[tuple[str, HeldHours]]:
    read = client.work_hours.read(ids.values(), begin, end)
    for name, id in ids.items():
        rows = read[id]
        if isinstance(rows, Unreadable):
            log.warning("%s, and are left out", rows.said(f"the hours of {name}"))
        else:
            held = [row_of(row) for row in rows if rule_of(row) in (DEFAULT, OVERRIDE)]
            yield name, HeldHours(held, said.get(name))


def _entries(
    client: Client, users: Users, context: Context, begin: datetime, end: datetime
) -> Iterator[Entry]:
    names = {id.lower(): name for name, id in users.ids.items()}
    found = list(client.events.find(begin, end))
    ours = Ours.of(context.environment, client.client_ids)  # who we are is known once there was an answer
    readable = [event for event in found if not isinstance(event, Unreadable)]
    if len(readable) < len(found):
        log.warning("%d events can't be read, and are left out", len(found) - len(readable))
    yield from (_entry(event, names, ours) for event in readable)


def _entry(event: Event, names: Mapping[str, str], ours: Ours) -> Entry:
    """An event with its staff; of patients nothing, not even that there are some."""
    title = ours.event(event).get("eventTitle")
    others = (names.get(each["participantId"].lower()) for each in event.get("participants") or ())
    host = names.get(event["hostId"].lower(), SOMEBODY)
    return Entry(
        instant(event["startDateTime"]),
        instant(event["endDateTime"]),
        all_day=bool(event.get("allDayEvent")),
        title="" if title == DIFFERS else str(title or ""),
        kind=event.get("eventType") or "",
        host=host,
        others=tuple(sorted({name for name in others if name and name != host})),
        cancelled=event.get("eventStatus") == "CANCELLED",
    )
