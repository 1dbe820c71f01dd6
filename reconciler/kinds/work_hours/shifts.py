"""A person's day calendar: which shifts each date has, and the rows of hours that say so. Pure.

A shift belongs to the date on which it begins: take the date away, and the hours after midnight go with it. A
date's shifts are those of the last layer that names it; everything that shows or writes hours asks here. Only
the rows of the service split a night at midnight.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import pairwise

from reconciler.kinds.work_hours.layers import Clash, Layer, Origin, Statement, Unwritten, Word, day_after
from reconciler.kinds.work_hours.periods import (
    DAY,
    DAY_MINUTES,
    WEEK,
    Period,
    Spans,
    by_the_clock,
    override,
    settle,
    shared_day,
)
from reconciler.kinds.work_hours.stating import Strand, rows_saying
from reconciler.model import joined
from reconciler.model.when import Stretch, united

SHIFTS = "shifts"  # the field of a person's wished hours that holds the day calendar


@dataclass(frozen=True)
class DayCalendar:
    """The layers of one person, as they are written: a span may end beyond midnight.

    usual: disjoint periods, ascending; None where nobody declares the usual hours.
    statements: all that makes dates other than usual.
    unwritten: what a statement far ahead lies on.
    origins: what the usual hours come from, and sheets.
    """

    usual: tuple[Period, ...] | None
    statements: tuple[Statement, ...] = ()
    unwritten: tuple[Unwritten, ...] = ()
    origins: tuple[Origin, ...] = ()

    def origin(self, first: date, last: date | None) -> Origin | None:
        """What says the usual hours of some dates: the last sheet that has one of them, else what says those
        of the first. last: None: open."""
        met = [each for each in self.origins if each.meets(first, last)]
        sheets = (each for each in reversed(met) if each.layer is Layer.ROSTER)
        return next(sheets, None) or next((each for each in met if each.covers(first)), None)

    def _is_on_a_sheet(self, day: date) -> bool:
        return any(each.layer is Layer.ROSTER and each.covers(day) for each in self.origins)

    def why(self, row: Period) -> str:
        """The reasons of the usual hours of a row."""
        return joined(each.why for each in self.origins if each.meets(row.start, row.end))

    def cut_in(self, row: Period) -> list[Statement]:
        """The statements that speak of dates of a row, in the order in which they are laid."""
        return [each for each, period in self._laid if shared_day(period, row)]

    def declared(self, name: str | None, row: Period) -> Statement | None:
        """The statement of this name that a row is of: its dates, or the morning after."""
        named = (each for each in self.statements if each.name == name)
        return next((each for each in named if any(_is_of(row, period) for period in each.periods)), None)

    @property
    def is_bare(self) -> bool:
        """Whether the list is empty: nobody has usual hours but for sheets."""
        return self.usual is not None and all(each.layer is Layer.ROSTER for each in self.origins)

    def shifts(self, day: date) -> Spans:
        """The shifts that begin on a date."""
        word = self.word(day)
        return word.spans if word else self._usual(day)

    def speaks_of(self, day: date) -> bool:
        """Whether anything is said of a date."""
        return self.usual is not None or self.word(day) is not None

    def word(self, day: date) -> Word | None:
        """The last word on a date, where it isn't that of the usual hours."""
        edges, spoken = self._segments
        place = bisect_right(edges, day) - 1
        for statement, period in reversed(spoken[place]) if place >= 0 else ():
            spans = period.week.get(day.isoweekday())
            if spans is not None:
                return Word(statement, spans)
        return None

    def ruling(self, day: date) -> str | None:
        """The name of the statement whose word on a date holds, if any; a closure takes hours away."""
        word = self.word(day)
        if word is None or (word.statement.layer is Layer.CLOSURE and not self._usual(day)):
            return None
        return word.statement.name

    def hours(self, day: date) -> Spans:
        """What is worked on a date by the clock: its shifts to midnight, and the night before from there."""
        return by_the_clock(self.shifts(day), self.shifts(day - DAY))

    def until(self, last: date) -> DayCalendar:
        """The same up to a date, with the whole of a night that begins on it."""
        statements = (
            each._replace(periods=tuple(_until(each.periods, last)))
            for each in self.statements
            if each.first <= last
        )
        return replace(
            self,
            usual=None if self.usual is None else tuple(_until(self.usual, last)),
            statements=tuple(statements),
            unwritten=tuple(
                each._replace(end=min(each.end or last, last))
                for each in self.unwritten
                if each.start <= last
            ),
        )

    def usual_rows(self) -> list[Period]:
        """The usual hours as DEFAULT rows."""
        return settle(self.usual or (), self._is_on_a_sheet)

    def cut_rows(self) -> list[Period]:
        """All layers as DEFAULT rows, for a service that knows no others."""
        written = (period for statement, period in self._laid if period.start <= statement.until)
        return override(self.usual or (), written)

    def stated_rows(self) -> list[tuple[Statement, Period]]:
        """What the statements make different, as OVERRIDE rows; no date is stated by two of them.

        The rows of one state the dates that it has the last word on, and whole the date after one of its
        nights, or of a night that it takes away, where no other statement has a word on that. Of a closure
        only dates of which usual hours are written.
        """
        return [(each, row) for each in self.statements for row in rows_saying(self._stated(each))]

    def clashes(self) -> Iterator[Clash]:
        """Nights that overlap the hours of the date after, where another layer or period says those."""
        days = {period.start for period in self.usual or ()}
        days |= {strand.first for each in self.statements for strand in self._strands(each)}
        for day in sorted(days):
            night = self.shifts(day - DAY)
            morning = night and self.shifts(day)
            if morning and night[-1][1] - DAY_MINUTES > morning[0][0]:
                before, after = self.word(day - DAY), self.word(day)
                yield Clash(
                    day, night[-1], morning[0], before and before.statement, after and after.statement
                )

    @cached_property
    def _laid(self) -> list[tuple[Statement, Period]]:
        """Statements over the usual hours, in the order in which they are laid; of two overrides the one that
        begins later holds."""
        pieces = [(each, period) for each in self.statements for period in each.periods]
        return sorted(pieces, key=lambda piece: (piece[0].layer, piece[1].start))

    @cached_property
    def _segments(self) -> tuple[list[date], list[list[tuple[Statement, Period]]]]:
        """The dates on which a piece begins or has ended, and what speaks from each of them to the next."""
        begins, ends = ({at for _, period in self._laid if (at := f(period))} for f in (_start, day_after))
        edges = sorted(begins | ends)
        spoken: list[list[tuple[Statement, Period]]] = [[] for _ in edges]
        for piece in self._laid:
            for place in range(*(bisect_left(edges, f(piece[1])) for f in (_start, day_after))):
                spoken[place].append(piece)
        return edges, spoken

    def _usual(self, day: date) -> Spans:
        """The usual shifts of a date, written or not."""
        found = self._written(day)
        if found is None:
            found = next((each.turns.on(day) for each in self.unwritten if each.covers(day)), ())
        return found

    def _written(self, day: date) -> Spans | None:
        """The usual shifts of a date as they are written; None where nothing is."""
        periods = self.usual or ()
        place = bisect_right(periods, day, key=_start) - 1
        if place >= 0 and periods[place].covers(day):
            return periods[place].week.get(day.isoweekday(), ())
        return None

    def _states(self, statement: Statement, day: date) -> bool:
        """Whether a date is a statement's to state."""
        own, before = self.word(day), self.word(day - DAY)
        if own and own.statement is not statement:
            return False
        if own and statement.layer is not Layer.CLOSURE:
            return True
        if not own and not (before and before.statement is statement):
            return False
        if statement.layer is Layer.CLOSURE:
            return self._differs_as_written(day, own, before)
        return self.hours(day) != by_the_clock(self._usual(day), self._usual(day - DAY))

    def _differs_as_written(self, day: date, own: Word | None, before: Word | None) -> bool:
        """Whether hours of a date that are written by now are no more, as statements say."""
        usual, night = self._written(day) or (), self._written(day - DAY) or ()
        said = own.spans if own and day <= own.statement.until else usual
        begun = before.spans if before and day - DAY <= before.statement.until else night
        return by_the_clock(said, begun) != by_the_clock(usual, night)

    def _stated(self, statement: Statement) -> Iterator[Strand]:
        """The dates that are a statement's to state."""
        for strand in self._strands(statement):
            if self._states(statement, strand.first):
                yield strand._replace(spans=self.hours(strand.first))

    def _strands(self, statement: Statement) -> Iterator[Strand]:
        """The dates of a statement and the one after each, with the last that is like it week by week."""
        named = (Stretch(each.start, day_after(each), statement.source) for each in statement.periods)
        for first, last, _ in united(named):
            beyond = last + DAY
            edges = sorted({first, *self._borders_between(first, beyond), beyond})
            for begin, end in pairwise(edges):
                for day in dates(begin, min(end, begin + WEEK)):
                    yield Strand(day, day + (end - DAY - day) // WEEK * WEEK, ())

    def _borders_between(self, first: date, beyond: date) -> Iterator[date]:
        """The dates on which what is worked may differ from a week ago."""
        yield from self._borders[bisect_right(self._borders, first) : bisect_left(self._borders, beyond)]
        for each in self.unwritten:
            day = max(first, each.start)
            while day < beyond and each.covers(day):
                yield day
                day += WEEK

    @cached_property
    def _borders(self) -> list[date]:
        """The same, but for rotations that aren't written yet; a night reaches a day further."""
        bounds = [(period.start, period.end) for period in self.usual or ()]
        bounds += [(each.start, each.end) for each in self.unwritten]
        bounds += [(period.start, period.end) for _, period in self._laid]
        edges = {start for start, _ in bounds} | {end + DAY for _, end in bounds if end}
        return sorted(edges | {edge + DAY for edge in edges})


def dates(begin: date, beyond: date) -> Iterator[date]:
    """The dates from one on, without the other."""
    return (begin + DAY * step for step in range((beyond - begin).days))


def _until(periods: Iterable[Period], last: date) -> Iterator[Period]:
    for period in periods:
        if period.start <= last:
            yield period._replace(end=min(period.end or last, last))


def _is_of(row: Period, period: Period) -> bool:
    return period.start <= (row.end or row.start) and row.start <= day_after(period)


def _start(period: Period) -> date:
    return period.start
