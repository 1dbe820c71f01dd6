"""Reads records of declared types: one call for all CDT types, and the pages of each (patient, type)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.client import Client
from reconciler.errors.mistakes import Mistake
from reconciler.errors.nearest import did_you_mean
from reconciler.kinds import Asked, Context
from reconciler.kinds.patient.reads import id_for, patient_of, patients_unread, readable
from reconciler.kinds.record.part import Place, Records
from reconciler.model import Change, Desired, Parts, Patients, Snapshot
from reconciler.model.typed import CdtRecord, CdtType, Unreadable


def read_records(client: Client, asked: Asked, known: Parts) -> Records:
    """The types declared, and the records of each patient of them.

    A type the instance doesn't have goes to the findings. Raises: ApiError.
    """
    desired, context = asked.wanted()
    wishes = [wish for wish in desired if wish.key.kind == "record"]
    patients = known.of(Patients)
    cdts = _cdts(client, wishes, context) if wishes else {}
    places = {
        (ref.key.name, wish.fields["cdt"]): patients.ids.get(ref.key.name)
        if ref.key.kind == "patient"
        else ref.key.name
        for wish in wishes
        if wish.fields["cdt"] in cdts and (ref := wish.fields["patient"])
    }
    unreadable = patients_unread(patients, wishes)
    return Records(cdts=cdts, at=_records(client, places), unreadable=unreadable)


def observe_records(client: Client, changes: Sequence[Change], known: Snapshot) -> Records:
    """Read again the records of the patients and types that changes are about. Raises: ApiError."""
    places = dict[Place, str | None]()
    for change in changes:
        patient, cdt = patient_of(change), change.key.name.rsplit("/", 2)[1]
        places[patient, cdt] = id_for(change, known.patients)
    return Records(cdts=known.of(Records).cdts, at=_records(client, places))


def _cdts(client: Client, wishes: Sequence[Desired], context: Context) -> dict[str, CdtType]:
    """Definitions by name; a name that the instance doesn't have, or keeps for itself, is a finding."""
    found = client.cdt_types.list()
    types = [readable(cdt, "the definition of a CDT") for cdt in found if _is_named(cdt, wishes)]
    cdts = {str(cdt["name"]): cdt for cdt in types if not cdt["name"].startswith("_")}
    for name, source in {wish.fields["cdt"]: wish.source for wish in reversed(wishes)}.items():
        if name not in cdts:
            hint = did_you_mean(name, cdts, f"it has {', '.join(sorted(cdts)) or 'none'}")
            context.findings.error(
                source, f"this instance has no CDT `{name}`{hint}", Mistake.UNKNOWN_RECORD_TYPE
            )
    return cdts


def _records(client: Client, places: Mapping[Place, str | None]) -> dict[Place, Sequence[CdtRecord]]:
    """Records by place; where the patient has no id yet there are none."""
    known = [(place, id) for place, id in places.items() if id]

    def read(item: tuple[Place, str]) -> list[CdtRecord]:
        (patient, cdt), id = item
        what = f"a record {cdt} of the patient {patient}"
        return [readable(record, what) for record in client.records.list(id, cdt)]

    return dict(zip((place for place, _ in known), client.each(read, known), strict=True))


def _is_named(cdt: CdtType | Unreadable, wishes: Sequence[Desired]) -> bool:
    """Whether a definition may be needed: one that can't be read, if it is of a declared type."""
    named = {wish.fields["cdt"] for wish in wishes}
    return not isinstance(cdt, Unreadable) or cdt.field == "name" or cdt.fields.get("name") in named
