"""Lists of people, as manifests have them: who is on one on which date. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple, cast

from reconciler.dates.grammar import date_of
from reconciler.errors.mistakes import Mistake
from reconciler.errors.nearest import did_you_mean
from reconciler.model import Block, Findings, Manifest, Node, Text
from reconciler.model.spec import PeopleSpec, SomebodySpec

DAY = timedelta(days=1)
DATES, UNDATED = frozenset({"from", "until"}), frozenset({"patient", "credentials"})
LISTED = UNDATED | {"user", "team"}


class Stay(NamedTuple):
    """Somebody on a list, from one date to another, both included."""

    user: Text
    first: date = date.min
    last: date = date.max

    def within(self, first: date, last: date) -> Stay:
        """As much of it as lies between two dates."""
        return Stay(self.user, max(self.first, first), min(self.last, last))


class Listed:
    """Who is on a list on which date, in the order of the list, everybody once.

    changes: the dates on which others are on it than the day before. ever: all who are on it on any date.
    """

    def __init__(self, stays: Iterable[Stay]) -> None:
        self._stays = tuple(_united(stays))
        ends = {stay.last + DAY for stay in self._stays if stay.last < date.max}
        self.changes = sorted({stay.first for stay in self._stays if stay.first > date.min} | ends)
        self._people: dict[int, tuple[str, ...]] = {}

    @property
    def ever(self) -> tuple[str, ...]:
        return self.during(date.min, date.max)

    def on(self, day: date) -> tuple[str, ...]:
        """Who is on it on a date."""
        turn = self.turn(day)
        if turn not in self._people:
            self._people[turn] = self.during(day, day)
        return self._people[turn]

    def during(self, first: date, last: date) -> tuple[str, ...]:
        """Who is on it on any date from one to another, both included."""
        there = (stay.user for stay in self._stays if stay.first <= last and first <= stay.last)
        return tuple(dict.fromkeys(map(str, there)))

    def turn(self, day: date) -> int:
        """How often it has changed by a date, that one included; people are the same where that is."""
        return bisect_right(self.changes, day)


def _united(stays: Iterable[Stay]) -> Iterator[Stay]:
    """Stays of which no two of one person meet."""
    own = dict[str, list[Stay]]()
    for stay in stays:
        own.setdefault(stay.user, []).append(stay)
    for found in own.values():
        last, *others = sorted(found, key=lambda stay: stay.first) if len(found) > 1 else found
        for stay in others:
            if last.last == date.max or stay.first <= last.last + DAY:
                last = last._replace(last=max(last.last, stay.last))
            else:
                yield last
                last = stay
        yield last


Teams = Mapping[str, tuple[Stay, ...]]


def teams_of(teams: Mapping[str, PeopleSpec], findings: Findings) -> Teams:
    """Everybody in each team, by way of other teams, too; what is wrong goes to the findings."""
    found: dict[str, tuple[Stay, ...]] = dict.fromkeys(teams, ())  # and so where a circle is cut
    for name in _inner_first(teams, findings) if teams else ():
        found[name] = tuple(_united(stays_in(teams[name], found)))
    return found


def stays_in(people: PeopleSpec, teams: Teams) -> Iterator[Stay]:
    """Everybody on a list; with dates within dates, on those that both have."""
    for each in people:
        yield from (stay for stay in _stays(each, teams) if stay.first <= stay.last)


def _stays(somebody: Text | SomebodySpec, teams: Teams) -> Iterable[Stay]:
    if isinstance(somebody, str):
        return [Stay(somebody)]
    stays = [Stay(somebody["user"])] if "user" in somebody else teams.get(somebody["team"], ())
    if DATES.isdisjoint(somebody):
        return stays
    first, last = _dates(somebody)
    return [stay.within(first, last) for stay in stays]


def _dates(somebody: SomebodySpec) -> tuple[date, date]:
    first = date_of(somebody["from"]) if "from" in somebody else date.min
    return first, date_of(somebody["until"]) if "until" in somebody else date.max


def check_people(manifests: Iterable[Manifest], teams: Collection[str] | None, findings: Findings) -> None:
    """Put what is wrong with lists of people to the findings: unknown teams, stays that never are.

    teams: all that are declared; None: one may be missing only because it is unsound itself.
    """
    for manifest in manifests:
        for somebody in _listed(manifest.spec):
            undated = next((key for key in somebody if key in UNDATED), None)
            for key in (key for key in somebody if undated and key in DATES):
                message = f"`{key}` goes with `user` or `team`: leave it out beside `{undated}`"
                findings.error(key.source, message, Mistake.EXCLUDE_EACH_OTHER)
            _check(cast(SomebodySpec, somebody), teams, findings)


def _check(somebody: SomebodySpec, teams: Collection[str] | None, findings: Findings) -> None:
    first, last = _dates(somebody)
    if last < first:
        message = f"`until` ({last}) is before `from` ({first})"
        findings.error(somebody["until"].source, message, Mistake.END_BEFORE_START)
    if "team" in somebody and teams is not None and somebody["team"] not in teams:
        team = somebody["team"]
        findings.error(team.source, unknown_team(team, teams), Mistake.UNKNOWN_TEAM)


def _listed(node: Node) -> Iterator[Block]:
    """Whoever stands as a mapping in an entry whose lists are of people."""
    if isinstance(node, Block) and not LISTED.isdisjoint(node):
        yield node
        return
    for value in node.values() if isinstance(node, Block) else node:
        if not isinstance(value, str):
            yield from _listed(value)


def unknown_team(name: str, teams: Iterable[str]) -> str:
    """What is said of a team that isn't there."""
    known = ", ".join(sorted(teams))
    hint = did_you_mean(name, teams, f"those are {known}" if known else "none is declared")
    return f"no team is called `{name}`{hint}"


def _inner_first(teams: Mapping[str, PeopleSpec], findings: Findings) -> list[str]:
    """The names of teams, each after those in it; a circle is an error, and cut."""
    from graphlib import CycleError, TopologicalSorter  # only who has teams waits for it

    inner = {name: {str(each): each for each in _teams_in(people)} for name, people in teams.items()}
    while True:
        try:
            return [name for name in TopologicalSorter(inner).static_order() if name in teams]
        except CycleError as error:
            circle: list[str] = error.args[1][::-1]  # each holds the next
            place = inner[circle[0]].pop(circle[1])
            message = f"team `{circle[0]}` is in itself: {' > '.join(circle)}"
            findings.error(place.source, message, Mistake.TEAM_IN_ITSELF)


def _teams_in(people: PeopleSpec) -> Iterator[Text]:
    yield from (each["team"] for each in people if not isinstance(each, str) and "team" in each)
