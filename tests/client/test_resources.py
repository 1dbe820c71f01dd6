"""The typed methods: what they ask, in which dialect, and what they make of the answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.errors import ApiError, Forbidden, NoAnswer, NotFound
from reconciler.model.typed import Unreadable

START = datetime(2026, 12, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)
EMPTY_PAGE = {"content": [], "last": True, "totalElements": 0, "size": 20}
REFUSED = (400, [{"errorCode": "BAD_REQUEST", "componentType": "CALENDAR", "message": "nope"}])


def meta_page(rows, **meta):
    return {"data": rows, "metaInfo": {"page": 0, "lastPage": True, "totalElements": len(rows), **meta}}


def row(id):
    return {
        "workHoursId": f"of-{id}",
        "startDateTime": "2026-12-01T00:00:00.000Z",
        "endDateTime": None,
        "daysInfo": [{"day": 1, "startTime": "09:00:00", "endTime": "18:00:00"}],
    }


def hours(ids):
    return [{"psmId": id, "details": [row(id)]} for id in ids]


def event(id):
    return {
        "id": id,
        "startDateTime": "2026-12-01T09:00:00.000Z",
        "endDateTime": "2026-12-01T09:30:00.000Z",
        "hostId": "1",
        "participants": [],
    }


def asked_ids(call):
    return (call.query.get("psmIds") or call.query.get("psm-ids")).split(",")


# Users


def test_users_are_listed_a_thousand_at_a_time_by_username(service, client):
    service.replies((200, meta_page([{"id": "1", "username": "johndoe"}], pageSize=1000)))
    assert client.users.list() == [{"id": "1", "username": "johndoe"}]
    assert service.asked()[0].query == {"page": "0", "size": "1000", "sort": "username,asc"}
    assert (client.reads, client.writes) == (2, 0)


def test_a_size_refused_is_asked_for_only_once_in_a_run(service, client):
    service.replies(REFUSED, (200, meta_page([])), (200, meta_page([])))
    assert client.users.list() == client.users.list() == []
    assert [call.query["size"] for call in service.asked()] == ["1000", "100", "100"]


@pytest.mark.parametrize("status", [404, 405, 400, 501])
def test_no_list_of_users_is_none_and_remembered(service, client, status):
    service.replies((status, []))
    assert client.users.list() is None
    asked = len(service.asked())
    assert client.users.list() is None
    assert len(service.asked()) == asked
    assert client.dialect.user_list is False


def test_a_forbidden_list_of_users_leaves_single_reads_to_try(service, client):
    restricted = [{"errorCode": "ACCESS_FOR_API_CLIENT_RESTRICTED", "componentType": "AUTH"}]
    service.replies((403, restricted), (200, {"username": "johndoe"}), (403, restricted))
    assert client.users.list() is None
    assert client.users.get("johndoe") == {"username": "johndoe"}
    with pytest.raises(Forbidden) as caught:
        client.users.get("janedoe")
    assert str(caught.value) == (
        "GET /gh/admin/users/janedoe: 403 ACCESS_FOR_API_CLIENT_RESTRICTED (AUTH): "
        "no API client may do this; a person does it in Welkin's Admin"
    )


def test_usernames_are_percent_encoded_and_an_unknown_one_is_none(service, client):
    service.replies((404, [{"errorCode": "USER_NOT_FOUND", "componentType": "USER"}]))
    assert client.users.get("jane_d.oe@clinic/../x") is None
    assert service.asked()[0].path == "/gh/admin/users/jane_d.oe%40clinic%2F..%2Fx"


def test_users_are_created_patched_replaced_and_deleted_by_username(service, client):
    service.replies((201, {"id": "1"}), (200, {"id": "1"}), (200, {"id": "1"}), (204, None))
    client.users.create({"username": "johndoe", "email": "j.doe@email.com"})
    client.users.update("johndoe", {"credentials": "MD"})
    client.users.replace("johndoe", {"username": "johndoe"})
    client.users.delete("johndoe", by_id=True)
    assert [(call.method, call.path, call.body) for call in service.asked()] == [
        ("POST", "/gh/admin/users", {"username": "johndoe", "email": "j.doe@email.com"}),
        ("PATCH", "/gh/admin/users/johndoe", {"credentials": "MD"}),
        ("PUT", "/gh/admin/users/johndoe", {"username": "johndoe"}),
        ("DELETE", "/gh/admin/users/johndoe", None),
    ]
    assert service.asked()[3].query == {"type": "ID"}
    assert (client.reads, client.writes) == (1, 4)


# Work hours


def test_hours_are_read_in_chunks_of_fifty_under_psm_ids(service, client):
    service.answer = lambda call: (200, hours(asked_ids(call)))
    ids = [f"user-{number}" for number in range(120)]
    found = client.work_hours.read(ids, START, END)
    assert found == {id: [row(id)] for id in ids}
    assert sorted(len(asked_ids(call)) for call in service.asked()) == [20, 50, 50]
    assert all("psm-ids" not in call.query for call in service.asked())
    assert service.asked()[0].query["from"] == "2026-12-01T00:00:00.000Z"
    assert client.dialect.hours_parameter == ("psmIds",)


def test_a_service_that_refuses_psm_ids_is_asked_the_references_way(service, client):
    service.answer = lambda call: REFUSED if "psmIds" in call.query else (200, hours(asked_ids(call)))
    found = client.work_hours.read([str(number) for number in range(101)], START, END)
    assert all(found.values()) and len(service.asked()) == 4
    client.work_hours.read(["1"], START, END)
    assert len(service.asked()) == 5
    assert client.dialect.hours_parameter == ("psm-ids",)


def test_a_service_that_ignores_psm_ids_is_found_out_by_one_probe(service, client):
    service.answer = lambda call: (200, hours(asked_ids(call)) if "psm-ids" in call.query else [])
    assert all(client.work_hours.read([str(number) for number in range(60)], START, END).values())
    assert len(service.asked()) == 3
    assert client.dialect.hours_parameter == ("psm-ids",)


def test_a_probe_refused_means_psm_ids_it_is(service, client):
    service.answer = lambda call: REFUSED if "psm-ids" in call.query else (200, [])
    assert client.work_hours.read(["1"], START, END) == {"1": []}
    assert client.dialect.hours_parameter == ("psmIds",)


def test_while_nobody_has_hours_later_chunks_carry_both_parameters(service, client):
    service.answer = lambda call: (200, [])
    client.work_hours.read([str(number) for number in range(60)], START, END)
    last = service.asked()[-1].query
    assert len(service.asked()) == 3 and last["psmIds"] == last["psm-ids"]
    client.work_hours.read(["1"], START, END)
    assert len(service.asked()) == 4


def test_hours_of_users_not_asked_for_are_dropped(service, client):
    service.replies((200, hours(["1", "28f393a8-62b3-4b4b-aa42-da769ce44895"])))
    assert client.work_hours.read(["1", "2"], START, END) == {"1": [row("1")], "2": []}


@pytest.mark.parametrize("psm", [None, 7, "", "text", [], {}])
def test_hours_of_whoever_they_are_may_be_those_of_anybody_not_answered_for(service, client, psm):
    service.replies((200, [*hours(["1"]), *hours([psm]), 7]))
    read = client.work_hours.read(["1", "2"], START, END)
    assert read == {"1": [row("1")], "2": Unreadable("psmId", {})}


@pytest.mark.parametrize("odd", [None, 7, "SHIFT", "", [], {}])
@pytest.mark.parametrize("name", ["type", "ruleType"])
def test_a_row_whose_rule_says_nothing_known_is_not_read(service, client, name, odd):
    service.replies((200, [{"psmId": "1", "details": [row("1") | {name: odd}]}]))
    (read,) = client.work_hours.read(["1"], START, END).values()
    assert read.field == name


def test_rows_without_a_rule_are_read_only_where_no_row_shows_one(service, client):
    shown = {"psmId": "2", "details": [row("2") | {"type": "WORKING_HOURS", "ruleType": "OVERRIDE"}]}
    service.replies((200, [*hours(["1"]), shown]))
    read = client.work_hours.read(["1", "2"], START, END)
    assert isinstance(read["1"], Unreadable)
    assert read["2"] == shown["details"]


def test_reading_no_hours_asks_nothing(service, client):
    assert client.work_hours.read([], START, END) == {}
    assert service.calls == []


def test_hours_are_replaced_whole_and_the_echo_may_be_empty(service, client):
    service.replies((200, None))
    assert client.work_hours.replace("row-1", {"psmId": "1"}) is None
    assert (service.asked()[0].method, service.asked()[0].path) == (
        "PUT",
        "/gh/sb-demo/calendar/work-hours/row-1",
    )


# Events


def test_events_are_found_with_cancelled_ones_in_windows_of_92_days_each_once(service, client):
    service.answer = lambda call: (
        200,
        {"content": [event("long"), event(call.query["from"])], "last": True, "totalElements": 2},
    )
    found = list(client.events.find(START, START + timedelta(days=100)))
    assert [event["id"] for event in found] == [
        "long",
        "2026-12-01T00:00:00.000Z",
        "2027-03-03T00:00:00.000Z",
    ]
    assert service.asked()[0].query == {
        "from": "2026-12-01T00:00:00.000Z",
        "to": "2027-03-03T00:00:00.000Z",
        "page": "0",
        "size": "1000",
        "sort": "startDateTime,asc",
        "includeCancelled": "true",
    }
    assert service.asked()[1].query["to"] == "2027-03-11T00:00:00.000Z"


def test_a_service_that_knows_only_the_references_query_is_asked_that_way_from_then_on(service, client):
    known = {"from", "to", "page", "size"}
    service.answer = lambda call: (200, EMPTY_PAGE) if call.query.keys() <= known else REFUSED
    list(client.events.find(START, END))
    assert [call.query["size"] for call in service.asked()] == ["1000", "100", "100"]
    list(client.events.find(START, END))
    assert len(service.asked()) == 4
    assert client.dialect.event_query is False


def test_events_refused_in_every_way_raise_before_the_first_item(service, client):
    service.replies(REFUSED)
    with pytest.raises(ApiError, match="400 BAD_REQUEST"):
        next(client.events.find(START, END))


def test_an_event_is_read_by_id_and_by_external_id(service, client):
    service.replies((200, event("1")), (404, []))
    assert client.events.get("1") == event("1")
    assert client.events.get_by_external_id("staffing/stand-up@2026-12-01") is None
    assert service.asked()[1].path == "/gh/sb-demo/calendar/events/staffing%2Fstand-up%402026-12-01"
    assert service.asked()[1].query == {"type": "EXTERNAL_ID"}


def test_event_writes_use_the_methods_that_exist(service, client):
    service.replies((201, {}), (200, {}), (200, {}), (200, None), (204, None))
    client.events.create({"hostId": "1"})
    client.events.update("e", {"eventTitle": "Stand-up"})
    client.events.replace("e", {"eventTitle": "Stand-up"})
    client.events.answer_invitation("e", "1", "Yes")
    client.events.delete("e")
    assert [(call.method, call.path.removeprefix("/gh/sb-demo/calendar")) for call in service.asked()] == [
        ("POST", "/events"),
        ("PATCH", "/events/e"),
        ("PUT", "/events/e"),
        ("PUT", "/events/e/invitation-response"),
        ("DELETE", "/events/e"),
    ]
    assert service.asked()[3].body == {"participantId": "1", "participationStatus": "Yes"}


def test_an_event_summary_is_a_row_per_user(service, client):
    service.replies((200, {"startDateTime": "…", "summary": [{"psmId": "1", "totalCreatedEvents": 2}]}))
    assert client.events.summary(["1"], START, END) == [{"psmId": "1", "totalCreatedEvents": 2}]


def test_the_three_schedules_have_their_own_paths(service, client):
    service.replies((200, [{"psmId": "1", "workHours": [], "events": []}]))
    for read in (client.schedules.read, client.schedules.available, client.schedules.full):
        assert read(["1"], START, END) == [{"psmId": "1", "workHours": [], "events": []}]
    assert [call.path.rpartition("/")[2] for call in service.asked()] == [
        "psm-schedules",
        "available-psm-schedules",
        "full-psm-schedules",
    ]


# Patients, records, audits


def test_a_patient_is_found_by_each_kind_of_key(service, client):
    service.replies((200, {"id": "p", "timezone ": "America/Los_Angeles"}))
    for kind in ("ID", "EID", "EGUID", "MRN"):
        assert client.patients.get("p", kind) == {"id": "p", "timezone": "America/Los_Angeles"}
    assert [call.query.get("type") for call in service.asked()] == [None, "EID", "EGUID", "MRN"]


def test_the_patient_filter_is_a_read(service, client):
    service.replies((503, None), (200, {"content": [{"id": "p"}], "last": True, "totalElements": 1}))
    assert list(client.patients.by_filter({})) == [{"id": "p"}]
    assert (client.reads, client.writes) == (3, 0)


def test_patients_are_listed_created_and_patched(service, client):
    service.replies((200, EMPTY_PAGE), (201, {"id": "p"}), (200, {"id": "p"}))
    assert list(client.patients.list(email="invented@clinic.example")) == []
    client.patients.create({"firstName": "Invented", "lastName": "Person"})
    client.patients.update("p", {"externalId": "P-1001"})
    assert service.asked()[0].query["email"] == "invented@clinic.example"
    assert [call.method for call in service.asked()] == ["GET", "POST", "PATCH"]


def test_records_fall_back_to_the_references_path_once(service, client):
    service.answer = lambda call: (404, None) if "/cdts/" in call.path else (201, {"id": "r"})
    client.records.create("p", "vitals", {"blood_sugar": 100})
    client.records.create("p", "vitals", {"blood_sugar": 101})
    assert [call.path.split("/")[5] for call in service.asked()] == ["cdts", "cdt", "cdt"]


def test_a_record_not_found_does_not_change_the_path(service, client):
    service.replies((404, [{"errorCode": "DT_RECORD_NOT_FOUND", "componentType": "CDT"}]))
    assert client.records.get("p", "vitals", "r") is None
    assert len(service.asked()) == 1


def test_a_path_that_exists_in_neither_spelling_shows_the_first_refusal(service, client):
    service.replies((404, None))
    with pytest.raises(NotFound, match="/cdts/vitals: 404"):
        client.records.create("p", "vitals", {})


def test_records_are_listed_with_every_finder_parameter(service, client):
    service.replies(
        (200, {"name": "vitals", "data": {"content": [{"id": "r", "jsonBody": {}}], "last": True}})
    )
    found = client.records.list(
        "p",
        "vitals",
        fields=["systolic", "diastolic"],
        filters="systolic=100,110",
        start=START,
        end=END,
        sort="created_at,asc",
    )
    assert list(found) == [{"id": "r", "jsonBody": {}}]
    assert service.asked()[0].query == {
        "page": "0",
        "size": "100",
        "fields": "systolic,diastolic",
        "filters": "systolic=100,110",
        "dateStart": "2026-12-01T00:00:00.000Z",
        "dateEnd": "2027-01-01T00:00:00.000Z",
        "sort": "created_at,asc",
    }


def test_a_bulk_update_gives_a_result_per_row(service, client):
    rows = [
        {"id": "a", "jsonBody": {}, "result": {"status": "OK"}},
        {"id": "b", "result": {"status": "NO"}},
    ]
    service.replies((200, {"rows": rows}))
    results = client.records.update_many("p", "vitals", {"a": {"systolic": 1}, "b": {"systolic": 2}})
    assert [(row.id, row.ok) for row in results] == [("a", True), ("b", False)]
    assert service.asked()[0].body["rows"][0] == {"id": "a", "jsonBody": {"systolic": 1}}


def test_a_record_is_updated_alone_and_deleted_with_an_empty_answer(service, client):
    service.replies((200, {"id": "r"}), (200, None))
    client.records.update("p", "vitals", "r", {"systolic": 1})
    client.records.delete("p", "vitals", "r")
    assert [(call.method, call.path) for call in service.asked()] == [
        ("PATCH", "/gh/sb-demo/patients/p/cdts/vitals/r"),
        ("DELETE", "/gh/sb-demo/patients/p/cdts/vitals/r"),
    ]


def test_cdt_types_come_from_the_formation_in_force(service, client):
    vitals = {"name": "vitals", "fields": [{"name": "systolic", "type": "integer"}]}
    service.replies((200, [vitals]), (200, vitals))
    assert client.cdt_types.list() == [vitals]
    assert client.cdt_types.get("vitals") == vitals
    assert service.asked()[1].path == "/gh/sb-demo/formations/current/cdts/vitals"


def test_audits_are_read_between_dates_in_order_of_sending(service, client):
    service.replies((200, meta_page([{"sentAt": "…"}, {"sentAt": "…"}])))
    for read in (client.audits.data, client.audits.security, client.audits.webhook):
        assert len(list(read(START, END, {"instance": "sb-demo"}))) == 2
    assert [call.path for call in service.asked()] == [
        "/gh/admin/audit-data",
        "/gh/admin/audit-security",
        "/gh/admin/audit-webhook",
    ]
    query = service.asked()[0].query
    assert query["sort"] == "sentAt,asc" and query["instance"] == "sb-demo" and "dateEnd" in query


@pytest.mark.parametrize(
    "read",
    [
        lambda client: client.users.list(),
        lambda client: client.users.get("johndoe"),
        lambda client: list(client.events.find(START, END)),
        lambda client: client.schedules.read(["1"], START, END),
        lambda client: client.events.summary(["1"], START, END),
        lambda client: client.records.update_many("p", "vitals", {}),
    ],
)
@pytest.mark.parametrize("payload", ["text", 7, [1]])
def test_json_of_another_shape_is_one_clear_error(service, client, read, payload):
    service.replies((200, payload))
    with pytest.raises(NoAnswer, match="the answer is not a") as caught:
        read(client)
    assert "\n" not in str(caught.value)


def test_a_proxys_not_found_page_is_no_proof_of_absence(service, client):
    service.replies((404, b"<html>Not Found</html>"))
    with pytest.raises(NoAnswer, match="a web page, not an answer of the Welkin API"):
        client.users.get("johndoe")


def test_records_come_by_age_and_unsorted_where_the_service_refuses_to_sort(service, client):
    record = {"id": "1", "jsonBody": {}}
    service.answer = lambda call: (
        (400, [])
        if "sort" in call.query
        else (200, {"name": "v", "data": {"content": [record], "last": True}})
    )
    assert list(client.records.list("p", "vitals")) == [record]
    assert [call.query.get("sort") for call in service.asked()] == ["created_at,asc", None]


OTHER = {"username": "janedoe", "id": "2"}


@pytest.mark.parametrize(
    ("read", "other"),
    [
        (lambda client: client.users.get("johndoe"), OTHER),
        (lambda client: client.users.get("1", by_id=True), OTHER),
        (lambda client: client.events.get("1"), event("2")),
        (lambda client: client.events.get_by_external_id("a"), event("1") | {"externalId": "b"}),
        (lambda client: client.patients.get("1"), {"id": "2"}),
        (lambda client: client.patients.get("P-1001", "EID"), {"id": "1", "externalId": "P-1002"}),
        (lambda client: client.records.get("p", "vitals", "1"), {"id": "2", "jsonBody": {}}),
    ],
)
def test_an_answer_about_something_else_is_none(service, client, read, other):
    service.replies((200, other))
    with pytest.raises(NoAnswer, match="about something else"):
        read(client)
