"""Closures: free days that several people have under one name, or that a calendar explains. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from reconciler.export.otherwise import Otherwise
from reconciler.export.rosters import Rosters
from reconciler.kinds.work_hours.periods import DAY

LONGEST_GAP = 10  # days between two closed dates that are closed as well, if nobody works on them
FEWEST = 2  # people who are off under one name; dates of theirs that a calendar explains
Names = Mapping[date, str]  # what dates are called
People = Mapping[str, Sequence[Otherwise]]


class Closure(NamedTuple):
    """Dates on which some people are off, with what each is called. calendar: whose days they are."""

    calendar: str
    days: Names
    people: frozenset[str]


class Looked(NamedTuple):
    """What is looked at: dates from today on, as far as hours are written; `meets`: when somebody hosts."""

    first: date
    last: date
    meets: Callable[[str], Collection[date]]


def closures_of(
    otherwise: People,
    rosters: Rosters,
    calendars: Mapping[str, Names],
    looked: Looked,
    alone: Collection[str],
) -> tuple[list[Closure], dict[str, list[Otherwise]]]:
    """Find closures, in the order in which they are to stand, and what else is otherwise.

    calendars: by name. alone: who is in no closure.
    """
    finder = _Finder({name: own for name, own in otherwise.items() if name not in alone}, rosters, looked)
    closures = finder.closures(calendars)
    said = {name: [finder.says(name, each) for each in own] for name, own in otherwise.items()}
    torn = {name for name, own in said.items() if None in own}
    if torn:
        return closures_of(otherwise, rosters, calendars, looked, {*alone, *torn})
    left = {
        name: [each for each, is_said in zip(own, said[name], strict=True) if not is_said]
        for name, own in otherwise.items()
    }
    return closures, left


class _Finder:
    """What people have off, by date: `_off` as long as no closure says so, `_said` as soon as one does."""

    def __init__(self, otherwise: People, rosters: Rosters, looked: Looked) -> None:
        self._rosters, self._looked = rosters, looked
        self._off: dict[str, dict[date, str]] = {}
        self._said: dict[str, set[date]] = {name: set() for name in otherwise}
        self._stated: dict[str, Set[date]] = {}
        for name, own in otherwise.items():
            self._stated[name] = {day for each in own for day in each.days}
            closing = [each for each in own if each.name and each.takes_away and all(each.usual.values())]
            self._off[name] = {day: each.name for each in closing for day in self._coming(each)}

    def closures(self, calendars: Mapping[str, Names]) -> list[Closure]:
        """What calendars explain comes first, and stands last, unless its days lost their names there."""
        public = list[Closure]()
        while (best := self._by_calendar(calendars)) is not None:
            public.append(best)
            self._take(best)
        named = {name: frozenset(days) for name, days in self._said.items()}
        own = list[Closure]()
        for called in sorted({called for days in self._off.values() for called in days.values()}):
            if (found := self._by_name(called)) is not None:
                own.append(found)
                self._take(found)
        own.sort(key=lambda each: (min(each.days), *sorted(each.people)))
        hides = any(named[name] & each.days.keys() for each in own for name in each.people)
        return [*public, *own] if hides else [*own, *public]

    def says(self, name: str, each: Otherwise) -> bool | None:
        """Whether closures say an override; None: a part of it."""
        days = {*self._coming(each)} if name in self._said else set[date]()
        there = days & self._said.get(name, set())
        return None if there and there != days else bool(there)

    def _coming(self, each: Otherwise) -> list[date]:
        return [day for day in each.days if day >= self._looked.first]

    def _take(self, closure: Closure) -> None:
        for name in closure.people:
            own = self._own(name, closure.days)
            self._said[name] |= own
            self._off[name] = {day: called for day, called in self._off[name].items() if day not in own}

    def _own(self, name: str, days: Names) -> set[date]:
        """The dates that somebody has off under the same names."""
        return {day for day, called in self._off[name].items() if days.get(day) == called}

    def _fits(self, name: str, days: Names) -> bool:
        """Whether a closure of these dates would say of somebody what is so, and nothing else."""
        own = self._own(name, days)
        return own == self._worked(name, days, own) and days.keys().isdisjoint(self._looked.meets(name))

    def _worked(self, name: str, days: Iterable[date], own: Collection[date]) -> set[date]:
        """The dates on which somebody would work if nothing was closed. own: those they have off by it."""
        return {day for day in days if day in own or self._works(name, day)}

    def _works(self, name: str, day: date) -> bool:
        free = day in self._stated[name] or self._rosters.is_on(name, day)
        return not free and bool(self._rosters.shifts(name, day))

    def _by_calendar(self, calendars: Mapping[str, Names]) -> Closure | None:
        """The closure by a calendar that explains most."""
        best, most = None, FEWEST - 1
        for calendar, names in calendars.items():
            first, last = self._looked.first, self._looked.last
            days = {day: called for day, called in names.items() if first <= day <= last}
            people = [name for name in self._off if self._own(name, days) and self._fits(name, days)]
            explained = sum(len(self._own(name, days)) for name in people)
            if explained > most:
                best, most = Closure(calendar, days, frozenset(people)), explained
        return best

    def _by_name(self, called: str) -> Closure | None:
        """The closure of the dates that several people have off under a name."""
        people = [name for name, days in self._off.items() if called in days.values()]
        while len(people) >= FEWEST:
            days = dict.fromkeys(self._filled(self._mostly(called, people), people), called)
            fitting = [name for name in people if self._own(name, days) and self._fits(name, days)]
            if fitting == people:
                return Closure("", days, frozenset(people))
            people = fitting
        return None

    def _mostly(self, called: str, people: Sequence[str]) -> list[date]:
        """The dates that more than half of those have off under a name who would work on them."""
        own = {name: {day for day, each in self._off[name].items() if each == called} for name in people}
        every = sorted(set[date]().union(*own.values()))
        there = {day: sum(day in own[name] for name in people) for day in every}
        due = {day: sum(bool(self._worked(name, [day], own[name])) for name in people) for day in every}
        return [day for day in every if 2 * there[day] > due[day]]

    def _filled(self, days: Sequence[date], people: Sequence[str]) -> Iterator[date]:
        """Dates with those between them on which nobody works."""
        yield from days[:1]
        for day, following in pairwise(days):
            gap = [day + DAY * step for step in range(1, (following - day).days)]
            if len(gap) <= LONGEST_GAP and not any(
                self._works(name, each) for name in people for each in gap
            ):
                yield from gap
            yield following
