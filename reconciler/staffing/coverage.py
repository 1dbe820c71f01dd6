"""How many are on duty at each moment: counted once for all, not person by person. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise

from reconciler.staffing.duty import Rota
from reconciler.staffing.stretches import Stretch
from reconciler.staffing.view import View

HALF_HOUR = 1800
Steps = Mapping[int, int]  # by how many more there are from an instant on


@dataclass(frozen=True, slots=True)
class DateCoverage:
    """The least number on duty in each real half hour of a date, from its midnight on."""

    date: date
    before: tuple[int, ...]
    after: tuple[int, ...]


class Staffed:
    """How many of some people are on duty, as steps: `counts[i]` from `times[i]` to the one after."""

    def __init__(self, steps: Steps) -> None:
        self.times = sorted(steps)
        self.counts = list(accumulate(steps[time] for time in self.times))

    def levels(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """(start, end, number) of each step between two instants, without a gap."""
        place = bisect_right(self.times, start)
        number = self.counts[place - 1] if place else 0
        while place < len(self.times) and self.times[place] < end:
            yield start, self.times[place], number
            start, number, place = self.times[place], self.counts[place], place + 1
        yield start, end, number

    def least(self, start: int, end: int) -> int:
        """The least number at any moment between two instants."""
        return min(number for _, _, number in self.levels(start, end))

    def by_half_hours(self, midnights: Iterable[int]) -> Iterator[tuple[int, ...]]:
        """The least numbers of each date's half hours; what is left of a date, if less, is one as well."""
        for midnight, following in pairwise(midnights):
            found = list[int]()
            for start, end, number in self.levels(midnight, following):
                first, last = (start - midnight) // HALF_HOUR, -(-(end - midnight) // HALF_HOUR)
                if first < len(found):  # a step within a half hour
                    found[first] = min(found[first], number)
                found += [number] * (last - len(found))
            yield tuple(found)


def coverage(view: View) -> tuple[DateCoverage, ...]:
    """Of everybody looked at, date by date of the environment's zone."""
    before, after = staffed(view, view.rotas)
    was = list(before.by_half_hours(view.midnights))
    will = was if after is before else after.by_half_hours(view.midnights)
    days = (view.looked.first + timedelta(days=number) for number in range(len(was)))
    return tuple(map(DateCoverage, days, was, will))


def staffed(view: View, names: Iterable[str]) -> tuple[Staffed, Staffed]:
    """Before and after, of the people of these names; one and the same where nothing differs."""
    rotas = [view.rotas[name] for name in names]
    differing = [sides for sides in rotas if sides.differ]
    was = _steps(view, [sides.before for sides in rotas])
    before = Staffed(was)
    if not differing:
        return before, before
    will = Counter(was)
    will.update(_steps(view, [sides.after for sides in differing]))
    will.subtract(_steps(view, [sides.before for sides in differing]))
    return before, Staffed({time: step for time, step in will.items() if step})


def staffed_in_turn(
    view: View, turns: Iterable[tuple[Iterable[str], Iterable[Stretch]]]
) -> tuple[Staffed, Staffed]:
    """Before and after, of people each of whom counts in the time of their turn alone."""
    sides = defaultdict[int, int](int), defaultdict[int, int](int)
    for names, time in turns:
        levels = staffed(view, names)
        for start, end in time:
            for steps, side in zip(sides, levels, strict=True):
                for begin, stop, people in side.levels(start, end):
                    _step((begin, stop), people, steps)
    before, after = map(Staffed, sides)
    return before, after


def _steps(view: View, rotas: Iterable[Rota]) -> dict[int, int]:
    by_zone = defaultdict[str, list[Rota]](list)
    for rota in rotas:
        by_zone[rota.zone].append(rota)
    steps = defaultdict[int, int](int)
    for zone, group in by_zone.items():
        _count_hours(view, zone, group, steps)
        for rota in group:
            for stretch in _missed(view, rota):
                _step(stretch, -1, steps)
    return {time: step for time, step in steps.items() if step}


def _count_hours(view: View, zone: str, rotas: Iterable[Rota], steps: dict[int, int]) -> None:
    """For each date, how many have the same hours on it."""
    dates, clock = view.dates, view.dates.clock(zone)
    first, last = view.number(view.looked.first) - 2, view.number(view.looked.last) + 3
    columns = zip(*(rota.days[first:last] for rota in rotas), strict=True)
    for number, column in enumerate(columns, first):
        for hours, people in Counter(column).items():
            for stretch in clock.real(number, dates.spans[hours]):
                _step(stretch, people, steps)


def _missed(view: View, rota: Rota) -> Iterator[Stretch]:
    """What leave takes of somebody's hours."""
    dates = view.dates
    first, last = view.number(view.looked.first) - 2, view.number(view.looked.last) + 3
    midnights = dates.clock(rota.zone).midnights
    for start, end in rota.leave:
        yield from dates.hours(rota, max(start, midnights[first]), min(end, midnights[last]))


def _step(stretch: Stretch, people: int, steps: dict[int, int]) -> None:
    steps[stretch[0]] += people
    steps[stretch[1]] -= people
