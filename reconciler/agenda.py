"""What manifests mean for one week, person by person: hours and events of each day. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from reconciler.escape import Printable, page, visible
from reconciler.kind import Context
from reconciler.model import Desired
from reconciler.occurrence import Occurrence
from reconciler.report.week import clock_text, joined, span_text
from reconciler.shifts import SHIFTS, DayCalendar
from reconciler.timeline import DAY, DAY_MINUTES, Span, Spans
from reconciler.zones import zone_of

FORMAT = "welkin-reconcile/calendar/1"
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


def weeks_text(found: Sequence[Week], title: str) -> Printable:
    """The weeks as text that fits in 80 columns, an empty line between people."""
    lines = [title]
    for week in found:
        lines += ["", f"{week.person}  ({week.zone})"]
        shifts = joined({day.date: day.hours or () for day in week.days}, pairwise(d.date for d in week.days))
        for day in week.days:
            lines += _day_lines(day, shifts[day.date])
    return page(lines)


def weeks_data(found: Sequence[Week]) -> list[dict[str, Any]]:
    """The weeks as plain data."""
    return [
        {
            "user": week.person,
            "timezone": week.zone,
            "days": [
                {
                    "date": str(day.date),
                    "hours": None if day.hours is None else [list(map(_clock, span)) for span in day.hours],
                    "events": [_entry_data(entry) for entry in day.entries],
                }
                for day in week.days
            ],
        }
        for week in found
    ]


def _entry_data(entry: Entry) -> dict[str, Any]:
    return {
        "title": entry.title,
        "starts": entry.start.isoformat(),
        "ends": entry.end.isoformat(),
        "allDay": entry.all_day,
        "host": entry.host,
        "participants": list(entry.others),
        "cancelled": entry.cancelled,
    }


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
    return entry.start.date() <= day <= _last_day(entry)


def _last_day(entry: Entry) -> date:
    """The last day on which an event still goes on: midnight ends the day before."""
    return (entry.end - LEAST).date()


def _day_lines(day: Day, shifts: Sequence[Span]) -> Iterator[str]:
    """shifts: what the day's own are told as, a duty of two pieces once."""
    spans = ", ".join(span_text(span, f"{day.date + DAY:%a}", "–") for span in shifts)
    texts = [] if day.hours is None else [f"hours  {spans or 'off'}"]
    texts += [_shortened(_said(entry), 80 - 14) for entry in day.entries]
    for number, text in enumerate(texts or ["–"]):
        yield f"  {f'{day.date:%a %d %b}' if number == 0 else '':10}  {text}"


def _said(entry: Entry) -> str:
    when = "all day" if entry.all_day else _when(entry)
    title = f"{entry.title} (cancelled)" if entry.cancelled else entry.title
    people = ", ".join((entry.host, *entry.others))
    return visible(f"{when:11}  {title} · {people}")


def _when(entry: Entry) -> str:
    """From when to when; with the days where it isn't one, with their dates where a week is near."""
    start, last = entry.start, _last_day(entry)
    if last == start.date():
        ends_day = entry.end.date() > last
        return f"{start:%H:%M}–{'24:00' if ends_day else f'{entry.end:%H:%M}'}"
    day = "%a" if last - start.date() < 6 * DAY else "%a %d %b"
    return f"{start:{day} %H:%M} – {entry.end:{day} %H:%M}"


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _clock(minutes: int) -> str:
    """A time of day; one beyond 24:00 is of the day after."""
    return clock_text(minutes if minutes <= DAY_MINUTES else minutes - DAY_MINUTES)


def monday_of(day: date) -> date:
    """The Monday of a date's week."""
    return day - timedelta(days=day.weekday())
