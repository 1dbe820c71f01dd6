"""Calendar events (reference, Calendar Events)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

NOW = "2026-12-01T12:00:00.000Z"
PAST = ("2026-11-30T09:00:00.000Z", "2026-11-30T10:00:00.000Z")
FUTURE = ("2026-12-02T09:00:00.000Z", "2026-12-02T09:30:00.000Z")
RANGE = ("2026-11-01T00:00:00.000Z", "2026-12-31T00:00:00.000Z")
KEYS = {
    *(
        "id",
        "createdBy",
        "createdAt",
        "updatedBy",
        "updatedAt",
        "externalId",
        "externalIdUpdatedAt",
        "eventTitle",
    ),
    *(
        "eventDescription",
        "startDateTime",
        "localStartDateTime",
        "endDateTime",
        "localEndDateTime",
        "allDayEvent",
    ),
    *(
        "duration",
        "eventType",
        "eventStatus",
        "eventMode",
        "eventColor",
        "hostId",
        "timezone",
        "additionalInfo",
    ),
    "participants",
}


def _path(event):
    return f"/calendar/events/{event['id']}"


def _psm(person, **more):
    return {"participantId": person, "participantRole": "psm", **more}


def test_the_minimal_body_makes_an_event_of_23_keys_with_nothing_defaulted(live, host):
    answer = live.event(host, *FUTURE)
    event = answer.json()
    assert answer.status_code == 201
    assert set(event) == KEYS
    assert len(KEYS) == 23
    nulls = {
        "eventTitle",
        "eventStatus",
        "eventType",
        "eventMode",
        "eventColor",
        "timezone",
        "additionalInfo",
    }
    assert all(event[key] is None for key in nulls | {"externalId", "eventDescription"})
    assert (event["allDayEvent"], event["duration"]) == (False, 1800)
    assert event["externalIdUpdatedAt"] == event["createdAt"] == NOW


def test_participants_carry_the_profile_of_the_stored_user(live, host):
    (john,) = live.event(host, *FUTURE).json()["participants"]
    assert set(john) == {
        *(
            "id",
            "participantId",
            "participantRole",
            "participationStatus",
            "attended",
            "timezone",
            "firstName",
        ),
        *("lastName", "deleted", "hasAccess", "email", "phone", "gender", "birthDate", "enabled"),
    }
    assert (john["firstName"], john["phone"], john["lastName"]) == ("John", "+15552009845", None)
    assert (john["participationStatus"], john["attended"], john["enabled"]) == ("", False, False)
    live.tenant("PATCH", "/users/johndoe", {"firstName": "Jack"})
    assert live.events(*RANGE)["content"][0]["participants"][0]["firstName"] == "Jack"


def test_patients_take_part_with_their_profile_and_no_enabled(live, host):
    patient = live.patient(birthDate="2012-03-12T00:00:00.000Z")["id"]
    both = [_psm(host), {"participantId": patient, "participantRole": "patient"}]
    ada = live.event(host, *FUTURE, participants=both).json()["participants"][1]
    assert (ada["firstName"], ada["birthDate"], ada["enabled"]) == ("Ada", "2012-03-12T00:00:00.000Z", None)


def test_an_event_is_read_by_id_and_by_external_id(live, host):
    event = live.event(host, *FUTURE, externalId="staffing/stand-up@2026-12-02").json()
    assert live.instance("GET", _path(event)).json() == event
    key = quote(event["externalId"], safe="")
    found = live.instance("GET", f"/calendar/events/{key}", params={"type": "EXTERNAL_ID"})
    assert found.json() == event
    assert live.instance("GET", f"/calendar/events/{key}").status_code == 404


def test_local_times_are_utc_by_id_and_the_viewers_in_lists(live, host):
    event = live.event(host, *FUTURE).json()
    assert event["localStartDateTime"] == "2026-12-02T09:00:00.000+00:00"
    assert live.events(*RANGE)["content"][0]["localStartDateTime"] == "2026-12-02T01:00:00.000-08:00"
    found = live.events(*RANGE, viewerTimezone="America/New_York")["content"][0]
    assert found["localStartDateTime"] == "2026-12-02T04:00:00.000-05:00"


def test_an_external_id_is_unique_even_against_cancelled_events(live, host):
    first = live.event(host, *PAST, externalId="x").json()
    assert live.event(host, *FUTURE, externalId="x").status_code == 409
    live.instance("DELETE", _path(first))
    assert live.event(host, *FUTURE, externalId="x").status_code == 409
    other = live.event(host, *FUTURE, externalId="y").json()
    assert live.instance("PATCH", _path(other), {"externalId": "x"}).status_code == 409
    assert live.instance("PATCH", _path(other), {"externalId": "y"}).status_code == 200


def test_patch_changes_only_what_is_sent_and_moves_updated_at(live, host):
    before = live.event(host, *PAST, eventTitle="A", eventDescription="B").json()
    live.control("PUT", "/clock", {"advanceSeconds": 60})
    answer = live.instance("PATCH", _path(before), {"eventTitle": "C"})
    assert answer.status_code == 200
    changed = {key for key in KEYS if answer.json()[key] != before[key]}
    assert changed == {"eventTitle", "updatedAt"}


def test_patch_replaces_additional_info_whole(live, host):
    event = live.event(host, *FUTURE, additionalInfo={"location": "Room 1408", "remarks": "Mask"}).json()
    changed = live.instance("PATCH", _path(event), {"additionalInfo": {"remarks": "None"}}).json()
    assert changed["additionalInfo"] == {"remarks": "None"}
    assert live.instance("PATCH", _path(event), {"additionalInfo": None}).json()["additionalInfo"] is None


def test_a_participant_keeps_its_id_only_when_it_is_sent(live, host):
    other = live.user("janedoe")["id"]
    event = live.event(host, *FUTURE).json()
    known = event["participants"][0]["id"]
    wish = [_psm(host, id=known, attended=True, participationStatus="Yes"), _psm(other)]
    changed = live.instance("PATCH", _path(event), {"participants": wish}).json()["participants"]
    assert (changed[0]["id"], changed[0]["attended"], changed[0]["participationStatus"]) == (
        known,
        True,
        "Yes",
    )
    again = live.instance("PATCH", _path(event), {"participants": [_psm(host)]}).json()["participants"]
    assert again[0]["id"] != known
    assert (again[0]["attended"], again[0]["participationStatus"]) == (False, "")


def test_a_foreign_participation_id_is_refused(live, host):
    event = live.event(host, *FUTURE).json()
    wish = [_psm(host, id="544286e3-9b5f-4f4a-bda0-a038878b87a3")]
    answer = live.instance("PATCH", _path(event), {"participants": wish})
    assert (answer.status_code, answer.json()[0]["details"]) == (400, {"field": "participants[0].id"})


def test_put_replaces_all_and_clears_the_external_id(live, host):
    event = live.event(host, *FUTURE, externalId="x", eventTitle="A", eventColor="green").json()
    body = {"hostId": host, "startDateTime": PAST[0], "endDateTime": PAST[1], "participants": [_psm(host)]}
    answer = live.instance("PUT", _path(event), body)
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["startDateTime"]) == (event["id"], PAST[0])
    assert all(answer.json()[key] is None for key in ("externalId", "eventTitle", "eventColor"))
    assert live.instance("PUT", _path(event), {"hostId": host}).status_code == 400


def test_deleting_a_future_event_makes_it_go(live, host):
    event = live.event(host, *FUTURE).json()
    answer = live.instance("DELETE", _path(event))
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert live.instance("GET", _path(event)).json()[0]["errorCode"] == "CALENDAR_EVENT_NOT_FOUND"
    assert live.instance("DELETE", _path(event)).status_code == 404


def test_deleting_a_past_event_cancels_it_once(live, host):
    event = live.event(host, *PAST, eventStatus="SCHEDULED").json()
    assert live.instance("DELETE", _path(event)).status_code == 204
    cancelled = live.instance("GET", _path(event)).json()
    assert cancelled["eventStatus"] == "CANCELLED"
    live.control("PUT", "/clock", {"advanceSeconds": 60})
    assert live.instance("DELETE", _path(event)).status_code == 204
    assert live.instance("GET", _path(event)).json() == cancelled


def test_the_simulated_clock_decides_what_is_past(live, host):
    event = live.event(host, *FUTURE).json()
    live.at("2026-12-02T09:00:00.000Z")
    live.instance("DELETE", _path(event))
    assert live.instance("GET", _path(event)).json()["eventStatus"] == "CANCELLED"


def test_a_cancelled_event_can_be_patched_back(live, host):
    event = live.event(host, *FUTURE, eventStatus="CANCELLED").json()
    assert live.events(*RANGE)["content"] == []
    live.instance("PATCH", _path(event), {"eventStatus": "SCHEDULED"})
    assert len(live.events(*RANGE)["content"]) == 1


def test_an_invitation_is_answered_by_participant(live, host):
    other = live.user("janedoe")["id"]
    event = live.event(host, *FUTURE, participants=[_psm(host), _psm(other)]).json()
    path = f"{_path(event)}/invitation-response"
    answer = live.instance("PUT", path, {"participantId": other, "participationStatus": "Yes"})
    assert answer.status_code == 200
    participants = live.instance("GET", _path(event)).json()["participants"]
    assert [each["participationStatus"] for each in participants] == ["", "Yes"]
    assert [each["id"] for each in participants] == [each["id"] for each in event["participants"]]
    stranger = {"participantId": event["id"], "participationStatus": "Yes"}
    assert live.instance("PUT", path, stranger).status_code == 400
    assert live.instance("PUT", path, {"participantId": other}).status_code == 400


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"startDateTime": "2026-12-02"}, "startDateTime"),
        ({"endDateTime": "2026-12-01T09:00:00.000Z"}, "endDateTime"),
        ({"eventStatus": "RESCHEDULED"}, "eventStatus"),
        ({"eventStatus": "Scheduled"}, "eventStatus"),
        ({"eventType": "ENCOUNTER"}, "eventType"),
        ({"eventMode": "IN_PERSON"}, "eventMode"),
        ({"eventTitle": 5}, "eventTitle"),
        ({"allDayEvent": "yes"}, "allDayEvent"),
        ({"additionalInfo": "Room"}, "additionalInfo"),
        ({"externalId": ""}, "externalId"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"hostId": "johndoe"}, "hostId"),
        ({"participants": []}, "hostId"),
        ({"participants": None}, "participants"),
        ({"participants": ["x"]}, "participants[0]"),
        ({"participants": [{"participantRole": "psm"}]}, "participants[0].participantId"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(live, host, change, field):
    answer = live.event(host, *FUTURE, **change)
    assert answer.status_code == 400
    assert answer.json()[0]["details"] == {"field": field}


def test_unknown_and_repeated_participants_are_refused(live, host):
    ghost = "2279cbc9-0cb5-410b-9566-7f22b8f4263f"
    for wish in (
        [_psm(host), _psm(ghost)],
        [_psm(host), {"participantId": host, "participantRole": "patient"}],
        [_psm(host), _psm(host)],
    ):
        assert live.event(host, *FUTURE, participants=wish).status_code == 400


def test_instances_do_not_share_events(live, host):
    event = live.event(host, *FUTURE, externalId="x").json()
    assert live.send("GET", f"/gh/elsewhere{_path(event)}").status_code == 404
    body = {
        "hostId": host,
        "startDateTime": FUTURE[0],
        "endDateTime": FUTURE[1],
        "participants": [_psm(host)],
    }
    assert live.send("POST", "/gh/elsewhere/calendar/events", {**body, "externalId": "x"}).status_code == 201
