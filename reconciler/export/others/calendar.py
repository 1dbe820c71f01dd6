"""Meetings from a calendar: an event with its rule, its exceptions and the dates that are otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reconciler.dates.grammar import duration_said
from reconciler.dates.recurrence import occurrences
from reconciler.dates.rules import parts_of
from reconciler.dates.zones import gap_or_fold, same_zone, wall_to_instant, zone_of
from reconciler.export.others.clock import (
    DAY,
    MOST_DATES,
    Moment,
    duration_text,
    moment_of,
    moments_of,
    said,
)
from reconciler.export.others.content import (
    MOST_PROPERTIES,
    Component,
    Property,
    events_of,
    is_calendar,
    is_called_off,
)
from reconciler.export.others.repeats import repeat_of, rule_in
from reconciler.export.others.taken import Meeting, People, Place, Taken, Unfit
from reconciler.manifest.spelling import Data, literal

LONGEST_TITLE = 500
_TIMES = {"BYHOUR", "BYMINUTE", "BYSECOND"}


def read_calendar(text: str, file: str, people: People, taken: Taken) -> None:
    """Take the events of an iCalendar file."""
    if not is_calendar(text):
        taken.skip(Place(file, 1), "this is no calendar: the first line of one is BEGIN:VCALENDAR")
        return
    if is_called_off(text):
        taken.skip(Place(file, 1), "this calendar calls its events off (METHOD:CANCEL)")
        return
    groups: dict[str, list[Component]] = {}
    for event in events_of(text):
        groups.setdefault(event.uid or f" {event.line}", []).append(event)
    for group in groups.values():
        if taken.is_full(file):
            taken.skip(Place(file, group[0].line), "too much: what follows was not taken")
            return
        _Group(file, people, taken, group).take()


@dataclass(frozen=True, slots=True)
class _Read:
    """An event by itself. wall: its start there; zone: of that wall; home: whether it is the host's."""

    host: str
    start: Moment
    wall: datetime
    zone: str
    home: bool
    length: str
    fields: dict[str, Data]


@dataclass(frozen=True, slots=True)
class _Group:
    """The events of one UID: a series, and what is otherwise on single dates."""

    file: str
    people: People
    taken: Taken
    events: Sequence[Component]

    def take(self) -> None:
        mains = [event for event in self.events if not event.get("RECURRENCE-ID")]
        latest = max(mains, key=lambda event: (_sequence(event), event.line), default=None)
        for event in mains:
            if event is not latest:
                self._skip(event, Unfit("a later version of this event is in the file"))
        others = [event for event in self.events if event.get("RECURRENCE-ID")]
        if latest is not None:
            self._try(latest, others)
        else:
            for event in others:
                self._try(event, [])

    def _try(self, event: Component, others: Sequence[Component]) -> None:
        try:
            spec = self._series(event, others)
        except Unfit as error:
            self._skip(event, error)
        else:
            self.taken.meetings.append(Meeting(spec, self._place(event)))

    def _place(self, event: Component, line: int | None = None) -> Place:
        return Place(self.file, line or event.line, event.uid)

    def _skip(self, event: Component, error: Unfit) -> None:
        self.taken.skip(self._place(event, error.line), error.reason)

    # One event.

    def _read(self, event: Component, repeats: bool) -> _Read:
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
        return _Read(host, start, start.on(zone), zone, not stays, _length(event, start, zone), fields)

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
                    self._place(event, attendee.line), "a room or resource that attends is not taken"
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

    # Series.

    def _series(self, event: Component, others: Sequence[Component]) -> dict[str, Data]:
        repeats = bool(event.get("RRULE") or event.get("RDATE"))
        read = self._read(event, repeats)
        rule = rule_in(event, read.wall, read.zone)
        spec: dict[str, Data] = {"title": read.fields["title"], "host": read.host}
        spec["starts"] = said(read.wall, read.start.is_date)
        spec |= {"allDay": "true"} if read.start.is_date else {}
        spec |= {"duration": read.length} if read.length else {}
        spec |= {} if read.home else {"timezone": read.zone}
        spec |= {"fold": "second"} if _is_second(read) else {}
        if rule:
            spec["repeat"] = repeat_of(rule, read.wall, read.zone)
        dates = _Dates(read, rule, [moment for each in event.all("RDATE") for moment in moments_of(each)])
        left_out, added = self._left_out(event, dates), [*dates.starts_added()]
        changes = dict(self._changes(others, dates, left_out, {*added}))
        listed = {
            "except": sorted({*left_out}),
            "also": sorted({*added} - {spec["starts"]} if not rule else {*added}),
        }
        spec |= {name: texts for name, texts in listed.items() if texts}
        spec |= {"change": changes} if changes else {}
        spec |= {name: read.fields[name] for name in ("participants", "location") if name in read.fields}
        return spec

    def _left_out(self, event: Component, dates: _Dates) -> list[str]:
        found = []
        for exception in event.all("EXDATE"):
            for moment in moments_of(exception):
                text = dates.named(moment)
                if text is None:
                    place = self._place(event, exception.line)
                    self.taken.warn(
                        place, "an exception at a time at which the series isn't held is not taken"
                    )
                else:
                    found.append(text)
            if len(found) > MOST_DATES:
                raise Unfit(f"it has more than {MOST_DATES:,} exceptions", exception.line)
        return found

    def _changes(
        self, others: Sequence[Component], dates: _Dates, left_out: list[str], added: set[str]
    ) -> Iterator[tuple[str, Data]]:
        """What is otherwise, by date; where that can't be taken, nobody meets on that date."""
        if len(others) > MOST_DATES:
            raise Unfit(f"more than {MOST_DATES:,} of its dates are otherwise")
        for other in others:
            name = None
            try:
                recurrence = other.all("RECURRENCE-ID")[0]
                if "RANGE" in recurrence.parameters:
                    raise Unfit("it changes all dates from one on: write that with `from`", recurrence.line)
                name = dates.named(moment_of(recurrence.value, recurrence))
                if name is None or (not dates.gives(name) and dates.start_of(name) not in added):
                    name = None
                    raise Unfit("its series gives no such date", recurrence.line)
                if other.text("STATUS").upper() == "CANCELLED":
                    yield name, "cancelled"
                    continue
                change = dates.change(name, self._read(other, repeats=True))
                if change:
                    yield name, change
            except Unfit as error:
                self._skip(other, error)
                if name is not None:
                    left_out.append(name)


@dataclass(frozen=True, slots=True)
class _Dates:
    """The dates of a series on its wall. further: those that no rule gives."""

    read: _Read
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

    def change(self, name: str, other: _Read) -> dict[str, Data]:
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


def _is_second(read: _Read) -> bool:
    """Whether it starts at the second of two moments at which the wall shows its time."""
    zone = zone_of(read.zone)
    twice = not read.start.is_date and gap_or_fold(read.wall, zone) == "overlap"
    return twice and read.start.instant(read.zone) != wall_to_instant(read.wall, zone)


def _sequence(event: Component) -> int:
    text = event.text("SEQUENCE")
    return int(text[:9]) if text.isascii() and text.isdigit() else 0
