"""Meetings on a wall: where each of a group stands by the clock of one zone, and how long it lasts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple

from reconciler.dates.zones import wall_to_instants, zone_of
from reconciler.kinds.event.stock import Meeting

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
DURATION = ((timedelta(weeks=1), "w"), (DAY, "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "m"))


class Point(NamedTuple):
    """A meeting on the wall. day: the date that it is known by, of its mark if it has one.

    length: exact, or as the wall has it; of whole days their number.
    """

    meeting: Meeting
    wall: datetime
    day: date
    length: timedelta

    @property
    def clock(self) -> time:
        return self.wall.time()


class Group:
    """Meetings that are alike but for their times, as the clock of one zone shows them."""

    def __init__(self, meetings: Sequence[Meeting], zone: str) -> None:
        self.meetings, self.zone_name, self.zone = meetings, zone, zone_of(zone)

    @cached_property
    def by_wall(self) -> bool:
        """Whether meetings end by the clock: a night over a change of clocks does."""
        if self.is_all_day:
            return True
        exact = {each.end - each.start for each in self.meetings}
        on_wall = {self.wall(each.end) - self.wall(each.start) for each in self.meetings}
        return len(on_wall) < len(exact)

    @property
    def is_all_day(self) -> bool:
        return self.meetings[0].all_day

    @cached_property
    def points(self) -> list[Point]:
        """By their start."""
        clocks = Counter(self.wall(each.start).time() for each in self.meetings)
        ((usual, _),) = clocks.most_common(1)
        return [self._point(each, usual) for each in self.meetings]

    @property
    def scatter(self) -> int:
        """How many different clocks the meetings have: few where the zone is theirs."""
        return len({(point.clock, point.length) for point in self.points})

    def wall(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone).replace(tzinfo=None)

    def says(self, wall: datetime, instant: datetime) -> bool:
        """Whether a manifest that says this wall-clock time means that instant."""
        return wall_to_instants(wall, self.zone)[0] == instant

    def _point(self, meeting: Meeting, usual: time) -> Point:
        wall = self.wall(meeting.start)
        declared = datetime.combine(wall.date(), usual)
        if wall.time() != usual and self.says(declared, meeting.start):
            wall = declared  # in the gap of a change of clocks
        day = date.fromisoformat(meeting.mark.occurrence[:10]) if meeting.mark else wall.date()
        return Point(meeting, wall, day, self._length(meeting, wall))

    def _length(self, meeting: Meeting, wall: datetime) -> timedelta:
        if not self.is_all_day:
            return self.wall(meeting.end) - wall if self.by_wall else meeting.end - meeting.start
        end = self.wall(meeting.end + SECOND)
        whole = end.date() - wall.date()
        exact = wall.time() == time() and end.time() < time(0, 0, 2)
        return whole if exact else timedelta(0)


def length_said(length: timedelta) -> str:
    """`1h30m`: a length as manifests have it."""
    said = ""
    for unit, name in DURATION:
        count, length = divmod(length, unit)
        said += f"{count}{name}" if count else ""
    return said


def best_group(meetings: Sequence[Meeting], zones: Iterable[str]) -> Group:
    """The meetings by the clock of the first zone that keeps theirs constant, or as constant as may be."""
    best: Group | None = None
    for zone in zones:
        group = Group(meetings, zone)
        if best is None or group.scatter < best.scatter:
            best = group
        if best.scatter == 1:
            break
    assert best
    return best
