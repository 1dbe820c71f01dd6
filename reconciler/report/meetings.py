"""Meetings as a wall shows them: a line each, days alike together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from reconciler.dates.moments import day_text
from reconciler.dates.week import ranges
from reconciler.errors.columns import broken, cells, padded
from reconciler.errors.escape import visible
from reconciler.kinds.work_hours.periods import DAY
from reconciler.staffing.week import Entry, Person, last_day


class Meeting(NamedTuple):
    """What meetings on several days have in common; first: what it is sorted by."""

    first: tuple[int, datetime]
    when: str
    what: str


def meeting_lines(people: Iterable[Person], days: Sequence[date], zone: str, width: int) -> Iterator[str]:
    """The same as `meetings_of`, as lines of text."""
    yield from _told(meetings_of(people, days, zone), width)


def meetings_of(people: Iterable[Person], days: Sequence[date], zone: str) -> list[Meeting]:
    """The meetings of these people that begin on days of one week, or go on for longer; on a zone's clock."""
    entries = {
        entry.within(zone)
        for person in people
        for day in person.days
        if day.date in days
        for entry in day.entries
        if not entry.is_leave
    }
    alike: dict[tuple[str, str], list[Entry]] = {}
    for entry in sorted(entries, key=lambda each: each.start):
        if is_long(entry) or any(day in days for day in _days(entry)):
            alike.setdefault((clock_of(entry), what_of(entry)), []).append(entry)
    return sorted(_line(when, what, same, days) for (when, what), same in alike.items())


def _line(when: str, what: str, same: Sequence[Entry], days: Sequence[date]) -> Meeting:
    weekdays = sorted({day.isoweekday() for entry in same for day in _days(entry) if day in days})
    dated = len(days) > 1 and not is_long(same[0])
    first = (0 if is_long(same[0]) else weekdays[0], same[0].start)
    return Meeting(first, f"{ranges(weekdays)} {when}" if dated else when, what)


def _told(lines: Sequence[Meeting], width: int) -> Iterator[str]:
    room = max((cells(line.when) for line in lines), default=0)
    hang = room + 6 if room <= width // 2 else 6
    for line in lines:
        yield from broken(f"  {padded(line.when, room)}  {line.what}", width, hang)


def _days(entry: Entry) -> list[date]:
    """The dates it is told on: whole days on all, all else on the one on which it begins."""
    first = entry.start.date()
    return [first + DAY * step for step in range((last_day(entry) - first).days * entry.all_day + 1)]


def is_long(entry: Entry) -> bool:
    """Whether the clocks alone would read as less."""
    return not entry.all_day and entry.end - entry.start >= DAY


def clock_of(entry: Entry) -> str:
    """From when to when; of what is long with the dates."""
    if entry.all_day:
        return "all day"
    if not is_long(entry):
        midnight = entry.end.date() > entry.start.date() == last_day(entry)
        return f"{entry.start:%H:%M}-{'24:00' if midnight else f'{entry.end:%H:%M}'}"
    return f"{_moment(entry.start)} – {_moment(entry.end)}"


def _moment(moment: datetime) -> str:
    return f"{day_text(moment)} {moment:%H:%M}"


def what_of(entry: Entry) -> str:
    """Title and people; of a title that isn't ours to tell the kind."""
    title = visible(entry.title) if entry.title else entry.kind.lower().replace("_", " ") or "event"
    people = visible(", ".join((entry.host, *entry.others)))
    return f"{title}{' (cancelled)' * entry.cancelled} · {people}"
