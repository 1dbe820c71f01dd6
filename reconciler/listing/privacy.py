"""What of the service's answers is patient data, and so is left out unless somebody asks for it.

Where an object may hold anything, what may be shown is listed and all else is left out: the service adds keys
over the years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import cast

from reconciler.model.typed import CdtRecord, CdtType, JsonObject, objects_in

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


def patient_data_hider(
    thing: str, told: Callable[[JsonObject], JsonObject]
) -> Callable[[JsonObject], JsonObject]:
    """What makes of a row of `get` one that everybody may see; patients are by id and external id.

    told: an event with only those texts that are ours to tell.
    """

    def event(row: JsonObject) -> JsonObject:
        people = [_only(element, _PARTICIPANT) for element in objects_in(row, "participants")]
        shown = _only(told(row), _EVENT)
        return {**shown, "participants": people} if "participants" in row else shown

    def schedule(row: JsonObject) -> JsonObject:
        return {**row, "events": [event(each) for each in objects_in(row, "events")]}

    hiders: Mapping[str, Callable[[JsonObject], JsonObject]] = {
        "patients": lambda row: _only(row, _PATIENT),
        "events": event,
        "schedules": schedule,
        "available": schedule,
        "audits": lambda row: _only(row, _AUDIT),
    }
    return hiders.get(thing, lambda row: row)


def record_hider(cdt: CdtType | None) -> Callable[[JsonObject], JsonObject]:
    """What leaves out of records the texts, and what the type's definition calls protected.

    Without a definition all fields go.
    """
    fields = cdt["fields"] if cdt else ()
    shown = {
        field["name"]
        for field in fields
        if field.get("editable", True) and not field.get("phi") and field.get("type") not in _FREE_TEXT
    }

    def hide(row: JsonObject) -> JsonObject:
        return {**row, "jsonBody": _only(cast(CdtRecord, row)["jsonBody"], shown | _SYSTEM_DATES)}

    return hide


def _only(row: JsonObject, keys: Iterable[str]) -> JsonObject:
    return {name: value for name, value in row.items() if name in keys}
