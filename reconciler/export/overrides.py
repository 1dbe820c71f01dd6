"""Other hours for some dates, as Welkin has them, as a manifest says them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from reconciler.export.entries import Spec
from reconciler.export.shifts import shifts_of
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, Spans
from reconciler.kinds.work_hours.stock import LiveHours

NAMELESS_OFF, NAMELESS = "Time off", "Other hours"
LONGEST = 62  # dates of an override that are looked at one by one


def override_specs(live: LiveHours, days_said: Callable[[Mapping[int, Spans]], object]) -> Iterator[Spec]:
    """An item for each override."""
    for row in live.overrides:
        week = row.hours(date.min).week
        first, last = row.period.start, row.period.end
        if last is None or not week:
            continue
        if (last - first).days <= LONGEST:
            week = _by_dates(row, live)
        name = row.name or (NAMELESS if any(week.values()) else NAMELESS_OFF)
        yield {"override": name, "from": str(first), "to": str(last), "days": days_said(week)}


def _by_dates(row: Row, live: LiveHours) -> dict[int, Spans]:
    """The week of an override without what its dates have of nights that began before."""
    assert row.period.end
    first, last = row.period.start, row.period.end
    usual = shifts_of(live.usual, first - DAY, last)
    week = dict(row.hours(date.min).week)
    found = dict(week)
    for place in range((last - first).days + 1):
        day = first + DAY * place
        weekday, before = day.isoweekday(), (day - DAY).isoweekday()
        spans = week.get(weekday, ())
        stated = day > first and before in week
        night = week[before] if stated else usual.get(day - DAY, ())
        tail = max((end - DAY_MINUTES for _, end in night if end > DAY_MINUTES), default=0)
        if spans and tail and spans[0] == (0, tail):
            found[weekday] = spans[1:]
    return found
