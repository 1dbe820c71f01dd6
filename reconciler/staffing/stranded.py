"""Patient appointments whose host a plan takes away, and when the same host could take them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model import Source
from reconciler.staffing.causes import of_hours, of_leave
from reconciler.staffing.duty import Rota
from reconciler.staffing.people import Booking, Cause, Person
from reconciler.staffing.stretches import Stretch, common, united, without
from reconciler.staffing.view import SLOTS, View

# The clocks of all zones have been ahead of UTC by whole quarters of an hour for fifty years.
QUARTER = 900
MOST = 3
CLOSED = ("CANCELLED", "COMPLETED", "MISSED")


class Reason(StrEnum):
    """How an appointment loses its host: off duty by the hours, on leave, or gone for good."""

    HOURS = "hours"
    LEAVE = "leave"
    DEPARTURE = "departure"


@dataclass(frozen=True, slots=True)
class Stranded:
    """One appointment, where it will stand.

    changes: the keys of the changes that take the host away; `source`: where the first of them is declared.
    suggestions: the first times at which the same host could take it; None where the host is gone.
    lasting: the plan holds nothing of the host's but a deletion that is blocked, as it was before.
    """

    booking: Booking
    reasons: tuple[Reason, ...]
    changes: tuple[str, ...]
    source: Source | None
    suggestions: tuple[Stretch, ...] | None
    lasting: bool = False


def stranded(view: View) -> tuple[Stranded, ...]:
    """All appointments still to come that lose their host, by start."""
    affected = {
        name: person
        for name, person in view.people.items()
        if person.gone is not None or view.rotas[name].differ
    }
    found = [
        _judged(booking, affected[booking.host], view)
        for booking in view.staffing.after.values()
        if booking.host in affected and is_booked(booking, view)
    ]
    busy = _busy({each.booking.host for each in found if each}, view.staffing.after.values())
    lost = [_with_suggestions(each, view, busy) for each in found if each]
    return tuple(sorted(lost, key=lambda each: (each.booking.stamps[0], each.booking.id)))


def is_booked(booking: Booking, view: View) -> bool:
    """Whether it is an appointment with a patient that exists and is still to come."""
    to_come = view.now <= booking.start < view.end
    return bool(booking.patients) and to_come and booking.id is not None and booking.state not in CLOSED


def _judged(booking: Booking, person: Person, view: View) -> Stranded | None:
    if person.is_gone(booking):
        leaves = Cause(f"user/{person.name}", person.source)
        return _lost(booking, [Reason.DEPARTURE], [leaves], lasting=not person.touched)
    before, after = view.rotas[person.name]
    when = [(booking.start, booking.end)]
    hours = without(_hours(before, booking, view), _hours(after, booking, view))
    leave = common(without(after.leave, before.leave), when)
    causes = [cause for lost in hours for cause in of_hours(view, person.name, *lost)]
    causes += [cause for lost in leave for cause in of_leave(view, person.name, *lost)]
    reasons = [reason for reason, lost in ((Reason.HOURS, hours), (Reason.LEAVE, leave)) if lost]
    return _lost(booking, reasons, causes) if reasons else None


def _lost(
    booking: Booking, reasons: Sequence[Reason], causes: Sequence[Cause], lasting: bool = False
) -> Stranded:
    keys = tuple(dict.fromkeys(cause.key for cause in causes))
    source = next((cause.source for cause in causes if cause.source), None)
    return Stranded(booking, tuple(reasons), keys, source, None, lasting)


def _hours(rota: Rota, booking: Booking, view: View) -> list[Stretch]:
    return view.dates.hours(rota, booking.start, booking.end)


def _busy(hosts: set[str], bookings: Iterable[Booking]) -> Mapping[str, Sequence[Booking]]:
    """What these people take part in, by name."""
    busy = defaultdict[str, list[Booking]](list)
    for booking in bookings if hosts else ():
        if booking.stands:
            for name in booking.staff & hosts:
                busy[name].append(booking)
    return busy


def _with_suggestions(lost: Stranded, view: View, busy: Mapping[str, Sequence[Booking]]) -> Stranded:
    if Reason.DEPARTURE in lost.reasons:
        return lost
    booking = lost.booking
    taken = united((each.start, each.end) for each in busy[booking.host] if each is not booking)
    rota = view.rotas[booking.host].after
    length, last = booking.end - booking.start, booking.start + int(SLOTS.total_seconds())
    free = without(view.dates.on_duty(rota, max(view.now, booking.start), last + length), taken)
    found = _slots(free, length, max(view.now, booking.start) + 1, last)
    return Stranded(booking, lost.reasons, lost.changes, lost.source, found, lost.lasting)


def _slots(free: Iterable[Stretch], length: int, first: int, last: int) -> tuple[Stretch, ...]:
    """The first times of this length that lie in what is free, apart from one another.

    first, last: the earliest and the latest instant at which one may start.
    """
    found = list[Stretch]()
    for begin, end in free:
        start = -(-max(begin, first) // QUARTER) * QUARTER
        while start + length <= end and start <= last and len(found) < MOST:
            found.append((start, start + length))
            start = -(-(start + max(length, QUARTER)) // QUARTER) * QUARTER
    return tuple(found)
