"""The fewest rows that say given hours, by trying: slow, and apart from our own reckoning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations

from tests.support.layers import DAY, dates

Hours = frozenset[int]
Stated = Mapping[date, Hours]


def usual(worked: Sequence[tuple[date, Hours]]) -> int:
    """Of DEFAULT rows: each holds a week, for dates on end; free dates may lie between."""
    best = [0]
    for after in range(1, len(worked) + 1):
        left_out = [best[after - 1]] if not worked[after - 1][1] else []
        joined = [best[first] + 1 for first in range(after) if _is_week(worked[first:after])]
        best.append(min(left_out + joined))
    return best[-1]


def _is_week(worked: Sequence[tuple[date, Hours]]) -> bool:
    week: dict[int, Hours] = {}
    return all(week.setdefault(day.isoweekday(), hours) == hours for day, hours in worked)


def special(statements: Iterable[Stated], most: int) -> int:
    """Of OVERRIDE rows, of all these statements; `most` stands for more, too, as these take long to try."""
    found = 0
    for stated in statements:
        numbers = range(_runs(stated), most - found)
        found += next((number for number in numbers if suffice(number, stated)), max(most - found, 0))
    return found


def suffice(number: int, stated: Stated) -> bool:
    """Whether so many OVERRIDE rows can state these dates and no others, none of them twice."""
    if not stated or _runs(stated) > number:
        return not stated
    first = min(stated)  # one of the rows begins with it
    lasts = sorted(stated) if number > 1 else [max(stated)]
    return any(
        suffice(number - 1, {day: hours for day, hours in stated.items() if day not in row})
        for last in lasts
        for row in _rows(stated, first, last, whole=number == 1)
    )


def _runs(stated: Stated) -> int:
    """The most that a weekday has of dates, a week apart, with the same hours: no row says two of them."""
    begun = Counter(day.isoweekday() for day, hours in stated.items() if stated.get(day - 7 * DAY) != hours)
    return max(begun.values(), default=0)


def _rows(stated: Stated, first: date, last: date, whole: bool) -> Iterator[set[date]]:
    """The dates that a row of these bounds may state: of a weekday all, which are alike, or none.

    whole: only the row of most weekdays, as nothing may be left.
    """
    by_weekday: dict[int, list[date]] = {}
    for day in dates(first, last):
        by_weekday.setdefault(day.isoweekday(), []).append(day)
    able = [
        days
        for days in by_weekday.values()
        if all(day in stated for day in days) and len({stated[day] for day in days}) == 1
    ]
    own, others = [days for days in able if first in days], [days for days in able if first not in days]
    if not own:
        return
    for number in [len(others)] if whole else range(len(others), -1, -1):
        for some in combinations(others, number):
            yield {day for days in (*own, *some) for day in days}
