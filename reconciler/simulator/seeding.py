"""Fills a simulator with invented people from a YAML file.

    tenants:
      gh:
        users:
          - {username: johndoe, email: j.doe@example.org, timezone: US/Pacific, userState: ACTIVE}
        instances:
          sb-demo:
            cdts: [{name: vitals, fields: [{name: blood_sugar, type: integer}]}]
            patients: [{firstName: Ada, lastName: Invented, externalId: P-1001}]
            workHours: [{user: johndoe, startDateTime: …, endDateTime: null, daysInfo: […]}]
            events: [{host: johndoe, startDateTime: …, endDateTime: …, participants: [{patient: P-1001}]}]
            records: [{patient: P-1001, cdt: vitals, jsonBody: {blood_sugar: 120}}]

Elements are the bodies of the API's own POSTs, checked by the same handlers, but people are named by
username and externalId, and a few keys that no API client may write stand beside the others: a user's
`userState`, `seats`, `roles`, `territories`, `applicationAccess`; an event's `eventStatus: Scheduled` and
`eventType: ENCOUNTER`.
What is there already is left alone, so a file may be loaded again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from reconciler.simulator import cdts, checks, instants
from reconciler.simulator.call import Call, World
from reconciler.simulator.refusals import Refusal, invalid
from reconciler.simulator.routes import events, hours, patients, records, users
from reconciler.simulator.tokens import client_named

_Element = dict[str, Any]
_ELEMENTS = checks.listed(checks.free_object, most=1_000_000)
_INSTANCE = checks.shape(
    {}, dict.fromkeys(("cdts", "patients", "workHours", "events", "records"), _ELEMENTS), "refuse"
)
_TENANT = checks.shape({}, {"users": _ELEMENTS, "instances": checks.mapped(_INSTANCE)}, "refuse")
_DOCUMENT = checks.shape({"tenants": checks.mapped(_TENANT)}, {}, "refuse")
_RECORD = checks.shape({"cdt": checks.text, "jsonBody": checks.free_object}, {}, "refuse")
# What only the service's own screens write.
_MADE_BY_PEOPLE = {"eventStatus": "Scheduled", "eventType": "ENCOUNTER"}


def plant(world: World, document: Any) -> None:
    """Store what the document names, within the caller's transaction. Raises Refusal naming the element."""
    # A seed may use all that live knows, and its hours are meant as they stand.
    world = replace(world, options=replace(world.options, profile="live", cut_neighbours=False))
    for tenant, content in _checked(document)["tenants"].items():
        seed = Call(world, "", {"tenant": tenant}, {}, None, client_named(tenant, "seed"), strict=True)
        _plant_each(seed, content, "users", _plant_user)
        for instance, kinds in content.get("instances", {}).items():
            here = replace(seed, params={"tenant": tenant, "instance": instance})
            _plant_each(here, kinds, "cdts", _plant_cdt)
            _plant_each(here, kinds, "patients", _plant_patient)
            _plant_each(here, kinds, "workHours", _plant_hours)
            _plant_each(here, kinds, "events", _plant_event)
            _plant_each(here, kinds, "records", _plant_record)


def _checked(document: Any) -> _Element:
    try:
        found: _Element = _DOCUMENT(document)
    except checks.Bad as bad:
        raise invalid([(path or "the document", why) for path, why in bad.problems]) from bad
    return found


def _plant_each(
    call: Call, content: Mapping[str, list[_Element]], kind: str, plant_one: Callable[[Call, _Element], None]
) -> None:
    for index, element in enumerate(content.get(kind, [])):
        try:
            plant_one(call, dict(element))
        except Refusal as refusal:
            where = f"{'/'.join(call.params.values())} {kind}[{index}]"
            raise invalid([(where, error.message) for error in refusal.errors]) from refusal


def _plant_user(call: Call, user: _Element) -> None:
    beyond = {key: user.pop(key) for key in users.SET_BY_PEOPLE if key in user}
    if not _ids(call, _USERNAME, call.tenant, user.get("username")):
        users.create(replace(call, body=user))
        if beyond:
            users.change(replace(call, body=beyond, params={**call.params, "user": user["username"]}))


def _plant_cdt(call: Call, definition: _Element) -> None:
    cdts.save(call.store, call.place, replace(call, body=definition).checked(cdts.DEFINITION))


def _plant_patient(call: Call, patient: _Element) -> None:
    if "externalId" not in patient:
        raise invalid([("externalId", "is required")])
    if not _ids(call, _EXTERNAL_ID, call.place, patient["externalId"]):
        patients.create(replace(call, body=patient))


def _plant_hours(call: Call, row: _Element) -> None:
    row["psmId"] = _user(call, row, "user")
    key = (row.get("type", "WORKING_HOURS"), row.get("ruleType", "DEFAULT"), row.get("startDateTime"))
    there = hours.rows_of(call, [row["psmId"]], instants.FIRST, instants.LAST)
    if key not in [(each["type"], each["ruleType"], each["startDateTime"]) for each in there]:
        hours.create(replace(call, body=row))


def _plant_event(call: Call, event: _Element) -> None:
    event["hostId"] = _user(call, event, "host")
    others = replace(call, body=event.get("participants", [])).checked(_ELEMENTS)
    event["participants"] = [
        {"participantId": event["hostId"], "participantRole": "psm"},
        *(_participant(call, dict(each)) for each in others),
    ]
    beyond = {key: event.pop(key) for key, value in _MADE_BY_PEOPLE.items() if event.get(key) == value}
    if not _is_event_there(call, event):
        made = events.create(replace(call, body=event)).body
        stored = call.store.body("SELECT body FROM events WHERE id = ?", (made["id"],)) or {}
        events.save(call.store, call.place, {**stored, **beyond})


def _participant(call: Call, element: _Element) -> _Element:
    if "user" in element:
        return {"participantRole": "psm", "participantId": _user(call, element, "user"), **element}
    return {"participantRole": "patient", "participantId": _patient(call, element), **element}


def _is_event_there(call: Call, event: _Element) -> bool:
    """By its external id, else by host, start and title."""
    if event.get("externalId"):
        sql = "SELECT 1 FROM events WHERE place = ? AND external_id = ?"
        return bool(call.store.rows(sql, (call.place, str(event["externalId"]))))
    sql = "SELECT body FROM events WHERE id IN (SELECT event FROM attendance WHERE place = ? AND person = ?)"
    keys = ("hostId", "startDateTime", "eventTitle")
    there = call.store.bodies(sql, (call.place, event["hostId"]))
    return [event.get(key) for key in keys] in [[each[key] for key in keys] for each in there]


def _plant_record(call: Call, element: _Element) -> None:
    """Records have no key of their own: a digest, kept as the record's source, tells whether it is there."""
    digest = str(uuid5(NAMESPACE_URL, json.dumps(element, sort_keys=True)))
    patient = _patient(call, element)
    record = replace(call, body=element).checked(_RECORD)
    sql = "SELECT 1 FROM records WHERE patient = ? AND json_extract(body, '$.jsonBody.source_id') = ?"
    if not call.store.rows(sql, (patient, digest)):
        params = {**call.params, "patient": patient, "cdt": record["cdt"]}
        made = records.create(replace(call, body=record["jsonBody"], params=params)).body
        made["jsonBody"] |= {"source_type": "SEED", "source_id": digest}
        call.store.write("UPDATE records SET body = ? WHERE id = ?", (json.dumps(made), made["id"]))


_USERNAME = "SELECT id FROM users WHERE tenant = ? AND username = ?"
_EXTERNAL_ID = "SELECT id FROM patients WHERE place = ? AND external_id = ?"


def _user(call: Call, element: _Element, key: str) -> str:
    return _taken(call, _USERNAME, call.tenant, element, key)


def _patient(call: Call, element: _Element) -> str:
    return _taken(call, _EXTERNAL_ID, call.place, element, "patient")


def _taken(call: Call, sql: str, scope: str, element: _Element, key: str) -> str:
    """Take a name out of the element and give the id behind it."""
    name = element.pop(key, None)
    ids = _ids(call, sql, scope, name)
    if not ids:
        raise invalid([(key, f"nobody is called {name!r}")])
    return ids[0]


def _ids(call: Call, sql: str, scope: str, name: Any) -> list[str]:
    return [row[0] for row in call.store.rows(sql, (scope, name))] if isinstance(name, str) else []
