"""The wall clock of a series as instants: what becomes of times in gaps and overlaps. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from reconciler.dates.zones import wall_to_instants, zone_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.event.length import Length
from reconciler.kinds.event.moments import Moment
from reconciler.model import Source
from reconciler.model.spec import EventSpec

DAY = timedelta(days=1)


class Clock:
    """The clock of one zone, read as one series wants it read."""

    def __init__(
        self, spec: EventSpec, zone: str, moments: Sequence[Moment], all_day: bool, context: Context
    ) -> None:
        self._spec, self._name, self._zone = spec, zone, zone_of(zone)
        self._moments, self._all_day, self._context = moments, all_day, context

    def read(self, wall: datetime) -> tuple[datetime, datetime]:
        """The instants of a wall-clock time."""
        return wall_to_instants(wall, self._zone)

    def span(
        self, wall: datetime, length: Length, single: Source | None, *, quiet: bool
    ) -> tuple[datetime, datetime] | None:
        """The instants of a wall-clock start and of its end; None for one in a gap where `gap: skip` says so.

        single: where the start stands if a person chose it; quiet: nobody will come.
        """
        plain = _plain(wall, self._zone, length)
        if plain:
            return plain
        start = self._start(wall, single, quiet)
        return (start, self._end(wall, start, length)) if start else None

    def _start(self, wall: datetime, single: Source | None, quiet: bool) -> datetime | None:
        first, second = self.read(wall)
        if first < second and self._spec.get("fold") == "second":
            return second
        if first > second and not self._all_day:
            if not single and (self._spec.get("gap") == "skip" or self._comes_later(wall, first)):
                return None
            if not quiet:
                self._report_gap(wall, first, single)
        return first

    def _end(self, wall: datetime, start: datetime, length: Length) -> datetime:
        """Along the wall from the declared start, wherever a gap has moved that: so people go home at eight.

        An end that the moved start has passed keeps its length.
        """
        end = start
        if length.wall:
            first, second = self.read(wall + length.wall)
            # The same time of another day is read as the start is: each turn ends when the next one begins.
            later = first < second and self._spec.get("fold") == "second" and not length.wall % DAY
            end = second if later else first
            if end <= start:
                end = start + length.wall
        return end + length.exact

    def _comes_later(self, lost: datetime, instant: datetime) -> bool:
        """Whether a time in a gap is the same instant as one that the series has anyway: 02:30 and 03:30."""
        return any(self.read(each.start)[0] == instant for each in self._moments if each.start != lost)

    def _report_gap(self, wall: datetime, instant: datetime, single: Source | None) -> None:
        lost = f"{wall:%Y-%m-%d %H:%M} does not exist in {self._name} (the clocks are put forward)"
        if single:
            self._context.findings.error(single, f"{lost}: choose another time", Mistake.CLOCK_GAP)
        elif instant >= self._context.now:
            later = instant.astimezone(self._zone)
            said = f"{lost}: that day it starts at {later:%H:%M}; `gap: skip` leaves it out"
            self._context.findings.warn(self._spec["starts"].source, said, Mistake.CLOCK_GAP)


@lru_cache(1 << 14)  # meetings begin at few times: thousands of occurrences ask for the same ones
def _plain(wall: datetime, zone: ZoneInfo, length: Length) -> tuple[datetime, datetime] | None:
    """Start and end where no change of the clocks has a say in them."""
    (start, again), (end, still) = wall_to_instants(wall, zone), wall_to_instants(wall + length.wall, zone)
    return (start, end + length.exact) if start == again and end == still else None
