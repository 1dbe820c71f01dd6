"""Who leaves for good, and what is booked with them afterwards: listed until somebody has moved it. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from reconciler.staffing.people import Booking
from reconciler.staffing.stranded import is_booked
from reconciler.staffing.view import View


@dataclass(frozen=True, slots=True)
class Departure:
    """Somebody who leaves for good: what is booked with them after their last day, by id, and the rows of
    availability that outlast it, which are never ours."""

    user: str
    last_day: date
    successor: str | None
    appointments: tuple[str, ...] | None
    availability: tuple[str, ...]


def departures(view: View) -> tuple[Departure, ...]:
    """All who are declared to leave, by name; appointments by start."""
    leaving = {name: departs for name, person in view.people.items() if (departs := person.departs)}
    booked = defaultdict[str, list[Booking]](list)
    for booking in view.staffing.after.values() if leaving else ():
        departs = leaving.get(booking.host)
        if departs and departs.gone <= booking.start and is_booked(booking, view):
            booked[booking.host].append(booking)
    return tuple(
        Departure(name, departs.last_day, departs.successor, _ids(booked[name]), departs.availability)
        for name, departs in leaving.items()
    )


def _ids(bookings: list[Booking]) -> tuple[str, ...]:
    return tuple(str(each.id) for each in sorted(bookings, key=lambda each: (each.start, each.id)))
