"""What of somebody's changes merely the moving horizon brings: rotations are written on and on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.kinds.work_hours.becoming import goes_on
from reconciler.kinds.work_hours.layers import Layer
from reconciler.kinds.work_hours.periods import DAY, Period, by_the_clock
from reconciler.kinds.work_hours.shifts import DayCalendar
from reconciler.model import Action, Change


class Written(NamedTuple):
    """How far usual hours are written by now.

    calendar: what rows of usual hours say. last: their last date, sheets left out; None where there is none.
    """

    calendar: DayCalendar
    last: date | None

    @classmethod
    def of(cls, calendar: DayCalendar, rows: Iterable[Period]) -> Written:
        ends = [row.end or date.max for row in rows if not _is_of_a_sheet(row, calendar)]
        return cls(calendar, max(ends, default=None))

    def ends_before(self, day: date) -> bool:
        """Whether a date is a rotation's, and lies beyond all that is written of it."""
        origin = self.calendar.origin(day, day)
        return bool(origin and origin.rotates and self.last and self.last < day)

    def rolled(self, changes: Sequence[Change], since: date) -> Sequence[Change]:
        """Changes of usual hours; all are the horizon's, if together they only carry a rotation further: the
        last row may have to grow, or to hold more than the end of a night."""
        sent, last = [change for change in changes if change.request], self.last
        actions = {change.action for change in sent}
        if last is None or last == date.max or not self.ends_before(last + DAY):
            return changes
        if Action.UPDATE not in actions or Action.RETIRE in actions:
            return changes
        night = by_the_clock((), self.calendar.shifts(last - DAY))
        rolls = goes_on(sent, since, last, night)
        return [change._replace(rolling=bool(change.request)) for change in changes] if rolls else changes


def _is_of_a_sheet(row: Period, calendar: DayCalendar) -> bool:
    origin = calendar.origin(row.start, row.end)
    return origin is not None and origin.layer is Layer.ROSTER
