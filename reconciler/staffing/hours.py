"""Hours on duty week by week, Monday to Sunday by the person's own clock, in real time. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from operator import add

from reconciler.staffing.duty import Days, Rota
from reconciler.staffing.stretches import common, seconds
from reconciler.staffing.view import View

HOUR = 3600
Weeks = tuple[int, ...]  # seconds on duty in each week looked at


@dataclass(frozen=True, slots=True)
class WeekHours:
    """Seconds on duty in the week of a Monday."""

    monday: date
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class PersonHours:
    """All weeks of somebody of whom one differs."""

    user: str
    credentials: str | None
    weeks: tuple[WeekHours, ...]


@dataclass(frozen=True, slots=True)
class CredentialHours:
    """The sum of all who have these credentials after the plan; None: of those who have none."""

    credentials: str | None
    weeks: tuple[WeekHours, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """people: those for whom a week differs. by_credentials, total: everybody looked at."""

    people: tuple[PersonHours, ...]
    by_credentials: tuple[CredentialHours, ...]
    total: tuple[WeekHours, ...]


class Counted:
    """Everybody's weeks, before and after, by name; equal rotas are counted once."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._first = view.number(view.mondays[0])
        self._known: dict[tuple[str, Days], Weeks] = {}
        self.weeks = {name: self._both(sides.before, sides.after) for name, sides in view.rotas.items()}

    def hours(self) -> Hours:
        """Who works other hours, and the sums."""
        view = self._view
        people = [
            PersonHours(name, view.people[name].credentials, self.of(*sides))
            for name, sides in self.weeks.items()
            if sides[0] != sides[1]
        ]
        groups = defaultdict[str | None, list[tuple[Weeks, Weeks]]](list)
        for name, sides in self.weeks.items():
            groups[view.people[name].credentials].append(sides)
        by_credentials = [
            CredentialHours(group, self._sum(groups[group]))
            for group in sorted(groups, key=lambda group: (group is None, group))
        ]
        return Hours(tuple(people), tuple(by_credentials), self._sum(self.weeks.values()))

    def of(self, before: Weeks, after: Weeks) -> tuple[WeekHours, ...]:
        return tuple(map(WeekHours, self._view.mondays, before, after))

    def _sum(self, sides: Iterable[tuple[Weeks, Weeks]]) -> tuple[WeekHours, ...]:
        nothing = (0,) * len(self._view.mondays)
        before, after = nothing, nothing
        for was, will in sides:
            before, after = tuple(map(add, before, was)), tuple(map(add, after, will))
        return self.of(before, after)

    def _both(self, before: Rota, after: Rota) -> tuple[Weeks, Weeks]:
        weeks = self._on_duty(before)
        return weeks, weeks if after == before else self._on_duty(after)

    def _on_duty(self, rota: Rota) -> Weeks:
        whole = self._known.get((rota.zone, rota.days))
        if whole is None:
            whole = self._known[rota.zone, rota.days] = self._by_the_hours(rota)
        return self._less_leave(rota, whole) if rota.leave else whole

    def _by_the_hours(self, rota: Rota) -> Weeks:
        """Minutes of a week's dates, and on dates near a change of the clocks what it really is."""
        dates, clock, first = self._view.dates, self._view.dates.clock(rota.zone), self._first
        worked = [60 * dates.minutes[hours] for hours in rota.days]
        for number in clock.odd:
            if 0 <= number < dates.count and rota.days[number]:
                worked[number] = seconds(clock.real(number, dates.spans[rota.days[number]]))
        starts = range(first, first + 7 * len(self._view.mondays), 7)
        return tuple(sum(worked[start : start + 7]) for start in starts)

    def _less_leave(self, rota: Rota, whole: Weeks) -> Weeks:
        return tuple(week - taken for week, taken in zip(whole, self._taken(rota), strict=True))

    def _taken(self, rota: Rota) -> Sequence[int]:
        """What leave takes of each week."""
        dates = self._view.dates
        midnights = dates.clock(rota.zone).midnights[self._first :: 7][: len(self._view.mondays) + 1]
        missed = [
            stretch for start, end in rota.leave
            for stretch in dates.hours(rota, max(start, midnights[0]), min(end, midnights[-1]))
        ]  # fmt: skip
        return [seconds(common(missed, [week])) for week in pairwise(midnights)]


def in_hours(duration: float) -> float:
    """Seconds as hours to two digits; whole ones as an integer."""
    hours = round(duration / HOUR, 2)
    return int(hours) if hours == int(hours) else hours
