"""What people work on single dates otherwise than usual: rows of overrides, read date by date. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.export.shifts import LONGEST, clock_hours, whole_shifts
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, WEEK, Span, Spans, by_the_clock
from reconciler.kinds.work_hours.stock import LiveHours

Days = Mapping[date, Spans]


class Otherwise(NamedTuple):
    """An override as people mean it.

    name: of its row. began: the first date of its row, by which it is known. days: whole shifts by the date
    on which they begin. usual: what they take the place of.
    """

    name: str
    began: date
    days: Days
    usual: Days

    @property
    def takes_away(self) -> bool:
        """Whether it does nothing but give free days."""
        return not any(self.days.values())

    def parts(self) -> Iterator[Days]:
        """Its dates, in parts of which each is as one week says."""
        part = dict[date, Spans]()
        for day, spans in self.days.items():
            if part and not _goes_on(part, day, spans):
                yield part
                part = {}
            part[day] = spans
        yield part


def otherwise_of(
    live: LiveHours, known: Collection[Span], row_by_row: bool, plainly: bool
) -> list[Otherwise]:
    """What somebody's overrides say; those without an end or without days say nothing that is known.

    known: the shifts that people have. row_by_row: the usual hours are written so, nights in two.
    plainly: tell what is worked on each date from midnight on, whatever of it is the end of a night.
    """
    found = [(row, dates_named(row)) for row in live.overrides]
    stated = {day: row.hours(date.min).week[day.isoweekday()] for row, days in found for day in days}
    told = list[Otherwise]()
    for row, days in found:
        if days:
            by_clock = clock_hours(live.usual, days[0] - DAY, days[-1])
            usual = by_clock if row_by_row else whole_shifts(by_clock, known)
            there = {day: stated.get(day, hours) for day, hours in by_clock.items()}
            own = (
                _plainly(days, stated, usual)
                if plainly
                else _by_shifts(days, usual, whole_shifts(there, known), there)
            )
            told.append(Otherwise(row.name or "", row.period.start, own, {day: usual[day] for day in own}))
    return [each for each in told if each.days]


def dates_named(row: Row) -> list[date]:
    """The dates of which a row says something, as far as they are looked at."""
    week, first, last = row.hours(date.min).week, row.period.start, row.period.end
    if last is None or (last - first).days > LONGEST:
        return []
    every = (first + DAY * place for place in range((last - first).days + 1))
    return [day for day in every if day.isoweekday() in week]


def _by_shifts(days: Sequence[date], usual: Days, shifts: Days, by_clock: Days) -> dict[date, Spans]:
    """A date after one of its nights, of which only that is otherwise, goes without saying."""
    told = dict[date, Spans]()
    for day in days:
        differs = by_clock[day] != by_the_clock(usual[day], usual[day - DAY])
        if not (shifts[day] == usual[day] and differs and day - DAY in told):
            told[day] = shifts[day]
    return told


def _plainly(days: Sequence[date], stated: Days, usual: Days) -> dict[date, Spans]:
    """A night goes on where the date after is as usual."""
    told = {day: stated[day] for day in days}
    for day, spans in told.items():
        night = max((end for _, end in usual[day]), default=0)
        if day + DAY not in stated and night > DAY_MINUTES and spans and spans[-1][1] == DAY_MINUTES:
            told[day] = (*spans[:-1], (spans[-1][0], night))
    return told


def _goes_on(part: Days, day: date, spans: Spans) -> bool:
    """Whether a week that says a part says a further date as well."""
    same = [each for each in part if each.isoweekday() == day.isoweekday()]
    if same:
        return same[-1] == day - WEEK and part[same[-1]] == spans
    return min(part) + WEEK > day


def stretches_of_dates(days: Iterable[date]) -> list[tuple[date, date]]:
    """Dates that follow each other, together."""
    found = list[tuple[date, date]]()
    for day in sorted(days):
        if found and found[-1][1] == day - DAY:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def when_said(days: Iterable[date]) -> str | list[str]:
    """The value of `on:`."""
    said = [str(first) if first == last else f"{first}..{last}" for first, last in stretches_of_dates(days)]
    return said[0] if len(said) == 1 else said
