"""A person's day calendar: which shifts each date has, and the rows of hours that say so. Pure.

A shift belongs to the date on which it begins: take the date away, and the hours after midnight go with it. A
date's shifts are those of the last layer that names it, an override or else the usual hours; everything that
shows or writes hours asks here. Only the rows of the service split a night at midnight.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from reconciler.kinds.work_hours.periods import (
    DAY,
    DAY_MINUTES,
    Period,
    Span,
    Spans,
    by_the_clock,
    override,
    settle,
    shared_day,
)
from reconciler.model import joined

WEEK = 7 * DAY
SHIFTS = "shifts"  # the field of a person's wished hours that holds the day calendar


class Override(NamedTuple):
    """Other hours for some dates: those of its period (which has an end) whose weekday its week names; why
    it is, if that is said."""

    name: str
    period: Period
    why: str = ""

    def names(self, day: date) -> bool:
        return self.period.covers(day) and day.isoweekday() in self.period.week


class Clash(NamedTuple):
    """A night that runs into what another layer or period says of the date after; `override`: whichever of
    the two is none of the usual hours."""

    day: date
    night: Span
    morning: Span
    override: Override | None


class Origin(NamedTuple):
    """What in the manifests says usual hours: a template or `rotation/NAME`; whether they go on for ever; why
    they are, if that is said."""

    start: date
    end: date | None
    template: str
    rotates: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class DayCalendar:
    """The layers of one person, as they are written: a span may end beyond midnight.

    usual: disjoint periods, ascending; None where nobody declares the usual hours.
    overrides: ascending by their first date; of two that name a date, the later one holds.
    further: usual hours that are known and not written yet, as rotations go on for ever: mornings after the
        nights of an override far ahead are stated by them.
    origins: what the usual hours come from.
    """

    usual: tuple[Period, ...] | None
    overrides: tuple[Override, ...] = ()
    further: tuple[Period, ...] = ()
    origins: tuple[Origin, ...] = ()

    def origin(self, day: date) -> Origin | None:
        """What says the usual hours of a date."""
        return next((o for o in self.origins if o.start <= day and (o.end is None or day <= o.end)), None)

    def declared(self, name: str | None, row: Period) -> Override | None:
        """The override of this name that a row is of: its dates, or the morning after."""
        for over in self.overrides:
            within = over.period.start <= (row.end or row.start)
            if over.name == name and within and row.start <= (over.period.end or row.start) + DAY:
                return over
        return None

    def why(self, row: Period, cut: bool) -> str:
        """The reasons of what says a row of usual hours; of the overrides, if any is cut into it (`cut`)."""
        special = [over for over in self.overrides if cut and shared_day(over.period, row)]
        end = row.end or date.max
        usual = (o for o in self.origins if o.start <= end and row.start <= (o.end or end))
        return joined(each.why for each in special or usual)

    def shifts(self, day: date) -> Spans:
        """The shifts that begin on a date."""
        ruling = self.ruling(day)
        return ruling.period.week[day.isoweekday()] if ruling else self._usual(day)

    def speaks_of(self, day: date) -> bool:
        """Whether anything is said of a date."""
        return self.usual is not None or self.ruling(day) is not None

    def hours(self, day: date) -> Spans:
        """What is worked on a date by the clock: its shifts to midnight, and the night before from there."""
        return by_the_clock(self.shifts(day), self.shifts(day - DAY))

    def until(self, last: date) -> DayCalendar:
        """The same up to a date, with the whole of a night that begins on it."""
        return replace(
            self,
            usual=None if self.usual is None else tuple(_until(self.usual, last)),
            overrides=tuple(
                over._replace(period=period)
                for over in self.overrides
                for period in _until([over.period], last)
            ),
            further=tuple(_until(self.further, last)),
        )

    def usual_rows(self) -> list[Period]:
        """The usual hours as DEFAULT rows."""
        return settle(self.usual or ())

    def cut_rows(self) -> list[Period]:
        """All layers as DEFAULT rows, for a service that knows no others."""
        return override(self.usual or (), [over.period for over in self.overrides])

    def override_rows(self) -> list[Override]:
        """What the overrides make different, as OVERRIDE rows; no date is stated by two of them.

        An override's rows state the dates that it has the last word on, and whole the date after one of its
        nights, or of a night that it takes away, where no other override has a word on that.
        """
        return [
            over._replace(period=row) for over in self.overrides for row in rows_saying(self._stated(over))
        ]

    def clashes(self) -> Iterator[Clash]:
        """Nights that overlap the hours of the date after, where another layer or period says those."""
        days = {period.start for period in self.usual or ()}
        days |= {day for over in self.overrides for day, _ in self._days(over)}
        for day in sorted(days):
            night, morning = self.shifts(day - DAY), self.shifts(day)
            if night and morning and night[-1][1] - DAY_MINUTES > morning[0][0]:
                yield Clash(day, night[-1], morning[0], self.ruling(day) or self.ruling(day - DAY))

    def ruling(self, day: date) -> Override | None:
        """The override whose word on a date holds, if any."""
        return next((over for over in reversed(self.overrides) if over.names(day)), None)

    def _usual(self, day: date) -> Spans:
        for periods in (self.usual or (), self.further):
            place = bisect_right(periods, day, key=lambda period: period.start) - 1
            if place >= 0 and periods[place].covers(day):
                return periods[place].week.get(day.isoweekday(), ())
        return ()

    def _states(self, over: Override, day: date) -> bool:
        ruling = self.ruling(day)
        if ruling or self.ruling(day - DAY) is not over:
            return ruling is over
        return self.hours(day) != by_the_clock(self._usual(day), self._usual(day - DAY))

    def _stated(self, over: Override) -> Iterator[Run]:
        """The dates that are an override's to state."""
        for day, last in self._days(over):
            if self._states(over, day):
                yield Run(day, last, self.hours(day))

    def _days(self, over: Override) -> Iterator[tuple[date, date]]:
        """The dates of an override and one more, each with the last date that is like it week by week."""
        assert over.period.end is not None
        first, beyond = over.period.start, over.period.end + 2 * DAY
        edges = [first, *(edge for edge in self._borders() if first < edge < beyond), beyond]
        for begin, end in pairwise(edges):
            for day in dates(begin, min(end, begin + WEEK)):
                yield day, day + (end - DAY - day) // WEEK * WEEK

    def _borders(self) -> list[date]:
        """The dates on which what is worked may differ from a week ago; a night reaches a day further."""
        layers = (*(self.usual or ()), *self.further, *(over.period for over in self.overrides))
        edges = {layer.start for layer in layers} | {layer.end + DAY for layer in layers if layer.end}
        return sorted(edges | {edge + DAY for edge in edges})


def _until(periods: Iterable[Period], last: date) -> Iterator[Period]:
    for period in periods:
        if period.start <= last:
            yield period._replace(end=min(period.end or last, last))


class Run(NamedTuple):
    """One weekday from a first date to a last, both included, with the same hours on each."""

    first: date
    last: date
    spans: Spans


def dates(begin: date, beyond: date) -> Iterator[date]:
    """The dates from one on, without the other."""
    return (begin + DAY * step for step in range((beyond - begin).days))


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
