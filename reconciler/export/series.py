"""A group of meetings as series: rules, and what single dates have of their own. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from reconciler.export.infer import LEAST, Recurrence, recurrences_of
from reconciler.export.points import DAY, Group, Point

REACH = timedelta(days=6)  # how far from its date a meeting may have been moved, to be taken for it


class Beat(NamedTuple):
    """What all occurrences of a series share on the wall."""

    clock: time
    length: timedelta


@dataclass(slots=True)
class Series:
    """One entry of `events:`. held: what takes place, by the wall-clock time that the entry gives it."""

    beat: Beat
    recurrence: Recurrence | None
    held: dict[datetime, Point] = field(default_factory=dict)

    @property
    def ruled(self) -> list[datetime]:
        """What the rule gives, whether or not it takes place."""
        dates = self.recurrence.dates if self.recurrence else ()
        return [datetime.combine(day, self.beat.clock) for day in dates]

    @property
    def holes(self) -> list[datetime]:
        """What the rule gives and doesn't take place."""
        return [wall for wall in self.ruled if wall not in self.held]

    @property
    def first(self) -> datetime:
        """Where it starts."""
        return min(self.ruled or self.held)

    @property
    def also(self) -> list[datetime]:
        """What takes place and no rule gives."""
        ruled = {*self.ruled} or {self.first}
        return sorted(wall for wall in self.held if wall not in ruled)


def series_of(group: Group) -> list[Series]:
    """The series that a group of meetings without a mark is made up of."""
    beats = Counter(Beat(point.clock, point.length) for point in group.points)
    found, strays = list[Series](), list[Point]()
    for beat, _ in sorted(beats.items(), key=lambda each: (-each[1], each[0])):
        own = {point.day: point for point in group.points if (point.clock, point.length) == beat}
        rules, rest = recurrences_of(own) if len(own) >= LEAST else ([], own)
        for rule in rules:
            found.append(Series(beat, rule))
            missing = {*rule.missing}  # what another rule gives as well is only that one's
            there = [wall for wall in found[-1].ruled if wall.date() not in missing]
            found[-1].held = {wall: own[wall.date()] for wall in there}
        strays += [own[day] for day in rest]
    alone = _with_strays(found, sorted(strays, key=lambda point: point.wall))
    return sorted([*found, *alone], key=lambda series: (series.first, series.beat))


def marked_series(group: Group) -> Series:
    """The series of ours that these meetings are: their marks tell the dates that its rule gave."""
    ((beat, _),) = Counter(Beat(point.clock, point.length) for point in group.points).most_common(1)
    days = Counter(point.day for point in group.points)
    # Ours is written as far as its horizon: of a monthly one no more than two dates may be there.
    rules, _ = recurrences_of((day for day, count in days.items() if count == 1), least=2)
    series = Series(beat, rules[0] if rules else None)
    for point in group.points:
        mark = point.meeting.mark
        timed = mark is not None and "T" in mark.occurrence
        plain = datetime.combine(point.day, beat.clock)
        wall = datetime.fromisoformat(mark.occurrence) if mark and timed else plain
        series.held[wall] = point
    return series


def _with_strays(found: Sequence[Series], strays: Sequence[Point]) -> list[Series]:
    """Put what no rule gives where it was moved from, or beside a series; else it is one of its own."""
    alone = dict[timedelta, Series]()
    for point in _moved(found, strays):
        near = [series for series in found if series.beat.length == point.length]
        if near:
            near.sort(key=lambda series: (series.beat.clock != point.clock, abs(series.first - point.wall)))
            near[0].held[point.wall] = point
        else:
            beat = Beat(point.clock, point.length)
            alone.setdefault(point.length, Series(beat, None)).held[point.wall] = point
    return [*alone.values()]


def _moved(found: Sequence[Series], strays: Sequence[Point]) -> list[Point]:
    """Take what stands near a time that is missing for that one, moved; returns the others."""
    left = [*strays]
    for series in found:
        reach = _reach(series)
        for hole in series.holes:
            near = [point for point in left if abs(point.day - hole.date()) <= reach]
            if near:
                moved = min(near, key=lambda point: (abs(point.wall - hole), point.wall))
                series.held[hole] = moved
                left.remove(moved)
    return left


def _reach(series: Series) -> timedelta:
    """Within less than half the way to the next date it is clear which one was moved."""
    spaces = (later.date() - wall.date() for wall, later in pairwise(series.ruled))
    return min([REACH, *((space - DAY) // (2 * DAY) * DAY for space in spaces)])


def common(points: Mapping[datetime, Point]) -> Mapping[str, object]:
    """What most of the meetings say of themselves."""
    sayings = [point.meeting.said for point in points.values()]
    return max(sayings, key=sayings.count)
