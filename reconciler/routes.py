"""Every route of the service, as functions that make a `Request`: the one place where paths, query keys and
percent-encoding are written. Sends nothing.

Sources: the reference, section named in each docstring, and recordings of what the live service takes;
schemas/welkin-openapi.yaml says what either has that the other has not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, unquote, urlencode

from reconciler.errors import UsageError
from reconciler.model import Key, Ref, Request
from reconciler.model.typed import JsonObject

PSM_IDS = "psmIds"  # what the live service takes
PSM_IDS_DASHED = "psm-ids"  # what the reference writes for work hours


_HOLE = re.compile(r"\{(\w+/[^{}]*)\}")  # an id not known yet; in a path, any other brace is encoded


_WORDS = {"api_clients": "the token", "users": "users", "work-hours": "work hours", "events": "events",
          "patients": "patients", "by-filter": "patients", "cdts": "records"}  # fmt: skip


class Scope(NamedTuple):
    """Where an instance's objects live; users belong to the tenant alone."""

    tenant: str
    instance: str


def stamp(instant: datetime) -> str:
    """Write an aware instant as the service does: UTC, three digits of fraction, `Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def target(request: Request) -> str:
    """The path with its query, percent-encoded; commas and colons stay as in the reference's examples."""
    query = urlencode(request.query, safe=",:", errors="replace")
    return f"{request.path}?{query}" if query else request.path


def shown(request: Request) -> str:
    """Method and path as messages and logs may show them: no query, no medical record number."""
    path = request.path
    if request.query.get("type") == "MRN":
        path = path.rpartition("/")[0] + "/<mrn>"
    return f"{request.method} {path}"


def is_read(request: Request) -> bool:
    """Whether the request only looks: every GET, and the POST that finds patients by filter."""
    return request.method == "GET" or request.path.endswith("/by-filter/patients")


def about(request: Request) -> str:
    """What a request is about, for whoever waits for its answer."""
    where = request.path.split("/")[2:]  # in the tenant: of the instance, or for all of them
    name = where[2] if where[1:2] == ["calendar"] else "cdts" if "cdts" in where[2:] else where[1]
    return _WORDS.get(name, "schedules" if name.endswith("schedules") else "audits")


def holes(path: str) -> list[Key]:
    """The objects whose ids a path waits for, as in `/gh/sb-demo/patients/{patient/P-1001}/cdts/vitals`."""
    return [Key.parse(unquote(name)) for name in _HOLE.findall(path)]


def filled(path: str, id_of: Callable[[Key], str]) -> str:
    """The path with ids where it waits for them."""
    return _HOLE.sub(lambda hole: _segment(id_of(Key.parse(unquote(hole[1])))), path)


def page(request: Request, number: int) -> Request:
    """The same request for another page; pages count from 0."""
    return replace(request, query={**request.query, "page": str(number)})


# Token and users: tenant level. Reference: Authentication, Users.


def token(tenant: str, client: str, secret: str) -> Request:
    """Ask for a bearer token. The only body that holds the secret."""
    return Request("POST", _path(tenant, "admin", "api_clients", client), body={"secret": secret})


def list_users(scope: Scope, *, size: int, sort: str = "username,asc") -> Request:
    """All users of the tenant, a metaInfo page. Not in the reference."""
    return Request("GET", _users(scope), {"page": "0", "size": str(size), "sort": sort})


def create_user(scope: Scope, body: JsonObject) -> Request:
    """POST of a user; `username` and `email` are required (Create User Record)."""
    return Request("POST", _users(scope), body=body)


def read_user(scope: Scope, key: str, by_id: bool = False) -> Request:
    """One user by username, or by UUID."""
    return Request("GET", _users(scope, key), _by_id(by_id))


def update_user(scope: Scope, username: str, body: JsonObject) -> Request:
    """PATCH: only the changed keys."""
    return Request("PATCH", _users(scope, username), body=body)


def replace_user(scope: Scope, username: str, body: JsonObject) -> Request:
    """PUT of the whole user; keys left out may be erased."""
    return Request("PUT", _users(scope, username), body=body)


def delete_user(scope: Scope, username: str, by_id: bool = False) -> Request:
    """Refused live to every API client (Delete User Record)."""
    return Request("DELETE", _users(scope, username), _by_id(by_id))


# Work hours. Reference: Working Hours.


def read_work_hours(
    scope: Scope,
    ids: Iterable[str],
    start: datetime,
    end: datetime,
    parameters: tuple[str, ...] = (PSM_IDS,),
) -> Request:
    """Work hours of at most 50 users that touch `[start, end)`; `parameters`: the names the ids go under."""
    joined = ",".join(ids)
    return Request(
        "GET",
        _calendar(scope, "work-hours"),
        {**dict.fromkeys(parameters, joined), **_span(start, end)},
    )


def create_work_hours(scope: Scope, body: JsonObject) -> Request:
    """POST of a row, flat, though rows are read nested."""
    return Request("POST", _calendar(scope, "work-hours"), body=body)


def replace_work_hours(scope: Scope, id: str, body: JsonObject) -> Request:
    """PUT of a whole row; there is no PATCH and no DELETE."""
    return Request("PUT", _calendar(scope, "work-hours", id), body=body)


# Events. Reference: Calendar Events.


def find_events(
    scope: Scope,
    start: datetime,
    end: datetime,
    *,
    size: int,
    participants: Iterable[str] = (),
    event_type: str | None = None,
    sort: str | None = "startDateTime,asc",
    include_cancelled: bool = True,
) -> Request:
    """Events of the instance in `[start, end)`, a Spring page.

    `sort=None, include_cancelled=False` leaves only what the reference knows.
    """
    query = {**_span(start, end), "page": "0", "size": str(size)}
    if joined := ",".join(participants):
        query["participantIds"] = joined
    if event_type:
        query["eventType"] = event_type
    if sort:
        query["sort"] = sort
    if include_cancelled:
        query["includeCancelled"] = "true"
    return Request("GET", _calendar(scope, "events"), query)


def create_event(scope: Scope, body: JsonObject) -> Request:
    """POST of an event; start, end, host and participants are required (Create Calendar Event)."""
    return Request("POST", _calendar(scope, "events"), body=body)


def read_event(scope: Scope, key: str, by_external_id: bool = False) -> Request:
    """One event by id, or by the `externalId` set at its creation."""
    return Request("GET", _event(scope, key), {"type": "EXTERNAL_ID"} if by_external_id else {})


def update_event(scope: Scope, id: str, body: JsonObject) -> Request:
    """PATCH: only the changed keys. Not in the reference; works live."""
    return Request("PATCH", _event(scope, id), body=body)


def replace_event(scope: Scope, id: str, body: JsonObject) -> Request:
    """PUT of the whole event. The reference's "method GET" is a slip."""
    return Request("PUT", _event(scope, id), body=body)


def delete_event(scope: Scope, id: str) -> Request:
    """A future event is gone then, a past one CANCELLED (Delete Calendar Event by ID)."""
    return Request("DELETE", _event(scope, id))


def answer_invitation(scope: Scope, id: str, participant: str, status: str) -> Request:
    """PUT; the reference's "method GET" is a slip."""
    body = {"participantId": participant, "participationStatus": status}
    return Request("PUT", _event(scope, id) + "/invitation-response", body=body)


def event_summary(scope: Scope, ids: Iterable[str], start: datetime, end: datetime) -> Request:
    """Counts and hours of users (Get Summary for the User)."""
    return _of_users(scope, "psm-event-summary", ids, start, end)


# Schedules. Reference: Schedule.


def read_schedules(scope: Scope, ids: Iterable[str], start: datetime, end: datetime) -> Request:
    """Hours and events of users (Get Schedules)."""
    return _of_users(scope, "psm-schedules", ids, start, end)


def read_available_schedules(scope: Scope, ids: Iterable[str], start: datetime, end: datetime) -> Request:
    """The reference's example shows another path by mistake."""
    return _of_users(scope, "available-psm-schedules", ids, start, end)


def read_full_schedules(scope: Scope, ids: Iterable[str], start: datetime, end: datetime) -> Request:
    """Not in the reference."""
    return _of_users(scope, "full-psm-schedules", ids, start, end)


# Patients. Reference: Patients.


def list_patients(scope: Scope, *, size: int, sort: str | None = None, email: str | None = None) -> Request:
    """Patients of the instance, a Spring page. `email` finds; it is typed at a terminal, never stored."""
    query = {"page": "0", "size": str(size)}
    if sort:
        query["sort"] = sort
    if email:
        query["email"] = email
    return Request("GET", _patients(scope), query)


def filter_patients(scope: Scope, body: JsonObject, *, size: int) -> Request:
    """A POST that only reads; `{}` means all. Not in the reference."""
    path = _path(*scope, "by-filter", "patients")
    return Request("POST", path, {"page": "0", "size": str(size)}, body)


def create_patient(scope: Scope, body: JsonObject) -> Request:
    """POST of a patient; `firstName` and `lastName` suffice (Create a Patient)."""
    return Request("POST", _patients(scope), body=body)


def read_patient(scope: Scope, key: str, type: str = "ID") -> Request:
    """One patient; `type`: ID, EID (externalId), EGUID (externalGuid) or MRN."""
    return Request("GET", _patients(scope, key), {} if type == "ID" else {"type": type})


def update_patient(scope: Scope, id: str, body: JsonObject) -> Request:
    """PATCH: only the changed keys. Not in the reference."""
    return Request("PATCH", _patients(scope, id), body=body)


# CDT records and types. Reference: Custom Data Types.


def create_record(scope: Scope, patient: str | Ref, cdt: str, body: JsonObject) -> Request:
    """POST of a flat body of fields; `patient` may be one that is created before."""
    return Request("POST", _records(scope, patient, cdt), body=body)


def read_record(scope: Scope, patient: str, cdt: str, id: str) -> Request:
    """One record by its own id; the reference's example has its type's."""
    return Request("GET", _records(scope, patient, cdt, id))


def list_records(
    scope: Scope,
    patient: str,
    cdt: str,
    *,
    size: int,
    fields: Iterable[str] = (),
    filters: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    sort: str | None = None,
) -> Request:
    """A nested page. `filters`: `key=v1,v2`; what the dates filter is said nowhere."""
    query = {"page": "0", "size": str(size)}
    optional = {
        "fields": ",".join(fields),
        "filters": filters,
        "dateStart": start and stamp(start),
        "dateEnd": end and stamp(end),
        "sort": sort,
    }
    query.update({name: value for name, value in optional.items() if value})
    return Request("GET", _records(scope, patient, cdt), query)


def update_record(scope: Scope, patient: str | Ref, cdt: str, id: str, body: JsonObject) -> Request:
    """PATCH with the record's id; the reference's sample lacks it."""
    return Request("PATCH", _records(scope, patient, cdt, id), body=body)


def update_records(scope: Scope, patient: str, cdt: str, rows: Mapping[str, JsonObject]) -> Request:
    """PATCH of the collection: `rows` maps record ids to their changed fields."""
    body = {"rows": [{"id": id, "jsonBody": fields} for id, fields in rows.items()]}
    return Request("PATCH", _records(scope, patient, cdt), body=body)


def delete_record(scope: Scope, patient: str | Ref, cdt: str, id: str) -> Request:
    """Not in the reference; the answer is empty, the record gone for good."""
    return Request("DELETE", _records(scope, patient, cdt, id))


def reference_records(request: Request) -> Request:
    """A request for CDT records on the reference's path, `cdt` instead of `cdts`."""
    return replace(request, path=request.path.replace("/cdts/", "/cdt/", 1))


def list_cdts(scope: Scope) -> Request:
    """The definitions of all CDT types, a bare array."""
    return Request("GET", _path(*scope, "formations", "current", "cdts"))


def read_cdt(scope: Scope, name: str) -> Request:
    """The definition of one CDT type."""
    return Request("GET", _path(*scope, "formations", "current", "cdts", name))


# Audits: tenant level.


def read_audit(
    scope: Scope,
    audit: str,
    start: datetime,
    end: datetime,
    *,
    size: int,
    sort: str = "sentAt,asc",
    filters: Mapping[str, str] | None = None,
) -> Request:
    """`audit`: data, security or webhook; a metaInfo page. The dates bound `sentAt`."""
    dates = {"dateStart": stamp(start), "dateEnd": stamp(end)}
    query = {**(filters or {}), **dates, "sort": sort, "page": "0", "size": str(size)}
    return Request("GET", _path(scope.tenant, "admin", f"audit-{audit}"), query)


def _path(*parts: str | Ref) -> str:
    return "".join(f"/{_segment(part)}" for part in parts)


def _segment(text: str | Ref) -> str:
    if isinstance(text, Ref):
        return f"{{{text.key.kind}/{quote(text.key.name, safe='')}}}"
    # "" and dots would make another route of the path: HTTP libraries resolve `..` even when encoded.
    if text in {"", ".", ".."} or not text.isprintable():
        raise UsageError(f"{text!r} cannot be a name or an id")
    return quote(text, safe="")


def _users(scope: Scope, *parts: str) -> str:
    return _path(scope.tenant, "admin", "users", *parts)


def _calendar(scope: Scope, *parts: str) -> str:
    return _path(*scope, "calendar", *parts)


def _event(scope: Scope, key: str) -> str:
    return _calendar(scope, "events", key)


def _patients(scope: Scope, *parts: str | Ref) -> str:
    return _path(*scope, "patients", *parts)


def _records(scope: Scope, patient: str | Ref, cdt: str, *parts: str) -> str:
    return _patients(scope, patient, "cdts", cdt, *parts)


def _by_id(by_id: bool) -> dict[str, str]:
    return {"type": "ID"} if by_id else {}


def _span(start: datetime, end: datetime) -> dict[str, str]:
    return {"from": stamp(start), "to": stamp(end)}


def _of_users(scope: Scope, name: str, ids: Iterable[str], start: datetime, end: datetime) -> Request:
    return Request("GET", _calendar(scope, name), {PSM_IDS: ",".join(ids), **_span(start, end)})
