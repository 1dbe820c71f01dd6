"""A person's hours as rows of the service say them, date by date. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from reconciler.dates.week import joined
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.periods import DAY, Spans
from reconciler.staffing.duty import Dates


class HeldHours(NamedTuple):
    """Rows of usual hours and overrides; a night is two pieces in them, and one shift here."""

    rows: Sequence[Row]

    def shifts(self, day: date) -> Spans:
        near = [day - DAY, day, day + DAY]
        return tuple(joined({each: self._pieces(each) for each in near}, pairwise(near))[day])

    def speaks_of(self, day: date) -> bool:
        return True  # who has no rows has no hours

    def ruling(self, day: date) -> str | None:
        """The name of the override that rules a date; one that states it for the night before is none."""
        if self.shifts(day) == HeldHours([row for row in self.rows if not row.days_off]).shifts(day):
            return None
        return next((row.name or "" for row in self._overrides(day)), None)

    def _pieces(self, day: date) -> Spans:
        dates = Dates(day, day)
        (number,) = dates.lay(self.rows)
        return dates.spans[number]

    def _overrides(self, day: date) -> list[Row]:
        special = (row for row in self.rows if row.days_off and row.period.covers(day))
        return [row for row in special if day.isoweekday() in row.period.week]
