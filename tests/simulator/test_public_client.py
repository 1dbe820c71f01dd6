"""The calls of a public Python client, as they look on the wire: what it relies on works.

It sends `page=0` with every list, also where the answer is a bare array, `True` with a capital, lists joined
by commas, keys of its own beside those that are meant, and deletes what only people may delete.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

RANGE = {"from": "2026-11-01T00:00:00.000Z", "to": "2026-12-31T00:00:00.000Z"}
GUID = str(uuid4())


@pytest.fixture
def clinic(live) -> dict[str, Any]:
    """A live user, a patient, a record and an event, whose ids stand in the calls' braces."""
    live.at("2026-11-24T12:00:00.000Z")
    user, other = live.user()["id"], live.user("janedoe")["id"]
    patient = live.patient(externalId="P-1", externalGuid=GUID, mrn="M-1")["id"]
    record = live.instance("POST", f"/patients/{patient}/cdts/vitals", {"blood_sugar": 100}).json()["id"]
    event = live.event(user, "2026-12-01T17:00:00.000Z", "2026-12-01T17:30:00.000Z").json()["id"]
    return {"user": user, "other": other, "patient": patient, "record": record, "event": event}


ROWS = {"rows": [{"id": "{record}", "jsonBody": {"blood_sugar": 120}}]}
WHO = [{"participantId": "{user}", "participantRole": "psm"},
       {"participantId": "{patient}", "participantRole": "patient"}]  # fmt: skip
TIMES = {"startDateTime": "2026-12-02T17:00:00.000Z", "endDateTime": "2026-12-02T18:00:00.000Z"}
PATIENT, CDTS = "/gh/sb-demo/patients/{patient}", "/gh/sb-demo/patients/{patient}/cdts/vitals"
CALENDAR, TYPES = "/gh/sb-demo/calendar", "/gh/sb-demo/formations/current/cdts"
IDS = {"psmIds": "{user},{other}", **RANGE}

CALLS: list[tuple[str, str, dict[str, Any], Any, int]] = [
    ("POST", "/gh/admin/api_clients/VBOPNRYRWJIP", {}, {"secret": "simulator"}, 200),
    ("POST", "/gh/admin/users", {}, {"username": "mreyes", "email": "m@example.org"}, 201),
    ("GET", "/gh/admin/users/{user}", {"type": "ID"}, None, 200),
    ("GET", "/gh/admin/users/me", {}, None, 404),
    ("PATCH", "/gh/admin/users/johndoe", {}, {"firstName": "Baz"}, 200),
    ("DELETE", "/gh/admin/users/{user}", {"type": "ID"}, None, 403),
    ("GET", "/gh/admin/users", {"page": 0}, None, 200),
    ("GET", "/gh/admin/users", {"page": 0, "size": 1000}, None, 200),
    ("GET", "/gh/admin/users",
     {"search": "john", "seatAssigned": "True", "userState": "ACTIVE", "page": 0}, None, 200),
    ("GET", "/gh/sb-demo/users", {"region": "east-coast", "userState": "ACTIVE", "page": 0}, None, 200),
    ("POST", "/gh/sb-demo/patients", {}, {"firstName": "Foo", "lastName": "Bar",
     "birthDate": "1980-01-01T00:00:00.000Z", "phone": "+15552009845"}, 201),
    ("GET", PATIENT, {}, None, 200),
    ("GET", PATIENT, {"True": "True"}, None, 200),  # meant as `expand=True`
    ("GET", "/gh/sb-demo/patients/P-1", {"type": "EID"}, None, 200),
    ("GET", f"/gh/sb-demo/patients/{GUID}", {"type": "EGUID"}, None, 200),
    ("GET", "/gh/sb-demo/patients/M-1", {"type": "MRN"}, None, 200),
    ("PATCH", PATIENT, {}, {"firstName": "Baz"}, 200),
    ("DELETE", PATIENT, {}, None, 403),
    ("POST", "/gh/sb-demo/by-filter/patients", {"page": 0}, {}, 200),
    ("POST", CDTS, {}, {"cdtName": "vitals", "systolic": 120}, 201),
    ("GET", f"{CDTS}/{{record}}", {}, None, 200),
    ("PATCH", f"{CDTS}/{{record}}", {}, {"blood_sugar": "200"}, 200),
    ("GET", CDTS, {"page": 0}, None, 200),
    ("GET", CDTS, {"fields": "blood_sugar,systolic", "filters": "blood_sugar=100,120", "page": 0}, None, 200),
    ("GET", CDTS, {"dateStart": RANGE["from"], "dateEnd": RANGE["to"], "sort": "created_at,desc", "page": 0,
     "size": 1000}, None, 200),
    ("PATCH", CDTS, {"page": 0}, ROWS, 200),
    ("DELETE", f"{CDTS}/{{record}}", {}, None, 200),
    ("GET", TYPES, {"page": 0}, None, 200),
    ("GET", f"{TYPES}/vitals", {}, None, 200),
    ("POST", f"{CALENDAR}/events", {}, {"hostId": "{user}", "participants": WHO, **TIMES}, 201),
    ("GET", f"{CALENDAR}/events/{{event}}", {}, None, 200),
    ("PATCH", f"{CALENDAR}/events/{{event}}", {}, {"eventTitle": "Moved", **TIMES}, 200),
    ("DELETE", f"{CALENDAR}/events/{{event}}", {}, None, 204),
    ("GET", f"{CALENDAR}/events", {**RANGE, "page": 0}, None, 200),
    ("GET", f"{CALENDAR}/events", {**RANGE, "participantIds": "{user},{other}", "eventType": "APPOINTMENT",
     "includeCancelled": "True", "includeEncounterInfo": "True", "excludeAssignedToEncounterEvents": "False",
     "viewerTimezone": "US/Pacific", "sort": "startDateTime,asc", "page": 0, "size": 1000}, None, 200),
    ("GET", f"{CALENDAR}/psm-schedules", {**IDS, "page": 0}, None, 200),
    ("GET", f"{CALENDAR}/psm-schedules", {**IDS, "includeCancelled": "True", "page": 0}, None, 200),
    ("GET", f"{CALENDAR}/available-psm-schedules", {**IDS, "page": 0}, None, 200),
    ("GET", f"{CALENDAR}/full-psm-schedules", {**IDS, "includeCancelled": "False", "page": 0}, None, 200),
    ("GET", f"{CALENDAR}/work-hours", IDS, None, 200),
    ("GET", f"{CALENDAR}/work-hours", {**IDS, "viewerTimezone": "US/Pacific"}, None, 200),
    ("GET", "/gh/admin/audit-webhook", {"page": 0}, None, 200),
    ("GET", "/gh/admin/audit-data", {"dateStart": RANGE["from"], "dateEnd": RANGE["to"],
     "sort": "sentAt,desc", "page": 0, "size": 5}, None, 200),
]  # fmt: skip


def filled(value: Any, ids: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: filled(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    return value.format(**ids) if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "status"), CALLS, ids=[f"{n}-{c[0]}" for n, c in enumerate(CALLS)]
)
def test_its_call_is_answered(live, clinic, method, path, query, body, status):
    answer = live.send(method, filled(path, clinic), filled(body, clinic), params=filled(query, clinic))
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("path", ["psm-schedules", "available-psm-schedules", "full-psm-schedules"])
def test_schedules_take_no_notice_of_what_they_dont_know(live, clinic, path):
    live.hours(clinic["user"], "2026-12-01T00:00:00.000Z", None,
               [{"day": 1, "startTime": "09:00:00", "endTime": "17:00:00"}])  # fmt: skip
    asked = filled(IDS, clinic)
    plain = live.instance("GET", f"/calendar/{path}", params=asked).json()
    odd = {"page": "0", "size": "x", "includeCancelled": "True", "psm-ids": "x", "anything": ""}
    assert live.instance("GET", f"/calendar/{path}", params={**asked, **odd}).json() == plain
    assert [entry["psmId"] for entry in plain] == [clinic["user"], clinic["other"]]


def test_the_reference_refuses_what_it_doesnt_know(reference):
    reference.user()
    answer = reference.instance("GET", "/calendar/events", params={**RANGE, "includeCancelled": "true"})
    assert (answer.status_code, answer.json()[0]["details"]) == (400, {"field": "includeCancelled"})


@pytest.mark.both
def test_vitals_are_there_without_a_seed(simulate, profile):
    speaker = simulate(profile=profile)
    word = "cdts" if profile == "live" else "cdt"
    path = f"/patients/{speaker.patient()['id']}/{word}/vitals"
    made = speaker.instance("POST", path, {"blood_sugar": 196, "diastolic": 174, "systolic": 100})
    assert made.status_code == 201
    one = f"{path}/{made.json()['id']}"
    assert speaker.instance("PATCH", one, {"blood_sugar": "200"}).json()["jsonBody"]["blood_sugar"] == 200
    body = speaker.instance("GET", one).json()["jsonBody"]
    assert {name: body[name] for name in ("blood_sugar", "diastolic", "systolic")} == {
        "blood_sugar": 200,
        "diastolic": 174,
        "systolic": 100,
    }
    assert len(speaker.instance("GET", path).json()["data"]["content"]) == 1
    if profile == "live":
        listed = speaker.instance("GET", "/formations/current/cdts").json()
        fields = [field["name"] for cdt in listed for field in cdt["fields"] if field["editable"]]
        assert fields == ["blood_sugar", "systolic", "diastolic"]
        assert speaker.instance("DELETE", one).status_code == 200
        assert speaker.instance("GET", one).status_code == 404
