"""What is laid over a person's usual hours, and where usual hours come from. Values; pure."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from typing import NamedTuple

from reconciler.kinds.work_hours.periods import DAY, Period, Span, Spans, Turns
from reconciler.model import Source
from reconciler.model.when import Stretch, united


class Layer(IntEnum):
    """What says the shifts of dates; the later it is laid, the more exactly it names person and date."""

    USUAL = 1
    CLOSURE = 2
    ROSTER = 3
    OVERRIDE = 4
    SWAP = 5


class Statement(NamedTuple):
    """What one place in the manifests makes other than usual.

    name: of its rows.
    why: the reason that is given.
    periods: disjoint, each with an end; it names those of their dates whose weekday their week names.
    until: the last date of which it is written by now. between: the people of a swap.
    """

    layer: Layer
    name: str
    periods: tuple[Period, ...]
    source: Source
    why: str = ""
    until: date = date.max
    between: tuple[str, ...] = ()

    @property
    def first(self) -> date:
        return self.periods[0].start

    @property
    def stretches(self) -> list[Stretch]:
        """Its dates, each stretch as long as it is."""
        return united(Stretch(each.start, day_after(each) - DAY, self.source) for each in self.periods)

    def meets(self, row: Period) -> bool:
        """Whether a row speaks of any of its dates."""
        return any(row.overlaps(period) for period in self.periods)

    @property
    def last(self) -> date:
        return day_after(self.periods[-1]) - DAY

    @property
    def days(self) -> list[date]:
        """The dates that it says, ascending."""
        every = ((each, each.start + DAY * step) for each in self.periods
                 for step in range((day_after(each) - each.start).days))  # fmt: skip
        return [day for each, day in every if day.isoweekday() in each.week]


class Word(NamedTuple):
    """The shifts of a date, and the statement that says so."""

    statement: Statement
    spans: Spans


class Clash(NamedTuple):
    """A night that runs into what another layer or period says of the date after; `before`, `after`: the
    statements that say the two, None for usual hours."""

    day: date
    night: Span
    morning: Span
    before: Statement | None
    after: Statement | None


class Origin(NamedTuple):
    """What in the manifests says usual hours, or those of a sheet: a template, `rotation/NAME` or
    `roster/WEEK`; whether they go on for ever; why they are, if that is said."""

    layer: Layer
    start: date
    end: date | None
    template: str
    rotates: bool
    source: Source
    why: str = ""

    def covers(self, day: date) -> bool:
        return self.meets(day, day)

    def meets(self, first: date, last: date | None) -> bool:
        return (last is None or self.start <= last) and (self.end is None or first <= self.end)


class Unwritten(NamedTuple):
    """Dates of a rotation that are known and not written yet, as it goes on for ever."""

    start: date
    end: date | None
    turns: Turns

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


def day_after(period: Period) -> date:
    """The date after the last of a statement's period."""
    assert period.end is not None
    return period.end + DAY
