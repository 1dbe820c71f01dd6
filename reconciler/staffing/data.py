"""Impact and violations as plain data, in the words of the plan file. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

from reconciler.model import impact as shapes
from reconciler.routes import stamp
from reconciler.staffing.clashes import DoubleBooked, OutsideHours
from reconciler.staffing.coverage import DateCoverage
from reconciler.staffing.departures import Departure
from reconciler.staffing.hours import Hours, WeekHours, in_hours
from reconciler.staffing.impact import Impact
from reconciler.staffing.stranded import Stranded
from reconciler.staffing.stretches import Stretch
from reconciler.staffing.violations import Violation

A = TypeVar("A")
B = TypeVar("B")


def impact_data(impact: Impact) -> shapes.Impact:
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


def violation_data(violation: Violation) -> shapes.Violation:
    """One of the `violations` of a plan."""
    exemption = violation.exemption
    return {
        "policy": violation.policy,
        "source": {"path": violation.source.path, "line": violation.source.line},
        "severity": violation.severity,
        "outcome": violation.outcome.value,
        "user": violation.user,
        "date": None if violation.date is None else str(violation.date),
        "start": None if violation.start is None else _at(violation.start),
        "end": None if violation.end is None else _at(violation.end),
        "limit": violation.limit,
        "before": violation.before,
        "after": violation.after,
        "exception": {"until": str(exemption.until), "reason": exemption.reason} if exemption else None,
        "changes": [*violation.changes],
        "message": violation.message,
    }


def _list_or_null(found: Iterable[A] | None, each: Callable[[A], B]) -> list[B] | None:
    return None if found is None else [*map(each, found)]


def _stranded(lost: Stranded) -> shapes.Stranded:
    booking, source = lost.booking, lost.source
    return {
        "eventId": str(booking.id),
        "host": booking.host,
        "start": booking.stamps[0],
        "end": booking.stamps[1],
        "patients": [*booking.patients],
        "reasons": [reason.value for reason in lost.reasons],
        "changes": [*lost.changes],
        "source": {"path": source.path, "line": source.line} if source else None,
        "suggestions": _list_or_null(lost.suggestions, _stretch),
    }


def _hours(hours: Hours) -> shapes.Hours:
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


def _week(week: WeekHours) -> shapes.Week:
    return {"monday": str(week.monday), "before": in_hours(week.before), "after": in_hours(week.after)}


def _coverage(covered: DateCoverage) -> shapes.DateCoverage:
    return {"date": str(covered.date), "before": [*covered.before], "after": [*covered.after]}


def _departure(departure: Departure) -> shapes.Departure:
    appointments = departure.appointments
    return {
        "user": departure.user,
        "lastDay": str(departure.last_day),
        "successor": departure.successor,
        "appointments": None if appointments is None else [*appointments],
        "availability": [*departure.availability],
    }


def _double_booked(pair: DoubleBooked) -> shapes.DoubleBooked:
    events = [pair.one.name, pair.other.name]
    return {"user": pair.user, "events": events, "start": _at(pair.start), "end": _at(pair.end)}


def _outside_hours(piece: OutsideHours) -> shapes.OutsideHours:
    event = piece.booking.name
    return {"user": piece.user, "event": event, "start": _at(piece.start), "end": _at(piece.end)}


def _stretch(stretch: Stretch) -> shapes.Slot:
    return {"start": _at(stretch[0]), "end": _at(stretch[1])}


def _at(instant: int) -> str:
    return stamp(datetime.fromtimestamp(instant, UTC))
