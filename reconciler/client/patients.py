"""Patients of the instance (reference, Patients). Not to be shown or stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from reconciler import routes
from reconciler.client.answers import about_another
from reconciler.client.paging import MODEST, items
from reconciler.client.reading import read_patient
from reconciler.client.resource import Resource, is_about
from reconciler.model.typed import JsonObject, Patient, Unreadable

PatientKey = Literal["ID", "EID", "EGUID", "MRN"]
_KEYS = {"ID": "id", "EID": "externalId", "EGUID": "externalGuid", "MRN": "mrn"}


class Patients(Resource):
    """Optional texts are null or ""; there is no deletion (the service refuses it to API clients)."""

    __slots__ = ()

    def list(
        self, *, sort: str = "createdAt,asc", email: str | None = None
    ) -> Iterator[Patient | Unreadable]:
        """All patients, or those with this e-mail. `sort`: `key,asc` or `key,desc`.

        Reference: Get All Patients.
        """
        request = routes.list_patients(self.scope, size=MODEST, sort=sort, email=email)
        return (read_patient(_clean(raw)) for raw in items(self.session, request))

    def by_filter(self, body: JsonObject) -> Iterator[Patient | Unreadable]:
        """Patients by a filter in the body, `{}` for all; its keys are documented nowhere.

        Not in the reference.
        """
        request = routes.filter_patients(self.scope, body, size=MODEST)
        return (read_patient(_clean(raw)) for raw in items(self.session, request))

    def get(self, key: str, type: PatientKey = "ID") -> Patient | Unreadable | None:
        """One patient by id, externalId (EID), externalGuid (EGUID) or MRN; None if there is none such.

        Raises: NoAnswer: the answer is about another one. Reference: Get a Specific Patient By ID.
        """
        request = routes.read_patient(self.scope, key, type)
        found = self.one_or_none(request)
        if found is None:
            return None
        patient = read_patient(_clean(found))
        name = _KEYS[type]
        if isinstance(patient, Unreadable) and patient.field == name:
            return patient
        if not is_about(key, found.get(name, key)):
            raise about_another(request)
        return patient

    def create(self, body: JsonObject) -> JsonObject:
        """Create; `firstName` and `lastName` suffice. The team is written as `careTeam`.

        Reference: Create a Patient.
        """
        return _clean(self.one(routes.create_patient(self.scope, body)))

    def update(self, id: str, body: JsonObject) -> JsonObject:
        """PATCH the given keys. Not in the reference."""
        return _clean(self.one(routes.update_patient(self.scope, id, body)))


def _clean(patient: JsonObject) -> JsonObject:
    """The reference shows a key with a trailing blank, "timezone "."""
    return {key.strip(): value for key, value in patient.items()}
