"""What manifests mean for one week, person by person: hours and events of each day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from reconciler.dates.zones import zone_of
from reconciler.kinds import Context
from reconciler.kinds.event.occurrence import Occurrence
from reconciler.kinds.work_hours.periods import DAY, Spans
from reconciler.kinds.work_hours.shifts import SHIFTS, DayCalendar
from reconciler.model import Desired

LEAST = timedelta.resolution


class Entry(NamedTuple):
    """One event of one day; `start` and `end` in the person's zone."""

    start: datetime
    end: datetime
    all_day: bool
    title: str
    host: str
    others: tuple[str, ...]
    cancelled: bool


class Day(NamedTuple):
    """A person's day: its shifts in minutes since its midnight (None: no hours are declared), and events."""

    date: date
    hours: Spans | None
    entries: tuple[Entry, ...]


class Week(NamedTuple):
    person: str
    zone: str
    days: tuple[Day, ...]


def weeks(desired: Sequence[Desired], context: Context, monday: date, only: Sequence[str] = ()) -> list[Week]:
    """Lay out a week for everybody who has hours or events declared, or for `only` these, by name."""
    hours = {wish.key.name: wish.fields[SHIFTS] for wish in desired if wish.key.kind == "workHours"}
    events: dict[str, list[Occurrence]] = {}
    for wish in desired:
        if isinstance(wish, Occurrence) and not wish.absent:
            for ref in wish.staff():
                events.setdefault(ref.key.name, []).append(wish)
    names = only or sorted(hours.keys() | events.keys() | context.people.keys())
    return [_week(name, hours.get(name), events.get(name, ()), context, monday) for name in names]


def _week(
    name: str,
    calendar: DayCalendar | None,
    events: Sequence[Occurrence],
    context: Context,
    monday: date,
) -> Week:
    zone = context.zone_name(name)
    entries = sorted(_entry(event, zone) for event in events)
    days = []
    for day in (monday + DAY * offset for offset in range(7)):
        own = tuple(entry for entry in entries if _falls_on(entry, day))
        said = calendar is not None and calendar.speaks_of(day)
        days.append(Day(day, calendar.shifts(day) if calendar and said else None, own))
    return Week(name, zone, tuple(days))


def _entry(event: Occurrence, zone: str) -> Entry:
    start, end = (
        datetime.fromisoformat(event.fields[name]).astimezone(zone_of(zone))
        for name in ("startDateTime", "endDateTime")
    )
    host, *others = (ref.key.name for ref in event.staff())
    all_day = bool(event.fields.get("allDayEvent"))
    title = str(event.fields["eventTitle"])
    return Entry(start, end, all_day, title, host, tuple(others), event.cancelled)


def _falls_on(entry: Entry, day: date) -> bool:
    return entry.start.date() <= day <= last_day(entry)


def last_day(entry: Entry) -> date:
    """The last day on which an event still goes on: midnight ends the day before."""
    return (entry.end - LEAST).date()


def monday_of(day: date) -> date:
    """The Monday of a date's week."""
    return day - timedelta(days=day.weekday())
