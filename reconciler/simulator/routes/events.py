"""Calendar events of an instance (reference, Calendar Events)."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from reconciler.simulator import audits, checks, event_bodies, instants
from reconciler.simulator.call import Answer, Call, Route
from reconciler.simulator.paging import by_key, page_of, select, spring
from reconciler.simulator.refusals import Error, Refusal, conflict, invalid, missing
from reconciler.simulator.store import Store

_VIEWER = "America/Los_Angeles"  # whose eyes `local*` of a list was recorded through; by id it is UTC
_INVITATION = checks.shape({"participantId": checks.uuid, "participationStatus": checks.text}, {})
_IN_RANGE = (
    "place = :place AND starts <= :until AND ends >= :since"
    # Nothing that starts earlier than the longest event is long reaches into the range: bounds the search.
    " AND starts >= :since - (SELECT max(ends - starts) FROM events WHERE place = :place)"
)
_ATTENDED_IN_RANGE = (
    "id IN (SELECT event FROM attendance WHERE place = :place AND starts <= :until AND ends >= :since"
    " AND person IN (SELECT value FROM json_each(:people)))"
)
_SORTABLE = {
    "id": "id",
    "startDateTime": "starts",
    "endDateTime": "ends",
    **by_key("createdAt", "updatedAt", "eventTitle", "eventType", "eventStatus", "eventMode", "hostId"),
}


def create(call: Call) -> Answer:
    now = call.now
    event = {
        "id": str(uuid4()),
        "createdBy": call.client.id,
        "createdAt": now,
        **event_bodies.unset(),
        **event_bodies.sent(call, partial=False),
        **_touched(call),
        "externalIdUpdatedAt": now,  # set even without an external id
    }
    return Answer(201, _written(call, None, event))


def read(call: Call) -> Answer:
    zone = call.asked("viewerTimezone", checks.zone)
    return Answer(200, event_bodies.shown(call, [_found(call)], zone)[0])


def patch(call: Call) -> Answer:
    """Keys that are not sent stay; those that are replace the old value whole."""
    before = _found(call)
    changes = event_bodies.sent(call, partial=True)
    return Answer(200, _written(call, before, {**before, **changes, **_touched(call)}))


def replace(call: Call) -> Answer:
    """Optional keys that are not sent become null, `externalId` too."""
    before = _found(call)
    wish = event_bodies.sent(call, partial=False)
    return Answer(200, _written(call, before, {**before, **event_bodies.unset(), **wish, **_touched(call)}))


def respond(call: Call) -> Answer:
    """A participant's answer to the invitation; live documents no body, so the event is given."""
    event = _found(call)
    wish = call.checked(_INVITATION)
    if wish["participantId"] not in {each["participantId"] for each in event["participants"]}:
        raise invalid([("participantId", "does not take part in this event")])
    answered = [
        {**each, "participationStatus": wish["participationStatus"]}
        if each["participantId"] == wish["participantId"]
        else each
        for each in event["participants"]
    ]
    return Answer(200, _written(call, event, {**event, "participants": answered, **_touched(call)}))


def remove(call: Call) -> Answer:
    """A future event is gone. A past one: live keeps it as CANCELLED, the reference refuses."""
    event = _found(call)
    if instants.parse(event["startDateTime"]) > call.world.clock.now():
        call.store.write("DELETE FROM events WHERE id = ?", (event["id"],))
        audits.note_calendar(call, "CALENDAR_EVENT_DELETED", {"eventId": event["id"]})
    elif not call.live:
        raise Refusal(400, Error("EVENT_NOT_DELETABLE", "Only future events can be deleted"))
    elif event["eventStatus"] != "CANCELLED":
        _written(call, event, {**event, "eventStatus": "CANCELLED", **_touched(call)})
    return Answer(204)


def find(call: Call) -> Answer:
    """Events that overlap the range; that the service means overlap is a guess."""
    since, until = call.required_range()
    zone = call.asked("viewerTimezone", checks.zone, _VIEWER)
    page = page_of(call.query, _SORTABLE, call.largest_page)
    where, args = _conditions(call, since, until)
    total, events = select(call.store, "events", " AND ".join(where), args, page)
    return Answer(200, spring(page, total, event_bodies.shown(call, events, zone)))


def _conditions(call: Call, since: int, until: int) -> tuple[list[str], dict[str, Any]]:
    """SQL terms and their values. Cancelled events are hidden unless asked for; the reference hides none."""
    args: dict[str, Any] = {"place": call.place, "since": since, "until": until}
    where = [_IN_RANGE]
    if "participantIds" in call.query:
        where = [_ATTENDED_IN_RANGE]
        args["people"] = json.dumps(call.asked("participantIds", checks.separated(checks.uuid)))
    if "eventType" in call.query:
        where.append("type = :type")
        args["type"] = call.asked(
            "eventType", checks.one_of(*event_bodies.TYPES, *(["ENCOUNTER"] * call.live))
        )
    if call.live and not call.asked("includeCancelled", checks.flag, False):
        where.append("cancelled = 0")
    if call.asked("excludeAssignedToEncounterEvents", checks.flag, False):
        where.append("type IS NOT 'ENCOUNTER'")
    call.asked("includeEncounterInfo", checks.flag)  # no encounters here, so there is no more to tell
    return where, args


def _found(call: Call) -> dict[str, Any]:
    by_external_id = call.asked("type", checks.one_of("ID", "EXTERNAL_ID")) == "EXTERNAL_ID"
    key = call.params["event"]
    event = call.store.body(
        f"SELECT body FROM events WHERE place = ? AND {'external_id' if by_external_id else 'id'} = ?",
        (call.place, key),
    )
    if event is None:
        raise missing("CALENDAR_EVENT_NOT_FOUND", "Calendar event not found", eventId=key)
    return event


def _touched(call: Call) -> dict[str, str]:
    return {"updatedBy": call.client.id, "updatedAt": call.now}


def _written(call: Call, before: dict[str, Any] | None, wish: dict[str, Any]) -> dict[str, Any]:
    """Store the event, new or changed, and show it."""
    event = event_bodies.completed(call, before, wish)
    if before and event["externalId"] != before["externalId"]:
        event["externalIdUpdatedAt"] = call.now
    _refuse_taken(call, event)
    save(call.store, call.place, event)
    subtype = "CALENDAR_EVENT_UPDATED" if before else "CALENDAR_EVENT_CREATED"
    audits.note_calendar(call, subtype, {"eventId": event["id"]})
    return event_bodies.shown(call, [event])[0]


def _refuse_taken(call: Call, event: dict[str, Any]) -> None:
    """External ids are unique, those of cancelled events too."""
    sql = "SELECT 1 FROM events WHERE place = ? AND external_id = ? AND id != ?"
    if call.store.rows(sql, (call.place, event["externalId"], event["id"])):
        raise conflict("EXTERNAL_ID_ALREADY_EXISTS", "externalId", event["externalId"])


def save(store: Store, place: str, event: dict[str, Any]) -> None:
    """Write an event as stored, and who attends it, over whatever had its id."""
    columns = {
        "id": event["id"],
        "place": place,
        "external_id": event["externalId"],
        "starts": instants.parse(event["startDateTime"]),
        "ends": instants.parse(event["endDateTime"]),
        "cancelled": event["eventStatus"] == "CANCELLED",
        "type": event["eventType"],
        "body": json.dumps(event),
    }
    store.write("DELETE FROM events WHERE id = :id", columns)
    store.write(
        "INSERT INTO events VALUES (:id, :place, :external_id, :starts, :ends, :cancelled, :type, :body)",
        columns,
    )
    for each in event["participants"]:
        store.write(
            "INSERT INTO attendance VALUES (:id, :place, :person, :starts, :ends)",
            {**columns, "person": each["participantId"]},
        )


_ALL = "/{tenant}/{instance}/calendar/events"
_ONE = f"{_ALL}/{{event}}"
_FIND_LIVE = "includeCancelled viewerTimezone includeEncounterInfo excludeAssignedToEncounterEvents"

ROUTES = (
    Route("GET", _ALL, find, "CALENDAR", "from to participantIds eventType page size sort", _FIND_LIVE),
    Route("POST", _ALL, create, "CALENDAR"),
    Route("GET", _ONE, read, "CALENDAR", live_query="type viewerTimezone"),
    Route("PATCH", _ONE, patch, "CALENDAR", only="live"),
    Route("PUT", _ONE, replace, "CALENDAR"),
    Route("DELETE", _ONE, remove, "CALENDAR"),
    Route("PUT", f"{_ONE}/invitation-response", respond, "CALENDAR"),
)
