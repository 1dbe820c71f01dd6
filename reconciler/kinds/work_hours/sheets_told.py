"""What sheets make of somebody's usual hours, told as the rows that hang on the wall. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.dates.grammar import sheet_of
from reconciler.dates.hours import Shifts, row_said
from reconciler.dates.said import day_said
from reconciler.kinds.work_hours.patterns import ROSTER, Duties, week_said
from reconciler.kinds.work_hours.periods import DAY, WEEK
from reconciler.kinds.work_hours.rows import is_override, row_in
from reconciler.kinds.work_hours.shifts import dates
from reconciler.model import Action, Change

DAYS_OF_WEEK = 7


class SheetRows(NamedTuple):
    """The rows of one person that are of one sheet. days: its dates, ascending, from today on."""

    name: str
    changes: Sequence[Change]
    days: Sequence[date]

    def said(self, had: Duties, has: Duties, shifts: Shifts, today: date) -> str:
        """`N – E E – – –`; of who had other hours with those before."""
        becomes = self._row(has, shifts)
        before = self._row(had, shifts) if any(had.get(day) for day in self.days) else ""
        whole = len(self.days) % DAYS_OF_WEEK == 0
        begins = "" if whole else f"from {day_said(self.days[0], today)} "
        return f"{begins}{before} → {becomes}" if before and before != becomes else f"{begins}{becomes}"

    def _row(self, duties: Duties, shifts: Shifts) -> str:
        said = []
        for place in range(0, len(self.days), DAYS_OF_WEEK):
            days = self.days[place : place + DAYS_OF_WEEK]
            by_weekday = {day.isoweekday(): duties.get(day, ()) for day in days}
            said.append(row_said([*by_weekday.values()], shifts) or week_said(by_weekday, shifts))
        return " / ".join(said)


def sheets_in(changes: Iterable[Change], today: date) -> list[SheetRows]:
    """The sheets of somebody whose rows change, ascending."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        if change.rule.startswith(ROSTER) and not is_override(change.key.name) and _is_its_own(change):
            found.setdefault(change.rule.removeprefix(ROSTER), []).append(change)
    sheets = (SheetRows(name, own, sorted(_days(own, today))) for name, own in found.items())
    return sorted((sheet for sheet in sheets if sheet.days), key=lambda sheet: (sheet.days[0], sheet.name))


def _is_its_own(change: Change) -> bool:
    """Whether a row says nothing but a week of a sheet. One that says more says what is usual, too; and one
    that goes says nothing.
    """
    try:
        first = sheet_of(change.rule.removeprefix(ROSTER))
    except ValueError:  # of a file that was not written by us
        return False
    if change.after is None or change.action is Action.RETIRE:
        return False
    period = row_in(change.key.name, change.after).period
    begins = first + (period.start - first) // WEEK * WEEK  # the week of the sheet
    return first <= period.start and period.end is not None and period.end < begins + WEEK


def _days(changes: Iterable[Change], today: date) -> set[date]:
    periods = (row_in(change.key.name, change.after).period for change in changes if change.after)
    return {
        day
        for period in periods
        for day in dates(max(period.start, today), (period.end or period.start) + DAY)
    }
