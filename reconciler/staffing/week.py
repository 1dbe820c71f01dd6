"""Who works when, person by person and day by day, over whole weeks: what a wall calendar shows. Pure.

One value, `Weeks`, from which text, data and pages are made, wherever hours and events come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple, Protocol

from reconciler.dates.hours import NO_SHIFTS, Shifts
from reconciler.dates.week import joined
from reconciler.dates.zones import wall_to_instant, zone_of
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, Span, Spans
from reconciler.staffing.clock import Clock

LEAST = timedelta.resolution


class Hours(Protocol):
    """A person's hours, date by date; a span may end beyond midnight."""

    def shifts(self, day: date) -> Spans:
        """The shifts that begin on a date."""

    def speaks_of(self, day: date) -> bool:
        """Whether anything is said of a date."""

    def ruling(self, day: date) -> str | None:
        """The name of the override whose word on a date holds, if any."""


class Entry(NamedTuple):
    """One event, of a person's day on the clock of the person.

    title: empty where it isn't ours to tell; kind: the service's word.
    """

    start: datetime
    end: datetime
    all_day: bool
    title: str
    kind: str
    host: str
    others: tuple[str, ...]
    cancelled: bool

    def within(self, zone: str) -> Entry:
        there = zone_of(zone)
        return self._replace(start=self.start.astimezone(there), end=self.end.astimezone(there))

    @property
    def is_leave(self) -> bool:
        return self.kind == "LEAVE"

    def is_leave_of(self, name: str) -> bool:
        return self.is_leave and self.host == name and not self.cancelled


class Calendar(NamedTuple):
    """What weeks are laid out from. zones: of everybody; hours: of those about whom anything is known."""

    zones: Mapping[str, str]
    hours: Mapping[str, Hours]
    entries: Sequence[Entry]


class Time(NamedTuple):
    """From, to; half-open, UTC, for within a zone Python compares clocks and not instants."""

    start: datetime
    end: datetime

    def overlaps(self, other: Time) -> bool:
        return self.start < other.end and other.start < self.end

    def covers(self, other: Time) -> bool:
        return self.start <= other.start and other.end <= self.end


class Shift(NamedTuple):
    """span: minutes since the midnight of the date on which it begins, on the clock; times: when the clock
    shows these, twice where a bound lies in a repeated hour, never in a missing one."""

    span: Span
    times: tuple[Time, ...]


class Day(NamedTuple):
    """A person's day.

    hours: the shifts that begin on it, as they are written; None: nothing is said of it.
    shifts: the same as they are worked: what goes on over a midnight once, where it begins.
    override: the name of the override that rules it, empty if it has none; None where none does.
    leave: of the person's, what falls on it or on its shifts.
    entries: all events of it, leave included.
    """

    date: date
    hours: Spans | None
    shifts: tuple[Shift, ...]
    override: str | None
    leave: tuple[Time, ...]
    entries: tuple[Entry, ...]
    whole: Time

    @property
    def on_leave(self) -> bool:
        """Whether leave takes all of its shifts, or all of a day without any."""
        times = [time for shift in self.shifts for time in shift.times] or [self.whole]
        return all(any(away.covers(time) for away in self.leave) for time in times)


class Person(NamedTuple):
    """eve: the day before the first, whose night may go on."""

    name: str
    zone: str
    eve: Day
    days: tuple[Day, ...]

    def on(self, day: date) -> Day:
        """A day of the weeks, by its date."""
        return self.days[(day - self.days[0].date).days]

    def on_duty(self, now: datetime) -> Time | None:
        """When the shift that this moment lies in begins and ends, if no leave covers it."""
        for day in (self.eve, *self.days):
            if not any(away.start <= now < away.end for away in day.leave):
                for time in (time for shift in day.shifts for time in shift.times):
                    if time.start <= now < time.end:
                        return time
        return None


class Weeks(NamedTuple):
    """place: tenant and instance; zone: the clinic's; live: as the service has it, not the manifests.

    shifts: hours by the names that the manifests give them.
    """

    place: str
    zone: str
    now: datetime
    live: bool
    monday: date
    number: int
    people: tuple[Person, ...]
    shifts: Shifts = NO_SHIFTS

    @property
    def dates(self) -> list[list[date]]:
        """The dates of each week."""
        mondays = (self.monday + 7 * DAY * turn for turn in range(self.number))
        return [[monday + DAY * step for step in range(7)] for monday in mondays]

    @property
    def today(self) -> date:
        return self.now.astimezone(zone_of(self.zone)).date()


def lay_out(calendar: Calendar, names: Iterable[str], monday: date, count: int) -> tuple[Person, ...]:
    """Lay out so many weeks for each of these people."""
    entries: dict[str, list[Entry]] = {}
    for entry in calendar.entries:
        for name in (entry.host, *entry.others):
            entries.setdefault(name, []).append(entry)
    # A night may come from the day before, and what is told on the last day may end on the one after.
    dates = [monday + DAY * step for step in range(-1, 7 * count + 1)]
    return tuple(_person(name, calendar, entries.get(name, ()), dates) for name in names)


def _person(name: str, calendar: Calendar, its: Iterable[Entry], dates: Sequence[date]) -> Person:
    zone, hours = calendar.zones[name], calendar.hours.get(name)
    clock = Clock(zone, dates[0], dates[-1])
    entries = sorted(entry.within(zone) for entry in its)
    leave = _united(_time_of(entry, zone) for entry in entries if entry.is_leave_of(name))
    worked = joined({day: hours.shifts(day) if hours else () for day in dates}, pairwise(dates))
    eve, *days = (
        _day(day, hours, [_shift(clock, number, span) for span in worked[day]], leave, entries, zone)
        for number, day in enumerate(dates[:-1])
    )
    return Person(name, zone, eve, tuple(days))


def _day(
    day: date, hours: Hours | None, shifts: Sequence[Shift], leave: Sequence[Time], entries: Sequence[Entry],
    zone: str,
) -> Day:  # fmt: skip
    said = hours if hours and hours.speaks_of(day) else None
    whole = _time(day, (0, DAY_MINUTES), zone)
    times = [whole, *(time for shift in shifts for time in shift.times)]
    return Day(
        date=day,
        hours=said.shifts(day) if said else None,
        shifts=tuple(shifts),
        override=said.ruling(day) if said else None,
        leave=tuple(away for away in leave if any(away.overlaps(time) for time in times)),
        entries=tuple(entry for entry in entries if entry.start.date() <= day <= last_day(entry)),
        whole=whole,
    )


def _shift(clock: Clock, number: int, span: Span) -> Shift:
    moments = ([datetime.fromtimestamp(at, UTC) for at in bounds] for bounds in clock.real(number, (span,)))
    return Shift(span, tuple(Time(start, end) for start, end in moments))


def _time(day: date, span: Span, zone: str) -> Time:
    midnight, there = datetime.combine(day, time()), zone_of(zone)
    start, end = (wall_to_instant(midnight + timedelta(minutes=at), there) for at in span)
    return Time(start, end)


def _time_of(leave: Entry, zone: str) -> Time:
    """The time of a leave; whole days end with their last instant, and mean the midnight after it."""
    midnight = _time(last_day(leave), (0, DAY_MINUTES), zone).end
    return Time(leave.start.astimezone(UTC), midnight if leave.all_day else leave.end.astimezone(UTC))


def _united(times: Iterable[Time]) -> list[Time]:
    """Times that touch or overlap, as one; ascending."""
    united: list[Time] = []
    for each in sorted(times):
        if united and each.start <= united[-1].end:
            united[-1] = united[-1]._replace(end=max(each.end, united[-1].end))
        else:
            united.append(each)
    return united


def last_day(entry: Entry) -> date:
    """The last day on which an event still goes on: midnight ends the day before."""
    return (entry.end - LEAST).date()
