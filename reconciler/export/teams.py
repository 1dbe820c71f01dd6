"""Teams: people who are listed together again and again, where a name for them is shorter. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import NamedTuple

from reconciler.export.attending import Stay
from reconciler.export.entries import Entry
from reconciler.export.words import free_name, slug

MOST, FEWEST = 40, 3  # lists whose people are looked at; members of a team
LISTS = frozenset(("participants", "for", "except"))  # keys of lists of people
SECTIONS = frozenset(("events", "closures"))


class Member(NamedTuple):
    """An item of a list: a user, perhaps for a time, or a team."""

    name: str
    first: str = ""
    last: str = ""
    is_team: bool = False

    @property
    def said(self) -> object:
        if not (self.is_team or self.first or self.last):
            return self.name
        said = {"team" if self.is_team else "user": self.name, "from": self.first, "until": self.last}
        return {key: value for key, value in said.items() if value}

    @property
    def words(self) -> int:
        """How much there is to read."""
        return 1 + bool(self.first) + bool(self.last)


class Span(NamedTuple):
    """The dates on which hours of somebody begin, and on which some end."""

    starts: Collection[date]
    ends: Collection[date]


People = frozenset[Member]
Raw = tuple[object, ...]  # a list of people as it was found


def with_teams(entries: Sequence[Entry], hours: Mapping[str, Span], allowed: bool) -> list[Entry]:
    """The entries with teams in place of people who are listed together, and those teams.

    hours: by username: who comes or goes at a meeting does so with those, if they can. allowed: whether there
    may be teams.
    """
    found = [(entry, raw) for entry in entries if entry.section in SECTIONS for raw in _lists(entry.spec)]
    dates = _Dates([each for _, raw in found for each in raw if isinstance(each, Stay)], hours)
    read = {raw: frozenset(map(dates.member, raw)) for _, raw in found}
    names: dict[People, str] = {}
    for entry, raw in found:
        names.setdefault(read[raw], _called(entry))
    teams = _Teams(Counter(read[raw] for _, raw in found), names) if allowed else _Teams(Counter(), {})
    said = {raw: teams.said(people) for raw, people in read.items()}
    changed = [
        entry._replace(spec=_replaced(entry.spec, said)) if entry.section in SECTIONS else entry
        for entry in entries
    ]
    return [*changed, *(Entry("teams", name, teams.listed(name)) for name in sorted(teams.members))]


class _Teams:
    """Teams, the one that spares most first; later ones may hold earlier ones."""

    def __init__(self, lists: Counter[People], names: Mapping[People, str]) -> None:
        self.members: dict[str, People] = {}
        self._now = {people: people for people in lists}
        while (best := self._best(lists)) is not None:
            exact = (name for people, name in names.items() if self._now[people] == best)
            wider = (name for people, name in names.items() if self._now[people] >= best)
            name = free_name(next(exact, None) or next(wider), self.members)
            for people, now in self._now.items():
                if now >= best:
                    self._now[people] = now - best | {Member(name, is_team=True)}
            self.members[name] = best

    def said(self, people: People) -> list[object]:
        """A list, teams first."""
        return _said(self._now.get(people, people))

    def listed(self, name: str) -> list[object]:
        """The members of a team."""
        return _said(self.members[name])

    def _best(self, lists: Counter[People]) -> People | None:
        now = Counter[People]()
        for people, times in lists.items():
            now[self._now[people]] += times
        often = sorted(now, key=lambda people: (-now[people] * len(people), _order(people)))[:MOST]
        shared = (one & other for one, other in combinations(often, 2))
        found = dict.fromkeys(people for people in (*often, *shared) if len(people) >= FEWEST)
        gains = {people: _gain(people, now) for people in found}
        best = min(gains, key=lambda people: (-gains[people], _order(people)), default=None)
        return best if best is not None and gains[best] > 0 else None


def _gain(team: People, lists: Counter[People]) -> int:
    """How many words less there are to read."""
    size = sum(member.words for member in team)
    return sum(times for people, times in lists.items() if people >= team) * (size - 1) - size - 1


def _said(people: People) -> list[object]:
    return [member.said for member in sorted(people, key=lambda member: (not member.is_team, member))]


def _order(people: People) -> list[Member]:
    return sorted(people)


def _called(entry: Entry) -> str:
    """How a team may be called that stands in an entry."""
    named = isinstance(entry.spec, Mapping) and (entry.spec.get("name") or entry.spec.get("holidays"))
    return entry.name or slug(str(named or "")) or "team"


class _Dates:
    """From when to when people are on lists: of what is possible, the same date on as many as may be."""

    def __init__(self, stays: Iterable[Stay], hours: Mapping[str, Span]) -> None:
        self._first: dict[str, list[date]] = {}
        self._last: dict[str, list[date]] = {}
        every = [*stays]
        for user, low, high in sorted((each.user, *each.first) for each in every if each.first):
            _choose(self._first.setdefault(user, []), low, high, [*hours.get(user, NO_HOURS).starts, high])
        for user, low, high in sorted(((each.user, *each.last) for each in every if each.last), reverse=True):
            _choose(self._last.setdefault(user, []), low, high, [*hours.get(user, NO_HOURS).ends, low])

    def member(self, each: object) -> Member:
        if not isinstance(each, Stay):
            return Member(str(each))
        first = _within(self._first.get(each.user, ()), each.first)
        return Member(each.user, first, _within(self._last.get(each.user, ()), each.last))


NO_HOURS = Span((), ())


def _choose(chosen: list[date], low: date, high: date, liked: Iterable[date]) -> None:
    """Add a date to some, unless one of them will do."""
    if not any(low <= day <= high for day in chosen):
        chosen.append(next(day for day in liked if low <= day <= high))


def _within(chosen: Iterable[date], bound: tuple[date, date] | None) -> str:
    return str(next(day for day in chosen if bound[0] <= day <= bound[1])) if bound else ""


def _lists(spec: object) -> Iterator[Raw]:
    """The lists of people in what an entry says."""
    if isinstance(spec, Mapping):
        for key, value in spec.items():
            if key in LISTS and isinstance(value, list | tuple):
                yield tuple(value)
            else:
                yield from _lists(value)


def _replaced(spec: object, said: Mapping[Raw, object]) -> object:
    if not isinstance(spec, Mapping):
        return spec
    return {
        key: said[tuple(value)]
        if key in LISTS and isinstance(value, list | tuple)
        else _replaced(value, said)
        for key, value in spec.items()
    }
