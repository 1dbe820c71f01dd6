"""Patients of an instance (reference, Patients)."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from reconciler.simulator import audits, checks, people
from reconciler.simulator.call import Answer, Call, Route
from reconciler.simulator.paging import by_key, page_of, select, spring
from reconciler.simulator.refusals import conflict, invalid, missing
from reconciler.simulator.store import Store

_TEXT = checks.nullable(checks.text)
_PHONE = checks.nullable(checks.blank_or(checks.phone))
_EMAIL = checks.nullable(checks.blank_or(checks.email))

_REQUIRED = {"firstName": checks.filled, "lastName": checks.filled}
_OPTIONAL = {
    "externalGuid": checks.nullable(checks.uuid),
    "middleName": _TEXT,
    "birthDate": checks.nullable(checks.birth_date),
    "email": _EMAIL,
    "phone": _PHONE,
    **dict.fromkeys(("country", "state", "city", "zip", "addressLine1", "addressLine2"), _TEXT),
    "timezone": checks.nullable(checks.zone),
    "patientTerritories": checks.nullable(checks.listed(checks.free_object)),
    "careTeam": checks.nullable(
        checks.listed(checks.shape({"id": checks.uuid}, {"pointOfContact": checks.nullable(checks.boolean)}))
    ),
}
_LIVE_OPTIONAL = {
    **_OPTIONAL,
    "externalId": checks.nullable(checks.filled),
    "mrn": checks.nullable(checks.filled),
    **dict.fromkeys(("gender", "maritalStatus", "primaryLanguage", "secondaryLanguage", "nric"), _TEXT),
    "secondaryEmail": _EMAIL,
    "secondaryPhone": _PHONE,
    **dict.fromkeys(("primaryPhoneCapabilities", "secondaryPhoneCapabilities"), checks.listed(checks.text)),
}
_REFERENCE_KEYS = ("id", "firstName", "lastName", *_OPTIONAL)
# Unset is null for all but these.
_LISTS = (
    *("patientTerritories", "careTeamMembers", "patientPrograms", "careTeam", "cadence"),
    *("primaryPhoneCapabilities", "secondaryPhoneCapabilities"),
)
_UNSET = (
    *("patientRegion", "patientRegionTitle", "patientTerritory"),
    *("pointOfContact", "accessCode", "preferableInstancePhoneId"),
)
_SERVER_DEFAULTS = {"gender": "UNKNOWN", "maritalStatus": "UKN", "primaryLanguage": "ENGLISH"}
_COLUMNS = {"ID": "id", "EID": "external_id", "EGUID": "external_guid", "MRN": "mrn"}
_UNIQUE = {"externalId": "external_id", "externalGuid": "external_guid", "mrn": "mrn"}
_SORTABLE = {
    "id": "id",
    "email": "email",
    **by_key("firstName", "lastName", "middleName", "birthDate", "createdAt", "updatedAt", "externalId"),
}
_FILTERS = {
    "email": "email = :email",
    "query": "instr(lower(body), lower(:query))",
    "timezone": "json_extract(body, '$.timezone') = :timezone",
    "territories": "EXISTS (SELECT 1 FROM json_each(body, '$.patientTerritories')"
    " WHERE json_extract(value, '$.name') IN (SELECT value FROM json_each(:territories)))",
}
_NO_FILTER = checks.shape({}, {}, "refuse")  # `{}` means all; no filter key is known


def create(call: Call) -> Answer:
    optional = _LIVE_OPTIONAL if call.live else _OPTIONAL
    sent = call.checked(checks.shape(_REQUIRED, optional, call.unknown_keys))
    patient = {
        "id": str(uuid4()),
        **dict.fromkeys((*_LIVE_OPTIONAL, *_UNSET)),
        **{key: [] for key in _LISTS},
        **_SERVER_DEFAULTS,
        "patientType": "PATIENT",
        "createdAt": call.now,
        "createdBy": call.client.id,
        "createdByName": call.client.label,
    }
    stored = _save(call, patient, sent)
    audits.note_patient(call, "PATIENT_CREATED", stored)
    # The reference's sample of this one answer has null where the others have [].
    unset = {} if call.live else {key: None for key in ("patientTerritories", "careTeam") if not stored[key]}
    return Answer(201, _shown(call, stored) | unset)


def read(call: Call) -> Answer:
    patient = _found(call, _COLUMNS[call.asked("type", checks.one_of(*_COLUMNS), "ID")])
    if call.asked("expand", checks.flag, False):
        patient["territorialTeam"] = []
    return Answer(200, _shown(call, patient))


def patch(call: Call) -> Answer:
    patient = _found(call, "id")
    changes = call.checked(checks.shape({}, {**_REQUIRED, **_LIVE_OPTIONAL}, call.unknown_keys))
    stored = _save(call, patient, changes)
    audits.note_patient(call, "PATIENT_UPDATED", stored)
    return Answer(200, _shown(call, stored))


def find(call: Call) -> Answer:
    """The reference writes 201 here."""
    return Answer(200 if call.live else 201, _page(call))


def find_by_filter(call: Call) -> Answer:
    call.checked(_NO_FILTER)
    return Answer(200, _page(call))


def remove(call: Call) -> Answer:
    raise call.restricted()


def _page(call: Call) -> dict[str, Any]:
    given = {name: call.query[name] for name in _FILTERS if name in call.query}
    if "territories" in given:
        given["territories"] = json.dumps(given["territories"].split(","))
    page = page_of(call.query, _SORTABLE, call.largest_page)
    where = " AND ".join(["place = :place", *(_FILTERS[name] for name in given)])
    total, patients = select(call.store, "patients", where, {"place": call.place, **given}, page)
    return spring(page, total, [_shown(call, patient) for patient in patients])


def _found(call: Call, column: str) -> dict[str, Any]:
    key = call.params["patient"]
    patient = call.store.body(
        f"SELECT body FROM patients WHERE place = ? AND {column} = ?", (call.place, key)
    )
    if patient is None:
        raise missing("PATIENT_NOT_FOUND", "Patient not found", patientId=key)
    return patient


def _save(call: Call, before: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    patient = {
        **before,
        **changes,
        "updatedAt": call.now,
        "updatedBy": call.client.id,
        "updatedByName": call.client.label,
    }
    if changes.get("careTeam"):
        _check_team(call, [each["id"] for each in changes["careTeam"]])
    if "careTeam" in changes:
        # Written under one name, read under another; the first stays empty.
        patient |= {"careTeamMembers": changes["careTeam"] or [], "careTeam": []}
    patient["patientTerritories"] = patient["patientTerritories"] or []
    for key, column in _UNIQUE.items():
        sql = f"SELECT 1 FROM patients WHERE place = ? AND {column} = ? AND id != ?"
        if call.store.rows(sql, (call.place, patient[key], patient["id"])):
            raise conflict("PATIENT_ALREADY_EXISTS", key, patient[key])
    save(call.store, call.place, patient)
    return patient


def _check_team(call: Call, ids: list[str]) -> None:
    known = people.users(call.store, call.tenant, ids)
    strange = [index for index, each in enumerate(ids) if each not in known]
    if strange:
        raise invalid([(f"careTeam[{index}].id", "is no user's id") for index in strange])


def save(store: Store, place: str, patient: dict[str, Any]) -> None:
    """Write a patient over whoever had this id."""
    store.write(
        "INSERT OR REPLACE INTO patients"
        " VALUES (:id, :place, :externalId, :externalGuid, :mrn, :email, :body)",
        {**patient, "place": place, "body": json.dumps(patient)},
    )


def _shown(call: Call, patient: dict[str, Any]) -> dict[str, Any]:
    return patient if call.live else {key: patient[key] for key in _REFERENCE_KEYS}


_ALL = "/{tenant}/{instance}/patients"
_ONE = f"{_ALL}/{{patient}}"

ROUTES = (
    Route("GET", _ALL, find, "PATIENT", "sort email page size", "query timezone territories cadence"),
    Route("POST", _ALL, create, "PATIENT"),
    Route("GET", _ONE, read, "PATIENT", live_query="type expand"),
    Route("PATCH", _ONE, patch, "PATIENT", only="live"),
    Route("DELETE", _ONE, remove, "PATIENT", only="live"),
    Route(
        *("POST", "/{tenant}/{instance}/by-filter/patients", find_by_filter, "PATIENT"),
        live_query="page size sort",
        only="live",
    ),
)
