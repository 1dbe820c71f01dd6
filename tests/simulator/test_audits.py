"""The audits that every write leaves an entry in."""

from __future__ import annotations

import pytest

DAY = {"dateStart": "2026-12-01T00:00:00.000Z", "dateEnd": "2026-12-01T23:59:59.999Z", "sort": "sentAt,asc"}


@pytest.fixture
def busy(live):
    """A client that has written something of everything, a second apart."""
    live.at("2026-12-01T12:00:00.000Z")

    def later(answer):
        live.control("PUT", "/clock", {"advanceSeconds": 1})
        return answer

    psm = later(live.user())["id"]
    later(live.tenant("PATCH", "/users/johndoe", {"credentials": "MD"}))
    patient = later(live.patient(firstName="Ada", lastName="Invented"))["id"]
    later(live.instance("PATCH", f"/patients/{patient}", {"city": "Los Angeles"}))
    path = f"/patients/{patient}/cdts/vitals"
    record = later(live.instance("POST", path, {"blood_sugar": 1})).json()["id"]
    later(live.instance("PATCH", f"{path}/{record}", {"blood_sugar": 2}))
    later(live.instance("DELETE", f"{path}/{record}"))
    days = [{"day": 1, "startTime": "09:00:00", "endTime": "17:00:00"}]
    later(live.hours(psm, "2026-12-01T00:00:00.000Z", None, days))
    event = later(live.event(psm, "2026-12-02T09:00:00.000Z", "2026-12-02T10:00:00.000Z")).json()["id"]
    later(live.instance("PATCH", f"/calendar/events/{event}", {"eventTitle": "A"}))
    later(live.instance("DELETE", f"/calendar/events/{event}"))
    later(live.control("PATCH", "/users/gh/johndoe", {"userState": "ACTIVE"}))
    return live


def _subtypes(speaker, kind, **query):
    answer = speaker.tenant("GET", f"/audit-{kind}", params={**DAY, **query})
    assert answer.status_code == 200, answer.text
    return [entry["eventSubtype"] for entry in answer.json()["data"]]


def test_every_write_leaves_an_entry(busy):
    assert _subtypes(busy, "data") == [
        *("PATIENT_CREATED", "PATIENT_UPDATED", "CDT_CREATED", "CDT_UPDATED", "CDT_DELETED"),
    ]
    assert _subtypes(busy, "security") == ["USER_CREATED", "USER_UPDATED", "USER_ACCESS_UPDATED"]
    assert _subtypes(busy, "webhook") == [
        *("WORK_HOURS_CREATED", "CALENDAR_EVENT_CREATED", "CALENDAR_EVENT_UPDATED", "CALENDAR_EVENT_DELETED"),
    ]


def test_a_refused_write_leaves_none(live):
    live.tenant("POST", "/users", {"username": "x"})
    assert live.tenant("GET", "/audit-security").json()["metaInfo"]["totalElements"] == 0


def test_a_data_entry_tells_who_did_what_to_whose_record(busy):
    entries = busy.tenant("GET", "/audit-data", params=DAY).json()["data"]
    created, deleted = entries[2], entries[4]
    assert set(created) == {
        *(
            "eventEntity",
            "eventSubtype",
            "sentAt",
            "instance",
            "subjectActor",
            "subjectUsername",
            "subjectUserId",
        ),
        *("subjectFullName", "patientId", "patientFullName", "cdtName", "cdtRelation", "record"),
    }
    assert (created["subjectActor"], created["instance"]) == ("API_CLIENT", "sb-demo")
    assert created["patientFullName"] == "Ada Invented"
    assert created["record"]["jsonBody"]["blood_sugar"] == 1
    assert deleted["record"]["jsonBody"] is None


def test_a_webhook_entry_tells_what_was_sent(busy):
    entry = busy.tenant("GET", "/audit-webhook", params=DAY).json()["data"][1]
    assert (entry["eventEntity"], entry["status"], entry["statusCode"]) == ("CALENDAR", "DELIVERED", 200)
    assert set(entry["record"]) == {
        *("name", "title", "url", "headers", "queryParameters", "payload", "active", "enabled"),
    }


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"entity": "CDT"}, 3),
        ({"entity": "CDT", "operation": "DELETE"}, 1),
        ({"operation": "UPDATE"}, 2),
        ({"cdtName": "vitals"}, 3),
        ({"instance": "elsewhere"}, 0),
        ({"subjectUsername": "VBOPNRYRWJIP"}, 5),
        ({"subjectActor": "USER"}, 0),
        ({"dateStart": "2026-12-02T00:00:00.000Z", "dateEnd": "2026-12-03T00:00:00.000Z"}, 0),
        ({"size": 2}, 2),
        ({"includeFormation": "true"}, 5),
    ],
)
def test_the_data_audit_is_filtered(busy, query, count):
    assert len(_subtypes(busy, "data", **query)) == count


def test_audits_come_in_meta_info_pages_in_no_order_of_time(live):
    live.control("PUT", "/clock", {"frozen": True})
    for number in range(30):
        live.user(f"user{number}")
        live.control("PUT", "/clock", {"advanceSeconds": 1})
    page = live.tenant("GET", "/audit-security").json()
    times = [entry["sentAt"] for entry in page["data"]]
    assert times != sorted(times)
    assert (page["metaInfo"]["totalElements"], page["metaInfo"]["lastPage"]) == (30, False)


def test_reference_has_no_audits(reference):
    assert reference.tenant("GET", "/audit-data").status_code == 404
