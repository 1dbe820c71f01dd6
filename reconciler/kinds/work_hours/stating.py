"""Rows of one week each that state exactly some dates, in hardly more than the fewest. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.kinds.work_hours.periods import DAY, WEEK, Period, Spans


class Run(NamedTuple):
    """One weekday from a first date to a last, both included, with the same hours on each."""

    first: date
    last: date
    spans: Spans


def rows_saying(stated: Iterable[Run]) -> list[Period]:
    """Rows of one week each that state exactly these dates, no date twice.

    stated: of each weekday ascending and apart.
    Two ways are tried. To end a row wherever its week ends splits what could go on, a weekday on which
    nothing changes; to keep runs whole and put those together that begin and end within a week of each
    other leaves apart what lies in a longer one. Neither is far from the fewest; the better one is taken.
    """
    runs = _joined(stated)
    swept, grouped = _swept(runs), _grouped(runs)
    return sorted(grouped if len(grouped) < len(swept) else swept, key=lambda row: row.start)


def _joined(stated: Iterable[Run]) -> list[Run]:
    """Runs of one weekday that go on from week to week with the same hours, as one; ascending."""
    by_day: dict[int, list[Run]] = {}
    for run in stated:
        runs = by_day.setdefault(run.first.isoweekday(), [])
        if runs and runs[-1].last + WEEK == run.first and runs[-1].spans == run.spans:
            runs[-1] = runs[-1]._replace(last=run.last)
        else:
            runs.append(run)
    return sorted(run for runs in by_day.values() for run in runs)


def _swept(runs: Sequence[Run]) -> list[Period]:
    """Row after row, each as far as one week says every date from its first on."""
    rows, left = [], list(runs)
    while left:
        start, end = left[0].first, date.max
        for run in left:
            if run.first <= end:
                end = min(end, run.last + 6 * DAY if run.first < start + WEEK else run.first - DAY)
        taken = [run._replace(last=min(run.last, _last(run, end))) for run in left if run.first <= end]
        rows.append(_row(taken))
        rest = [run._replace(first=max(run.first, _last(run, end) + WEEK)) for run in left if run.last > end]
        left = sorted(rest)
    return rows


def _last(run: Run, end: date) -> date:
    """The last of a run's weekdays up to a date."""
    return run.first + (end - run.first) // WEEK * WEEK


def _grouped(runs: Sequence[Run]) -> list[Period]:
    """Whole runs, each put to the first others that one row states with it."""
    groups: list[list[Run]] = []
    for run in runs:
        group = next((group for group in groups if all(_go_together(run, each) for each in group)), None)
        if group is None:
            groups.append([run])
        else:
            group.append(run)
    return [_row(group) for group in groups]


def _go_together(one: Run, other: Run) -> bool:
    """Whether each holds all dates of its weekday from the first to the last date of the two."""
    return abs(one.first - other.first) < WEEK and abs(one.last - other.last) < WEEK


def _row(runs: Sequence[Run]) -> Period:
    week = {run.first.isoweekday(): run.spans for run in runs}
    return Period(min(run.first for run in runs), max(run.last for run in runs), dict(sorted(week.items())))
