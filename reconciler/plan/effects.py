"""The shapes of what a saved plan says of people: staffing effect, broken policies, what a reader needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast

from reconciler.dates.grammar import span_said
from reconciler.dates.hours import Shifts, named_shift_of, spans_of, word_said, words_for
from reconciler.model import About, Source
from reconciler.model.impact import Violation
from reconciler.model.rotation import Rotation
from reconciler.model.shapes import (
    Check,
    Meaning,
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


def _seven(check: Check[Meaning]) -> Check[list[Meaning]]:
    def checked(value: object, where: str) -> list[Meaning]:
        days = listed(check)(value, where)
        if len(days) != 7:
            raise odd(where, value, "a list of seven dates")
        return days

    return checked


_WEEK = _seven(listed(_span))
ROTA = record({"user": text, "timezone": zone, "monday": day, "before": _WEEK, "after": _WEEK})
_ROTATION = record(
    {"starts": day, "offsets": mapping(count)}, {"weeks": listed(_seven(text)), "cycle": listed(text)}
)
_ABOUT = record({
    "zones": mapping(zone),
    "templates": mapping(PLACE),
    "series": mapping(count),
    "writtenUntil": maybe(day),
}, {"authors": mapping(text), "note": text, "leaving": mapping(PLACE), "shifts": mapping(text),
    "rotations": mapping(_ROTATION)})  # fmt: skip


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
        shifts := _shifts(data.get("shifts", {}), where),
        {name: _rotation(each, shifts, where) for name, each in data.get("rotations", {}).items()},
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
        **({"rotations": dict(_rotations_data(about))} if about.rotations else {}),
    }


def _rotation(data: Mapping[str, Any], shifts: Shifts, where: str) -> Rotation:
    weekly = "weeks" in data
    said = [hours for week in data["weeks"] for hours in week] if weekly else data.get("cycle", ())
    try:
        days = tuple(spans_of(hours if hours == "off" else hours.split(", "), shifts) for hours in said)
    except ValueError:
        days = ()
    if not days or (weekly and "cycle" in data):
        raise odd(f"{where}.rotations", data, "weeks of hours, or a cycle")
    return Rotation(date.fromisoformat(data["starts"]), days, weekly, data["offsets"])


def _rotation_data(rotation: Rotation, shifts: Shifts) -> dict[str, Any]:
    days = [", ".join(map(word_said, words_for(spans, shifts))) or "off" for spans in rotation.days]
    weeks = [days[place : place + 7] for place in range(0, len(days), 7)]
    turns = {"weeks": weeks} if rotation.weekly else {"cycle": days}
    return {"starts": str(rotation.starts), **turns, "offsets": dict(sorted(rotation.offsets.items()))}


def _shifts_data(shifts: Shifts) -> Iterator[tuple[str, str]]:
    return ((name, ", ".join(map(span_said, spans))) for name, spans in shifts.items())


def _rotations_data(about: About) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, _rotation_data(each, about.shifts)) for name, each in sorted(about.rotations.items()))


def _places(sources: Mapping[str, Source]) -> dict[str, Any]:
    return {name: {"path": place.path, "line": place.line} for name, place in sorted(sources.items())}
