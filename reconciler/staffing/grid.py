"""The weeks of those who work differently, day by day on the clock, before and after. Pure.

A shift belongs to the date on which it begins, with all of its night.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise

from reconciler.dates.hours import Shifts
from reconciler.dates.week import Span, joined, monday_of
from reconciler.dates.zones import zone_of
from reconciler.model.impact import RotaWeek
from reconciler.staffing.duty import Rota
from reconciler.staffing.stretches import between
from reconciler.staffing.view import Sides, View

DAY, FULL = timedelta(days=1), 1440  # minutes
Days = list[list[Span]]


def weeks_of(view: View, shifts: Shifts) -> Iterator[RotaWeek]:
    """The first week that changes, of everybody for whom one does, in order of names.

    shifts: hours by name, which tell where one shift ends and the next begins.
    """
    for name, sides in view.rotas.items():
        first = _first_changed(view, sides) if sides.differ else None
        if first:
            monday, before, after = _week(view, sides, monday_of(first), shifts)
            yield {
                "user": name,
                "timezone": sides.after.zone,
                "monday": str(monday),
                "before": [[*map(list, day)] for day in before],
                "after": [[*map(list, day)] for day in after],
            }


def _first_changed(view: View, sides: Sides) -> date | None:
    before, after = (set(view.on_duty(rota)) for rota in sides)
    moved = [start for start, end in before ^ after if view.start < end and start < view.end]
    return view.local_date(max(min(moved), view.start), sides.after.zone) if moved else None


def _week(view: View, sides: Sides, monday: date, shifts: Shifts) -> tuple[date, Days, Days]:
    """The week, or the one before, if it is the night of its Sunday that changes."""
    before, after = (_days(view, rota, monday - DAY, shifts) for rota in sides)
    if before[0] != after[0] and monday > view.mondays[0]:
        monday -= 7 * DAY
        before, after = (_days(view, rota, monday - DAY, shifts) for rota in sides)
    # What is over stays as it was, though the row that says it may be changed as a whole.
    over = max((view.looked.first - monday).days, 0) + 1
    return monday, before[1:], [*before[1:over], *after[over:]]


def _days(view: View, rota: Rota, first: date, shifts: Shifts) -> Days:
    """The minutes on duty, on the clock, of the shifts that begin on a date and the seven after it."""
    zone, number = zone_of(rota.zone), view.number(first)
    midnights = view.dates.clock(rota.zone).midnights[number : number + 10]
    duty = view.dates.on_duty(rota, midnights[0], midnights[-1])
    shown = {
        day: [
            _shown(datetime.fromtimestamp(a, zone), datetime.fromtimestamp(b, zone), b == end)
            for a, b in between(duty, start, end)
        ]
        for day, (start, end) in enumerate(pairwise(midnights))
    }
    return [*joined(shown, pairwise(shown), shifts).values()][:8]


def _shown(start: datetime, end: datetime, whole: bool) -> Span:
    begins = start.hour * 60 + start.minute
    # A leave may end in an hour that is repeated, on a clock that then shows less than at its beginning.
    return begins, FULL if whole else max(begins, end.hour * 60 + end.minute)
