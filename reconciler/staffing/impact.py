"""What a plan does to people, as one value. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reconciler.staffing.clashes import DoubleBooked, OutsideHours, by_person, double_booked, outside_hours
from reconciler.staffing.coverage import DateCoverage, coverage
from reconciler.staffing.departures import Departure, departures
from reconciler.staffing.hours import Counted, Hours
from reconciler.staffing.stranded import Stranded, stranded
from reconciler.staffing.view import View


@dataclass(frozen=True, slots=True)
class Impact:
    """What a plan does to people from `looked_from` to `looked_until`, both included.

    timezone: whose dates those of the coverage are. What wasn't read is None, never empty.
    """

    looked_from: date
    looked_until: date
    timezone: str
    stranded: tuple[Stranded, ...] | None
    hours: Hours
    coverage: tuple[DateCoverage, ...]
    departures: tuple[Departure, ...]
    double_booked: tuple[DoubleBooked, ...] | None
    outside_hours: tuple[OutsideHours, ...] | None


def impact_of(view: View, counted: Counted) -> Impact:
    """All of it; `counted` are the weeks, which policies look at as well."""
    looked, booked = view.looked, by_person(view)
    return Impact(
        looked.first,
        looked.last,
        looked.zone,
        stranded(view),
        counted.hours(),
        coverage(view),
        departures(view),
        double_booked(view, booked),
        outside_hours(view, booked),
    )
