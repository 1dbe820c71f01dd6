"""The 40 inconsistencies of the vendor's reference, each resolved: a test for a row, named by its number.

Where a row is about what comes in, a scripted service answers as the reference writes; where it is about what
the live service does, the embedded Welkin stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from reconciler import routes
from reconciler.client import Client
from reconciler.client.connection import Connection
from reconciler.errors import ApiError, Forbidden, NotFound
from reconciler.kinds import patient as patient_kind
from reconciler.kinds.event import bodies, fields
from reconciler.kinds.event.fields import FIELDS as EVENT_FIELDS
from reconciler.model import Snapshot
from reconciler.simulator import Options, start

SCOPE = routes.Scope("gh", "sb-demo")
SPAN = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
DAY = {"day": 1, "startTime": "09:00:00", "endTime": "17:00:00"}
NOBODY: Snapshot = Snapshot()


class Welkin:
    """An embedded Welkin as a client sees it, with a user, a patient and a reading in it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.user = client.users.create({"username": "johndoe", "email": "john@example.org"})["id"]
        self.patient = client.patients.create({"firstName": "Ada", "lastName": "Invented"})["id"]

    def event(self, **fields: Any) -> dict[str, Any]:
        body = {
            "startDateTime": "2026-12-02T09:00:00.000Z",
            "endDateTime": "2026-12-02T10:00:00.000Z",
            "hostId": self.user,
            "participants": [{"participantId": self.user, "participantRole": "psm"}],
        }
        return self.client.events.create({**body, **fields})

    def reading(self, **fields: Any) -> dict[str, Any]:
        return self.client.records.create(self.patient, "vitals", fields)

    def hours(self, **fields: Any) -> dict[str, Any]:
        body = {"psmId": self.user, "startDateTime": "2026-12-01T00:00:00.000Z", "daysInfo": [DAY]}
        self.client.work_hours.create({**body, "endDateTime": "2026-12-31T23:59:59.999Z", **fields})
        (row,) = self.client.work_hours.read([self.user], *SPAN)[self.user]
        return row


def _welkin(profile: str) -> Iterator[Welkin]:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    with (
        start(Options(profile=profile, now=now)) as running,  # type: ignore[arg-type]
        Client(Connection(running.url, "gh", "sb-demo", "ROWS", "simulator")) as client,
    ):
        yield Welkin(client)


@pytest.fixture
def live() -> Iterator[Welkin]:
    yield from _welkin("live")


@pytest.fixture
def reference() -> Iterator[Welkin]:
    yield from _welkin("reference")


@pytest.mark.parametrize("status", [200, 201, 202])
def test_row_01_any_2xx_gives_a_token(service, client, status):
    service.token = lambda call: (status, {"clientName": "X", "token": service.jwt(1), "enabled": True})
    service.replies((200, {"username": "johndoe"}))
    assert client.users.get("johndoe") == {"username": "johndoe"}


@pytest.mark.parametrize("status", [200, 201])
def test_row_02_a_list_of_patients_may_answer_201(service, client, status):
    service.replies((status, {"content": [{"id": "1"}], "last": True}))
    assert list(client.patients.list()) == [{"id": "1"}]


def test_row_03_blanks_around_keys_are_stripped_on_read_and_never_sent(service, client):
    service.replies((200, {"content": [{"id": "1", "timezone ": "America / Los_Angeles"}], "last": True}))
    assert list(client.patients.list()) == [{"id": "1", "timezone": "America / Los_Angeles"}]
    assert not [name for name in patient_kind.FIELDS if name.name != name.name.strip()]


def test_row_04_none_in_samples_is_null(service, client):
    service.replies((201, b'{"id": "1", "middleName": null}'))
    assert client.patients.create({"firstName": "Ada"})["middleName"] is None
    service.replies((201, b'{"id": "1", "middleName": None}'))
    with pytest.raises(ApiError, match="not JSON"):
        client.patients.create({"firstName": "Ada"})


def test_row_05_the_page_of_patients_is_a_spring_page(live):
    live.client.patients.create({"firstName": "Eve", "lastName": "Invented"})
    page = live.client.send(routes.list_patients(SCOPE, size=1))
    assert {"pageable", "last", "totalElements"} <= page.keys()
    assert len(list(live.client.patients.list())) == 2


def test_row_06_birth_dates_are_sent_zero_padded(live):
    sent = live.client.patients.create(
        {"firstName": "A", "lastName": "B", "birthDate": "2012-3-12T00:00:00.000Z"}
    )
    assert sent["birthDate"] == "2012-03-12T00:00:00.000Z"
    assert patient_kind._written("birthDate", "2012-03-12") == "2012-03-12T00:00:00.000Z"


def test_row_07_unset_lists_are_empty_live_and_null_in_the_reference(live, reference):
    made = live.client.patients.get(live.patient)
    assert (made["careTeam"], made["patientTerritories"]) == ([], [])
    created = reference.client.patients.create({"firstName": "A", "lastName": "B"})
    assert (created["careTeam"], created["patientTerritories"]) == (None, None)


def test_row_08_patients_are_whole_patched_and_filtered(live):
    assert live.client.patients.update(live.patient, {"city": "Oakland"})["city"] == "Oakland"
    (found,) = live.client.patients.by_filter({})
    assert {"externalId", "mrn", "careTeamMembers", "patientRegion"} <= found.keys()


def test_row_09_patients_are_never_deleted(live):
    assert not hasattr(live.client.patients, "delete")
    assert not hasattr(routes, "delete_patient")


def test_row_10_cdts_live_and_cdt_where_only_that_exists(service, client, live):
    with pytest.raises(NotFound):
        live.client.send(routes.reference_records(routes.create_record(SCOPE, live.patient, "vitals", {})))
    service.answer = lambda call: (201, {"id": "1"}) if "/cdt/" in call.path else (404, [])
    assert client.records.create("p", "vitals", {}) == {"id": "1"}
    assert [call.path.split("/")[-2] for call in service.asked()] == ["cdts", "cdt"]


def test_row_11_records_are_read_by_their_own_id_not_their_types(live):
    made = live.reading(systolic=120)
    assert live.client.records.get(live.patient, "vitals", made["id"]) == made
    assert live.client.records.get(live.patient, "vitals", made["cdtId"]) is None


def test_row_12_one_record_is_patched_by_id_and_the_collection_in_bulk(live):
    made = live.reading(systolic=120)
    live.client.records.update(live.patient, "vitals", made["id"], {"systolic": 121})
    (row,) = live.client.records.update_many(live.patient, "vitals", {made["id"]: {"systolic": 122}})
    assert (row.id, row.ok, row.row["jsonBody"]["systolic"]) == (made["id"], True, 122)


def test_row_13_values_are_coerced_and_unsent_fields_stay(live):
    made = live.reading(systolic=120, diastolic=80)
    updated = live.client.records.update(live.patient, "vitals", made["id"], {"blood_sugar": "200"})
    values = updated["jsonBody"]
    assert (values["blood_sugar"], values["systolic"], values["diastolic"]) == (200, 120, 80)


def test_row_14_the_page_of_records_is_a_number(live):
    live.reading(systolic=1)
    live.reading(systolic=2)
    request = routes.list_records(SCOPE, live.patient, "vitals", size=1)
    second = live.client.send(routes.page(request, 1))
    assert (second["data"]["number"], second["data"]["last"]) == (1, True)
    assert len(list(live.client.records.list(live.patient, "vitals"))) == 2


def test_row_15_records_have_external_ids_a_type_name_a_list_and_a_deletion(live):
    made = live.reading(systolic=120)
    assert made["cdtName"] == "vitals" and {"external_id", "external_guid"} <= made["jsonBody"].keys()
    live.client.records.delete(live.patient, "vitals", made["id"])
    assert list(live.client.records.list(live.patient, "vitals")) == []


def test_row_16_users_have_ids_and_a_list_live_and_neither_is_counted_on(live, service, client):
    assert [user["id"] for user in live.client.users.list() or []] == [live.user]
    service.replies((404, []))
    assert client.users.list() is None
    service.replies((200, {"username": "johndoe"}))
    assert client.users.get("johndoe") == {"username": "johndoe"}


def test_row_17_users_are_addressed_by_id_too(live):
    by_id = live.client.users.get(live.user, by_id=True)
    assert by_id is not None and by_id["username"] == "johndoe"
    assert live.client.users.get(live.user) is None


def test_row_18_deleting_a_user_is_refused_live(live):
    with pytest.raises(Forbidden, match="no API client may do this") as refused:
        live.client.users.delete("johndoe")
    assert refused.value.error_code == "ACCESS_FOR_API_CLIENT_RESTRICTED"


@pytest.mark.both
def test_row_19_psm_ids_in_either_spelling(profile, request):
    welkin = request.getfixturevalue(profile)
    welkin.hours()
    spelled = "psm-ids" if profile == "reference" else "psmIds"
    assert welkin.client.dialect.hours_parameter == (spelled,)
    assert [row["psmId"] for row in welkin.client.schedules.read([welkin.user], *SPAN)] == [welkin.user]


def test_row_20_ids_of_35_characters_are_no_ids(live):
    with pytest.raises(ApiError) as refused:
        live.client.work_hours.read(["28f393a8-62b3-4b4b-aa42-da769ce4489"], *SPAN)
    assert refused.value.status == 400


def test_row_21_the_server_says_who_wrote(live):
    other = "28f393a8-62b3-4b4b-aa42-da769ce4489a"
    assert live.event(createdBy=other)["createdBy"] in live.client.client_ids
    assert live.hours(createdBy=other)["createdBy"] in live.client.client_ids
    assert not {"createdBy", "updatedBy"} & {field.name for field in EVENT_FIELDS}


def test_row_22_hours_are_written_flat_and_read_nested(live):
    row = live.hours()
    answer = live.client.send(routes.read_work_hours(SCOPE, [live.user], *SPAN))
    assert answer == [{"psmId": live.user, "details": [row]}]


def test_row_23_ends_and_times_may_be_null(live):
    off = {"day": 2, "startTime": None, "endTime": None}
    row = live.hours(endDateTime=None, ruleType="OVERRIDE", daysInfo=[off])
    assert row["endDateTime"] is None
    assert (row["daysInfo"][0]["startTime"], row["daysInfo"][0]["endTime"]) == (None, None)
    assert fields.stamp("2020-01-31T23:59:59.000Z").startswith("2020-01-31")


def test_row_24_hours_have_neither_deletion_nor_reading_by_id(live):
    assert not [name for name in dir(live.client.work_hours) if name in ("delete", "get", "update")]
    assert not [name for name in ("delete_work_hours", "update_work_hours") if hasattr(routes, name)]


def test_row_25_psm_id_is_the_users_id(live):
    live.hours()
    (row,) = live.client.send(routes.read_work_hours(SCOPE, [live.user], *SPAN))
    assert row["psmId"] == live.user == (live.client.users.get("johndoe") or {})["id"]


def test_row_26_events_are_found_at_the_collection(live):
    made = live.event()
    assert routes.find_events(SCOPE, *SPAN, size=1).path == "/gh/sb-demo/calendar/events"
    assert [found["id"] for found in live.client.events.find(*SPAN)] == [made["id"]]


def test_row_27_events_are_patched_live_and_put_elsewhere(live, reference):
    made = live.event()
    assert live.client.events.update(made["id"], {"eventTitle": "Visit"})["eventTitle"] == "Visit"
    other = reference.event()
    with pytest.raises(ApiError) as refused:
        reference.client.events.update(other["id"], {"eventTitle": "Visit"})
    assert refused.value.status == 405
    keys = ("startDateTime", "endDateTime", "hostId")
    people = [{"participantId": reference.user, "participantRole": "psm"}]
    whole = {**{key: other[key] for key in keys}, "participants": people, "eventTitle": "Visit"}
    assert reference.client.events.replace(other["id"], whole)["eventTitle"] == "Visit"


def test_row_28_invitations_are_answered_with_put(live):
    made = live.event()
    assert routes.answer_invitation(SCOPE, made["id"], live.user, "Yes").method == "PUT"
    live.client.events.answer_invitation(made["id"], live.user, "Yes")
    read = live.client.events.get(made["id"]) or {}
    assert [each["participationStatus"] for each in read["participants"]] == ["Yes"]


def test_row_29_rescheduled_is_read_as_active_and_never_written():
    assert fields.active({"eventStatus": "RESCHEDULED"})
    assert "RESCHEDULED" not in bodies.DEFAULTS.values()


@pytest.mark.parametrize("status", ["SCHEDULED", "Scheduled", "scheduled", None, ""])
def test_row_30_scheduled_in_any_case_and_none_at_all_are_active(status):
    assert fields.status({"eventStatus": status}) == "SCHEDULED"


def test_row_31_encounters_exist_and_are_left_alone():
    far = {"startDateTime": "2030-01-01T00:00:00.000Z", "eventType": "ENCOUNTER"}
    assert fields.untouchable(far, SPAN[0])


def test_row_32_in_person_is_written_with_a_hyphen(live):
    assert bodies.DEFAULTS["eventMode"] == "IN-PERSON"
    assert live.event(eventMode="IN-PERSON")["eventMode"] == "IN-PERSON"
    with pytest.raises(ApiError) as refused:
        live.event(eventMode="IN_PERSON")
    assert refused.value.status == 400


def test_row_33_the_participation_status_is_free_text(live):
    made = live.event()
    assert made["participants"][0]["participationStatus"] == ""
    live.client.events.answer_invitation(made["id"], live.user, "perhaps, at noon")


def test_row_34_events_have_ids_and_the_servers_keys(live):
    made = live.event()
    assert len(made) == 23
    assert live.client.events.get(made["id"]) == made


@pytest.mark.parametrize("info", [None, {}, {"location": ""}])
def test_row_35_additional_info_may_be_null(info):
    event = {"additionalInfo": info}
    wanted = {"additionalInfo": {"location": None}}
    assert fields.normalise(event, wanted, NOBODY) == wanted


def test_row_36_a_past_event_is_cancelled_by_its_deletion_a_future_one_gone(live):
    past = live.event(startDateTime="2026-11-01T09:00:00.000Z", endDateTime="2026-11-01T10:00:00.000Z")
    future = live.event()
    for made in (past, future):
        live.client.events.delete(made["id"])
    assert (live.client.events.get(past["id"]) or {})["eventStatus"] == "CANCELLED"
    assert live.client.events.get(future["id"]) is None


def test_row_37_the_three_schedules_have_their_own_paths(live):
    ask = partial(map, lambda route: route(SCOPE, [live.user], *SPAN))
    made = ask([routes.read_schedules, routes.read_available_schedules, routes.read_full_schedules])
    names = [(request.method, request.path.rpartition("/")[2]) for request in made]
    assert names == [
        ("GET", "psm-schedules"),
        ("GET", "available-psm-schedules"),
        ("GET", "full-psm-schedules"),
    ]
    for read in (live.client.schedules.read, live.client.schedules.available, live.client.schedules.full):
        assert [row["psmId"] for row in read([live.user], *SPAN)] == [live.user]


def test_row_38_no_path_has_a_blank():
    made = (routes.event_summary(SCOPE, [], *SPAN), routes.read_available_schedules(SCOPE, [], *SPAN))
    assert all(" " not in request.path and "%20" not in request.path for request in made)


@pytest.mark.parametrize("audit", ["data", "security", "webhook"])
def test_row_39_audits_and_errors_are_as_recorded(live, audit):
    live.event()
    live.client.patients.update(live.patient, {"city": "Oakland"})
    found = list(getattr(live.client.audits, audit)(datetime(2026, 11, 1, tzinfo=UTC), SPAN[1]))
    assert found and all(entry["sentAt"] for entry in found)
    with pytest.raises(ApiError) as refused:
        live.client.events.create({})
    assert (refused.value.status, refused.value.error_code) == (400, "VALIDATION_FAILED")


def test_row_40_an_event_may_last_31_days(live):
    made = live.event(startDateTime="2020-01-01T00:00:00.000Z", endDateTime="2020-01-31T23:59:59.000Z")
    assert made["duration"] == 30 * 86_400 + 86_399


def test_there_is_a_test_for_each_of_the_40_rows():
    numbers = {name.split("_")[2] for name in globals() if name.startswith("test_row_")}
    assert numbers == {f"{number:02}" for number in range(1, 41)}
