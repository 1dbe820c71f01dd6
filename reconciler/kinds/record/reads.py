"""Reads what `demoData` environments speak of: declared patients, and the records of declared types.

Only what is declared is read: a call a patient, one for all CDT types, and the pages of each (patient, type).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

from reconciler.client import Client
from reconciler.errors import ApiError, NoAnswer, UsageError
from reconciler.kinds import Context
from reconciler.model import Change, DemoData, Desired
from reconciler.model.typed import Unreadable

Fields = Mapping[str, Any]
Place = tuple[str, str]  # patient, CDT type


def read_demo(
    client: Client, desired: Sequence[Desired], ids: Mapping[str, str], context: Context, parallelism: int
) -> DemoData:
    """Read all that the plan of declared patients and records needs.

    ids: external id -> id of the patients that records speak of and no manifest declares.
    A type the instance doesn't have goes to the findings. Raises: ApiError; UsageError.
    """
    names = [wish.key.name for wish in desired if wish.key.kind == "patient"]
    wishes = [wish for wish in desired if wish.key.kind == "record"]
    patients = read_patients(client, names, parallelism)
    cdts = _cdts(client, wishes, context) if wishes else {}
    known = {**ids, **_ids(patients)}
    places = {
        (ref.key.name, wish.fields["cdt"]): known.get(ref.key.name)
        if ref.key.kind == "patient"
        else ref.key.name
        for wish in wishes
        if wish.fields["cdt"] in cdts and (ref := wish.fields["patient"])
    }
    return DemoData(patients, cdts, _records(client, places, parallelism))


def observe_demo(
    client: Client, changes: Iterable[Change], ids: Mapping[str, str], known: DemoData, parallelism: int
) -> DemoData:
    """Read again just what the changes touch; `ids` of patients as known by now. Raises: ApiError."""
    changes = list(changes)
    places: dict[Place, str | None] = {}
    for change in changes:
        if change.key.kind == "record":
            patient, cdt, _ = change.key.name.rsplit("/", 2)
            places[patient, cdt] = ids.get(patient) or (patient if _by_id(change, patient) else None)
    names = {change.key.name for change in changes if change.key.kind == "patient"}
    names |= {patient for (patient, _), id in places.items() if id is None}
    patients = read_patients(client, sorted(names), parallelism)
    places = {place: id or _ids(patients).get(place[0]) for place, id in places.items()}
    return DemoData(patients, known.cdts, _records(client, places, parallelism))


def read_patients(client: Client, names: Sequence[str], parallelism: int) -> dict[str, Fields]:
    """Patients by external id, those that exist.

    Raises: UsageError: the service finds nobody by external id, as only the live one does.
    """

    def read(name: str) -> Fields | None:
        patient = client.patients.get(name, "EID")
        return None if patient is None else _readable(patient, f"the patient {name}")

    try:
        with ThreadPoolExecutor(parallelism) as pool:
            found = dict(zip(names, pool.map(read, names), strict=True))
    except ApiError as error:
        if error.status != 400:
            raise
        message = "this service finds no patients by external id: demo data needs one that does"
        raise UsageError(message) from None
    return {name: patient for name, patient in found.items() if patient is not None}


def _ids(patients: Mapping[str, Fields]) -> dict[str, str]:
    return {name: str(patient["id"]) for name, patient in patients.items() if patient.get("id")}


def _cdts(client: Client, wishes: Sequence[Desired], context: Context) -> dict[str, Fields]:
    """Definitions by name; a name that the instance doesn't have, or keeps for itself, is a finding."""
    found = client.cdt_types.list()
    types = [_readable(cdt, "the definition of a CDT") for cdt in found if _is_named(cdt, wishes)]
    cdts = {str(cdt["name"]): cdt for cdt in types if not cdt["name"].startswith("_")}
    for name, source in {wish.fields["cdt"]: wish.source for wish in reversed(wishes)}.items():
        if name not in cdts:
            near = get_close_matches(name, cdts, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else f"; it has {', '.join(sorted(cdts)) or 'none'}"
            context.findings.error(source, f"this instance has no CDT `{name}`{hint}")
    return cdts


def _records(
    client: Client, places: Mapping[Place, str | None], parallelism: int
) -> dict[Place, list[Fields]]:
    """Records by place; where the patient has no id yet there are none."""
    known = [(place, id) for place, id in places.items() if id]

    def read(item: tuple[Place, str]) -> list[Fields]:
        (patient, cdt), id = item
        what = f"a record {cdt} of the patient {patient}"
        return [_readable(record, what) for record in client.records.list(id, cdt)]

    with ThreadPoolExecutor(parallelism) as pool:
        return dict(zip((place for place, _ in known), pool.map(read, known), strict=True))


def _is_named(cdt: Fields | Unreadable, wishes: Sequence[Desired]) -> bool:
    """Whether a definition may be needed: one that can't be read, if it is of a declared type."""
    named = {wish.fields["cdt"] for wish in wishes}
    return not isinstance(cdt, Unreadable) or cdt.field == "name" or cdt.fields.get("name") in named


def _readable(found: Fields | Unreadable, what: str) -> Fields:
    """Demo data are planned from all of their answers or from none. Raises: NoAnswer."""
    if isinstance(found, Unreadable):
        raise NoAnswer(found.said(what))
    return found


def _by_id(change: Change, patient: str) -> bool:
    """Whether a record's key names its patient by id: its request then has the same in its path."""
    return change.request is not None and f"/patients/{quote(patient, safe='')}/" in change.request.path
