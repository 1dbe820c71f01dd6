"""Which hours end as somebody leaves, of those that nobody declares: told by rows alone. Pure.

A row knows no nights: what ends at midnight and goes on from there into the morning of the next date is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from reconciler.kinds.work_hours.matching import Row, first_met
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, EVERY_DAY, Period, Spans

NOON = DAY_MINUTES // 2
ALWAYS = dict.fromkeys(EVERY_DAY, ())


def up_to(last: date, rows: Iterable[Row]) -> list[Period]:
    """What rows of usual hours say up to a date, and the end of the night that begins on it."""
    rows = list(rows)
    found = [row.until(min(row.period.end or last, last)).period for row in rows if row.period.start <= last]
    after, ends = last + DAY, night_ends(last, rows)
    if ends:
        found.append(Period(after, after, {after.isoweekday(): ((0, ends),)}))
    return [period for period in found if any(period.week.values())]


def night_ends(day: date, rows: Iterable[Row]) -> int:
    """When the night that begins on a date ends on the next, in minutes from midnight; 0: there is none."""
    rows = list(rows)
    if not any(end == DAY_MINUTES for row in rows for _, end in _spans(row, day)):
        return 0
    mornings = (span for row in rows for span in _spans(row, day + DAY))
    return max((end for start, end in mornings if start == 0 and end <= NOON), default=0)


def first_gone(row: Row, last: date, since: date) -> date | None:
    """The first date from `since` on that a row speaks of and its person doesn't work any more."""
    return first_met(row, [Row(Period(_end(row, last) + DAY, None, ALWAYS))], since)


def only_ends(had: Row, goal: Row) -> bool:
    """Whether of a row nothing but its end becomes another, and a sooner one."""
    end = goal.period.end
    sooner = end is not None and end < (had.period.end or date.max)
    return sooner and had.until(end).hours(date.min) == goal.hours(date.min)


def _end(row: Row, last: date) -> date:
    """The last date on which a row holds: the one after, if that is the end of a night and nothing else."""
    ends = night_ends(last, [row])
    return last + DAY if ends and _spans(row, last + DAY) == ((0, ends),) else last


def _spans(row: Row, day: date) -> Spans:
    return row.period.week.get(day.isoweekday(), ()) if row.period.covers(day) else ()
