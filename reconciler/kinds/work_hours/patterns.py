"""Which week, or rotation of weeks, the duties of a stretch of dates come to; and that in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby, islice
from typing import NamedTuple

from reconciler.dates.grammar import DAYS
from reconciler.dates.hours import NO_SHIFTS, Shifts, row_said, words_for
from reconciler.dates.said import day_said, span_said
from reconciler.dates.week import ranges, span_text
from reconciler.kinds.work_hours.layers import Layer, Statement
from reconciler.kinds.work_hours.periods import DAY, Spans, restrict
from reconciler.kinds.work_hours.repeating import TWICE, Days, longest, repeats, turns
from reconciler.kinds.work_hours.shifts import DayCalendar, dates

# How a change's `rule` begins where several people have it from one place.
SWAP, CLOSURE, ROSTER, SHIFT = "swap ", "closure ", "roster/", "shift "
SWAPPED = re.compile(r"Swap with (.+)")  # what a row of a swap is called
SHEET = "roster "  # how a sheet is told
ROTATIONS = range(1, 9)  # weeks that a rotation looked for may have
FEW = 3  # dates of a swap that are told with their hours
LONG = 5  # weeks: as many are rather a cycle of days, if one says the same
CYCLES, ROUNDS = range(4, 61), 3  # the days that a cycle looked for may have, and how often it has come round
Duties = Mapping[date, Spans]


class Stretch(NamedTuple):
    """Dates from `first` to `last` that repeat every `weeks` weeks; or those of a `cycle` of other days."""

    first: date
    last: date
    weeks: tuple[Mapping[int, Spans], ...]
    cycle: tuple[Spans, ...] = ()

    @property
    def is_off(self) -> bool:
        return not any(any(week.values()) for week in self.weeks) and not self.cycle

    def said(self, shifts: Shifts) -> str:
        if self.cycle:
            return f"cycle of {len(self.cycle)} days: {cycle_said(self.cycle, self.first, shifts)}"
        if len(self.weeks) == 1:
            return week_said(self.weeks[0], shifts)
        return f"rotation of {len(self.weeks)} weeks: {weeks_said(self.weeks, shifts)}"


def stretches(duties: Duties, first: date, last: date, elsewhere: Collection[date] = ()) -> Iterator[Stretch]:
    """Cut the dates from one to another into as long stretches as repeat.

    elsewhere: dates that are told elsewhere; whatever repeats goes on over them.
    """
    every = (first + DAY * place for place in range((last - first).days + 1))
    days = [None if day in elsewhere else duties.get(day, ()) for day in every]
    at = 0
    while at < len(days):
        weeks, length = _longest(days, at)
        begin = first + DAY * at
        turn = _turn(days, at, weeks, length)
        if turn:
            yield Stretch(begin, last, (), turns(days, at, turn, len(days)))
            return
        yield Stretch(begin, begin + DAY * (length - 1), _weeks(days, at, weeks, length, begin))
        at += length


def statement_said(statement: Statement, below: DayCalendar, today: date, shifts: Shifts) -> str:
    """What stands in the manifests, with its dates: `swap ann ↔ cat on 2 Feb 2027: Tue 2 Feb 2027 off →
    22:00-06:00`; an override with its hours, `Tue 8 Dec 21:00-07:00`. below: what it is laid over."""
    if statement.layer is Layer.CLOSURE:
        return f"{CLOSURE}{statement.name} on {_dates_said(statement, today)}"
    if statement.layer is Layer.SWAP:
        becomes = list(islice(_becomes(statement, below, today, shifts), FEW))
        return f"{swap_said(*statement.between)} on {_dates_said(statement, today)}: {'; '.join(becomes)}"
    alike: dict[str, list[str]] = {}
    for period in statement.periods:
        hours = override_hours_said(restrict(period, days_off=True).week, shifts)
        alike.setdefault(hours, []).append(span_said(period.start, period.end or period.start, today))
    return "; ".join(f"{', '.join(when)} {hours}" for hours, when in alike.items())


def _becomes(statement: Statement, below: DayCalendar, today: date, shifts: Shifts) -> Iterator[str]:
    for first, last, _ in statement.stretches:
        for day in dates(first, last + DAY):
            had, has = (each.shifts(day) for each in (below, replace(below, statements=(statement,))))
            weekday = day.isoweekday()
            was, becomes = (spans_said(spans, weekday, shifts) for spans in (had, has))
            yield f"{day_said(day, today)} {was} → {becomes}"


def swap_said(one: str, other: str) -> str:
    """`swap ann ↔ bob`."""
    return f"{SWAP}{one} ↔ {other}"


def _dates_said(statement: Statement, today: date) -> str:
    return ", ".join(span_said(first, last, today, weekday=False) for first, last, _ in statement.stretches)


def override_hours_said(week: Mapping[int, Spans], shifts: Shifts) -> str:
    """The hours of an override: of one date or all alike once, else by weekday."""
    said = {spans_said(spans, day, shifts) for day, spans in week.items()}
    return said.pop() if len(said) == 1 else week_said(week, shifts)


def weeks_said(weeks: Iterable[Mapping[int, Spans]], shifts: Shifts) -> str:
    """`E E E E E – – / mon-wed 21:30-06:30 / off`: weeks that take turns, each as the row that it is, if its
    hours have names."""
    return " / ".join(
        row_said([week.get(day, ()) for day in range(1, 8)], shifts) or week_said(week, shifts)
        for week in weeks
    )


def week_said(week: Mapping[int, Spans], shifts: Shifts = NO_SHIFTS) -> str:
    """`mon-thu N; fri 07:00-12:00`; days without duties go without saying, a free week is `off`."""
    alike: dict[str, list[int]] = {}
    for day in sorted(week):
        if week[day]:
            alike.setdefault(spans_said(week[day], day, shifts), []).append(day)
    return "; ".join(f"{ranges(days)} {text}" for text, days in alike.items()) or "off"


def spans_said(spans: Spans, weekday: int, shifts: Shifts) -> str:
    """The hours of a date, by name where they have one."""
    following = DAYS[weekday % 7]
    words = words_for(spans, shifts)
    said = (word if isinstance(word, str) else span_text(word, following, "-") for word in words)
    return ", ".join(said) or "off"


def _longest(days: Days, at: int) -> tuple[int, int]:
    """Of how many weeks the longest stretch from here on is, and how many days it lasts."""
    days_of_weeks = (7 * weeks for weeks in ROTATIONS[1:])
    period, length = longest(days, at, days_of_weeks, (7, repeats(days, at, 7)))
    return period // 7, length


def _turn(days: Days, at: int, weeks: int, length: int) -> int:
    """Of how many days a cycle is that all dates from here on follow.

    0 where `weeks` say it as well: a few that take turns, or one that holds for most of the dates.
    """
    left = len(days) - at
    say_it = weeks < LONG if weeks > 1 else TWICE * length > left
    if say_it or left < ROUNDS * CYCLES[0]:
        return 0
    return next((turn for turn in CYCLES if ROUNDS * turn <= left == repeats(days, at, turn)), 0)


def cycle_said(cycle: Sequence[Spans], first: date, shifts: Shifts) -> str:
    """`E E N N – – – –`, or `2 × 06:30-14:30, 2 × 21:30-06:30, 4 × off`, from the first date on."""
    if row := row_said(cycle, shifts):
        return row
    together = [[*alike] for _, alike in groupby(enumerate(cycle), key=lambda each: each[1])]
    said = (
        (len(alike), spans_said(alike[0][1], (first + DAY * alike[0][0]).isoweekday(), shifts))
        for alike in together
    )
    return ", ".join(f"{number} × {hours}" if number > 1 else hours for number, hours in said)


def _weeks(days: Days, at: int, weeks: int, length: int, begin: date) -> tuple[Mapping[int, Spans], ...]:
    """The weeks of a stretch, from the Monday after its first day on where it has begun within one."""
    if weeks == 1:
        found = turns(days, at, 7, at + length)
        return ({(begin + DAY * place).isoweekday(): spans for place, spans in enumerate(found)},)
    into = (7 - begin.weekday()) % 7
    found = turns(days, at + into, 7 * weeks, at + length)
    return tuple(dict(enumerate(found[start : start + 7], 1)) for start in range(0, len(found), 7))
