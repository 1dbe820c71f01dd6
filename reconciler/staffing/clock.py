"""The clock of a zone over some dates: when what it shows is, in real time. Pure.

A wall-clock time is worked whenever the clock shows it: an hour that the clocks skip is none, one that they
repeat is two.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from reconciler.dates.zones import wall_to_instant, zone_of
from reconciler.kinds.work_hours.periods import Spans
from reconciler.staffing.stretches import Stretch, united

DAY = 86_400
EPOCH = date(1970, 1, 1).toordinal()


class Piece(NamedTuple):
    """From one instant to another the clock is ahead of UTC by so many seconds."""

    start: int
    end: int
    ahead: int


class Clock:
    """A zone's clock over the dates from `first` to `last`, both included; dates are known by their number,
    0 for the first.

    midnights: the instant at which each date begins, and that of the date after the last.
    odd: the dates near a change of the clocks; on all others an hour is an hour.
    """

    def __init__(self, zone: str, first: date, last: date) -> None:
        self._zone, self._base = zone_of(zone), first.toordinal()
        count = last.toordinal() - self._base + 1
        self._pieces = list(self._constant(self._wall(-2), self._wall(count + 2)))
        changes = [(piece.end + piece.ahead) // DAY + EPOCH - self._base for piece in self._pieces[:-1]]
        self.odd = frozenset(change + near for change in changes for near in (-1, 0, 1))
        self.midnights = [self._midnight(number) for number in range(count + 1)]
        self._known: dict[tuple[int, Spans], list[Stretch]] = {}

    def real(self, number: int, spans: Spans) -> list[Stretch]:
        """When the clock shows these minutes on a date; an end beyond 1440 is on the date after."""
        found = self._known.get((number, spans))
        if found is None:
            found = self._known[number, spans] = self._real(number, spans)
        return found

    def _real(self, number: int, spans: Spans) -> list[Stretch]:
        wall = self._wall(number)
        shown = [(wall + 60 * start, wall + 60 * end) for start, end in spans]
        if number not in self.odd and number + 1 not in self.odd:
            ahead = wall - self.midnights[number]
            return united((start - ahead, end - ahead) for start, end in shown)
        return united(
            (max(start - piece.ahead, piece.start), min(end - piece.ahead, piece.end))
            for piece in self._pieces
            for start, end in shown
        )

    def _wall(self, number: int) -> int:
        """A date's midnight, as if the zone were UTC."""
        return (self._base + number - EPOCH) * DAY

    def _midnight(self, number: int) -> int:
        if number in self.odd:
            day = datetime.combine(date.fromordinal(self._base + number), datetime.min.time())
            return int(wall_to_instant(day, self._zone).timestamp())
        wall = self._wall(number)
        return wall - next(piece.ahead for piece in self._pieces if wall - piece.ahead < piece.end)

    def _constant(self, begin: int, end: int) -> Iterator[Piece]:
        """The pieces of constant offset, looked for day by day, and each change then by halves."""
        start, ahead = begin, self._ahead(begin)
        for day in range(begin + DAY, end + DAY, DAY):
            if self._ahead(day) == ahead:
                continue
            before, after = day - DAY, day
            while after - before > 1:
                middle = (before + after) // 2
                before, after = (middle, after) if self._ahead(middle) == ahead else (before, middle)
            yield Piece(start, after, ahead)
            start, ahead = after, self._ahead(after)
        yield Piece(start, end, ahead)

    def _ahead(self, instant: int) -> int:
        offset = datetime.fromtimestamp(instant, UTC).astimezone(self._zone).utcoffset()
        return (offset or timedelta(0)) // timedelta(seconds=1)
