"""Patients, all of them invented (reference, Patients)."""

from __future__ import annotations

import pytest

ADA = {
    "firstName": "Ada",
    "lastName": "Invented",
    "birthDate": "2012-3-12T00:00:00.000Z",
    "timezone": "America/Los_Angeles",
    "phone": "+15556491369",
    "email": "ada@example.org",
}
KEYS = {
    *("id", "externalGuid", "externalId", "mrn", "createdAt", "updatedAt", "createdBy", "updatedBy"),
    *("createdByName", "updatedByName", "firstName", "lastName", "middleName", "birthDate", "gender"),
    *("maritalStatus", "primaryLanguage", "secondaryLanguage", "email", "secondaryEmail", "phone"),
    *("secondaryPhone", "country", "state", "city", "zip", "addressLine1", "addressLine2", "timezone"),
    *("patientTerritories", "careTeamMembers", "patientPrograms", "careTeam", "cadence", "patientRegion"),
    *("patientRegionTitle", "patientTerritory", "pointOfContact", "nric", "primaryPhoneCapabilities"),
    *("secondaryPhoneCapabilities", "accessCode", "preferableInstancePhoneId", "patientType"),
}


def test_two_names_suffice_and_every_key_is_there(live):
    answer = live.instance("POST", "/patients", {"firstName": "Ada", "lastName": "Invented"})
    patient = answer.json()
    assert answer.status_code == 201
    assert set(patient) == KEYS
    defaults = {"gender": "UNKNOWN", "maritalStatus": "UKN", "primaryLanguage": "ENGLISH"}
    assert {key: patient[key] for key in defaults} == defaults
    assert (patient["careTeam"], patient["patientTerritories"], patient["email"]) == ([], [], None)


def test_an_unpadded_birth_date_comes_back_padded(live):
    assert live.patient(**ADA)["birthDate"] == "2012-03-12T00:00:00.000Z"


def test_a_patient_is_read_by_each_of_its_keys(live):
    guid = "6801d498-26f4-4aee-961b-5daffcf193c8"
    patient = live.patient(externalId="P/1001", externalGuid=guid, mrn="M-7")
    for kind, key in (("ID", patient["id"]), ("EID", "P%2F1001"), ("EGUID", guid), ("MRN", "M-7")):
        assert live.instance("GET", f"/patients/{key}", params={"type": kind}).json() == patient
    assert live.instance("GET", f"/patients/{patient['id']}").json() == patient
    assert live.instance("GET", "/patients/P%2F1001").json()[0]["errorCode"] == "PATIENT_NOT_FOUND"
    expanded = live.instance("GET", f"/patients/{patient['id']}", params={"expand": "true"}).json()
    assert expanded["territorialTeam"] == []


@pytest.mark.parametrize("key", ["externalId", "externalGuid", "mrn"])
def test_external_keys_are_unique(live, key):
    value = "6801d498-26f4-4aee-961b-5daffcf193c8"
    live.patient(**{key: value})
    answer = live.instance("POST", "/patients", {**ADA, key: value})
    assert (answer.status_code, answer.json()[0]["details"]) == (409, {"field": key})
    assert live.instance("PATCH", f"/patients/{live.patient()['id']}", {key: value}).status_code == 409


def test_patch_changes_only_what_is_sent(live):
    live.control("PUT", "/clock", {"frozen": True})
    before = live.patient(**ADA)
    live.control("PUT", "/clock", {"advanceSeconds": 60})
    answer = live.instance("PATCH", f"/patients/{before['id']}", {"city": "Los Angeles", "email": None})
    assert answer.status_code == 200
    assert {key for key in KEYS if answer.json()[key] != before[key]} == {"city", "email", "updatedAt"}


def test_a_care_team_is_written_under_one_key_and_read_under_another(live):
    nurse = live.user()["id"]
    patient = live.patient(careTeam=[{"id": nurse, "pointOfContact": True}])
    assert patient["careTeam"] == []
    assert patient["careTeamMembers"] == [{"id": nurse, "pointOfContact": True}]
    answer = live.instance("PATCH", f"/patients/{patient['id']}", {"careTeam": [{"id": patient["id"]}]})
    assert answer.json()[0]["details"] == {"field": "careTeam[0].id"}


def test_delete_is_restricted(live):
    answer = live.instance("DELETE", f"/patients/{live.patient()['id']}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "ACCESS_FOR_API_CLIENT_RESTRICTED")


def _names(answer):
    return [patient["firstName"] for patient in answer.json()["content"]]


def test_patients_are_listed_sorted_and_found_by_email(live):
    for name in ("Cleo", "Ada", "Ben"):
        live.patient(firstName=name, email=f"{name.lower()}@example.org")
    listed = live.instance("GET", "/patients", params={"sort": "firstName,desc"})
    assert listed.status_code == 200
    assert _names(listed) == ["Cleo", "Ben", "Ada"]
    assert _names(live.instance("GET", "/patients", params={"email": "ben@example.org"})) == ["Ben"]
    assert _names(live.instance("GET", "/patients", params={"query": "Cle"})) == ["Cleo"]
    assert listed.json()["totalElements"] == 3


def test_by_filter_answers_all_for_an_empty_filter(live):
    live.patient()
    answer = live.instance("POST", "/by-filter/patients?page=0", {})
    assert (answer.status_code, answer.json()["totalElements"]) == (200, 1)
    assert live.instance("POST", "/by-filter/patients", {"firstName": "Ada"}).status_code == 400


def test_reference_lists_with_201_and_answers_its_short_objects(reference):
    created = reference.instance("POST", "/patients", ADA).json()
    assert set(created) == {
        *(
            "id",
            "externalGuid",
            "firstName",
            "lastName",
            "middleName",
            "birthDate",
            "email",
            "phone",
            "country",
        ),
        *(
            "state",
            "city",
            "zip",
            "addressLine1",
            "addressLine2",
            "timezone",
            "patientTerritories",
            "careTeam",
        ),
    }
    assert (created["patientTerritories"], created["careTeam"]) == (None, None)
    listed = reference.instance("GET", "/patients")
    assert listed.status_code == 201
    read = reference.instance("GET", f"/patients/{created['id']}")
    assert (read.status_code, read.json()["careTeam"]) == (200, [])
    assert listed.json()["content"] == [read.json()]


def test_reference_has_neither_patch_nor_filter_nor_other_keys(reference):
    patient = reference.patient()
    assert reference.instance("PATCH", f"/patients/{patient['id']}", {"city": "X"}).status_code == 405
    assert reference.instance("DELETE", f"/patients/{patient['id']}").status_code == 405
    assert reference.instance("POST", "/by-filter/patients", {}).status_code == 404
    assert reference.instance("GET", "/patients/x", params={"type": "EID"}).status_code == 400
    assert reference.instance("POST", "/patients", {**ADA, "externalId": "P-1"}).status_code == 400
