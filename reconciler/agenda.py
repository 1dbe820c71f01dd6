"""What manifests mean for one week, person by person: hours and events of each day. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from reconciler.escape import Printable, page, visible
from reconciler.kind import Context
from reconciler.model import Desired
from reconciler.occurrence import Occurrence
from reconciler.timeline import DAY
from reconciler.zones import zone_of

FORMAT = "welkin-reconcile/calendar/1"
Spans = tuple[tuple[int, int], ...]


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
    """A person's day: hours in minutes since midnight (None: no hours are declared), and events."""

    date: date
    hours: Spans | None
    entries: tuple[Entry, ...]


class Week(NamedTuple):
    person: str
    zone: str
    days: tuple[Day, ...]


def weeks(desired: Sequence[Desired], context: Context, monday: date, only: Sequence[str] = ()) -> list[Week]:
    """Lay out a week for everybody who has hours or events declared, or for `only` these, by name."""
    hours = {wish.key.name: wish.fields for wish in desired if wish.key.kind == "workHours"}
    events: dict[str, list[Occurrence]] = {}
    for wish in desired:
        if isinstance(wish, Occurrence):
            for ref in wish.staff():
                events.setdefault(ref.key.name, []).append(wish)
    names = only or sorted(hours.keys() | events.keys() | context.people.keys())
    return [_week(name, hours.get(name), events.get(name, ()), context, monday) for name in names]


def weeks_text(found: Sequence[Week], title: str) -> Printable:
    """The weeks as text that fits in 80 columns, an empty line between people."""
    lines = [title]
    for week in found:
        lines += ["", f"{week.person}  ({week.zone})"]
        for day in week.days:
            lines += _day_lines(day)
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
    hours: Mapping[str, Any] | None,
    events: Sequence[Occurrence],
    context: Context,
    monday: date,
) -> Week:
    zone = context.zone_name(name)
    entries = sorted(_entry(event, zone) for event in events)
    days = []
    for day in (monday + DAY * offset for offset in range(7)):
        own = tuple(entry for entry in entries if _falls_on(entry, day))
        days.append(Day(day, None if hours is None else _hours(hours, day), own))
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
    """An event of a clock shows on the day it starts, one of whole days on each of them."""
    last = entry.end.date() if entry.all_day else entry.start.date()
    return entry.start.date() <= day <= last


def _hours(fields: Mapping[str, Any], day: date) -> Spans:
    """The hours of a date: those of the usual week, or of an override that names its weekday."""
    special = (row.period for row in fields.get("OVERRIDE", ()) if row.period.covers(day))
    named = [period.week[day.isoweekday()] for period in special if day.isoweekday() in period.week]
    usual = (period.week.get(day.isoweekday(), ()) for period in fields["DEFAULT"] if period.covers(day))
    return tuple(named[-1] if named else next(usual, ()))


def _day_lines(day: Day) -> Iterator[str]:
    spans = ", ".join("–".join(map(_clock, span)) for span in day.hours or ())
    texts = [] if day.hours is None else [f"hours  {spans or 'off'}"]
    texts += [_shortened(_said(entry), 80 - 14) for entry in day.entries]
    for number, text in enumerate(texts or ["–"]):
        yield f"  {f'{day.date:%a %d %b}' if number == 0 else '':10}  {text}"


def _said(entry: Entry) -> str:
    when = "all day" if entry.all_day else f"{entry.start:%H:%M}–{entry.end:%H:%M}"
    title = f"{entry.title} (cancelled)" if entry.cancelled else entry.title
    people = ", ".join((entry.host, *entry.others))
    return visible(f"{when:11}  {title} · {people}")


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def monday_of(day: date) -> date:
    """The Monday of a date's week."""
    return day - timedelta(days=day.weekday())
