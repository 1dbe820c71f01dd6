"""What of the service's answers is patient data, and so is left out unless somebody asks for it (DESIGN 1.7).

Where an object may hold anything, what may be shown is listed and all else is left out: the service adds keys
over the years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]

_PATIENT = frozenset((
    "id", "externalId", "externalGuid", "timezone", "patientType", "createdAt", "updatedAt", "createdBy",
    "updatedBy",
))  # fmt: skip
_PARTICIPANT = frozenset(("id", "participantId", "participantRole", "participationStatus", "attended"))
_EVENT = frozenset((
    "id", "eventId", "createdBy", "createdAt", "updatedBy", "updatedAt", "externalId", "externalIdUpdatedAt",
    "eventTitle", "eventDescription", "startDateTime", "localStartDateTime", "endDateTime",
    "localEndDateTime", "allDayEvent", "duration", "eventType", "eventStatus", "eventMode", "eventColor",
    "hostId", "timezone", "additionalInfo", "participants",
))  # fmt: skip
_AUDIT = frozenset((
    "id", "eventId", "sentAt", "eventEntity", "eventSubtype", "instance", "status", "statusCode", "patientId",
    "cdtName", "cdtRelation", "subjectActor", "subjectUsername", "subjectUserId", "objectActor",
    "objectUsername", "objectUserId",
))  # fmt: skip
_FREE_TEXT = frozenset(("text", "textarea", "phone", "email"))
_SYSTEM_DATES = frozenset(("created_at", "updated_at"))


def patient_data_hider(thing: str, told: Callable[[Row], Row]) -> Callable[[Row], Row]:
    """What makes of a row of `get` one that everybody may see; patients are by id and external id.

    told: an event with only those texts that are ours to tell.
    """

    def event(row: Row) -> Row:
        people = [_only(element, _PARTICIPANT) for element in row.get("participants") or ()]
        shown = _only(told(row), _EVENT)
        return {**shown, "participants": people} if "participants" in row else shown

    def schedule(row: Row) -> Row:
        return {**row, "events": [event(each) for each in row.get("events") or ()]}

    hiders: Mapping[str, Callable[[Row], Row]] = {
        "patients": lambda row: _only(row, _PATIENT),
        "events": event,
        "schedules": schedule,
        "available": schedule,
        "audits": lambda row: _only(row, _AUDIT),
    }
    return hiders.get(thing, lambda row: row)


def record_hider(cdt: Row | None) -> Callable[[Row], Row]:
    """What leaves out of records the texts, and what the type's definition calls protected.

    Without a definition all fields go.
    """
    fields = (cdt or {}).get("fields") or ()
    shown = {
        field["name"]
        for field in fields
        if field.get("editable", True) and not field.get("phi") and field.get("type") not in _FREE_TEXT
    }

    def hide(row: Row) -> Row:
        return {**row, "jsonBody": _only(row.get("jsonBody") or {}, shown | _SYSTEM_DATES)}

    return hide


def _only(row: Row, keys: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in keys}
