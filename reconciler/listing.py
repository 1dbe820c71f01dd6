"""What `get` reads: for each readable thing of the service the calls that list it. Read-only, streaming.

Rows are the service's own, unknown keys kept; those of work hours, schedules and summaries carry `username`
besides, as the service names people by id there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from reconciler.client import Client
from reconciler.errors import UsageError

Row = Mapping[str, Any]
Audit = Literal["data", "security", "webhook"]
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NOW, WEEK, DAYS_28, HALF_YEAR = timedelta(0), timedelta(days=7), timedelta(days=28), timedelta(weeks=26)


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked for; start and end are aware and the defaults of a thing where nobody gave them."""

    start: datetime
    end: datetime
    users: tuple[str, ...] = ()
    patient: str | None = None
    email: str | None = None
    cdt: str | None = None
    audit: Audit = "data"


class Thing(NamedTuple):
    """A readable thing: how it is read, what may be asked of it, and the default span around now."""

    read: Callable[[Client, Query], Iterator[Row]]
    takes: frozenset[str]
    before: timedelta = NOW
    after: timedelta = NOW


def people(client: Client, names: Sequence[str]) -> dict[str, str]:
    """Id -> username of these users, of all where none is named.

    Raises: UsageError: one doesn't exist, has no id here, or none is named and this service lists none.
    """
    if names:
        found = {name: client.users.get(name) for name in names}
        missing = [name for name, user in found.items() if user is None]
        if missing:
            raise UsageError(f"no user `{missing[0]}`: `get users` lists them")
        users = [user for user in found.values() if user]
    else:
        listed = client.users.list()
        if listed is None:
            raise UsageError("this service lists no users: name them with --user")
        users = listed
    nameless = [user.get("username") for user in users if not user.get("id")]
    if nameless:
        raise UsageError(f"this service tells no id for {nameless[0]}, and asks for ids here")
    return {str(user["id"]): str(user["username"]) for user in users}


def usernames(client: Client) -> dict[str, str]:
    """Id -> username of all users, as far as this service tells."""
    return {user["id"]: user["username"] for user in client.users.list() or () if user.get("id")}


def patient_id(client: Client, name: str) -> str:
    """The id of a patient named by id or external id. Raises: UsageError."""
    return str(_patient(client, name)["id"])


def _patient(client: Client, name: str) -> Row:
    found = client.patients.get(name) if _UUID.fullmatch(name) else None
    found = found or client.patients.get(name, "EID")
    if found is None:
        raise UsageError(f"no patient with the id or external id `{name}`")
    return found


def _users(client: Client, query: Query) -> Iterator[Row]:
    if not query.users:
        listed = client.users.list()
        if listed is None:
            raise UsageError("this service lists no users: name them with --user")
        yield from listed
    for name in query.users:
        found = client.users.get(name)
        if found is None:
            raise UsageError(f"no user `{name}`: `get users` lists them")
        yield found


def _work_hours(client: Client, query: Query) -> Iterator[Row]:
    names = people(client, query.users)
    for id, rows in client.work_hours.read(names, query.start, query.end).items():
        yield from ({"username": names[id], "psmId": id, **row} for row in rows)


def _events(client: Client, query: Query) -> Iterator[Row]:
    ids = [*people(client, query.users)] if query.users else []
    ids += [patient_id(client, query.patient)] if query.patient else []
    return client.events.find(query.start, query.end, participants=ids)


def _schedules(client: Client, query: Query) -> Iterator[Row]:
    names = people(client, query.users)
    return _named(client.schedules.read(names, query.start, query.end), names)


def _available(client: Client, query: Query) -> Iterator[Row]:
    names = people(client, query.users)
    return _named(client.schedules.available(names, query.start, query.end), names)


def _summary(client: Client, query: Query) -> Iterator[Row]:
    names = people(client, query.users)
    return _named(client.events.summary(names, query.start, query.end), names)


def _patients(client: Client, query: Query) -> Iterator[Row]:
    if query.patient:
        return iter([_patient(client, query.patient)])
    return client.patients.list(email=query.email)


def _records(client: Client, query: Query) -> Iterator[Row]:
    if not query.patient or not query.cdt:
        raise UsageError("records are of one patient and one type: add --patient and --type")
    return client.records.list(patient_id(client, query.patient), query.cdt)


def _cdts(client: Client, query: Query) -> Iterator[Row]:
    return iter(client.cdt_types.list())


def _audits(client: Client, query: Query) -> Iterator[Row]:
    if len(query.users) > 1:
        raise UsageError("audits are of all users or of one: give --user once")
    filters = {"subjectUsername": query.users[0]} if query.users else {}
    filters |= {"patientId": patient_id(client, query.patient)} if query.patient else {}
    return {
        "data": client.audits.data,
        "security": client.audits.security,
        "webhook": client.audits.webhook,
    }[query.audit](query.start, query.end, filters)


def _named(rows: Sequence[Row], names: Mapping[str, str]) -> Iterator[Row]:
    return ({"username": names.get(str(row.get("psmId"))), **row} for row in rows)


_OF_PEOPLE = frozenset(("user", "from", "to"))

THINGS: Mapping[str, Thing] = {
    "users": Thing(_users, frozenset(("user",))),
    "work-hours": Thing(_work_hours, _OF_PEOPLE, after=HALF_YEAR),
    "events": Thing(_events, _OF_PEOPLE | {"patient"}, after=WEEK),
    "schedules": Thing(_schedules, _OF_PEOPLE, after=WEEK),
    "available": Thing(_available, _OF_PEOPLE, after=WEEK),
    "summary": Thing(_summary, _OF_PEOPLE, before=DAYS_28),
    "patients": Thing(_patients, frozenset(("patient", "email"))),
    "records": Thing(_records, frozenset(("patient", "type"))),
    "cdts": Thing(_cdts, frozenset()),
    "audits": Thing(_audits, _OF_PEOPLE | {"patient", "audit"}, before=timedelta(days=1)),
}
