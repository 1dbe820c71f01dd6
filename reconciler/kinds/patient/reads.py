"""Reads patients, by external id: the declared ones, and of those whom events and records name the id."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote

from reconciler.client import Client
from reconciler.client.reading import is_id
from reconciler.errors import ApiError, NoAnswer, UsageError
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Asked, Context
from reconciler.model import Change, Desired, Key, Patients, Ref, Snapshot
from reconciler.model.typed import JsonObject, Patient, Unreadable

Read = TypeVar("Read")


def read_patients(client: Client, asked: Asked) -> Patients:
    """All that are declared, or named by external id; whom the service doesn't know goes to the findings.

    Raises: ApiError; UsageError: the service finds nobody by external id, as only the live one does.
    """
    wishes, context = asked.wanted()
    names = [wish.key.name for wish in wishes if wish.key.kind == "patient"]
    others = _undeclared(client, wishes, {*names}, context)
    declared = _declared(client, names)
    ids = {name: _id_of(patient) for name, patient in others.items()}
    return Patients(
        declared=declared,
        ids=ids | _ids(declared),
        odd={n: odd for n, odd in others.items() if isinstance(odd, Unreadable) and not ids[n]},
    )


def observe_patients(client: Client, changes: Sequence[Change], known: Snapshot) -> Patients:
    """Read again the patients that changes are about, and those of records whose id isn't known yet.

    Raises: ApiError; UsageError.
    """
    names = {change.key.name for change in changes if change.key.kind == "patient"}
    records = [change for change in changes if change.key.kind == "record"]
    names |= {patient_of(record) for record in records if not id_for(record, known.patients)}
    if not names:
        return known.of(Patients)
    declared = _declared(client, sorted(names))
    return Patients(declared=declared, ids={**known.patients, **_ids(declared)})


def patients_unread(patients: Patients, wishes: Iterable[Desired]) -> dict[Key, str]:
    """What is left alone, as it is about a patient whose id can't be read."""
    reasons = dict[Key, str]()
    for wish in wishes if patients.odd else ():
        for name in named_in(wish):
            if name in patients.odd:
                reasons[wish.key] = patients.odd[name].said(f"the patient {name}")
    return reasons


def patient_of(record: Change) -> str:
    """The patient of a record, by external id, or by id where a manifest does so."""
    return record.key.name.rsplit("/", 2)[0]


def id_for(record: Change, ids: Mapping[str, str]) -> str | None:
    """The id of a record's patient; one named by id has it in the request's path."""
    name = patient_of(record)
    by_id = record.request is not None and f"/patients/{quote(name, safe='')}/" in record.request.path
    return ids.get(name) or (name if by_id else None)


def readable(found: Read | Unreadable, what: str) -> Read:
    """Demo data are planned from all of their answers or from none. Raises: NoAnswer."""
    if isinstance(found, Unreadable):
        raise NoAnswer(found.said(what))
    return found


def _declared(client: Client, names: Sequence[str]) -> dict[str, Patient]:
    """Patients by external id, those that exist. Raises: ApiError; UsageError."""

    def read(name: str) -> Patient | None:
        patient = client.patients.get(name, "EID")
        return None if patient is None else readable(patient, f"the patient {name}")

    try:
        found = dict(zip(names, client.each(read, names), strict=True))
    except ApiError as error:
        if error.status != 400:
            raise
        message = "this service finds no patients by external id: demo data needs one that does"
        raise UsageError(message) from None
    return {name: patient for name, patient in found.items() if patient is not None}


def _undeclared(
    client: Client, wishes: Iterable[Desired], declared: Container[str], context: Context
) -> dict[str, Patient | Unreadable | None]:
    """Those whom events and records name, and no manifest declares."""
    found = dict[str, Patient | Unreadable | None]()
    for wish in wishes:
        for name in named_in(wish):
            if name not in declared and name not in found:
                found[name] = client.patients.get(name, "EID")
                if found[name] is None:
                    context.findings.error(
                        wish.source, f"no patient with external id `{name}`", Mistake.UNKNOWN_PATIENT
                    )
    return found


def named_in(wish: Desired) -> Sequence[str]:
    """The external ids of patients that a wish speaks of."""
    refs = (wish.fields.get("patient"), *wish.fields.get("participants", ()))
    return [ref.key.name for ref in refs if isinstance(ref, Ref) and ref.key.kind == "patient"]


def _ids(patients: Mapping[str, Patient]) -> dict[str, str]:
    return {name: str(patient["id"]) for name, patient in patients.items() if patient.get("id")}


def _id_of(patient: Patient | Unreadable | None) -> str:
    """A patient's id, which is all that others need to know; empty where it isn't told."""
    fields: JsonObject = patient.fields if isinstance(patient, Unreadable) else patient or {}
    id = fields.get("id")
    return str(id) if is_id(id) else ""
