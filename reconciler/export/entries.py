"""Series as values of entries, in the order in which a person writes them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from reconciler.export.calendars import Calendar
from reconciler.export.hosts import Hosts, hosts_of, people_of
from reconciler.export.infer import Recurrence
from reconciler.export.points import DAY, Group, Point, length_said
from reconciler.export.series import Series, common
from reconciler.kinds.event.bodies import DEFAULTS

Spec = dict[str, object]
BEFORE_TIMES, AFTER_TIMES = (
    ("title", "type", "mode"),
    ("participants", "location", "remarks", "color"),
)
OF_ONE_DATE = ("title", "mode", "participants", "location", "remarks")  # what `change` may say
MODE = DEFAULTS["eventMode"]


class Entry(NamedTuple):
    """An entry of a section. note: what a comment above it says."""

    section: str
    name: str
    spec: object
    note: str = ""


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
        hosts, usual = hosts_of(series), dict(common(series.held))
        people = people_of(series)
        if people is not None:
            usual = {name: value for name, value in usual.items() if name != "participants"}
        shared: Spec = {"participants": people} if people else {}
        first, last = (
            {name: usual[name] for name in names if name in usual} for names in (BEFORE_TIMES, AFTER_TIMES)
        )
        changes = dict(self._changes(series, hosts, usual, people is None))
        changed: Spec = {"change": changes} if changes else {}
        return {**first, **hosts.spec(), **dict(self._times(series, hosts)), **changed, **shared, **last}

    def _times(self, series: Series, hosts: Hosts) -> Iterator[tuple[str, object]]:
        yield "starts", self._said(series.first)
        yield from self._length(series.beat.length, series.first)
        if self.group.zone_name != self.zone:
            yield "timezone", self.group.zone_name
        if series.recurrence:
            holes = {wall.date() for wall in series.holes if not self._closed(hosts.host(wall), wall.date())}
            calendar = self._calendar(holes, {wall.date() for wall in series.ruled})
            yield "repeat", self._repeat(series.recurrence, series.beat.clock, hosts, calendar)
            yield from [("holidays", calendar.name)] if calendar else []
            yield from [("except", [*map(str, sorted(holes))])] if holes and not calendar else []
        if series.also:
            yield "also", [self._said(wall) for wall in series.also]

    def _repeat(self, recurrence: Recurrence, clock: time, hosts: Hosts, calendar: Calendar | None) -> Spec:
        """The rule, with an end if it gives a date after the last one that there was reason to see."""
        seen = self.beyond.date() - (DAY if self.beyond.time() <= clock else 0 * DAY)
        free = calendar.days if calendar else ()
        missed = (
            day
            for day in recurrence.further(seen)
            if day not in free and not all(self._closed(host, day) for host in hosts.names)
        )
        until = {"until": str(recurrence.dates[-1])} if any(missed) else {}
        return {**recurrence.repeat, **until}

    def _changes(
        self, series: Series, hosts: Hosts, usual: Mapping[str, object], with_people: bool
    ) -> Iterator[tuple[str, object]]:
        days = [wall.date() for wall in series.held]
        for wall in sorted(series.held):
            point = series.held[wall]
            said = dict(point.meeting.said)
            if not with_people:
                said.pop("participants", None)
            change = self._moved(series, wall, point)
            change |= {"host": hosts.others[wall]} if wall in hosts.others else {}
            change |= _said_otherwise(said, usual)
            if change:
                once = days.count(wall.date()) == 1
                yield str(wall.date()) if once else wall.isoformat(timespec="minutes"), change

    def _moved(self, series: Series, wall: datetime, point: Point) -> Spec:
        change: Spec = {}
        if point.wall != wall:
            same_day = point.wall.date() == wall.date() and not self.group.is_all_day
            change["starts"] = f"{point.wall:%H:%M}" if same_day else self._said(point.wall)
        if point.length != series.beat.length:
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


def _said_otherwise(said: Mapping[str, object], usual: Mapping[str, object]) -> Spec:
    """What one meeting says that the others don't; what it leaves out is said as what a new one has."""
    instead = {"mode": MODE, "participants": ()}
    return {
        name: said.get(name, instead.get(name, ""))
        for name in (OF_ONE_DATE if said != usual else ())
        if said.get(name) != usual.get(name)
    }
