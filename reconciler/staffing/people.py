"""People and what is booked with them, before a plan and after it: what this room reckons with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from reconciler.kinds.work_hours.matching import Row
from reconciler.model import Source


class Cause(NamedTuple):
    """A change that touches somebody's hours, on the dates from `first` to `last` (None: from then on)."""

    key: str
    source: Source | None
    first: date = date.min
    last: date | None = None

    def speaks_of(self, first: date, last: date) -> bool:
        return self.first <= last and (self.last is None or first <= self.last)


class Held(NamedTuple):
    """One person's rows of hours, by the clock of a zone."""

    zone: str
    rows: tuple[Row, ...] = ()


class Departs(NamedTuple):
    """How somebody leaves for good.

    gone: the midnight after their last day, in epoch seconds. availability: the ids of their rows of
    AVAILABILITY that outlast it.
    """

    last_day: date
    gone: int
    successor: str | None
    availability: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the manifests name, at `source`.

    causes: the changes of their hours and zone. touched: whether the plan changes anything of theirs.
    departs: how they leave, if they are declared to. gone: the instant, in epoch seconds, from which on they
        are gone, if the plan changes something of theirs, or tries to take it away.
    """

    name: str
    source: Source
    credentials: str | None
    before: Held
    after: Held
    causes: tuple[Cause, ...] = ()
    touched: bool = False
    departs: Departs | None = None
    gone: int | None = None

    def is_gone(self, booking: Booking) -> bool:
        """Whether they are gone when it starts."""
        return self.gone is not None and self.gone <= booking.start


@dataclass(frozen=True, slots=True)
class Booking:
    """An event as the service has it, or will have it.

    name: its key if it is ours, else its id. id: None for one that the plan creates. start, end: in epoch
    seconds; `stamps` are the two as the service writes them. host, staff: usernames, or ids where none is
    known; the host is among the staff. patients: by id. state: of the service, in capitals.
    """

    name: str
    id: str | None
    start: int
    end: int
    stamps: tuple[str, str]
    host: str
    staff: frozenset[str]
    patients: tuple[str, ...]
    leave: bool
    state: str
    source: Source | None = None

    @property
    def stands(self) -> bool:
        return self.state != "CANCELLED"

    @property
    def identity(self) -> str:
        return self.id or self.name


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who works when, and what is booked, before and after; bookings by identity.

    changed: the identities of the bookings that the plan changes. unread: people whose hours can't be read.
    """

    people: tuple[Person, ...]
    before: Mapping[str, Booking]
    after: Mapping[str, Booking]
    changed: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()
