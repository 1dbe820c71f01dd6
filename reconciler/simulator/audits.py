"""What every write leaves in the three audits of the tenant."""

from __future__ import annotations

import json
from typing import Any, Literal
from uuid import uuid4

from reconciler.simulator.call import Call

_KEPT = 100_000  # entries of all audits together; bounds what a long-lived server holds


def note_patient(call: Call, subtype: str, patient: dict[str, Any]) -> None:
    """In the data audit; subtypes PATIENT_CREATED, PATIENT_UPDATED."""
    about = {"patientId": patient["id"], "patientFullName": _full_name(patient)}
    _note(call, "data", {"eventEntity": "PATIENT", "eventSubtype": subtype, **about, "record": patient})


def note_record(call: Call, subtype: str, patient: dict[str, Any], record: dict[str, Any]) -> None:
    """In the data audit; subtypes CDT_CREATED, CDT_UPDATED, CDT_DELETED, the last with `jsonBody` null."""
    _note(
        call,
        "data",
        {
            "eventEntity": "CDT",
            "eventSubtype": subtype,
            "patientId": patient["id"],
            "patientFullName": _full_name(patient),
            "cdtName": record["cdtName"],
            "cdtRelation": "PATIENT",
            "record": {**record, "jsonBody": None} if subtype == "CDT_DELETED" else record,
        },
    )


def note_user(call: Call, subtype: str, user: dict[str, Any]) -> None:
    """In the security audit; subtypes USER_CREATED, USER_UPDATED, USER_DELETED, USER_ACCESS_UPDATED."""
    _note(
        call,
        "security",
        {
            "eventSubtype": subtype,
            "objectUsername": user["username"],
            "objectUserId": user["id"],
            "objectActor": "USER",
            "objectFullName": _full_name(user),
            "record": {"id": user["id"], "username": user["username"]},
        },
    )


def note_calendar(call: Call, subtype: str, payload: dict[str, Any]) -> None:
    """In the webhook audit; subtypes CALENDAR_EVENT_CREATED and the like. The hook is imaginary."""
    _note(
        call,
        "webhook",
        {
            "id": str(uuid4()),
            "eventEntity": "CALENDAR",
            "eventSubtype": subtype,
            "status": "DELIVERED",
            "statusCode": 200,
            "response": "",
            "record": {
                "name": "calendar",
                "title": "Calendar",
                "url": "https://hooks.example.org/calendar",
                "headers": {},
                "queryParameters": {},
                "payload": payload,
                "active": True,
                "enabled": True,
            },
        },
    )


def _note(call: Call, kind: Literal["data", "security", "webhook"], entry: dict[str, Any]) -> None:
    who = {
        "subjectActor": "API_CLIENT",
        "subjectUsername": call.client.name,
        "subjectUserId": call.client.id,
        "subjectFullName": call.client.label,
    }
    body = {
        "sentAt": call.now,
        **({"instance": call.params["instance"]} if "instance" in call.params else {}),
        **({} if kind == "webhook" else who),
        **entry,
    }
    call.store.write(
        "INSERT INTO audits VALUES (?, ?, ?, ?, ?)",
        (str(uuid4()), call.tenant, kind, call.world.clock.now(), json.dumps(body)),
    )
    call.store.write("DELETE FROM audits WHERE rowid <= (SELECT max(rowid) FROM audits) - ?", (_KEPT,))


def _full_name(person: dict[str, Any]) -> str:
    return f"{person.get('firstName') or ''} {person.get('lastName') or ''}".strip()
