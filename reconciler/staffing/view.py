"""The time looked at, and everybody's rota in it, before the plan and after it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import NamedTuple

from reconciler.dates.week import monday_of
from reconciler.dates.zones import zone_of
from reconciler.kinds.work_hours.matching import Row
from reconciler.staffing.duty import Dates, Rota
from reconciler.staffing.people import Booking, Person, Staffing
from reconciler.staffing.stretches import Stretch, united

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
MOST = 26 * WEEK
NEAR = 3 * 86_400
SLOTS = timedelta(days=14)  # how long after an appointment another time for it is looked for


class Looked(NamedTuple):
    """The dates looked at, in a zone, both included."""

    zone: str
    first: date
    last: date


class Sides(NamedTuple):
    """Somebody's rota before and after."""

    before: Rota
    after: Rota

    @property
    def differ(self) -> bool:
        return self.before != self.after


class View:
    """What is looked at, with all that several reports need of it.

    start, end: the instants between which it is looked, from midnight to midnight. people: in order of names.
    rotas: by name. mondays: of the weeks looked at, in which the first and the last date lie. midnights: of
    the dates looked at, and of the one after. changed_leaves: those that the plan changes, by host.
    """

    def __init__(self, staffing: Staffing, looked: Looked, now: datetime) -> None:
        self.staffing, self.looked, self.now = staffing, looked, ceil(now.timestamp())
        self.people = {person.name: person for person in staffing.people}
        first, last = monday_of(looked.first), monday_of(looked.last)
        self.mondays = [first + WEEK * week for week in range((last - first).days // 7 + 1)]
        # A rest may begin the day before, and the last appointment be put off by two weeks.
        self.dates = Dates(first - 2 * DAY, last + WEEK + SLOTS + 2 * DAY)
        midnights, offset = self.dates.clock(looked.zone).midnights, (looked.first - self.dates.first).days
        self.midnights = midnights[offset : offset + (looked.last - looked.first).days + 2]
        self.start, self.end = self.midnights[0], self.midnights[-1]
        self.time = self.start, self.end
        self.rotas = dict(self._rotas())
        self.changed_leaves = defaultdict[str, list[Booking]](list)
        for booking in changed_bookings(staffing):
            if booking.leave:
                self.changed_leaves[booking.host].append(booking)
        self._duty: dict[Rota, list[Stretch]] = {}

    def local_date(self, instant: int, zone: str) -> date:
        """The date of an instant by the clock of a zone."""
        return datetime.fromtimestamp(instant, UTC).astimezone(zone_of(zone)).date()

    def on_duty(self, rota: Rota) -> list[Stretch]:
        """When somebody is on duty in the time looked at, and the days on either side of it."""
        if rota not in self._duty:
            self._duty[rota] = self.dates.on_duty(rota, self.start - NEAR, self.end + NEAR)
        return self._duty[rota]

    def number(self, day: date) -> int:
        """How the dates know a date."""
        return (day - self.dates.first).days

    def _rotas(self) -> Iterator[tuple[str, Sides]]:
        was, will = (leaves(side.values()) for side in (self.staffing.before, self.staffing.after))
        for person in self.staffing.people:
            before = Rota(person.before.zone, self.dates.lay(person.before.rows), was.get(person.name, ()))
            same = person.after is person.before
            days = before.days if same else self.dates.lay(person.after.rows)
            yield person.name, Sides(before, Rota(person.after.zone, days, will.get(person.name, ())))


def leaves(bookings: Iterable[Booking]) -> Mapping[str, tuple[Stretch, ...]]:
    """When each host is on leave."""
    found = defaultdict[str, list[Stretch]](list)
    for booking in bookings:
        if booking.leave and booking.stands:
            found[booking.host].append((booking.start, booking.end))
    return {host: tuple(united(stretches)) for host, stretches in found.items()}


def looked_at(staffing: Staffing, zone: str, now: datetime, horizon: timedelta) -> Looked:
    """From today to the later of the horizon's end and the end of what changes, at most 26 weeks on."""
    local = now.astimezone(zone_of(zone))
    today, farthest = local.date(), local.date() + MOST
    ends = [(now + horizon).astimezone(zone_of(zone)).date()]
    ends += [_end_of_booking(booking, zone) for booking in changed_bookings(staffing)]
    dates = Dates(today - WEEK, farthest + WEEK)
    for person in staffing.people:
        if person.after is not person.before:
            ends += _ends_of_hours(person, dates, farthest)
        if person.gone is not None:
            ends.append(farthest)
    return Looked(zone, today, min(max(ends), farthest))


def changed_bookings(staffing: Staffing) -> Iterator[Booking]:
    """What the plan changes, as it was and as it will be."""
    for side in (staffing.before, staffing.after):
        yield from (side[identity] for identity in staffing.changed if identity in side)


def _end_of_booking(booking: Booking, zone: str) -> date:
    return datetime.fromtimestamp(booking.end - 1, zone_of(zone)).date()


def _ends_of_hours(person: Person, dates: Dates, farthest: date) -> list[date]:
    """Until when somebody's hours change: up to the end of the row that says the last date that differs.

    What differs is told date by date: a period that is only cut in two changes nothing after the cut.
    """
    before, after = dates.lay(person.before.rows), dates.lay(person.after.rows)
    moved = person.before.zone != person.after.zone
    pairs = enumerate(zip(before, after, strict=True))
    differing = [number for number, (was, will) in pairs if was != will or (moved and was)]
    if _differ_later(person, farthest):
        return [farthest]
    if not differing:
        return []
    last = dates.first + DAY * differing[-1]
    rows = (*person.before.rows, *person.after.rows)
    ends = [row.period.end or date.max for row in rows if (row.period.end or date.max) >= last]
    return [min([*ends, farthest])] if ends else [last]


def _differ_later(person: Person, farthest: date) -> bool:
    """Whether hours change after a date: within a week from where a row begins or has ended all is alike."""
    rows = (*person.before.rows, *person.after.rows)
    bounds = {row.period.start for row in rows} | {
        row.period.end + DAY for row in rows if row.period.end and row.period.end < date.max
    }
    days = (bound + DAY * step for bound in bounds if bound > farthest for step in range(7))
    return any(_said(person.before.rows, day) != _said(person.after.rows, day) for day in days)


def _said(rows: Iterable[Row], day: date) -> Sequence[object]:
    """What rows say of a date."""
    spans = ((row.days_off, row.period.week.get(day.isoweekday())) for row in rows if row.period.covers(day))
    return sorted(said for said in spans if said[1] or (said[0] and said[1] is not None))
