"""Rosters: sheets of whole weeks, a row of words for each person on them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple, cast

from reconciler.dates.grammar import sheet_of
from reconciler.dates.hours import sheet_row_of
from reconciler.errors.mistakes import Mistake
from reconciler.errors.nearest import did_you_mean
from reconciler.kinds import Context
from reconciler.kinds.work_hours.layers import Layer, Origin
from reconciler.kinds.work_hours.periods import DAY, WEEK, Period, Spans
from reconciler.kinds.work_hours.shifts import DayCalendar
from reconciler.model import Source, Text
from reconciler.model.spec import RosterSpec

DAYS_OF_WEEK = 7


class Sheet(NamedTuple):
    """A person's row on a sheet: the hours of one date after the other."""

    name: str
    first: date
    days: Sequence[Spans]
    source: Source

    @property
    def last(self) -> date:
        return self.first + DAY * (len(self.days) - 1)

    @property
    def origin(self) -> Origin:
        return Origin(Layer.ROSTER, self.first, self.last, f"roster/{self.name}", False, self.source)

    def weeks(self) -> Iterator[Period]:
        for place in range(0, len(self.days), DAYS_OF_WEEK):
            first = self.first + DAY * place
            days = self.days[place : place + DAYS_OF_WEEK]
            week = {(first + DAY * step).isoweekday(): spans for step, spans in enumerate(days)}
            yield Period(first, first + WEEK - DAY, week)


def sheets_of(calendars: Mapping[str, DayCalendar], context: Context) -> dict[str, list[Sheet]]:
    """Each person's sheets, ascending and apart; problems go to the findings. calendars: by username."""
    found: dict[str, list[Sheet]] = {}
    for manifest in context.environment.under("roster"):
        for name, row in cast(RosterSpec, manifest.spec).items():
            sheet = _sheet(manifest.name, row, context)
            if sheet and has_usual_hours(name, calendars, context):
                found.setdefault(str(name), []).append(sheet)
    return {name: list(_apart(name, sheets, context)) for name, sheets in found.items()}


def has_usual_hours(name: Text, calendars: Mapping[str, DayCalendar], context: Context) -> bool:
    """Whether there are hours that a sheet or a swap can be laid over; an error says what is missing."""
    calendar = calendars.get(name)
    if calendar is None:
        if context.whole:
            message = f"`{name}` has no entry under `workHours`: write `{name}: []`, or the usual hours"
            hint = did_you_mean(name, calendars)
            context.findings.error(name.source, message + hint, Mistake.NO_USUAL_HOURS)
        return False
    if calendar.usual is None:
        message = f"`{name}` has overrides alone under `workHours`: write the usual hours as well"
        off = "`{from: …, days: off}` if there are none"
        context.findings.error(name.source, f"{message}, {off}", Mistake.NO_USUAL_HOURS)
    return calendar.usual is not None


def _sheet(name: str, row: Text, context: Context) -> Sheet | None:
    first = sheet_of(name)
    try:
        days = sheet_row_of(row, first, "W" in name, context.environment.shifts)
    except ValueError as error:
        context.findings.error(row.source, str(error), Mistake.HOURS)
        return None
    return Sheet(name, first, days, row.source)


def _apart(name: str, sheets: Sequence[Sheet], context: Context) -> Iterator[Sheet]:
    ordered = sorted(sheets, key=lambda sheet: sheet.first)
    for one, other in pairwise(ordered):
        if other.first <= one.last:
            first = f"the other is {one.name}, {one.source.path}:{one.source.line}"
            message = f"{name} is on two sheets on {other.first}: {first}"
            context.findings.error(other.source, message, Mistake.ON_TWO_SHEETS)
    yield from ordered
