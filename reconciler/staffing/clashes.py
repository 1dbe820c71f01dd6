"""Where what is booked goes against people: twice at once, outside of hours, on leave, or gone. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import attrgetter

from reconciler.model import Source
from reconciler.staffing.people import Booking
from reconciler.staffing.stretches import Stretch, without
from reconciler.staffing.view import View

Booked = Mapping[str, Sequence[Booking]]


@dataclass(frozen=True, slots=True)
class DoubleBooked:
    """Two events of one person at once, and the time they have in common; `new`: the plan makes it so."""

    user: str
    one: Booking
    other: Booking
    start: int
    end: int
    new: bool


@dataclass(frozen=True, slots=True)
class OutsideHours:
    """What of an event lies outside the hours of somebody who takes part; `new`: the plan makes it so."""

    user: str
    booking: Booking
    start: int
    end: int
    new: bool


class Trouble(StrEnum):
    """Why a meeting can't be as it is planned."""

    LEAVE = "is on leave"
    GONE = "is gone"
    OFF_DUTY = "is off duty"
    DOUBLE_BOOKED = "is double-booked"


@dataclass(frozen=True, slots=True)
class Conflict:
    """What a plan makes of one series for one person; `dates` by the person's clock, of the occurrences.

    series: `event/weekly-standup`, or the id of an event that is not ours.
    """

    series: str
    user: str
    trouble: Trouble
    dates: tuple[date, ...]
    source: Source | None


def by_person(view: View) -> Booked:
    """What those looked at take part in, by start."""
    found: dict[str, list[Booking]] = {name: [] for name in view.rotas}
    standing = (each for each in view.staffing.after.values() if _looked_at(each, view))
    for booking in sorted(standing, key=attrgetter("start", "name")):
        for name in booking.staff:
            if name in found:
                found[name].append(booking)
    return found


def double_booked(view: View, booked: Booked) -> tuple[DoubleBooked, ...]:
    """All pairs of events that take one person at the same time, at any time looked at; touching is fine."""
    found = [pair for user, events in booked.items() for pair in _pairs(user, events, view)]
    return tuple(
        sorted(found, key=lambda pair: (pair.start, pair.user, pair.end, pair.one.name, pair.other.name))
    )


def outside_hours(view: View, booked: Booked) -> tuple[OutsideHours, ...]:
    """What of all events but leave lies outside of hours. Of somebody who has no hours at all, before or
    after, none are known, and nothing lies outside."""
    found = [
        piece
        for user, events in booked.items()
        if any(any(rota.days) for rota in view.rotas[user])
        for booking in events
        if not booking.leave
        for piece in _outside(user, booking, view)
    ]
    return tuple(sorted(found, key=lambda piece: (piece.start, piece.user, piece.end, piece.booking.name)))


def conflicts(
    view: View, pairs: Iterable[DoubleBooked], pieces: Iterable[OutsideHours], stranded: Iterable[str] = ()
) -> list[Conflict]:
    """The meetings that a plan makes impossible, a line for each series, person and cause.

    stranded: the ids of appointments of which is told elsewhere.
    """
    told = frozenset(stranded)
    found = defaultdict[tuple[str, str, Trouble], dict[date, Source | None]](dict)
    for user, booking, trouble in sorted({*_troubles(view, pairs, pieces)}, key=_in_order):
        if booking.id is None or booking.id not in told:
            day = view.local_date(booking.start, view.rotas[user].after.zone)
            found[_series(booking), user, trouble].setdefault(day, booking.source)
    return [
        Conflict(series, user, trouble, tuple(days), next(filter(None, days.values()), None))
        for (series, user, trouble), days in found.items()
    ]


def _troubles(
    view: View, pairs: Iterable[DoubleBooked], pieces: Iterable[OutsideHours]
) -> Iterator[tuple[str, Booking, Trouble]]:
    people, gone = view.people, [name for name, person in view.people.items() if person.gone is not None]
    for pair in pairs:
        if pair.new and not any(people[pair.user].is_gone(each) for each in (pair.one, pair.other)):
            leave = any(each.leave and each.host == pair.user for each in (pair.one, pair.other))
            trouble = Trouble.LEAVE if leave else Trouble.DOUBLE_BOOKED
            for booking in (pair.one, pair.other):
                changed = booking.identity in view.staffing.changed
                if not booking.leave and (changed or trouble is Trouble.LEAVE):
                    yield pair.user, booking, trouble
    for piece in pieces:
        if piece.new and not people[piece.user].is_gone(piece.booking):
            yield piece.user, piece.booking, Trouble.OFF_DUTY
    for user in gone:
        for booking in view.staffing.after.values():
            leaves = user in booking.staff and people[user].is_gone(booking)
            if leaves and booking.start >= view.now and _looked_at(booking, view):
                yield user, booking, Trouble.GONE


def _in_order(found: tuple[str, Booking, Trouble]) -> tuple[int, str, str, str]:
    user, booking, trouble = found
    return booking.start, booking.name, user, trouble


def _series(booking: Booking) -> str:
    """Its series, or the id of one that is not ours."""
    return booking.name if booking.name == booking.id else booking.name.rpartition("@")[0]


def _looked_at(booking: Booking, view: View) -> bool:
    return booking.stands and booking.start < view.end and booking.end > view.start


def _pairs(user: str, events: Sequence[Booking], view: View) -> Iterator[DoubleBooked]:
    """events: by start."""
    running: list[Booking] = []
    for other in events:
        running = [one for one in running if one.end > other.start]
        for one in running:
            start, end = other.start, min(one.end, other.end)
            if start < end and end > view.start:
                yield DoubleBooked(
                    user, one, other, start, end, not _was_so(user, one, other, start, end, view)
                )
        running.append(other)


def _was_so(user: str, one: Booking, other: Booking, start: int, end: int, view: View) -> bool:
    """Whether the two took the person at this time before."""
    before = [view.staffing.before.get(each.identity) for each in (one, other)]
    return all(
        was and was.stands and user in was.staff and was.start <= start and end <= was.end for was in before
    )


def _outside(user: str, booking: Booking, view: View) -> Iterator[OutsideHours]:
    before, after = view.rotas[user]
    was = view.staffing.before.get(booking.identity)
    stayed = was is not None and was.stands and user in was.staff
    for start, end in without([_clipped(booking, view)], view.dates.hours(after, booking.start, booking.end)):
        same = stayed and was is not None and was.start <= start and end <= was.end
        old = same and not view.dates.hours(before, start, end)
        yield OutsideHours(user, booking, start, end, not old)


def _clipped(booking: Booking, view: View) -> Stretch:
    return max(booking.start, view.start), min(booking.end, view.end)
