"""Rows of one week each that state exactly some dates, in hardly more than the fewest. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.kinds.work_hours.periods import DAY, WEEK, Period, Spans


class Strand(NamedTuple):
    """One weekday from a first date to a last, both included, with the same hours on each."""

    first: date
    last: date
    spans: Spans


def rows_saying(stated: Iterable[Strand]) -> list[Period]:
    """Rows of one week each that state exactly these dates, no date twice.

    stated: of each weekday ascending and apart.
    Two ways are tried. To end a row wherever its week ends splits what could go on, a weekday on which
    nothing changes; to keep strands whole and put those together that begin and end within a week of each
    other leaves apart what lies in a longer one. Neither is far from the fewest; the better one is taken.
    """
    strands = _joined(stated)
    swept, grouped = _swept(strands), _grouped(strands)
    return sorted(grouped if len(grouped) < len(swept) else swept, key=lambda row: row.start)


def _joined(stated: Iterable[Strand]) -> list[Strand]:
    """Strands of one weekday that go on from week to week with the same hours, as one; ascending."""
    by_day: dict[int, list[Strand]] = {}
    for strand in stated:
        strands = by_day.setdefault(strand.first.isoweekday(), [])
        if strands and strands[-1].last + WEEK == strand.first and strands[-1].spans == strand.spans:
            strands[-1] = strands[-1]._replace(last=strand.last)
        else:
            strands.append(strand)
    return sorted(strand for strands in by_day.values() for strand in strands)


def _swept(strands: Sequence[Strand]) -> list[Period]:
    """Row after row, each as far as one week says every date from its first on."""
    rows, left = [], list(strands)
    while left:
        start, end = left[0].first, date.max
        for strand in left:
            if strand.first <= end:
                end = min(end, strand.last + 6 * DAY if strand.first < start + WEEK else strand.first - DAY)
        taken = [
            strand._replace(last=min(strand.last, _last(strand, end)))
            for strand in left
            if strand.first <= end
        ]
        rows.append(_row(taken))
        rest = [
            strand._replace(first=max(strand.first, _last(strand, end) + WEEK))
            for strand in left
            if strand.last > end
        ]
        left = sorted(rest)
    return rows


def _last(strand: Strand, end: date) -> date:
    """The last of a strand's weekdays up to a date."""
    return strand.first + (end - strand.first) // WEEK * WEEK


def _grouped(strands: Sequence[Strand]) -> list[Period]:
    """Whole strands, each put to the first others that one row states with it."""
    groups: list[list[Strand]] = []
    for strand in strands:
        group = next((group for group in groups if all(_go_together(strand, each) for each in group)), None)
        if group is None:
            groups.append([strand])
        else:
            group.append(strand)
    return [_row(group) for group in groups]


def _go_together(one: Strand, other: Strand) -> bool:
    """Whether each holds all dates of its weekday from the first to the last date of the two."""
    return abs(one.first - other.first) < WEEK and abs(one.last - other.last) < WEEK


def _row(strands: Sequence[Strand]) -> Period:
    week = {strand.first.isoweekday(): strand.spans for strand in strands}
    return Period(
        min(strand.first for strand in strands),
        max(strand.last for strand in strands),
        dict(sorted(week.items())),
    )
