"""Work hours (reference, Working Hours)."""

from __future__ import annotations

import pytest

MONDAY = {"day": 1, "startTime": "09:00:00", "endTime": "17:00:00"}
START, END = "2026-12-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z"


def _details(speaker, psm, **more):
    found = speaker.hours_of(psm, **more)
    return sorted(found[0]["details"], key=lambda row: row["startDateTime"]) if found else []


def test_create_answers_one_object_with_nested_details(live):
    psm = live.user(timezone="US/Pacific")["id"]
    answer = live.hours(psm, START, END, [MONDAY])
    assert answer.status_code == 201
    assert answer.json()["psmId"] == psm
    (row,) = answer.json()["details"]
    assert set(row) == {
        *("workHoursId", "name", "type", "ruleType", "startDateTime", "endDateTime", "localStartDateTime"),
        *("localEndDateTime", "daysInfo", "createdAt", "updatedAt", "createdBy", "updatedBy"),
    }
    assert (row["name"], row["type"], row["ruleType"]) == (None, "WORKING_HOURS", "DEFAULT")
    assert {key: row["daysInfo"][0][key] for key in MONDAY} == MONDAY
    assert len(row["daysInfo"][0]["daysInfoId"]) == 36


def test_local_times_are_the_instant_in_the_users_own_zone(live):
    psm = live.user(timezone="US/Pacific")["id"]
    live.hours(psm, "2026-07-01T00:00:00.000Z", END, [MONDAY])
    (row,) = _details(live, psm)
    assert row["localStartDateTime"] == "2026-06-30T17:00:00.000-07:00"
    assert row["localEndDateTime"] == "2026-12-31T15:59:59.999-08:00"
    (row,) = _details(live, psm, viewerTimezone="America/New_York")
    assert row["localStartDateTime"] == "2026-06-30T20:00:00.000-04:00"


def test_an_open_end_stays_null(live):
    psm = live.user()["id"]
    live.hours(psm, START, None, [MONDAY])
    (row,) = _details(live, psm)
    assert row["endDateTime"] is None and row["localEndDateTime"] is None


def test_only_users_with_rows_appear(live):
    with_rows, without = live.user("a")["id"], live.user("b")["id"]
    live.hours(with_rows, START, END, [MONDAY])
    assert [each["psmId"] for each in live.hours_of(with_rows, without)] == [with_rows]
    assert live.hours_of(without) == []


@pytest.mark.parametrize("name", ["psmIds", "psm-ids"])
def test_live_takes_both_spellings_of_the_parameter(live, name):
    psm = live.user()["id"]
    live.hours(psm, START, END, [MONDAY])
    assert len(live.hours_of(psm, name=name)) == 1


def test_a_period_that_overlaps_the_range_is_returned_whole(live):
    psm = live.user()["id"]
    live.hours(psm, START, END, [MONDAY])
    inside = {"from": "2026-12-10T00:00:00.000Z", "to": "2026-12-11T00:00:00.000Z"}
    (row,) = _details(live, psm, **inside)
    assert (row["startDateTime"], row["endDateTime"]) == (START, END)
    assert _details(live, psm, **{"from": "2027-01-01T00:00:00.000Z", "to": "2027-02-01T00:00:00.000Z"}) == []
    assert _details(live, psm, **{"from": "2026-11-01T00:00:00.000Z", "to": "2026-11-30T00:00:00.000Z"}) == []


def test_name_type_rule_and_encounters_are_kept(live):
    psm = live.user()["id"]
    live.hours(psm, START, END, [MONDAY], name="Winter", ruleType="OVERRIDE")
    live.hours(psm, START, END, [MONDAY], type="AVAILABILITY", encounters=["intake"])
    override, availability = sorted(_details(live, psm), key=lambda row: row["ruleType"], reverse=True)
    assert (override["name"], override["ruleType"]) == ("Winter", "OVERRIDE")
    assert "encounters" not in override
    assert availability["encounters"] == ["intake"]


def test_split_shifts_duplicates_and_days_off_are_kept(live):
    psm = live.user()["id"]
    off = {"day": 3, "startTime": None, "endTime": None}
    afternoon = {"day": 1, "startTime": "17:30:00", "endTime": "20:00:00"}
    live.hours(psm, START, END, [MONDAY, afternoon, MONDAY, off])
    (row,) = _details(live, psm)
    kept = [{key: day[key] for key in MONDAY} for day in row["daysInfo"]]
    assert kept == [MONDAY, afternoon, MONDAY, off]


def test_put_replaces_the_row_with_new_day_ids_and_answers_without_any(live):
    psm = live.user()["id"]
    (before,) = live.hours(psm, START, END, [MONDAY], name="Winter").json()["details"]
    body = {"psmId": psm, "startDateTime": START, "endDateTime": END, "daysInfo": [MONDAY], "updatedBy": psm}
    answer = live.instance("PUT", f"/calendar/work-hours/{before['workHoursId']}", body)
    assert answer.status_code == 200
    assert answer.json() == {"psmId": psm, "startDateTime": START, "endDateTime": END, "daysInfo": [MONDAY]}
    (after,) = _details(live, psm)
    assert after["workHoursId"] == before["workHoursId"]
    assert after["createdAt"] == before["createdAt"]
    assert after["name"] is None
    assert after["daysInfo"][0]["daysInfoId"] != before["daysInfo"][0]["daysInfoId"]


def test_put_of_unknown_hours_is_a_404(live):
    psm = live.user()["id"]
    body = {"psmId": psm, "startDateTime": START, "endDateTime": END, "daysInfo": [MONDAY]}
    answer = live.instance("PUT", "/calendar/work-hours/d22d0c67-691f-4f1c-991b-09cce97ec7ce", body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "WORK_HOURS_NOT_FOUND")


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "GET"])
def test_hours_have_no_other_calls_by_id(live, method):
    assert (
        live.instance(method, "/calendar/work-hours/d22d0c67-691f-4f1c-991b-09cce97ec7ce").status_code == 405
    )


def test_a_default_row_cuts_the_one_that_covers_its_start(live):
    psm = live.user()["id"]
    live.hours(psm, "2026-01-01T00:00:00.000Z", None, [MONDAY])
    live.hours(psm, "2026-06-01T00:00:00.000Z", None, [MONDAY])
    live.hours(psm, START, END, [MONDAY])
    assert [row["endDateTime"] for row in _details(live, psm)] == [
        "2026-05-31T23:59:59.999Z",
        "2026-11-30T23:59:59.999Z",
        END,
    ]


def test_put_cuts_neighbours_too(live):
    psm = live.user()["id"]
    live.hours(psm, "2026-01-01T00:00:00.000Z", "2026-06-30T23:59:59.999Z", [MONDAY])
    (late,) = live.hours(psm, START, END, [MONDAY]).json()["details"]
    body = {
        "psmId": psm,
        "startDateTime": "2026-06-01T00:00:00.000Z",
        "endDateTime": END,
        "daysInfo": [MONDAY],
    }
    live.instance("PUT", f"/calendar/work-hours/{late['workHoursId']}", body)
    assert _details(live, psm)[0]["endDateTime"] == "2026-05-31T23:59:59.999Z"


def test_overrides_and_rows_of_another_type_or_user_or_place_are_not_cut(live):
    psm, other = live.user("a")["id"], live.user("b")["id"]
    live.hours(psm, "2026-01-01T00:00:00.000Z", None, [MONDAY], ruleType="OVERRIDE")
    live.hours(psm, "2026-01-01T00:00:00.000Z", None, [MONDAY], type="AVAILABILITY")
    live.hours(other, "2026-01-01T00:00:00.000Z", None, [MONDAY])
    live.hours(psm, "2026-01-02T00:00:00.000Z", None, [MONDAY])
    live.hours(psm, START, END, [MONDAY], ruleType="OVERRIDE")
    body = {"psmId": psm, "startDateTime": START, "endDateTime": END, "daysInfo": [MONDAY]}
    live.send("POST", "/gh/elsewhere/calendar/work-hours", body)
    ends = [row["endDateTime"] for each in live.hours_of(psm, other) for row in each["details"]]
    assert sorted(map(str, ends)) == [END, "None", "None", "None", "None"]


def test_cutting_can_be_switched_off(simulate):
    speaker = simulate(cut_neighbours=False)
    psm = speaker.user()["id"]
    speaker.hours(psm, "2026-01-01T00:00:00.000Z", None, [MONDAY])
    speaker.hours(psm, START, END, [MONDAY])
    assert _details(speaker, psm)[0]["endDateTime"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"psmId": "d22d0c67-691f-4f1c-991b-09cce97ec7ce"}, "psmId"),
        ({"psmId": "johndoe"}, "psmId"),
        ({"startDateTime": "2026-12-01"}, "startDateTime"),
        ({"startDateTime": "2026-12-01T00:00:00Z"}, "startDateTime"),
        ({"startDateTime": "2026-02-30T00:00:00.000Z"}, "startDateTime"),
        ({"startDateTime": None}, "startDateTime"),
        ({"endDateTime": START}, "endDateTime"),
        ({"endDateTime": 12}, "endDateTime"),
        ({"daysInfo": {}}, "daysInfo"),
        ({"daysInfo": [{**MONDAY, "day": 0}]}, "daysInfo[0].day"),
        ({"daysInfo": [{**MONDAY, "day": "1"}]}, "daysInfo[0].day"),
        ({"daysInfo": [MONDAY, {**MONDAY, "startTime": "9:00"}]}, "daysInfo[1].startTime"),
        ({"daysInfo": [{**MONDAY, "endTime": "24:00:00"}]}, "daysInfo[0].endTime"),
        ({"daysInfo": [{**MONDAY, "endTime": "08:00:00"}]}, "daysInfo[0].endTime"),
        ({"daysInfo": [{**MONDAY, "endTime": None}]}, "daysInfo[0].endTime"),
        ({"daysInfo": [{"day": 1}]}, "daysInfo[0].startTime"),
        ({"type": "HOLIDAY"}, "type"),
        ({"ruleType": "default"}, "ruleType"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(live, change, field):
    body = {
        "psmId": live.user()["id"],
        "startDateTime": START,
        "endDateTime": END,
        "daysInfo": [MONDAY],
        **change,
    }
    answer = live.instance("POST", "/calendar/work-hours", body)
    assert answer.status_code == 400
    assert answer.json()[0]["details"] == {"field": field}


@pytest.mark.parametrize("absent", ["psmId", "startDateTime", "endDateTime", "daysInfo"])
def test_every_required_key_is_required(live, absent):
    body = {"psmId": live.user()["id"], "startDateTime": START, "endDateTime": END, "daysInfo": [MONDAY]}
    del body[absent]
    answer = live.instance("POST", "/calendar/work-hours", body)
    assert (answer.status_code, answer.json()[0]["details"]) == (400, {"field": absent})


def test_reference_reads_by_its_own_parameter_only(reference):
    psm = reference.user()["id"]
    assert reference.hours(psm, START, END, [MONDAY]).status_code == 201
    ((row,),) = [each["details"] for each in reference.hours_of(psm, name="psm-ids")]
    assert set(row) == {
        *("workHoursId", "createdBy", "createdAt", "updatedBy", "updatedAt"),
        *("startDateTime", "endDateTime", "daysInfo"),
    }
    query = {"psmIds": psm, "from": START, "to": END}
    assert reference.instance("GET", "/calendar/work-hours", params=query).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"endDateTime": None},
        {"daysInfo": [{"day": 1, "startTime": None, "endTime": None}]},
        {"ruleType": "OVERRIDE"},
        {"name": "Winter"},
    ],
)
def test_reference_knows_neither_nulls_nor_rules(reference, change):
    psm = reference.user()["id"]
    body = {"psmId": psm, "startDateTime": START, "endDateTime": END, "daysInfo": [MONDAY], **change}
    assert reference.instance("POST", "/calendar/work-hours", body).status_code == 400


def test_reference_never_cuts(reference):
    psm = reference.user()["id"]
    reference.hours(psm, "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z", [MONDAY])
    reference.hours(psm, START, END, [MONDAY], createdBy=psm)
    ends = [row["endDateTime"] for row in reference.hours_of(psm, name="psm-ids")[0]["details"]]
    assert sorted(ends) == [END, "2027-01-01T00:00:00.000Z"]
