"""The dates of a series of a calendar on its wall: how they are named, which there are, what is otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from reconciler.dates.recurrence import occurrences
from reconciler.dates.rules import parts_of
from reconciler.dates.zones import zone_of
from reconciler.export.others.clock import Moment, said
from reconciler.export.others.single import Single
from reconciler.export.others.taken import Unfit
from reconciler.manifest.spelling import Data

_TIMES = {"BYHOUR", "BYMINUTE", "BYSECOND"}


@dataclass(frozen=True, slots=True)
class Dates:
    """What a series is made of: its first event, its rule. further: those that no rule gives."""

    read: Single
    rule: str | None
    further: Sequence[Moment]

    def several(self, day: date) -> bool:
        """Whether a day may have more than one."""
        by_time = bool(self.rule) and not _TIMES.isdisjoint(parts_of(str(self.rule)))
        return by_time or any(each.on(self.read.zone).date() == day for each in self.further)

    def named(self, moment: Moment) -> str | None:
        """How an occurrence is named that starts then; None: it can't start then."""
        wall = moment.on(self.read.zone)
        if moment.is_date or self.read.start.is_date:
            return f"{wall:%Y-%m-%d}"
        if self.several(wall.date()):
            return said(wall, is_date=False)
        return f"{wall:%Y-%m-%d}" if wall.time() == self.read.wall.time() else None

    def start_of(self, name: str) -> str:
        return name if self.read.start.is_date or "T" in name else f"{name}T{self.read.wall:%H:%M}"

    def gives(self, name: str) -> bool:
        """Whether the rule, or a single start, gives an occurrence of this name."""
        wall = datetime.fromisoformat(self.start_of(name))
        if not self.rule:
            return wall == self.read.wall
        zone = zone_of(self.read.zone)
        return bool(occurrences(self.rule, self.read.wall, zone, wall, wall, 10))

    def starts_added(self) -> Iterator[str]:
        """Starts beyond those of the rule."""
        own = said(self.read.wall, self.read.start.is_date)
        if self.rule and not self.gives(own):
            yield own
        for moment in self.further:
            if moment.is_date != self.read.start.is_date:
                raise Unfit("RDATE is not as DTSTART is")
            yield said(moment.on(self.read.zone), moment.is_date)

    def change(self, name: str, other: Single) -> dict[str, Data]:
        """How an occurrence differs from what its series says."""
        if other.start.is_date != self.read.start.is_date:
            raise Unfit("it lasts whole days and its series doesn't, or the other way round")
        wall, usual = other.start.on(self.read.zone), datetime.fromisoformat(self.start_of(name))
        found: dict[str, Data] = {}
        if wall != usual:
            moved = wall.date() != usual.date() or other.start.is_date
            found["starts"] = said(wall, other.start.is_date) if moved else f"{wall:%H:%M}"
        if other.length != self.read.length:
            found["duration"] = other.length or "1d"
        if other.host != self.read.host:
            found["host"] = other.host
        for field in ("title", "participants", "location"):
            if other.fields.get(field, self.read.fields.get(field)) != self.read.fields.get(field):
                found[field] = other.fields[field]
        return found
