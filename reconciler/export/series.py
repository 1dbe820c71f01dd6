"""A group of meetings as series: rules, and what single dates have of their own. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from reconciler.export.infer import LEAST, Recurrence, recurrences_of
from reconciler.export.points import DAY, Group, Point

PEOPLE = "participants"
FEWEST, DEEPEST = 2, 3  # more dates than so many have to look otherwise; how often a rule changes its looks
REACH = timedelta(days=6)  # how far from its date a meeting may have been moved, to be taken for it


class Beat(NamedTuple):
    """What all occurrences of a series share on the wall."""

    clock: time
    length: timedelta


class Leg(NamedTuple):
    """A series from a date on: its rule, of its own or that of the leg before, and its place on the wall."""

    begins: date
    recurrence: Recurrence
    own_rule: bool
    beat: Beat


@dataclass(slots=True)
class Series:
    """One entry of `events:`. held: what takes place, by the wall-clock time that the entry gives it.

    legs: in the order of their dates; of what no rule gives none.
    """

    beat: Beat
    legs: list[Leg] = field(default_factory=list)
    held: dict[datetime, Point] = field(default_factory=dict)

    @classmethod
    def by(cls, beat: Beat, recurrence: Recurrence) -> Series:
        """A series by one rule."""
        return cls(beat, [Leg(recurrence.dates[0], recurrence, True, beat)])

    @property
    def ruled(self) -> list[datetime]:
        """What the rules give, whether or not it takes place."""
        ends = (*(leg.begins for leg in self.legs[1:]), date.max)
        return [
            datetime.combine(day, leg.beat.clock)
            for leg, end in zip(self.legs, ends, strict=False)
            for day in leg.recurrence.dates
            if leg.begins <= day < end
        ]

    def place(self, day: date) -> int:
        """On which of the legs a date is."""
        return max(bisect_right(self.legs, day, key=_begins) - 1, 0)

    @property
    def holes(self) -> list[datetime]:
        """What the rules give and doesn't take place."""
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


def _begins(leg: Leg) -> date:
    return leg.begins


def series_of(group: Group) -> list[Series]:
    """The series that a group of meetings without a mark is made up of."""
    beats = Counter(Beat(point.clock, point.length) for point in group.points)
    found, strays = list[Series](), list[Point]()
    for beat, _ in sorted(beats.items(), key=lambda each: (-each[1], each[0])):
        own = {point.day: point for point in group.points if (point.clock, point.length) == beat}
        rules, rest = recurrences_of(own) if len(own) >= LEAST else ([], own)
        for rule in rules:
            found.append(Series.by(beat, rule))
            missing = {*rule.missing}  # what another rule gives as well is only that one's
            there = [wall for wall in found[-1].ruled if wall.date() not in missing]
            found[-1].held = {wall: own[wall.date()] for wall in there}
        strays += [own[day] for day in rest]
    alone = _with_strays(found, sorted(strays, key=lambda point: point.wall))
    return sorted([*found, *alone], key=lambda series: (series.first, series.beat))


def marked_series(group: Group, simply: bool) -> Series:
    """The series of ours that these meetings are: their marks tell the dates that its rules gave.

    simply: by one rule.
    """
    ((beat, _),) = Counter(Beat(point.clock, point.length) for point in group.points).most_common(1)
    days = Counter(point.day for point in group.points)
    # Ours is written as far as its horizon: of a monthly one no more than two dates may be there.
    rules, _ = recurrences_of((day for day, count in days.items() if count == 1), least=2)
    points = {point.day: point for point in group.points if days[point.day] == 1}
    series = Series.by(beat, rules[0]) if simply and rules else Series(beat)
    if not simply:
        series.legs = legs_of(_one_after_the_other(rules), points)
    for point in group.points:
        mark = point.meeting.mark
        timed = mark is not None and "T" in mark.occurrence
        clock = series.legs[series.place(point.day)].beat.clock if series.legs else beat.clock
        plain = datetime.combine(point.day, clock)
        wall = datetime.fromisoformat(mark.occurrence) if mark and timed else plain
        series.held[wall] = point
    return series


def _one_after_the_other(rules: Sequence[Recurrence]) -> list[Recurrence]:
    """The first of some rules, and those whose dates all come before or after."""
    found = [*rules[:1]]
    for rule in rules[1:]:
        if all(rule.dates[-1] < each.dates[0] or each.dates[-1] < rule.dates[0] for each in found):
            found.append(rule)
    return sorted(found, key=lambda rule: rule.dates[0])


def legs_of(rules: Sequence[Recurrence], points: Mapping[date, Point]) -> list[Leg]:
    """The legs of rules that follow each other, also where meetings look otherwise from a date on.

    points: those that take place, by the date that a rule gives.
    """
    legs = list[Leg]()
    for rule in rules:
        there = [(day, _look(points[day])) for day in rule.dates if day in points]
        for begins, beat in _turning_points(there):
            own = not legs or legs[-1].recurrence is not rule
            legs.append(Leg(rule.dates[0] if own else begins, rule, own, beat))
    return legs


class _Look(NamedTuple):
    """What doesn't change from one date of a leg to the next. said: without who takes part."""

    beat: Beat
    said: tuple[tuple[str, object], ...]


def _look(point: Point) -> _Look:
    said = tuple(sorted((key, value) for key, value in point.meeting.said.items() if key != PEOPLE))
    return _Look(Beat(point.clock, point.length), said)


def _turning_points(there: Sequence[tuple[date, _Look]], deep: int = DEEPEST) -> list[tuple[date, Beat]]:
    """From which dates on most of some meetings look how."""
    looks = [look for _, look in there]
    best, at = len(looks) - _most(looks)[-1] - FEWEST, 0
    before, after = _most(looks), _most(looks[::-1])[::-1]
    for place in range(1, len(looks)):
        unlike = len(looks) - before[place - 1] - after[place]
        if unlike < best:
            best, at = unlike, place
    ((usual, _),) = Counter(looks).most_common(1)
    if not at or not deep or not _adds(looks[:at], looks[at:]):
        return [(there[0][0], usual.beat)]
    return [*_turning_points(there[:at], deep - 1), *_turning_points(there[at:], deep - 1)]


def _most(looks: Sequence[_Look]) -> list[int]:
    """How many are alike at most, up to each place."""
    counts, most, found = Counter[_Look](), 0, list[int]()
    for look in looks:
        counts[look] += 1
        most = max(most, counts[look])
        found.append(most)
    return found


def _adds(one: Sequence[_Look], other: Sequence[_Look]) -> bool:
    """Whether the later of two ways to look says all that the other one does: `from` takes nothing away."""
    (earlier, _), (later, _) = (Counter(looks).most_common(1)[0] for looks in (one, other))
    return earlier != later and dict(earlier.said).keys() <= dict(later.said).keys()


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
            alone.setdefault(point.length, Series(beat)).held[point.wall] = point
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
