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
_EVENT_TEXTS = frozenset(("eventTitle", "eventDescription", "additionalInfo"))
_AUDIT = frozenset((
    "id", "eventId", "sentAt", "eventEntity", "eventSubtype", "instance", "status", "statusCode", "patientId",
    "cdtName", "cdtRelation", "subjectActor", "subjectUsername", "subjectUserId", "objectActor",
    "objectUsername", "objectUserId",
))  # fmt: skip
_FREE_TEXT = frozenset(("text", "textarea", "phone", "email"))
_SYSTEM_DATES = frozenset(("created_at", "updated_at"))


def without_patient_data(thing: str, row: Row) -> Row:
    """A row of `get` as it may be shown to everybody; staff is named, patients are by id and external id."""
    return _HIDERS[thing](row) if thing in _HIDERS else row


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


def _patient(row: Row) -> Row:
    return _only(row, _PATIENT)


def _event(row: Row) -> Row:
    """No profiles; no text of an appointment with a patient, as titles are made of patients' names."""
    people = [_only(element, _PARTICIPANT) for element in row.get("participants") or ()]
    attended = any(element.get("participantRole") == "patient" for element in people)
    left_out = _EVENT_TEXTS if attended else frozenset[str]()
    return {**{name: value for name, value in row.items() if name not in left_out}, "participants": people}


def _schedule(row: Row) -> Row:
    """Schedules don't tell who attends: no titles at all."""
    events = [_event({**event, "participants": [{"participantRole": "patient"}]}) for event in row["events"]]
    return {**row, "events": [_without_participants(event) for event in events]}


def _without_participants(event: Row) -> Row:
    return {name: value for name, value in event.items() if name != "participants"}


def _audit(row: Row) -> Row:
    return _only(row, _AUDIT)


_HIDERS: Mapping[str, Callable[[Row], Row]] = {
    "patients": _patient,
    "events": _event,
    "schedules": _schedule,
    "available": _schedule,
    "audits": _audit,
}
