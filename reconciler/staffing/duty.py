"""When people are on duty: their rows of hours, laid out over the dates looked at, less their leave. Pure.

What people have in common is worked out once: dates with the same hours bear one number, whoever's they are,
and a date's real time is reckoned once for each zone and number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.periods import Spans, Week, unite
from reconciler.staffing.clock import Clock
from reconciler.staffing.stretches import Stretch, between, united, without

Days = tuple[int, ...]  # for each date looked at, which hours it has


class Rota(NamedTuple):
    """One person's hours over the dates looked at, by the clock of a zone, and when leave covers them."""

    zone: str
    days: Days
    leave: tuple[Stretch, ...] = ()


class Dates:
    """The dates looked at, with one to spare on either side, and the hours they have."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.count = (last - first).days + 1
        self._clocks: dict[str, Clock] = {}
        self._numbers: dict[Spans, int] = {(): 0}
        self._weeks: dict[int, tuple[Week, list[int]]] = {}
        self.spans: list[Spans] = [()]
        self.minutes: list[int] = [0]

    def clock(self, zone: str) -> Clock:
        if zone not in self._clocks:
            self._clocks[zone] = Clock(zone, self.first, self.last)
        return self._clocks[zone]

    def lay(self, rows: Iterable[Row]) -> Days:
        """Which hours each date has: those of the overrides that state its weekday, else the usual ones."""
        days = [0] * self.count
        special = list[Row]()
        for row in rows:
            if row.days_off:
                special.append(row)
            elif (held := self._held(row)) is not None:
                self._lay_usual(days, row, *held)
        if special:
            self._lay_overrides(days, special)
        return tuple(days)

    def hours(self, rota: Rota, start: int, end: int) -> list[Stretch]:
        """When the hours say that somebody works, whatever leave there is, between two instants."""
        clock = self.clock(rota.zone)
        first = max(bisect_right(clock.midnights, start) - 2, 0)
        last = min(bisect_right(clock.midnights, end) + 1, self.count)
        pieces = list[Stretch]()
        for number in range(first, last):
            if rota.days[number]:
                pieces += clock.real(number, self.spans[rota.days[number]])
        return between(united(pieces), start, end)

    def on_duty(self, rota: Rota, start: int, end: int) -> list[Stretch]:
        """When somebody is on duty between two instants."""
        hours = self.hours(rota, start, end)
        return without(hours, rota.leave) if rota.leave else hours

    def _held(self, row: Row) -> tuple[int, int] | None:
        """The numbers of a row's first date and of the one after its last, of those looked at."""
        period = row.period
        start = max((period.start - self.first).days, 0)
        stop = self.count if period.end is None else min((period.end - self.first).days + 1, self.count)
        return (start, stop) if start < stop else None

    def _lay_usual(self, days: list[int], row: Row, start: int, stop: int) -> None:
        numbers = self._week(row.period.week)
        weekday = (self.first.toordinal() + start - 1) % 7
        turn = numbers[weekday:] + numbers[:weekday]
        laid = (turn * ((stop - start) // 7 + 1))[: stop - start]
        if any(days[start:stop]):  # two rows speak of one date: both hold
            pairs = zip(days[start:stop], laid, strict=True)
            laid = [self._both(one, other) if one and other else one or other for one, other in pairs]
        days[start:stop] = laid

    def _week(self, week: Week) -> list[int]:
        """The numbers of a week's hours, from Monday on; rows often share a week."""
        known = self._weeks.get(id(week))
        if known is None:
            numbers = [self._number(week.get(day, ())) for day in range(1, 8)]
            known = self._weeks[id(week)] = week, numbers  # kept, or its id would be another's
        return known[1]

    def _lay_overrides(self, days: list[int], rows: Sequence[Row]) -> None:
        stated = dict[int, int]()
        for number, spans in self._stated(rows):
            said = self._number(spans)
            stated[number] = self._both(stated[number], said) if number in stated else said
        for number, said in stated.items():
            days[number] = said

    def _stated(self, rows: Sequence[Row]) -> Iterator[tuple[int, Spans]]:
        for row in rows:
            start, stop = self._held(row) or (0, 0)
            for number in range(start, stop):
                day = (self.first.toordinal() + number - 1) % 7 + 1
                if day in row.period.week:
                    yield number, row.period.week[day]

    def _both(self, one: int, other: int) -> int:
        return self._number(self.spans[one] + self.spans[other])

    def _number(self, spans: Spans) -> int:
        number = self._numbers.get(spans)
        if number is None:
            clean = unite(tuple(span for span in spans if span[0] < span[1]))
            if clean not in self._numbers:
                self._numbers[clean] = len(self.spans)
                self.spans.append(clean)
                self.minutes.append(sum(end - start for start, end in clean))
            number = self._numbers[spans] = self._numbers[clean]
        return number
