"""A person's hours as rows of the service say them, date by date. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, Spans, by_the_clock
from reconciler.staffing.duty import Dates
from reconciler.staffing.week import Hours


class HeldHours(NamedTuple):
    """Rows of usual hours and overrides; a night is two pieces in them, and one shift here.

    said: the hours that manifests give: where rows say the same, a shift is what it is there.
    """

    rows: Sequence[Row]
    said: Hours | None = None

    def shifts(self, day: date) -> Spans:
        near = (day - DAY, day, day + DAY)
        before, own, after = pieces = [self._pieces(each) for each in near]
        if self.said and all(map(self._is_said, near, pieces)):
            return self.said.shifts(day)  # as they are there, where a night runs into the date after, too
        said = self._is_said(day, own)
        begun = self._goes_on(day - DAY, before, own, said and self._is_said(day - DAY, before))
        left = [(max(start, begun), end) for start, end in own if begun < end]
        if goes_on := self._goes_on(day, own, after, said and self._is_said(day + DAY, after)):
            left[-1] = (left[-1][0], DAY_MINUTES + goes_on)
        return tuple(left)

    def speaks_of(self, day: date) -> bool:
        return True  # who has no rows has no hours

    def ruling(self, day: date) -> str | None:
        """The name of the override that rules a date; one that states it for the night before is none."""
        usual = HeldHours([row for row in self.rows if not row.days_off])
        if HeldHours(self.rows).shifts(day) == usual.shifts(day):
            return None
        return next((row.name or "" for row in self._overrides(day)), None)

    def _is_said(self, day: date, pieces: Spans) -> bool:
        """Whether manifests say what is worked on a date."""
        if self.said is None or not self.said.speaks_of(day):
            return False
        return pieces == by_the_clock(self.said.shifts(day), self.said.shifts(day - DAY))

    def _goes_on(self, day: date, night: Spans, morning: Spans, is_said: bool) -> int:
        """Up to which minute of the next date what begins on a date goes on."""
        if self.said and is_said:
            return max(
                (end - DAY_MINUTES for _, end in self.said.shifts(day) if end > DAY_MINUTES), default=0
            )
        if (0, DAY_MINUTES) in (*night[-1:], *morning[:1]):
            return 0
        meet = night and morning and night[-1][1] == DAY_MINUTES and morning[0][0] == 0
        return morning[0][1] if meet else 0

    def _pieces(self, day: date) -> Spans:
        dates = Dates(day, day)
        (number,) = dates.lay(self.rows)
        return dates.spans[number]

    def _overrides(self, day: date) -> list[Row]:
        special = (row for row in self.rows if row.days_off and row.period.covers(day))
        return [row for row in special if day.isoweekday() in row.period.week]
