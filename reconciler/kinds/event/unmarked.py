"""Live events that bear no mark of ours: which of them an occurrence is, which it must not double. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from reconciler.kinds.event.fields import Fields, patients_of, stamp, starts
from reconciler.kinds.event.marks import mark_of

Identity = tuple[str, str, str]  # host's id, title, start


def identity(event: Fields) -> Identity:
    """What people know an event by; ids in small letters, as UUIDs are the same in capitals."""
    host, title = event.get("hostId") or "", event.get("eventTitle") or ""
    return host.lower(), title, stamp(event["startDateTime"])


def is_bare(event: Fields) -> bool:
    """Whether an event bears no mark, not even somebody else's."""
    return not event.get("externalId") and not mark_of(event)


class Unmarked:
    """Events of nobody, or of another owner, by what people see of them."""

    def __init__(self, events: Iterable[Fields]) -> None:
        self._by_identity = defaultdict[Identity, list[Fields]](list)
        for event in events:
            self._by_identity[identity(event)].append(event)

    def twins(self, same: Identity) -> Sequence[Fields]:
        """Those that people can't tell from what is known by this."""
        return self._by_identity.get(same, ())

    def take(self, event: Fields) -> None:
        """An event is the twin of one occurrence only."""
        self._by_identity[identity(event)].remove(event)

    def neighbours(
        self, spoken_for: Collection[Identity], zone_of_host: Callable[[str], tzinfo]
    ) -> Neighbours:
        """What a new event may be a double of.

        spoken_for: what declared occurrences are known by. zone_of_host: by the host's id.
        """
        found = Neighbours()
        for same, events in self._by_identity.items():
            for event in events:
                if is_bare(event) and not patients_of(event):
                    found.add(event, zone_of_host(same[0]), same in spoken_for)
        return found


class _When(NamedTuple):
    start: datetime
    day: date  # by the host's clock

    def is_on(self, day: date, zone: tzinfo) -> bool:
        return day in (self.day, self.start.astimezone(zone).date())


class Neighbours:
    """Unmarked events by two of host, title and start: one that was exported and edited is among them."""

    def __init__(self) -> None:
        self._series = set[tuple[str, str]]()
        self._edited = set[tuple[str, str]]()
        self._of_host = defaultdict[str, list[_When]](list)
        self._titled = defaultdict[str, list[_When]](list)

    def add(self, event: Fields, zone: tzinfo, spoken_for: bool) -> None:
        """zone: the host's. spoken_for: it is a declared occurrence, and so no other one of that day."""
        host, title, _ = identity(event)
        self._series.add((host, title))
        if not spoken_for:
            self._edited.add((host, title))
            when = _When(starts(event), starts(event).astimezone(zone).date())
            self._of_host[host].append(when)
            self._titled[title].append(when)

    def double(self, same: Identity, day: date, zone: tzinfo, adopting: bool) -> bool:
        """Whether one shares host and title, or either and the local date, with a new event.

        adopting: those spoken for become ours by the same plan.
        """
        host, title, _ = same
        series = self._edited if adopting else self._series
        others = (*self._of_host.get(host, ()), *(self._titled.get(title, ()) if title else ()))
        return (host, title) in series or any(when.is_on(day, zone) for when in others)
