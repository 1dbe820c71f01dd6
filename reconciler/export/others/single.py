"""An event of a calendar by itself: who hosts it, when it is and for how long, who attends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.dates.grammar import duration_said
from reconciler.dates.zones import gap_or_fold, same_zone, wall_to_instant, zone_of
from reconciler.export.others.clock import DAY, Moment, duration_text, moment_of
from reconciler.export.others.content import MOST_PROPERTIES, Component, Property
from reconciler.export.others.taken import People, Place, Taken, Unfit
from reconciler.manifest.spelling import Data, literal

LONGEST_TITLE = 500


@dataclass(frozen=True, slots=True)
class Single:
    """An event by itself. wall: its start there; zone: of that wall; home: whether it is the host's."""

    host: str
    start: Moment
    wall: datetime
    zone: str
    home: bool
    length: str
    fields: dict[str, Data]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the events of a file; what of one is not taken is warned of."""

    file: str
    people: People
    taken: Taken

    def place(self, event: Component, line: int | None = None) -> Place:
        return Place(self.file, line or event.line, event.uid)

    def read(self, event: Component, repeats: bool) -> Single:
        """Raises: Unfit."""
        _check(event)
        if event.text("STATUS").upper() == "CANCELLED":
            raise Unfit("it is cancelled")
        title = event.text("SUMMARY")
        if not title or len(title) > LONGEST_TITLE:
            raise Unfit(
                f"its title is longer than {LONGEST_TITLE} characters" if title else "it has no title"
            )
        host = self._host(event)
        dtstart = event.get("DTSTART")
        if dtstart is None:
            raise Unfit("it has no start (DTSTART)")
        start = moment_of(dtstart.value, dtstart)
        home = self.people.zone(host)
        other = start.zone is not None and not same_zone(start.zone, home)
        stays = other and (repeats or start.zone != "UTC")  # what is in UTC once is told on the host's clock
        zone = str(start.zone) if stays else home
        fields: dict[str, Data] = {"title": literal(title)}
        people = [user for user in self._attending(event) if user != host]
        fields |= {"participants": people} if people else {}
        place = event.text("LOCATION")[:LONGEST_TITLE]
        fields |= {"location": literal(place)} if place else {}
        return Single(host, start, start.on(zone), zone, not stays, _length(event, start, zone), fields)

    def _host(self, event: Component) -> str:
        organizer = event.get("ORGANIZER")
        if organizer is None:
            if self.people.host is None:
                raise Unfit("it has no organizer: --host names who is to host such events")
            return self.people.host
        return self._person(organizer)

    def _attending(self, event: Component) -> Iterator[str]:
        seen = set[str]()
        for attendee in event.all("ATTENDEE"):
            if attendee.parameters.get("CUTYPE", "").upper() in ("ROOM", "RESOURCE"):
                self.taken.warn(
                    self.place(event, attendee.line), "a room or resource that attends is not taken"
                )
                continue
            user = self._person(attendee)
            if user not in seen:
                seen.add(user)
                yield user

    def _person(self, said: Property) -> str:
        address = said.value.strip()
        if address[:7].casefold() != "mailto:":
            address = said.parameters.get("EMAIL", address)
        user = self.people.find(address[7:] if address[:7].casefold() == "mailto:" else address)
        if user is None:
            who = "its organizer" if said.name == "ORGANIZER" else "somebody who attends it"
            raise Unfit(f"{who} is no user whom the environment declares, and may be a patient", said.line)
        return user


def _check(event: Component) -> None:
    """Raises: Unfit: it is not to be taken, or can't be."""
    if not event.whole:
        raise Unfit("it has no end (END:VEVENT)")
    if event.unread:
        raise Unfit("this line of it can't be read", event.unread)
    if event.count > MOST_PROPERTIES:
        raise Unfit(f"it has more than {MOST_PROPERTIES:,} lines")
    if event.text("CLASS").upper() not in ("", "PUBLIC"):
        raise Unfit("it is private or confidential (CLASS)")


def _length(event: Component, start: Moment, zone: str) -> str:
    """How long it takes, as a manifest has it; nothing where that is the one day it is on. Raises: Unfit."""
    end, length = event.get("DTEND"), event.get("DURATION")
    if length is not None:
        text = duration_text(length, start.is_date)
        return "" if start.is_date and text == "1d" else text
    if end is None:
        if start.is_date:
            return ""
        raise Unfit("it has no end and no duration")
    moment = moment_of(end.value, end)
    if moment.is_date != start.is_date:
        raise Unfit("DTEND is not as DTSTART is", end.line)
    took = moment.wall - start.wall if start.is_date else moment.instant(zone) - start.instant(zone)
    if took <= timedelta(0):
        raise Unfit("it doesn't end after it starts", end.line)
    if start.is_date:
        return "" if took == DAY else f"{took.days}d"
    return duration_said(took)


def is_second(single: Single) -> bool:
    """Whether it starts at the second of two moments at which the wall shows its time."""
    zone = zone_of(single.zone)
    twice = not single.start.is_date and gap_or_fold(single.wall, zone) == "overlap"
    return twice and single.start.instant(single.zone) != wall_to_instant(single.wall, zone)


def sequence(event: Component) -> int:
    text = event.text("SEQUENCE")
    return int(text[:9]) if text.isascii() and text.isdigit() else 0
