"""The weeks of those who work differently, day by day on the clock, before and after. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from reconciler.dates.zones import zone_of
from reconciler.model.impact import RotaWeek
from reconciler.staffing.duty import Rota
from reconciler.staffing.view import Sides, View
from reconciler.staffing.week import monday_of

DAY, FULL = timedelta(days=1), 1440  # minutes


def weeks_of(view: View) -> Iterator[RotaWeek]:
    """The first week that changes, of everybody for whom one does, in order of names."""
    for name, sides in view.rotas.items():
        first = _first_changed(view, sides) if sides.differ else None
        if first:
            monday = monday_of(first)
            yield {
                "user": name,
                "timezone": sides.after.zone,
                "monday": str(monday),
                "before": list(_days(view, sides.before, monday)),
                "after": list(_days(view, sides.after, monday)),
            }


def _first_changed(view: View, sides: Sides) -> date | None:
    before, after = (set(view.on_duty(rota)) for rota in sides)
    moved = [start for start, end in before ^ after if view.start < end and start < view.end]
    return view.local_date(max(min(moved), view.start), sides.after.zone) if moved else None


def _days(view: View, rota: Rota, monday: date) -> Iterator[list[list[int]]]:
    """For each date of a week the minutes that the clock shows on duty."""
    zone, midnights = zone_of(rota.zone), view.dates.clock(rota.zone).midnights
    for day in (monday + DAY * number for number in range(7)):
        start, end = midnights[view.number(day) : view.number(day) + 2]
        shown = [
            (datetime.fromtimestamp(a, zone), datetime.fromtimestamp(b, zone), b == end)
            for a, b in view.dates.on_duty(rota, start, end)
        ]
        yield [[_minute(a), FULL if whole else _minute(b)] for a, b, whole in shown]


def _minute(at: datetime) -> int:
    return at.hour * 60 + at.minute
