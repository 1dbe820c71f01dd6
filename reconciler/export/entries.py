"""Series as values of entries, in the order in which a person writes them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from reconciler.export.hosts import Hosts, hosts_of, people_of
from reconciler.export.infer import Recurrence
from reconciler.export.points import DAY, Group, Point, length_said
from reconciler.export.series import Series, common
from reconciler.kinds.event.bodies import DEFAULTS

Spec = dict[str, object]
Calendars = Mapping[str, frozenset[date]]
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

    zone: the one that a manifest reads its times in unless it says another. calendars: whose days may be left
    out by name. beyond: up to when there was something to see, on the wall.
    """

    def __init__(self, group: Group, zone: str, calendars: Calendars, beyond: datetime) -> None:
        self.group, self.zone, self.calendars, self.beyond = group, zone, calendars, beyond

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
        return {**first, **hosts.spec(), **dict(self._times(series)), **changed, **shared, **last}

    def _times(self, series: Series) -> Iterator[tuple[str, object]]:
        yield "starts", self._said(series.first)
        yield from self._length(series.beat.length, series.first)
        if self.group.zone_name != self.zone:
            yield "timezone", self.group.zone_name
        if series.recurrence:
            yield "repeat", self._repeat(series.recurrence, series.beat.clock)
            yield from self._left_out(series)
        if series.also:
            yield "also", [self._said(wall) for wall in series.also]

    def _repeat(self, recurrence: Recurrence, clock: time) -> Spec:
        seen = self.beyond.date() - (DAY if self.beyond.time() <= clock else 0 * DAY)
        until = {} if recurrence.goes_on(seen) else {"until": str(recurrence.dates[-1])}
        return {**recurrence.repeat, **until}

    def _left_out(self, series: Series) -> Iterator[tuple[str, object]]:
        """What is missing: by the name of a calendar that leaves out nothing else, or date by date."""
        holes = frozenset(wall.date() for wall in series.holes)
        ruled = {wall.date() for wall in series.ruled}
        for name, days in self.calendars.items() if len(holes) > 1 else ():
            if days & ruled == holes:
                yield "holidays", name
                return
        if holes:
            yield "except", [str(day) for day in sorted(holes)]

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
