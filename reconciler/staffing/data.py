"""Impact and violations as plain data, in the words of the plan file. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from reconciler.routes import stamp
from reconciler.staffing.clashes import DoubleBooked, OutsideHours
from reconciler.staffing.coverage import DateCoverage
from reconciler.staffing.hours import Hours, WeekHours, in_hours
from reconciler.staffing.impact import Departure, Impact
from reconciler.staffing.stranded import Stranded
from reconciler.staffing.stretches import Stretch
from reconciler.staffing.violations import Violation

Data = dict[str, Any]


def impact_data(impact: Impact) -> Data:
    """The `impact` of a plan."""
    return {
        "lookedFrom": str(impact.looked_from),
        "lookedUntil": str(impact.looked_until),
        "stranded": _list_or_null(impact.stranded, _stranded),
        "hours": _hours(impact.hours),
        "coverage": {"timezone": impact.timezone, "dates": [*map(_coverage, impact.coverage)]},
        "departures": [*map(_departure, impact.departures)],
        "doubleBooked": _list_or_null(impact.double_booked, _double_booked),
        "outsideHours": _list_or_null(impact.outside_hours, _outside_hours),
    }


def violation_data(violation: Violation) -> Data:
    """One of the `violations` of a plan."""
    exemption = violation.exemption
    return {
        "policy": violation.policy,
        "source": {"path": violation.source.path, "line": violation.source.line},
        "severity": violation.severity,
        "outcome": violation.outcome.value,
        "user": violation.user,
        "date": None if violation.date is None else str(violation.date),
        "start": _instant(violation.start),
        "end": _instant(violation.end),
        "limit": violation.limit,
        "before": violation.before,
        "after": violation.after,
        "exception": exemption and {"until": str(exemption.until), "reason": exemption.reason},
        "changes": [*violation.changes],
        "message": violation.message,
    }


def _list_or_null(found: Iterable[Any] | None, each: Any) -> list[Data] | None:
    return None if found is None else [*map(each, found)]


def _stranded(lost: Stranded) -> Data:
    booking, source = lost.booking, lost.source
    return {
        "eventId": booking.id,
        "host": booking.host,
        "start": booking.stamps[0],
        "end": booking.stamps[1],
        "patients": [*booking.patients],
        "reasons": [reason.value for reason in lost.reasons],
        "changes": [*lost.changes],
        "source": source and {"path": source.path, "line": source.line},
        "suggestions": _list_or_null(lost.suggestions, _stretch),
    }


def _hours(hours: Hours) -> Data:
    return {
        "people": [
            {"user": each.user, "credentials": each.credentials, "weeks": [*map(_week, each.weeks)]}
            for each in hours.people
        ],
        "byCredentials": [
            {"credentials": each.credentials, "weeks": [*map(_week, each.weeks)]}
            for each in hours.by_credentials
        ],
        "total": {"weeks": [*map(_week, hours.total)]},
    }


def _week(week: WeekHours) -> Data:
    return {"monday": str(week.monday), "before": in_hours(week.before), "after": in_hours(week.after)}


def _coverage(covered: DateCoverage) -> Data:
    return {"date": str(covered.date), "before": [*covered.before], "after": [*covered.after]}


def _departure(departure: Departure) -> Data:
    appointments = departure.appointments
    return {
        "user": departure.user,
        "lastDay": str(departure.last_day),
        "successor": departure.successor,
        "appointments": None if appointments is None else [*appointments],
        "availability": [*departure.availability],
    }


def _double_booked(pair: DoubleBooked) -> Data:
    events = [pair.one.name, pair.other.name]
    return {"user": pair.user, "events": events, **_stretch((pair.start, pair.end))}


def _outside_hours(piece: OutsideHours) -> Data:
    return {"user": piece.user, "event": piece.booking.name, **_stretch((piece.start, piece.end))}


def _stretch(stretch: Stretch) -> Data:
    return {"start": _instant(stretch[0]), "end": _instant(stretch[1])}


def _instant(instant: int | None) -> str | None:
    return None if instant is None else stamp(datetime.fromtimestamp(instant, UTC))
