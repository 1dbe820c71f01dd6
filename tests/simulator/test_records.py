"""CDT records and type definitions (reference, Custom Data Types)."""

from __future__ import annotations

import pytest

SYSTEM = {
    *("id", "created_at", "created_by", "created_by_name", "updated_at", "updated_by", "updated_by_name"),
    *("source_type", "source_name", "source_id", "external_id", "external_guid"),
}
TYPES = [
    {
        "name": "intake-form",
        "title": "Intake",
        "fields": [
            {
                "name": "mood",
                "type": "select",
                "required": True,
                "options": [{"value": "good"}, {"value": "bad"}],
            },
            {"name": "notes", "type": "textarea", "bulkEdit": False, "phi": True},
            {"name": "day", "type": "date"},
            {"name": "at", "type": "datetime"},
            {"name": "done", "type": "checkbox"},
            {"name": "phone", "type": "phone"},
            {"name": "mail", "type": "email"},
            {"name": "tags", "type": "text", "multiple": True},
        ],
    },
    {"name": "summary", "type": "SINGLE_RECORD", "fields": [{"name": "text", "type": "text"}]},
    {"name": "sealed", "updatable": False, "fields": [{"name": "text", "type": "text"}]},
    {"name": "hidden", "readable": False, "fields": [{"name": "text", "type": "text"}]},
]


class Records:
    """The records of one patient and type."""

    def __init__(self, speaker, cdt="vitals", patient=None, step="cdts"):
        self._speaker = speaker
        self._path = f"/patients/{patient or speaker.patient()['id']}/{step}/{cdt}"

    def send(self, method, record="", body=None, **query):
        path = f"{self._path}/{record}" if record else self._path
        return self._speaker.instance(method, path, body, params=query)

    def make(self, **fields):
        answer = self.send("POST", body=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture
def vitals(live):
    return Records(live)


@pytest.fixture
def typed(live):
    live.control("POST", "/seed", {"tenants": {"gh": {"instances": {"sb-demo": {"cdts": TYPES}}}}})
    return live


def test_a_record_has_system_fields_and_every_field_of_its_type(vitals):
    record = vitals.make(blood_sugar=196, cdtName="vitals", unknown="dropped")
    assert set(record) == {"id", "patientId", "cdtId", "version", "jsonBody", "cdtName"}
    assert set(record["jsonBody"]) == SYSTEM | {"blood_sugar", "systolic", "diastolic"}
    assert (record["jsonBody"]["blood_sugar"], record["jsonBody"]["systolic"]) == (196, None)
    assert record["jsonBody"]["created_by_name"] == "API_CLIENT:VBOPNRYRWJIP"
    assert record["jsonBody"]["id"] == record["id"]


def test_values_are_coerced_by_the_type_of_their_field(vitals):
    record = vitals.make(blood_sugar="200", systolic=120.0)
    assert (record["jsonBody"]["blood_sugar"], record["jsonBody"]["systolic"]) == (200, 120)
    assert vitals.send("POST", body={"blood_sugar": "high"}).json()[0]["details"] == {"field": "blood_sugar"}


def test_system_fields_cannot_be_written(vitals):
    record = vitals.make(external_id="mine", created_by="me", blood_sugar=1)
    assert record["jsonBody"]["external_id"] is None
    assert record["jsonBody"]["created_by"] != "me"


def test_patch_keeps_what_is_not_sent_and_the_version(live, vitals):
    live.control("PUT", "/clock", {"frozen": True})
    before = vitals.make(blood_sugar=100, systolic=120)
    live.control("PUT", "/clock", {"advanceSeconds": 60})
    answer = vitals.send("PATCH", before["id"], {"blood_sugar": "200"})
    after = answer.json()
    assert answer.status_code == 200
    changed = {key for key in after["jsonBody"] if after["jsonBody"][key] != before["jsonBody"][key]}
    assert changed == {"blood_sugar", "updated_at"}
    assert after["version"] == before["version"]
    assert vitals.send("GET", before["id"]).json() == after


def test_delete_answers_200_without_a_body_and_the_record_is_gone(vitals):
    record = vitals.make(blood_sugar=1)
    answer = vitals.send("DELETE", record["id"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert "Content-Type" not in answer.headers
    error = vitals.send("GET", record["id"]).json()[0]
    assert (error["errorCode"], error["componentType"]) == ("DT_RECORD_NOT_FOUND", "CDT")
    assert set(error["details"]) == {"patientId", "cdtRecordId", "cdtName"}
    assert vitals.send("DELETE", record["id"]).status_code == 404


def test_a_list_is_a_spring_page_inside_data(vitals):
    for value in range(25):
        vitals.make(blood_sugar=value)
    body = vitals.send("GET", sort="blood_sugar,desc", page=1).json()
    assert set(body) == {"name", "data"}
    assert body["name"] == "vitals"
    assert [record["jsonBody"]["blood_sugar"] for record in body["data"]["content"]] == [4, 3, 2, 1, 0]
    assert (body["data"]["totalElements"], body["data"]["last"]) == (25, True)


def test_a_list_is_filtered_by_fields_values_and_dates(live, vitals):
    live.at("2026-12-01T12:00:00.000Z")
    for sugar, systolic in ((1, 10), (2, 10), (3, 20)):
        vitals.make(blood_sugar=sugar, systolic=systolic)

    def found(**query):
        content = vitals.send("GET", sort="blood_sugar,asc", **query).json()["data"]["content"]
        return [record["jsonBody"]["blood_sugar"] for record in content]

    assert found(filters="blood_sugar=1,3") == [1, 3]
    assert found(filters="blood_sugar=1,2,systolic=10") == [1, 2]
    assert found(filters="blood_sugar=3,systolic=10") == []
    assert found(dateStart="2026-12-01T00:00:00.000Z", dateEnd="2026-12-02T00:00:00.000Z") == [1, 2, 3]
    assert found(dateStart="2026-12-02T00:00:00.000Z") == []
    (record,) = vitals.send("GET", fields="blood_sugar,id", size=1).json()["data"]["content"]
    assert set(record["jsonBody"]) == {"blood_sugar", "id"}


@pytest.mark.parametrize(
    "query",
    [
        {"fields": "mood"},
        {"filters": "mood=good"},
        {"filters": "1"},
        {"filters": "systolic=x"},
        {"sort": "a"},
    ],
)
def test_a_query_beyond_the_type_is_refused(vitals, query):
    answer = vitals.send("GET", **query)
    assert (answer.status_code, answer.json()[0]["details"]) == (400, {"field": next(iter(query))})


def test_a_bulk_patch_answers_a_result_for_each_row(typed):
    records = Records(typed, "intake-form")
    first, second = records.make(mood="good"), records.make(mood="good", notes="x")
    rows = [
        {"id": first["id"], "jsonBody": {"mood": "bad"}},
        {"id": second["id"], "jsonBody": {"notes": "y"}},
        {"id": second["id"], "jsonBody": {"mood": "fair"}},
        {"id": "6801d498-26f4-4aee-961b-5daffcf193c8", "jsonBody": {"mood": "bad"}},
    ]
    answer = records.send("PATCH", body={"rows": rows})
    assert answer.status_code == 200
    done, *failed = answer.json()["rows"]
    assert set(done) == {"id", "jsonBody", "result"}
    assert done["result"] == {"status": "OK", "content": None}
    assert done["jsonBody"]["mood"] == "bad"
    assert [row["result"]["status"] for row in failed] == ["ERROR"] * 3
    assert records.send("GET", second["id"]).json()["jsonBody"]["notes"] == "x"


def test_each_field_type_takes_its_own_values_only(typed):
    records = Records(typed, "intake-form")
    good = {
        "mood": "good",
        "notes": "a\nb",
        "day": "2026-12-01T00:00:00.000Z",
        "at": "2026-12-01T09:30:00.000Z",
        "done": True,
        "phone": "+15552009845",
        "mail": "ada@example.org",
        "tags": ["a", "b"],
    }
    body = records.make(**good)["jsonBody"]
    assert {key: body[key] for key in good} == good
    assert records.make(mood="bad", day="2026-12-01", done="false")["jsonBody"]["done"] is False
    for key, value in [
        *(("mood", "fair"), ("mood", None), ("notes", []), ("day", "1 December"), ("at", "2026-12-01")),
        *(("done", "perhaps"), ("phone", "555"), ("mail", "ada"), ("tags", "a"), ("tags", [{}])),
    ]:
        answer = records.send("POST", body={**good, key: value})
        assert answer.status_code == 400
        assert answer.json()[0]["details"]["field"].startswith(key)


def test_required_fields_are_required_on_creation_only(typed):
    records = Records(typed, "intake-form")
    assert records.send("POST", body={"notes": "x"}).json()[0]["details"] == {"field": "mood"}
    record = records.make(mood="good")
    assert records.send("PATCH", record["id"], {"notes": "x"}).status_code == 200
    assert records.send("PATCH", record["id"], {"mood": None}).status_code == 400


def test_flags_of_the_type_hold(typed):
    patient = typed.patient()["id"]
    single = Records(typed, "summary", patient)
    single.make(text="once")
    assert single.send("POST", body={"text": "twice"}).status_code == 409
    assert Records(typed, "sealed", patient).send("POST", body={"text": "x"}).status_code == 403
    assert Records(typed, "sealed", patient).send("GET").status_code == 200
    assert Records(typed, "hidden", patient).send("GET").status_code == 403


def test_unknown_patients_types_and_records_are_404s(live, vitals):
    assert Records(live, patient="6801d498-26f4-4aee-961b-5daffcf193c8").send("GET").status_code == 404
    assert Records(live, "nothing").send("GET").json()[0]["errorCode"] == "CDT_NOT_FOUND"
    record = vitals.make(blood_sugar=1)
    assert Records(live).send("GET", record["id"]).status_code == 404  # of another patient


def test_live_knows_the_path_cdts_only(live):
    assert Records(live, step="cdt").send("GET").status_code == 404


def test_formations_describe_the_types(typed):
    answer = typed.instance("GET", "/formations/current/cdts")
    types = {each["name"]: each for each in answer.json()}
    assert set(types) == {"intake-form", "summary", "sealed", "hidden", "vitals"}
    intake = types["intake-form"]
    assert set(intake) == {
        *("id", "name", "title", "label", "version", "internal", "readable", "updatable", "type", "relation"),
        *("fields", "_containsPHI"),
    }
    assert (intake["type"], intake["_containsPHI"], types["sealed"]["updatable"]) == (
        "MULTI_RECORD",
        True,
        False,
    )
    fields = {field["name"]: field for field in intake["fields"]}
    assert set(fields["mood"]["meta"]) == {"required", "options", "multiple"}
    assert {name for name, field in fields.items() if not field["editable"]} == SYSTEM
    assert typed.instance("GET", "/formations/current/cdts/intake-form").json() == intake
    assert typed.instance("GET", "/formations/current/cdts/nothing").status_code == 404


@pytest.mark.parametrize("step", ["cdt", "cdts"])
def test_reference_knows_both_paths_and_fewer_keys(reference, step):
    records = Records(reference, step=step)
    record = records.make(blood_sugar=196, systolic=100, diastolic=174)
    assert set(record) == {"id", "patientId", "cdtId", "version", "jsonBody"}
    fields = {"blood_sugar", "systolic", "diastolic"}
    assert set(record["jsonBody"]) == SYSTEM - {"external_id", "external_guid"} | fields
    assert (
        records.send("PATCH", record["id"], {"blood_sugar": "200"}).json()["jsonBody"]["blood_sugar"] == 200
    )
    assert records.send("GET").json()["data"]["totalElements"] == 1
    assert records.send("DELETE", record["id"]).status_code == 405
    assert records.send("PATCH", body={"rows": []}).status_code == 405
    assert reference.instance("GET", "/formations/current/cdts").status_code == 404
