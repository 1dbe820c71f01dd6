"""The shapes of what a saved plan says of people: staffing effect, broken policies, what a reader needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from reconciler.dates.grammar import span_said
from reconciler.dates.hours import Shifts, named_shift_of
from reconciler.model import About, Source
from reconciler.model.impact import Violation
from reconciler.model.shapes import (
    count,
    day,
    listed,
    mapping,
    maybe,
    number,
    odd,
    one_of,
    record,
    stamp,
    text,
    zone,
)

PLACE = record({"path": text, "line": count})
_TIME = {"start": stamp, "end": stamp}
_WEEKS = listed(record({"monday": day, "before": number, "after": number}))
_STRANDED = record({
    "eventId": text,
    "host": text,
    "start": stamp,
    "end": stamp,
    "patients": listed(text),
    "reasons": listed(one_of(("hours", "leave", "departure"))),
    "changes": listed(text),
    "source": maybe(PLACE),
    "suggestions": maybe(listed(record(_TIME))),
})  # fmt: skip
_HOURS = record({
    "people": listed(record({"user": text, "credentials": maybe(text), "weeks": _WEEKS})),
    "byCredentials": listed(record({"credentials": maybe(text), "weeks": _WEEKS})),
    "total": record({"weeks": _WEEKS}),
})  # fmt: skip
_COVERAGE = record({
    "timezone": zone,
    "dates": listed(record({"date": day, "before": listed(count), "after": listed(count)})),
})  # fmt: skip
_DEPARTURE = record({
    "user": text,
    "lastDay": day,
    "successor": maybe(text),
    "appointments": maybe(listed(text)),
    "availability": listed(text),
})  # fmt: skip
IMPACT = record({
    "lookedFrom": day,
    "lookedUntil": day,
    "stranded": maybe(listed(_STRANDED)),
    "hours": _HOURS,
    "coverage": _COVERAGE,
    "departures": listed(_DEPARTURE),
    "doubleBooked": maybe(listed(record({"user": text, "events": listed(text), **_TIME}))),
    "outsideHours": maybe(listed(record({"user": text, "event": text, **_TIME}))),
})  # fmt: skip
_VIOLATION = record({
    "policy": text,
    "outcome": one_of(("denied", "warned", "excepted", "existing")),
    "message": text,
}, {
    "source": PLACE,
    "severity": one_of(("deny", "warn")),
    "user": maybe(text),
    "date": maybe(day),
    "start": maybe(stamp),
    "end": maybe(stamp),
    "limit": maybe(number),
    "before": maybe(number),
    "after": maybe(number),
    "exception": maybe(record({"until": day, "reason": text})),
    "changes": listed(text),
})  # fmt: skip
_UNSAID: Violation = {
    "policy": "", "source": {"path": "", "line": 0}, "severity": "deny", "outcome": "denied", "user": None,
    "date": None, "start": None, "end": None, "limit": None, "before": None, "after": None, "exception": None,
    "changes": [], "message": "",
}  # fmt: skip


def _span(value: object, where: str) -> list[int]:
    span = listed(count)(value, where)
    if len(span) != 2 or not span[0] <= span[1] <= 2 * 1440:
        raise odd(where, value, "minutes from a midnight as in [540, 1020]")
    return span


def _week(value: object, where: str) -> list[list[list[int]]]:
    days = listed(listed(_span))(value, where)
    if len(days) != 7:
        raise odd(where, value, "a list of seven dates")
    return days


ROTA = record({"user": text, "timezone": zone, "monday": day, "before": _week, "after": _week})
_ABOUT = record({
    "zones": mapping(zone),
    "templates": mapping(PLACE),
    "series": mapping(count),
    "writtenUntil": maybe(day),
}, {"authors": mapping(text), "note": text, "leaving": mapping(PLACE), "shifts": mapping(text)})  # fmt: skip


def violation(value: Any, where: str) -> Violation:
    """A broken policy; that it denies counts, whatever else the file says of it or leaves out."""
    return cast(Violation, _UNSAID | _VIOLATION(value, where))


def about(value: Any, where: str) -> About:
    data = _ABOUT(value, where)
    templates, leaving = (
        {name: Source(**place) for name, place in data.get(places, {}).items()}
        for places in ("templates", "leaving")
    )
    return About(
        data["zones"],
        templates,
        data["series"],
        data["writtenUntil"],
        data.get("authors", {}),
        data.get("note", ""),
        leaving,
        _shifts(data.get("shifts", {}), where),
    )


def _shifts(data: Mapping[str, str], where: str) -> Shifts:
    try:
        return {name: named_shift_of(name, hours) for name, hours in data.items()}
    except ValueError:
        raise odd(f"{where}.shifts", data, "hours by the names of shifts") from None


def about_data(about: About) -> dict[str, Any]:
    """The same as a plan file has it."""
    return {
        "zones": dict(sorted(about.zones.items())),
        "templates": _places(about.templates),
        "series": dict(sorted(about.series.items())),
        "writtenUntil": about.written_until,
        **({"authors": dict(sorted(about.authors.items()))} if about.authors else {}),
        **({"note": about.note} if about.note else {}),
        **({"leaving": _places(about.leaving)} if about.leaving else {}),
        **({"shifts": dict(_shifts_data(about.shifts))} if about.shifts else {}),
    }


def _shifts_data(shifts: Shifts) -> Iterator[tuple[str, str]]:
    return ((name, ", ".join(map(span_said, spans))) for name, spans in shifts.items())


def _places(sources: Mapping[str, Source]) -> dict[str, Any]:
    return {name: {"path": place.path, "line": place.line} for name, place in sorted(sources.items())}
