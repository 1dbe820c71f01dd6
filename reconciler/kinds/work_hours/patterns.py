"""Which week, or rotation of weeks, the duties of a stretch of dates come to; and that in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.dates.grammar import DAYS
from reconciler.dates.said import day_said, span_said
from reconciler.dates.week import ranges, span_text
from reconciler.kinds.work_hours.periods import DAY, Spans, restrict
from reconciler.kinds.work_hours.shifts import Layer, Statement

ROTATIONS = range(1, 9)  # weeks that a rotation looked for may have
TWICE = 2  # a rotation is one once it has come round
Duties = Mapping[date, Spans]


class Stretch(NamedTuple):
    """Dates from `first` to `last` that repeat every `weeks` weeks."""

    first: date
    last: date
    weeks: tuple[Mapping[int, Spans], ...]

    @property
    def is_off(self) -> bool:
        return not any(any(week.values()) for week in self.weeks)

    @property
    def text(self) -> str:
        said = [week_said(week) for week in self.weeks]
        return said[0] if len(said) == 1 else f"rotation of {len(said)} weeks: {' / '.join(said)}"


def stretches(duties: Duties, first: date, last: date) -> Iterator[Stretch]:
    """Cut the dates from one to another into as long stretches as repeat."""
    days = [duties.get(first + DAY * place, ()) for place in range((last - first).days + 1)]
    at = 0
    while at < len(days):
        weeks, length = _longest(days, at)
        begin = first + DAY * at
        yield Stretch(begin, begin + DAY * (length - 1), _weeks(days, at, weeks, length, begin))
        at += length


def statement_said(statement: Statement, today: date) -> str:
    """What stands in the manifests, with its dates: `swap ann ↔ cat on 2 Feb 2027`; an override with its
    hours, `Tue 8 Dec 21:00-07:00`."""
    if statement.layer is Layer.SWAP:
        return f"swap {' ↔ '.join(statement.between)} on {_dates_said(statement, today)}"
    if statement.layer is Layer.CLOSURE:
        return f"closed {_dates_said(statement, today)}"
    alike: dict[str, list[str]] = {}
    for period in statement.periods:
        hours = override_hours_said(restrict(period, days_off=True).week)
        alike.setdefault(hours, []).append(span_said(period.start, period.end or period.start, today))
    return "; ".join(f"{', '.join(dates)} {hours}" for hours, dates in alike.items())


def _dates_said(statement: Statement, today: date) -> str:
    return ", ".join(
        " – ".join(dict.fromkeys(day_said(day, today, weekday=False) for day in (each.first, each.last)))
        for each in statement.stretches
    )


def override_hours_said(week: Mapping[int, Spans]) -> str:
    """The hours of an override: of one date or all alike once, else by weekday."""
    said = {spans_said(spans, day) for day, spans in week.items()}
    return said.pop() if len(said) == 1 else week_said(week)


def week_said(week: Mapping[int, Spans]) -> str:
    """`mon-thu 22:00-06:00; fri 07:00-12:00`; days without duties go without saying, a free week is `off`."""
    alike: dict[str, list[int]] = {}
    for day in sorted(week):
        if week[day]:
            alike.setdefault(spans_said(week[day], day), []).append(day)
    return "; ".join(f"{ranges(days)} {text}" for text, days in alike.items()) or "off"


def spans_said(spans: Spans, weekday: int) -> str:
    return ", ".join(span_text(span, DAYS[weekday % 7], "-") for span in spans) or "off"


def _longest(days: Sequence[Spans], at: int) -> tuple[int, int]:
    """Of how many weeks the longest stretch from here on is, and how many days it lasts."""
    best = (1, _repeats(days, at, 1))
    for weeks in ROTATIONS[1:]:
        length = _repeats(days, at, weeks)
        if length >= TWICE * 7 * weeks and length > best[1]:
            best = (weeks, length)
    return best


def _repeats(days: Sequence[Spans], at: int, weeks: int) -> int:
    """For how many days each is as the one so many weeks before it."""
    period, end = 7 * weeks, min(at + 7 * weeks, len(days))
    while end < len(days) and days[end] == days[end - period]:
        end += 1
    return end - at


def _weeks(
    days: Sequence[Spans], at: int, weeks: int, length: int, begin: date
) -> tuple[Mapping[int, Spans], ...]:
    """The weeks of a stretch, from the Monday after its first day on where it has begun within one."""
    if weeks == 1:
        taken = range(at, at + min(length, 7))
        return ({(begin + DAY * (place - at)).isoweekday(): days[place] for place in taken},)
    into = (7 - begin.weekday()) % 7
    starts = range(at + into, at + into + 7 * weeks, 7)
    return tuple({day: days[start + day - 1] for day in range(1, 8)} for start in starts)
