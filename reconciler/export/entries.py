"""Series as values of entries, in the order in which a person writes them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from reconciler.export.attending import Attending, attending_of
from reconciler.export.calendars import Calendar
from reconciler.export.hosts import Hosts, hosts_of
from reconciler.export.points import DAY, Group, Point, length_said
from reconciler.export.series import PEOPLE, Beat, Series, common
from reconciler.kinds.event.bodies import DEFAULTS

Spec = dict[str, object]
BEFORE_TIMES, AFTER_TIMES = (
    ("title", "type", "mode"),
    ("participants", "location", "remarks", "color"),
)
OF_ONE_DATE = ("title", "mode", "location", "remarks")  # what `change` may say
MODE = DEFAULTS["eventMode"]


class Entry(NamedTuple):
    """An entry of a section. note: what a comment above it says. holds: the meetings that it says, by id."""

    section: str
    name: str
    spec: object
    note: str = ""
    holds: frozenset[str] = frozenset()


class Writer:
    """Writes series of one group.

    zone: the one that a manifest reads its times in unless it says another. calendar: that which has
    just these of some dates. beyond: up to when there was something to see, on the wall. closed: whether a
    date is, for a host.
    """

    def __init__(
        self,
        group: Group,
        zone: str,
        calendar: Callable[[Set[date], Set[date]], Calendar | None],
        beyond: datetime,
        closed: Callable[[str, date], bool],
    ) -> None:
        self.group, self.zone, self.beyond = group, zone, beyond
        self._calendar, self._closed = calendar, closed

    def spec(self, series: Series) -> Spec:
        hosts, people = hosts_of(series), attending_of(series)
        usual = [dict(_usual(series, place)) for place in range(len(series.legs) or 1)]
        first, last = (
            {name: usual[0][name] for name in names if name in usual[0]}
            for names in (BEFORE_TIMES, AFTER_TIMES)
        )
        shared: Spec = {PEOPLE: people.people} if people.people else {}
        later, changes = (
            dict(self._from(series, hosts, usual)),
            dict(self._changes(series, hosts, people, usual)),
        )
        changed: Spec = ({"from": later} if later else {}) | ({"change": changes} if changes else {})
        return {**first, **hosts.spec(), **dict(self._times(series, hosts)), **changed, **shared, **last}

    def _times(self, series: Series, hosts: Hosts) -> Iterator[tuple[str, object]]:
        yield "starts", self._said(series.first)
        yield from self._length(series.beat.length, series.first)
        if self.group.zone_name != self.zone:
            yield "timezone", self.group.zone_name
        if series.legs:
            holes = {wall.date() for wall in series.holes if not self._closed(hosts.host(wall), wall.date())}
            calendar = self._calendar(holes, {wall.date() for wall in series.ruled})
            yield "repeat", self._repeat(series, 0, hosts, calendar)
            yield from [("holidays", calendar.name)] if calendar else []
            yield from [("except", [*map(str, sorted(holes))])] if holes and not calendar else []
        if series.also:
            yield "also", [self._said(wall) for wall in series.also]

    def _repeat(self, series: Series, place: int, hosts: Hosts, calendar: Calendar | None) -> Spec:
        """The rule of a leg, with an end if it gives a date that there was reason to see and isn't there."""
        rule = series.legs[place].recurrence
        following = [leg for leg in series.legs[place + 1 :] if leg.own_rule]
        seen = self.beyond.date() - (DAY if self.beyond.time() <= series.legs[-1].beat.clock else 0 * DAY)
        free = calendar.days if calendar else ()
        missed = (
            day
            for day in rule.further(following[0].begins - DAY if following else seen)
            if day not in free and not all(self._closed(host, day) for host in hosts.names)
        )
        return {**rule.repeat, **({"until": str(rule.dates[-1])} if any(missed) else {})}

    def _from(
        self, series: Series, hosts: Hosts, usual: Sequence[Mapping[str, object]]
    ) -> Iterator[tuple[str, Spec]]:
        """What is otherwise from the date on which each further leg begins."""
        for place, (before, leg) in enumerate(pairwise(series.legs), 1):
            says: Spec = {"repeat": self._repeat(series, place, hosts, None)} if leg.own_rule else {}
            start = datetime.combine(leg.begins, leg.beat.clock)
            if leg.beat.clock != before.beat.clock:
                says["starts"] = f"{start:%H:%M}"
            if leg.beat != before.beat and (self.group.by_wall or leg.beat.length != before.beat.length):
                says |= dict(self._length(leg.beat.length, start))
            yield str(leg.begins), {**says, **_otherwise(usual[place], usual[place - 1])}

    def _changes(
        self, series: Series, hosts: Hosts, people: Attending, usual: Sequence[Mapping[str, object]]
    ) -> Iterator[tuple[str, object]]:
        days = [wall.date() for wall in series.held]
        for wall in sorted(series.held):
            point, place = series.held[wall], series.place(wall.date())
            change = self._moved(series.legs[place].beat if series.legs else series.beat, wall, point)
            change |= {"host": hosts.others[wall]} if wall in hosts.others else {}
            change |= _said_otherwise(_without_people(point.meeting.said), usual[place])
            change |= {PEOPLE: people.others[wall]} if wall in people.others else {}
            if change:
                once = days.count(wall.date()) == 1
                yield str(wall.date()) if once else wall.isoformat(timespec="minutes"), change

    def _moved(self, beat: Beat, wall: datetime, point: Point) -> Spec:
        change: Spec = {}
        if point.wall != wall:
            same_day = point.wall.date() == wall.date() and not self.group.is_all_day
            change["starts"] = f"{point.wall:%H:%M}" if same_day else self._said(point.wall)
        if point.length != beat.length:
            change |= dict(self._length(point.length, point.wall))
        return change

    def _length(self, length: timedelta, start: datetime) -> Iterable[tuple[str, object]]:
        if self.group.is_all_day:
            return [("allDay", "true"), *([("duration", length_said(length))] if length > DAY else [])]
        if not self.group.by_wall or not length % DAY:
            return [("duration", length_said(length))]
        end = start + length
        return [("ends", f"{end:%H:%M}" if length < DAY else self._said(end))]

    def _said(self, wall: datetime) -> str:
        return str(wall.date()) if self.group.is_all_day else wall.isoformat(timespec="minutes")


def _usual(series: Series, place: int) -> Mapping[str, object]:
    """What most of the meetings of a leg say of themselves, but for who takes part."""
    own = {wall: point for wall, point in series.held.items() if series.place(wall.date()) == place}
    return _without_people(common(own))


def _without_people(said: Mapping[str, object]) -> Mapping[str, object]:
    return {name: value for name, value in said.items() if name != PEOPLE}


def _otherwise(said: Mapping[str, object], before: Mapping[str, object]) -> Spec:
    """What a leg says that the one before didn't."""
    return {name: said[name] for name in (*BEFORE_TIMES, *AFTER_TIMES) if said.get(name) != before.get(name)}


def _said_otherwise(said: Mapping[str, object], usual: Mapping[str, object]) -> Spec:
    """What one meeting says that the others don't; what it leaves out is said as what a new one has."""
    instead = {"mode": MODE}
    return {
        name: said.get(name, instead.get(name, ""))
        for name in (OF_ONE_DATE if said != usual else ())
        if said.get(name) != usual.get(name)
    }
