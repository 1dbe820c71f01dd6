"""Invented weeks, periods and dates, and which three-hour blocks of each day are worked in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st

from reconciler.kinds.work_hours.periods import DAY, Period

FIRST, LAST = date(2026, 11, 16), date(2027, 1, 10)
TODAY = date(2026, 12, 2)
ALL_DATES = [FIRST + DAY * step for step in range((LAST - FIRST).days + 30)]
Minutes = frozenset[int]

dates = st.dates(FIRST, LAST)
hours = st.integers(0, 8).map(lambda step: step * 180)


@st.composite
def spans(draw: st.DrawFn, night: bool = True) -> tuple[tuple[int, int], ...]:
    """Zero to two spans of one day, the last perhaps into the next day's first three hours."""
    if draw(st.integers(0, 3)) == 0:
        return ()
    cuts = sorted(draw(st.sets(st.integers(2, 8), min_size=2, max_size=4)))
    found = [(one * 180, other * 180) for one, other in zip(cuts[::2], cuts[1::2], strict=False)]
    if night and draw(st.booleans()) and found[-1][1] == 1440:
        found[-1] = (found[-1][0], 1440 + 180)
    return tuple(found)


weeks = st.dictionaries(st.integers(1, 7), spans(), max_size=7)
day_weeks = st.dictionaries(st.integers(1, 7), spans(night=False), max_size=7)


@st.composite
def periods(draw: st.DrawFn, of: st.SearchStrategy[Any] = weeks, most: int = 4) -> list[Period]:
    """Disjoint periods, ascending; the last may be open."""
    bounds = sorted(draw(st.sets(dates, max_size=2 * most)))
    found = [Period(start, end, draw(of)) for start, end in zip(bounds[::2], bounds[1::2], strict=False)]
    if found and draw(st.booleans()):
        found[-1] = found[-1]._replace(end=None)
    return found


def minutes(found: Iterable[tuple[int, int]]) -> set[int]:
    return {minute for start, end in found for minute in range(start // 180, end // 180)}


def worked(rows: Sequence[Period], days: Iterable[date]) -> dict[date, set[int]]:
    """The three-hour blocks of each day, spans over midnight counted on the day they fall on."""
    found: dict[date, set[int]] = {day: set() for day in days}
    for row in rows:
        for day in found:
            for on, shift in ((day, 0), (day - DAY, 8)):
                if row.covers(on):
                    blocks = minutes(row.week.get(on.isoweekday(), ()))
                    found[day] |= {block - shift for block in blocks if 0 <= block - shift < 8}
    return found
