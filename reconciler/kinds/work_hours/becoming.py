"""Whether some rows lead to the same hours as others do, date by date and whatever the rows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from operator import itemgetter
from typing import Any

from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, Spans
from reconciler.kinds.work_hours.rows import is_override, row_in
from reconciler.model import Change

Pair = tuple[Row | None, Row | None]  # before, after


def become(ours: Sequence[Change], theirs: Sequence[Change], since: date, rolled: tuple[date, date]) -> bool:
    """Whether each date on which a person's hours change becomes what the other changes make of it.

    rolled: between these, what is only added is what the moving horizon brings.
    """
    for override in (False, True):
        mine, seen = _timeline(ours, override), _timeline(theirs, override)
        for day in _days([row for pair in (*mine, *seen) for row in pair if row], since, rolled):
            wished, had = (_on(day, rows) for rows in (map(_after, mine), map(_before, mine)))
            if wished == had or (rolled[0] < day < rolled[1] and _only_adds(had, wished)):
                continue
            if not any(row and row.period.covers(day) for pair in seen for row in pair):
                return False
            if wished != _on(day, map(_after, seen)):
                return False
    return True


def goes_on(changes: Sequence[Change], since: date, last: date, night: Spans) -> bool:
    """Whether changes of usual hours only add to what is written by now, the last date of which is `last`.

    night: what a night before leaves of that date; there may be nothing else of it yet.
    """
    pairs = _timeline(changes, override=False)
    for day in _days([row for pair in pairs for row in pair if row], since, (last - DAY, last)):
        had, wished = (_on(day, map(side, pairs)) for side in (_before, _after))
        if wished != had and (day < last or had not in ([], [night])):
            return False
    return True


def _only_adds(had: Sequence[Spans], wished: Sequence[Spans]) -> bool:
    """Whether a date had no hours, or the end of the night before, and is worked as long at least."""
    ends = [span for spans in had for span in spans]
    mornings = [end for spans in wished for start, end in spans if start == 0]
    return all(start == 0 and end < DAY_MINUTES and end <= max(mornings, default=0) for start, end in ends)


_before, _after = itemgetter(0), itemgetter(1)


def _timeline(changes: Sequence[Change], override: bool) -> list[Pair]:
    own = [change for change in changes if is_override(change.key.name) is override]
    return [(_row(change, change.before), _row(change, change.after)) for change in own]


def _row(change: Change, side: Mapping[str, Any] | None) -> Row | None:
    return row_in(change.key.name, side) if side else None


def _days(rows: Sequence[Row], since: date, rolled: tuple[date, date]) -> Iterator[date]:
    """Dates that stand for all: between two bounds of rows a week at most, as every week there is alike."""
    bounds = {since, rolled[0] + DAY, rolled[1], *(row.period.start for row in rows)}
    bounds |= {row.period.end + DAY for row in rows if row.period.end and row.period.end < date.max}
    last = max(bounds) + 7 * DAY
    for begin, end in pairwise([*sorted(bound for bound in bounds if bound >= since), last]):
        yield from (begin + DAY * step for step in range(min(7, (end - begin).days)))


def _on(day: date, rows: Iterable[Row | None]) -> list[Spans]:
    """What rows say of a date: hours, and of overrides whether the day is off."""
    said = (row.period.week.get(day.isoweekday()) for row in rows if row and row.period.covers(day))
    return sorted(spans for spans in said if spans is not None)
