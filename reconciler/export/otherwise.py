"""What people work on single dates otherwise than usual: rows of overrides, read date by date. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
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


def otherwise_of(live: LiveHours, known: Collection[Span]) -> list[Otherwise]:
    """What somebody's overrides say; those without an end or without days say nothing that is known.

    known: the shifts that people have.
    """
    found = [(row, dates_named(row)) for row in live.overrides]
    stated = {day: row.hours(date.min).week[day.isoweekday()] for row, days in found for day in days}
    read = (_otherwise(row, days, stated, live, known) for row, days in found if days)
    return [each for each in read if each.days]


def dates_named(row: Row) -> list[date]:
    """The dates of which a row says something, as far as they are looked at."""
    week, first, last = row.hours(date.min).week, row.period.start, row.period.end
    if last is None or (last - first).days > LONGEST:
        return []
    every = (first + DAY * place for place in range((last - first).days + 1))
    return [day for day in every if day.isoweekday() in week]


def _otherwise(
    row: Row, days: list[date], stated: Days, live: LiveHours, known: Collection[Span]
) -> Otherwise:
    """A date after one of its nights, of which only that is otherwise, goes without saying."""
    begin, last = days[0] - DAY, days[-1]
    by_clock = clock_hours(live.usual, begin, last)
    usual = whole_shifts(by_clock)
    there = whole_shifts(_apart({day: stated.get(day, hours) for day, hours in by_clock.items()}, known))
    told = dict[date, Spans]()
    for day in days:
        is_usual = there[day] == usual[day]
        differs = stated[day] != by_the_clock(usual[day], usual[day - DAY])
        if not (is_usual and differs and day - DAY in told):
            told[day] = there[day]
    return Otherwise(row.name or "", row.period.start, told, {day: usual[day] for day in told})


def _apart(by_clock: Days, known: Collection[Span]) -> dict[date, Spans]:
    """Hours of dates with a night and the shift that begins as it ends as two, where both are known."""
    found = dict(by_clock)
    for day, hours in by_clock.items():
        night, morning = by_clock.get(day - DAY, ())[-1:], hours[:1]
        if morning and morning[0][0] == 0 and night and night[0][1] == DAY_MINUTES:
            ends = (end - DAY_MINUTES for start, end in known if start == night[0][0])
            borders = [end for end in ends if 0 < end < morning[0][1] and (end, morning[0][1]) in known]
            if borders:
                found[day] = ((0, borders[0]), (borders[0], morning[0][1]), *hours[1:])
    return found


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
