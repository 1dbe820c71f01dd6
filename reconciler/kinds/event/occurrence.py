"""One occurrence of a declared series, as it is wished: what expansion gives and planning matches. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.kinds.event.marks import LEAVES, mark_of
from reconciler.model import Desired, Key, Ref, Snapshot

LEAVE = "Leave"  # the title of a leave that has none of its own
ANYWHERE = timedelta(days=36_524)  # a reach without a bound: a hundred years


@dataclass(slots=True, kw_only=True)
class Occurrence(Desired):
    """One occurrence of a series.

    occurrence: the local date the rule gave, with the time from the second one of a day on.
    wall: naive, the time that the rule or `also` gave it, in the series' zone.
    stretch: of those into which `from` parts its series, the number of its own.
    start: aware, the instant it starts.
    reach: how far from its start a live event of its series may lie and still be taken for it.
    once: not from a rule, so created whatever the horizon.
    keep: where a person moved it in Welkin, it stays; not where `change` gives it a time of its own.
    rule: says what gives it, in words; empty if no rule does.
    """

    series: str
    occurrence: str
    wall: datetime
    start: datetime
    stretch: int = 0
    reach: timedelta = ANYWHERE
    once: bool = False
    cancelled: bool = False
    restore: bool = False
    keep: bool = False
    rule: Callable[[], str] = str

    @property
    def timed(self) -> str:
        """Its name where another occurrence of that day has the plain one."""
        return timed(self.wall)

    def staff(self) -> list[Ref]:
        """The host, who takes part by itself, and the users declared beside."""
        declared = [ref for ref in self.fields.get("participants", ()) if ref.key.kind == "user"]
        return list(dict.fromkeys([self.fields["hostId"], *declared]))

    def patients(self, live: Snapshot) -> list[str | Ref]:
        """The ids of the declared patients; a reference for one whom the same plan creates."""
        declared = [ref for ref in self.fields.get("participants", ()) if ref.key.kind != "user"]
        return [_patient_id(ref, live) or ref for ref in declared]


def timed(wall: datetime) -> str:
    """A wall-clock time as names and manifests write it; seconds only where there are some."""
    return wall.isoformat(timespec="seconds" if wall.second else "minutes")


def key_of(series: str, occurrence: str) -> Key:
    """The key of an occurrence in plans."""
    return Key("event", f"{series}@{occurrence}")


def series_of(key: Key) -> str:
    """The series of an occurrence's key."""
    return key.name.rpartition("@")[0]


def is_leave(fields: Mapping[str, Any]) -> bool:
    """Whether an event, wished, planned or live, is a leave: of whole days, or of what `leave:` says."""
    return fields.get("eventType") == "LEAVE" and (bool(fields.get("allDayEvent")) or under_leave(fields))


def under_leave(fields: Mapping[str, Any]) -> bool:
    """Whether the mark of an event names a series that somebody's entry under `leave:` makes up."""
    mark = mark_of(fields)
    return mark is not None and mark.series.startswith(LEAVES)


def past(fields: Mapping[str, Any], now: datetime) -> bool:
    """Whether an event with a start and an end is past: once it has begun, a leave once it is over.

    Who falls ill declares it the same morning, and may be back sooner or later than was thought.
    """
    return instant(fields["endDateTime" if is_leave(fields) else "startDateTime"]) < now


def instant(text: str) -> datetime:
    """A timestamp without a zone is in UTC, as all of the service's are."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _patient_id(ref: Ref, live: Snapshot) -> str:
    known = ref.key.name if ref.key.kind == "patientId" else live.patients.get(ref.key.name, "")
    return known.lower()
