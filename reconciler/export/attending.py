"""Who takes part in the meetings of a series besides their hosts: a list, with who comes or goes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from reconciler.export.points import DAY, Point
from reconciler.export.series import PEOPLE, Series

Bound = tuple[date, date]  # the first and the last date that say the same
DATED = 0.6  # what a bound costs, where a date that is said by itself costs 1


class Stay(NamedTuple):
    """Somebody on a list for a time. first, last: as early and as late as they may be."""

    user: str
    first: Bound | None
    last: Bound | None


class Attending(NamedTuple):
    """people: the list. others: who is there instead, by the time that the entry gives."""

    people: tuple[str | Stay, ...]
    others: Mapping[datetime, tuple[str, ...]]


class _There(NamedTuple):
    """A meeting: its date, who hosts it, everybody who is there."""

    wall: datetime
    day: date
    host: str
    staff: frozenset[str]


def attending_of(series: Series) -> Attending:
    """Find the list by which fewest dates have to be said by themselves."""
    found = (_there(wall, point) for wall, point in series.held.items())
    there = sorted(found, key=lambda each: (each.day, each.wall))
    users = sorted({user for each in there for user in each.staff})
    spans = {user: span for user in users if (span := _span(user, there)) is not None}
    others: dict[datetime, tuple[str, ...]] = {}
    for each in there:
        listed = {
            user for user, (first, last) in spans.items() if there[first].day <= each.day <= there[last].day
        }
        if each.staff != listed | {each.host}:
            others[each.wall] = tuple(sorted(each.staff - {each.host}))
    return Attending(tuple(_stay(user, span, there) for user, span in spans.items()), others)


def _there(wall: datetime, point: Point) -> _There:
    people = point.meeting.said.get(PEOPLE, ())
    host = point.meeting.host
    return _There(
        wall, point.wall.date(), host, frozenset((host, *(people if isinstance(people, tuple) else ())))
    )


def _span(user: str, there: Sequence[_There]) -> tuple[int, int] | None:
    """From which to which meeting somebody is best listed; None: from none. Who hosts is there anyway."""
    marks = [0 if each.host == user else 1 if user in each.staff else -1 for each in there]
    last = len(marks) - 1
    spans = {(0, last), _densest(marks)}
    costs = {span: _cost(marks, *span) + DATED * ((span[0] > 0) + (span[1] < last)) for span in spans}
    best = min(sorted(spans), key=costs.__getitem__)
    return best if costs[best] < sum(mark > 0 for mark in marks) else None


def _cost(marks: Sequence[int], first: int, last: int) -> int:
    """On how many dates a span of them is wrong."""
    inside, outside = marks[first : last + 1], (*marks[:first], *marks[last + 1 :])
    return sum(mark < 0 for mark in inside) + sum(mark > 0 for mark in outside)


def _densest(marks: Sequence[int]) -> tuple[int, int]:
    """The span of the greatest sum."""
    best, span, total, begin = 0, (0, len(marks) - 1), 0, 0
    for place, mark in enumerate(marks):
        if total <= 0:
            total, begin = 0, place
        total += mark
        if total > best:
            best, span = total, (begin, place)
    return span


def _stay(user: str, span: tuple[int, int], there: Sequence[_There]) -> str | Stay:
    first, last = (there[place].day for place in span)
    before, after = (there[place].day for place in (max(span[0] - 1, 0), min(span[1] + 1, len(there) - 1)))
    begins = (min(before + DAY, first), first) if span[0] else None
    ends = (last, max(after - DAY, last)) if span[1] < len(there) - 1 else None
    return Stay(user, begins, ends) if begins or ends else user
