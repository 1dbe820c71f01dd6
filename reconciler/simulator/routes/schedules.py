"""Schedules and summaries, computed from hours and events (reference, Schedule, Get Summary)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from reconciler.simulator import checks, event_bodies, instants, people, rota
from reconciler.simulator.call import Answer, Call, Route
from reconciler.simulator.refusals import invalid
from reconciler.simulator.routes import hours

_MOST_PEOPLE, _MOST_DAYS = 100, 366  # bounds the work of one request; the service's own limits are unknown
_ATTENDED = (
    "SELECT body FROM events WHERE id IN (SELECT event FROM attendance WHERE place = ? AND person = ?"
    " AND starts < ? AND ends > ?) AND cancelled <= ? ORDER BY starts, id"
)
_SHORT_KEYS = ("id", "eventTitle", "eventType", "eventColor", "allDayEvent", "startDateTime", "endDateTime")
_LOCAL_KEYS = ("localStartDateTime", "localEndDateTime")


@dataclass(frozen=True, slots=True)
class _Asked:
    psms: list[str]
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class _Calendar:
    """What one user has in the range; `events` without cancelled ones unless asked for with them."""

    psm: str
    zone: str
    rows: list[dict[str, Any]]
    events: list[dict[str, Any]]


def schedules(call: Call) -> Answer:
    """`[{psmId, workHours[], events[]}]`: each user asked for appears, with empty lists if need be."""
    return Answer(200, [_schedule(call, each) for each in _calendars(call, _asked(call))])


def available_schedules(call: Call) -> Answer:
    """The same and `availableSlots`: hours minus events. Their shape is ours, as none is documented."""
    asked = _asked(call)
    return Answer(
        200,
        [
            {**_schedule(call, each), "availableSlots": _slots(each, asked)}
            for each in _calendars(call, asked)
        ],
    )


def full_schedules(call: Call) -> Answer:
    """The same and whole events. Their shape is ours too."""
    asked = _asked(call)
    return Answer(
        200,
        [
            {
                **_schedule(call, each),
                "events": event_bodies.shown(call, each.events, each.zone),
                "availableSlots": _slots(each, asked),
            }
            for each in _calendars(call, asked)
        ],
    )


def summary(call: Call) -> Answer:
    """Counts of events and hours for each user."""
    asked = _asked(call)
    return Answer(
        200,
        {
            "startDateTime": instants.show(asked.since),
            "endDateTime": instants.show(asked.until),
            "summary": [
                _summary(each, asked, call.world.clock.now())
                for each in _calendars(call, asked, cancelled=True)
            ],
        },
    )


def _asked(call: Call) -> _Asked:
    # The summary's table and its example differ in the spelling.
    psms = call.required("psm-ids" if "psm-ids" in call.query else "psmIds", checks.separated(checks.uuid))
    since, until = call.required_range()
    if until - since > _MOST_DAYS * instants.DAY_MS:
        raise invalid([("to", f"must be at most {_MOST_DAYS} days after from")])
    if len(psms) > _MOST_PEOPLE:
        raise invalid([("psmIds", f"must be at most {_MOST_PEOPLE} ids")])
    return _Asked(list(dict.fromkeys(psms)), since, until)


def _calendars(call: Call, asked: _Asked, *, cancelled: bool = False) -> list[_Calendar]:
    users = people.users(call.store, call.tenant, asked.psms)
    return [
        _Calendar(
            psm,
            users.get(psm, {}).get("timezone") or call.world.options.timezone,
            hours.rows_of(call, [psm], asked.since, asked.until),
            call.store.bodies(_ATTENDED, (call.place, psm, asked.until, asked.since, cancelled)),
        )
        for psm in asked.psms
    ]


def _schedule(call: Call, calendar: _Calendar) -> dict[str, Any]:
    rows = hours.shown(call, calendar.rows, calendar.zone)
    return {
        "psmId": calendar.psm,
        "workHours": rows[0]["details"] if rows else [],
        "events": [_short(event, calendar.zone) for event in calendar.events],
    }


def _short(event: dict[str, Any], zone: str | None) -> dict[str, Any]:
    """`eventId` is a deprecated twin of `id`."""
    start, end = instants.parse(event["startDateTime"]), instants.parse(event["endDateTime"])
    return {
        "eventId": event["id"],
        **{key: event[key] for key in _SHORT_KEYS},
        **_local(start, end, zone),
    }


def _slots(calendar: _Calendar, asked: _Asked) -> list[dict[str, str]]:
    duty = rota.on_duty(calendar.rows, calendar.zone, asked.since, asked.until)
    return [
        {
            "startDateTime": instants.show(start),
            "endDateTime": instants.show(end),
            **_local(start, end, calendar.zone),
        }
        for start, end in rota.without(duty, rota.merged(map(_span, calendar.events)))
    ]


def _local(start: int, end: int, zone: str | None) -> dict[str, str]:
    return dict(
        zip(_LOCAL_KEYS, (instants.show_local(start, zone), instants.show_local(end, zone)), strict=True)
    )


def _span(event: dict[str, Any]) -> rota.Span:
    return instants.parse(event["startDateTime"]), instants.parse(event["endDateTime"])


def _summary(calendar: _Calendar, asked: _Asked, now: int) -> dict[str, Any]:
    standing = [event for event in calendar.events if event["eventStatus"] != "CANCELLED"]
    working = rota.hours(rota.on_duty(calendar.rows, calendar.zone, asked.since, asked.until))
    busy = rota.hours(rota.clipped(rota.merged(map(_span, standing)), asked.since, asked.until))
    return {
        "psmId": calendar.psm,
        "totalCreatedEvents": len(calendar.events),
        "totalOccurredEvents": sum(_span(event)[1] <= now for event in standing),
        "totalFutureEvents": sum(_span(event)[0] > now for event in standing),
        "eventStatusCount": dict(
            Counter(event["eventStatus"] for event in calendar.events if event["eventStatus"])
        ),
        "totalWorkingHours": f"{working:.1f} hours",
        "totalEventHours": f"{busy:.1f} hours",
        "occupancy": f"{100 * busy / working if working else 0:.1f}%",
    }


_CALENDAR = "/{tenant}/{instance}/calendar"
_QUERY = "psmIds from to"
_MORE = "includeCancelled viewerTimezone"

ROUTES = (
    Route("GET", f"{_CALENDAR}/psm-schedules", schedules, "CALENDAR", _QUERY, _MORE),
    Route("GET", f"{_CALENDAR}/available-psm-schedules", available_schedules, "CALENDAR", _QUERY, _MORE),
    Route("GET", f"{_CALENDAR}/full-psm-schedules", full_schedules, "CALENDAR", _QUERY, _MORE, only="live"),
    Route("GET", f"{_CALENDAR}/psm-event-summary", summary, "CALENDAR", f"{_QUERY} psm-ids"),
)
