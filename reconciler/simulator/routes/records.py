"""Records of custom data types, below their patient (reference, Custom Data Types)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from reconciler.simulator import audits, cdts, checks, instants, people
from reconciler.simulator.call import Answer, Call, Route
from reconciler.simulator.checks import Bad
from reconciler.simulator.paging import page_of, select, spring
from reconciler.simulator.refusals import Error, Refusal, conflict, invalid, missing

_BULK = checks.shape(
    {"rows": checks.listed(checks.shape({"id": checks.uuid, "jsonBody": checks.free_object}, {}))}, {}
)
_BEYOND_REFERENCE = {"external_id", "external_guid"}


@dataclass(frozen=True, slots=True)
class _Collection:
    """The patient and the type that a path names."""

    patient: dict[str, Any]
    cdt: dict[str, Any]
    fields: dict[str, dict[str, Any]]


def create(call: Call) -> Answer:
    where = _collection(call, write=True)
    sent = call.checked(_shape(call, where, partial=False))
    held = call.store.rows("SELECT 1 FROM records WHERE patient = ? AND cdt = ?", _key(where))
    if where.cdt["type"] == "SINGLE_RECORD" and held:
        raise conflict("DT_RECORD_ALREADY_EXISTS", "patientId", where.patient["id"])
    record_id, now = str(uuid4()), call.now
    system = {
        **dict.fromkeys(cdts.SYSTEM_FIELDS),
        "id": record_id,
        "created_at": now,
        "created_by": call.client.id,
        "created_by_name": call.client.label,
        **_touched(call),
    }
    record = {
        "id": record_id,
        "patientId": where.patient["id"],
        "cdtId": where.cdt["id"],
        "version": where.cdt["version"],  # of the type, not of the record
        "jsonBody": {**system, **dict.fromkeys(where.fields), **sent},
        "cdtName": where.cdt["name"],
    }
    call.store.write(
        "INSERT INTO records VALUES (?, ?, ?, ?, ?)",
        (record_id, *_key(where), call.world.clock.now(), json.dumps(record)),
    )
    audits.note_record(call, "CDT_CREATED", where.patient, record)
    return Answer(201, _shown(call, record))


def read(call: Call) -> Answer:
    where = _collection(call, write=False)
    return Answer(200, _shown(call, _found(call, where, call.params["record"])))


def patch(call: Call) -> Answer:
    """Fields that are not sent keep their value."""
    where = _collection(call, write=True)
    record = _found(call, where, call.params["record"])
    changes = call.checked(_shape(call, where, partial=True))
    return Answer(200, _shown(call, _changed(call, where, record, changes)))


def patch_many(call: Call) -> Answer:
    """Each row by itself: one that fails says so in its `result` (how the service does it is unknown)."""
    where = _collection(call, write=True)
    return Answer(200, {"rows": [_patched_row(call, where, row) for row in call.checked(_BULK)["rows"]]})


def remove(call: Call) -> Answer:
    """200 with an empty body, and really gone."""
    where = _collection(call, write=True)
    record = _found(call, where, call.params["record"])
    call.store.write("DELETE FROM records WHERE id = ?", (record["id"],))
    audits.note_record(call, "CDT_DELETED", where.patient, record)
    return Answer(200)


def find(call: Call) -> Answer:
    where = _collection(call, write=False)
    names = {**dict.fromkeys(cdts.SYSTEM_FIELDS), **where.fields}
    sortable = {name: f"json_extract(body, '$.jsonBody.\"{name}\"')" for name in names}
    page = page_of(call.query, sortable, call.largest_page)
    kept = call.asked("fields", checks.separated(checks.one_of(*names)))
    terms, args = _filters(call, where)
    total, records = select(call.store, "records", " AND ".join(terms), args, page)
    content = [_shown(call, record, kept) for record in records]
    return Answer(200, {"name": where.cdt["name"], "data": spring(page, total, content)})


def _collection(call: Call, *, write: bool) -> _Collection:
    patient_id, name = call.params["patient"], call.params["cdt"]
    patient = people.patients(call.store, call.place, [patient_id]).get(patient_id)
    if patient is None:
        raise missing("PATIENT_NOT_FOUND", "Patient not found", "PATIENT", patientId=patient_id)
    cdt = cdts.named(call.store, call.place, name)
    if cdt is None:
        raise missing("CDT_NOT_FOUND", "CDT not found", cdtName=name)
    if not cdt["updatable" if write else "readable"]:
        raise Refusal(
            403, Error("CDT_ACCESS_DENIED", "The client's role does not allow this", "", {"cdtName": name})
        )
    return _Collection(patient, cdt, cdts.editable_fields(cdt))


def _key(where: _Collection) -> tuple[str, str]:
    return where.patient["id"], where.cdt["name"]


def _shape(call: Call, where: _Collection, *, partial: bool) -> checks.Check:
    """The type's fields. System fields are dropped, and live drops other keys too."""
    fields = {name: cdts.coercion(field) for name, field in where.fields.items()}
    system = dict.fromkeys(cdts.SYSTEM_FIELDS, checks.ignored)
    required = {name for name, field in where.fields.items() if field["meta"]["required"] and not partial}
    shape = checks.shape(
        {name: check for name, check in fields.items() if name in required},
        {**system, **{name: check for name, check in fields.items() if name not in required}},
        call.unknown_keys,
    )
    return lambda value: {key: kept for key, kept in shape(value).items() if key in fields}


def _found(call: Call, where: _Collection, record_id: str) -> dict[str, Any]:
    sql = "SELECT body FROM records WHERE id = ? AND patient = ? AND cdt = ?"
    record = call.store.body(sql, (record_id, *_key(where)))
    if record is None:
        ids = {"patientId": where.patient["id"], "cdtRecordId": record_id, "cdtName": where.cdt["name"]}
        raise missing("DT_RECORD_NOT_FOUND", "Record not found", **ids)
    return record


def _touched(call: Call) -> dict[str, str]:
    return {"updated_at": call.now, "updated_by": call.client.id, "updated_by_name": call.client.label}


def _changed(
    call: Call, where: _Collection, record: dict[str, Any], changes: dict[str, Any]
) -> dict[str, Any]:
    changed = {**record, "jsonBody": {**record["jsonBody"], **changes, **_touched(call)}}
    call.store.write("UPDATE records SET body = ? WHERE id = ?", (json.dumps(changed), record["id"]))
    audits.note_record(call, "CDT_UPDATED", where.patient, changed)
    return changed


def _patched_row(call: Call, where: _Collection, row: dict[str, Any]) -> dict[str, Any]:
    try:
        record = _found(call, where, row["id"])
        _check_open(where, row["jsonBody"])
        changes = _shape(call, where, partial=True)(row["jsonBody"])
    except Bad as bad:
        return _row(row, "ERROR", [f"{name}: {why}" for name, why in bad.problems])
    except Refusal as refusal:
        return _row(row, "ERROR", [error.message for error in refusal.errors])
    return _row(_changed(call, where, record, changes), "OK", None)


def _check_open(where: _Collection, body: dict[str, Any]) -> None:
    """Only fields flagged so take part in bulk edits."""
    sealed = [name for name, field in where.fields.items() if name in body and not field["bulkEdit"]]
    if sealed:
        raise Bad(*((name, "is not open to bulk edits") for name in sealed))


def _row(record: dict[str, Any], status: str, content: list[str] | None) -> dict[str, Any]:
    """One row of the answer; it lacks the record's other keys."""
    return {
        "id": record["id"],
        "jsonBody": record["jsonBody"],
        "result": {"status": status, "content": content},
    }


def _filters(call: Call, where: _Collection) -> tuple[list[str], dict[str, Any]]:
    """SQL terms and their values. `filters` is `key=v1,v2,other=v3`; the dates are those of creation."""
    terms = ["patient = :patient", "cdt = :cdt", "created BETWEEN :since AND :until"]
    args: dict[str, Any] = {
        "patient": where.patient["id"],
        "cdt": where.cdt["name"],
        "since": instants.parse(call.asked("dateStart", checks.instant, instants.show(instants.FIRST))),
        "until": instants.parse(call.asked("dateEnd", checks.instant, instants.show(instants.LAST))),
    }
    for index, (name, values) in enumerate(_wanted(call, where).items()):
        terms.append(
            f"json_extract(body, '$.jsonBody.\"{name}\"') IN (SELECT value FROM json_each(:values{index}))"
        )
        args[f"values{index}"] = json.dumps(values)
    return terms, args


def _wanted(call: Call, where: _Collection) -> dict[str, list[Any]]:
    wanted: dict[str, list[Any]] = {}
    name = ""
    for word in filter(None, call.query.get("filters", "").split(",")):
        key, equals, value = word.partition("=")
        name, value = (key, value) if equals else (name, word)
        if name not in where.fields:
            raise invalid([("filters", "must be key=v1,v2 with fields of the type as keys")])
        try:
            wanted.setdefault(name, []).append(cdts.coercion(where.fields[name])(value))
        except Bad as bad:
            raise invalid([("filters", f"{name} {bad.problems[0][1]}")]) from bad
    return wanted


def _shown(call: Call, record: dict[str, Any], kept: list[str] | None = None) -> dict[str, Any]:
    body = {key: value for key, value in record["jsonBody"].items() if kept is None or key in kept}
    if call.live:
        return {**record, "jsonBody": body}
    known = {key: value for key, value in body.items() if key not in _BEYOND_REFERENCE}
    return {**{key: value for key, value in record.items() if key != "cdtName"}, "jsonBody": known}


_FIND = "fields page size filters dateStart dateEnd"


def _routes(path: str, only: Literal["reference"] | None) -> tuple[Route, ...]:
    return (
        Route("GET", path, find, "CDT", _FIND, "sort", only),
        Route("POST", path, create, "CDT", only=only),
        Route("GET", f"{path}/{{record}}", read, "CDT", only=only),
        Route("PATCH", f"{path}/{{record}}", patch, "CDT", only=only),
    )


_PATIENT = "/{tenant}/{instance}/patients/{patient}"

# The reference writes both paths; live knows only the first, but two more calls.
ROUTES = (
    *_routes(f"{_PATIENT}/cdts/{{cdt}}", only=None),
    *_routes(f"{_PATIENT}/cdt/{{cdt}}", only="reference"),
    Route("PATCH", f"{_PATIENT}/cdts/{{cdt}}", patch_many, "CDT", only="live"),
    Route("DELETE", f"{_PATIENT}/cdts/{{cdt}}/{{record}}", remove, "CDT", only="live"),
)
