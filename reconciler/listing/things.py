"""What `get` reads: for each readable thing of the service the calls that list it. Read-only, streaming.

Rows are the service's own, unknown keys kept; those of work hours, schedules and summaries carry `username`
besides, as the service names people by id there.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, TypeVar

from reconciler.client import Client
from reconciler.errors import UsageError
from reconciler.model.typed import JsonObject, Unreadable, User

Read = TypeVar("Read")
Audit = Literal["data", "security", "webhook"]
log = logging.getLogger("reconciler")

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

    read: Callable[[Client, Query], Iterator[JsonObject]]
    takes: frozenset[str]
    before: timedelta = NOW
    after: timedelta = NOW


def people(client: Client, names: Sequence[str]) -> dict[str, str]:
    """Id -> username of these users, of all where none is named.

    Raises: UsageError: one doesn't exist, has no id here, or none is named and this service lists none.
    """
    one_by_one = (_user(client, name) for name in names)
    users = list(one_by_one if names else _readable(_listed(client), "users"))
    nameless = [user.get("username") for user in users if not user.get("id")]
    if nameless:
        raise UsageError(f"this service tells no id for {nameless[0]}, and asks for ids here")
    return {str(user["id"]): str(user["username"]) for user in users}


def usernames(client: Client) -> dict[str, str]:
    """Id -> username of all users, as far as this service tells."""
    users = _readable(client.users.list() or (), "users")
    return {user["id"]: user["username"] for user in users if user.get("id")}


def patient_id(client: Client, name: str) -> str:
    """The id of a patient named by id or external id. Raises: UsageError."""
    return str(_patient(client, name)["id"])


def _patient(client: Client, name: str) -> JsonObject:
    found = client.patients.get(name) if _UUID.fullmatch(name) else None
    found = found or client.patients.get(name, "EID")
    if found is None:
        raise UsageError(f"no patient with the id or external id `{name}`")
    if isinstance(found, Unreadable):
        raise UsageError(found.said(f"the patient {name}"))
    return found


def _listed(client: Client) -> list[User | Unreadable]:
    listed = client.users.list()
    if listed is None:
        raise UsageError("this service lists no users: name them with --user")
    return listed


def _user(client: Client, name: str) -> User:
    found = client.users.get(name)
    if found is None:
        raise UsageError(f"no user `{name}`: `get users` lists them")
    if isinstance(found, Unreadable):
        raise UsageError(found.said(f"the user {name}"))
    return found


def _readable(found: Iterable[Read | Unreadable], what: str) -> Iterator[Read]:
    """What can be read; how much can't is said when all has come."""
    left_out = 0
    for each in found:
        if isinstance(each, Unreadable):
            left_out += 1
        else:
            yield each
    if left_out:
        log.warning("%d %s can't be read, and are left out", left_out, what)


def _users(client: Client, query: Query) -> Iterator[JsonObject]:
    if not query.users:
        return _readable(_listed(client), "users")
    return (_user(client, name) for name in query.users)


def _work_hours(client: Client, query: Query) -> Iterator[JsonObject]:
    names = people(client, query.users)
    for id, rows in client.work_hours.read(names, query.start, query.end).items():
        if isinstance(rows, Unreadable):
            log.warning("%s, and are left out", rows.said(f"the hours of {names[id]}"))
        else:
            yield from ({"username": names[id], "psmId": id, **row} for row in rows)


def _events(client: Client, query: Query) -> Iterator[JsonObject]:
    ids = [*people(client, query.users)] if query.users else []
    ids += [patient_id(client, query.patient)] if query.patient else []
    return _readable(client.events.find(query.start, query.end, participants=ids), "events")


def _schedules(client: Client, query: Query) -> Iterator[JsonObject]:
    names = people(client, query.users)
    return _named(_readable(client.schedules.read(names, query.start, query.end), "schedules"), names)


def _available(client: Client, query: Query) -> Iterator[JsonObject]:
    names = people(client, query.users)
    return _named(_readable(client.schedules.available(names, query.start, query.end), "schedules"), names)


def _summary(client: Client, query: Query) -> Iterator[JsonObject]:
    names = people(client, query.users)
    return _named(client.events.summary(names, query.start, query.end), names)


def _patients(client: Client, query: Query) -> Iterator[JsonObject]:
    if query.patient:
        return iter([_patient(client, query.patient)])
    return _readable(client.patients.list(email=query.email), "patients")


def _records(client: Client, query: Query) -> Iterator[JsonObject]:
    if not query.patient or not query.cdt:
        raise UsageError("records are of one patient and one type: add --patient and --type")
    return _readable(client.records.list(patient_id(client, query.patient), query.cdt), "records")


def _cdts(client: Client, query: Query) -> Iterator[JsonObject]:
    return _readable(client.cdt_types.list(), "types of records")


def _audits(client: Client, query: Query) -> Iterator[JsonObject]:
    if len(query.users) > 1:
        raise UsageError("audits are of all users or of one: give --user once")
    filters = {"subjectUsername": query.users[0]} if query.users else {}
    filters |= {"patientId": patient_id(client, query.patient)} if query.patient else {}
    return {
        "data": client.audits.data,
        "security": client.audits.security,
        "webhook": client.audits.webhook,
    }[query.audit](query.start, query.end, filters)


def _named(rows: Iterable[JsonObject], names: Mapping[str, str]) -> Iterator[JsonObject]:
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
