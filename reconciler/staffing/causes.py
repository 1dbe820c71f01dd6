"""Which changes of a plan had a part in what becomes of somebody's time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from reconciler.staffing.people import Cause
from reconciler.staffing.view import View


def causes(view: View, names: Iterable[str], start: int, end: int) -> tuple[str, ...]:
    """The keys of the changes of these people's hours and leave that speak of the time between two instants,
    or of its dates."""
    found = (
        cause
        for name in names
        for cause in (*of_hours(view, name, start, end), *of_leave(view, name, start, end))
    )
    return tuple(dict.fromkeys(cause.key for cause in found))


def causes_on(view: View, name: str, first: date, last: date) -> tuple[str, ...]:
    """The same of one person, from one date to another by the person's clock."""
    midnights = view.dates.clock(view.rotas[name].after.zone).midnights
    return causes(view, [name], midnights[view.number(first)], midnights[view.number(last) + 1])


def of_hours(view: View, name: str, start: int, end: int) -> Iterator[Cause]:
    """Changes of somebody's hours or zone, by the dates that the person's clock shows."""
    person = view.people[name]
    if person.causes:
        zone = view.rotas[name].after.zone
        first, last = view.local_date(start, zone), view.local_date(end - 1, zone)
        yield from (cause for cause in person.causes if cause.speaks_of(first, last))


def of_leave(view: View, name: str, start: int, end: int) -> Iterator[Cause]:
    """Changes of somebody's leave."""
    for leave in view.changed_leaves.get(name, ()):
        if leave.start < end and leave.end > start:
            yield Cause(leave.name, leave.source)
