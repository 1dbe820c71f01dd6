"""Invented patients and their records in a sandbox: what is declared comes about, nothing of it is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import HEAD, Simulate, Workspace
from tests.support.service import JSON, Service

DEMO = HEAD + "demoData: true\n"
ADA = "patients: {P-1: {firstName: Ada, lastName: Invented, email: ada@example.org, birthDate: 1961-04-09}}\n"
READING = (
    "{patient: {externalId: P-1}, type: vitals, key: [blood_sugar], fields: {blood_sugar: 96, systolic: 118}}"
)
TYPE = """
tenants:
  gh:
    instances:
      sb-demo:
        cdts:
          - name: intake
            fields:
              - {name: taken_at, type: datetime}
              - {name: day, type: date}
              - {name: note, type: text, required: true}
              - {name: fasting, type: checkbox}
              - {name: side, type: select, options: [{value: left}, {value: right}]}
              - {name: tags, type: select, multiple: true, options: [{value: a}, {value: b}, {value: c}]}
              - {name: contact, type: phone}
"""


def patients(service: Service) -> list[JSON]:
    return list(service.send("GET", "/gh/sb-demo/patients", size="100").json()["content"])


def records(service: Service, cdt: str = "vitals") -> list[JSON]:
    (ada,) = [each for each in patients(service) if each["externalId"] == "P-1"]
    answer = service.send("GET", f"/gh/sb-demo/patients/{ada['id']}/cdts/{cdt}").json()
    return [record["jsonBody"] for record in answer["data"]["content"]]


def declare(workspace: Workspace, text: str) -> None:
    workspace.write(text, head=DEMO)


def test_patients_and_records_are_created_once(workspace: Workspace, service: Service) -> None:
    declare(workspace, f"{ADA}records: [{READING}]\n")
    workspace.at(service).apply()
    workspace.settled()
    (ada,) = patients(service)
    assert (ada["firstName"], ada["birthDate"]) == ("Ada", "1961-04-09T00:00:00.000Z")
    (reading,) = records(service)
    assert (reading["blood_sugar"], reading["systolic"], reading["diastolic"]) == (96, 118, None)


def test_only_what_differs_is_patched_and_clear_sends_null(workspace: Workspace, service: Service) -> None:
    declare(workspace, f"{ADA}records: [{READING}]\n")
    workspace.at(service).apply()
    changed = ADA.replace("email: ada@example.org", "clear: [email]")
    declare(workspace, f"{changed}records: [{READING.replace('118', '121')}]\n")
    plan = workspace.plan().plan
    assert [(c["key"], c["request"]["method"], c["request"]["body"]) for c in plan] == [
        ("patient/P-1", "PATCH", {"email": None}),
        ("record/P-1/vitals/blood_sugar=96", "PATCH", {"systolic": 121}),
    ]
    workspace.apply()
    workspace.settled()
    assert patients(service)[0]["email"] is None
    assert [reading["systolic"] for reading in records(service)] == [121]


def test_fields_that_nobody_declares_are_left_alone(workspace: Workspace, service: Service) -> None:
    declare(workspace, f"{ADA}records: [{READING}]\n")
    workspace.at(service).apply()
    (ada,) = patients(service)
    service.send("PATCH", f"/gh/sb-demo/patients/{ada['id']}", {"city": "Oakland"})
    (reading,) = records(service)
    path = f"/gh/sb-demo/patients/{ada['id']}/cdts/vitals/{reading['id']}"
    service.send("PATCH", path, {"diastolic": 80})
    workspace.settled()


def test_patients_are_never_deleted(workspace: Workspace, service: Service) -> None:
    declare(workspace, f"prune: true\n{ADA}records: [{READING}]\n")
    workspace.at(service).apply()
    declare(workspace, "prune: true\n")
    workspace.settled()
    assert len(patients(service)) == 1
    assert len(records(service)) == 1


def test_absent_deletes_a_record(workspace: Workspace, service: Service) -> None:
    other = READING.replace("96", "104")
    declare(workspace, f"{ADA}records: [{READING}, {other}]\n")
    workspace.at(service).apply()
    gone = READING.replace("}}", "}, ensure: absent}")
    declare(workspace, f"{ADA}records: [{gone}, {other}]\n")
    workspace.apply()
    workspace.settled()
    assert [reading["blood_sugar"] for reading in records(service)] == [104]


def test_an_event_of_the_same_plan_is_attended_by_a_new_patient(
    workspace: Workspace, service: Service
) -> None:
    declare(
        workspace,
        "users: {johndoe: {email: john@example.org}}\n"
        + ADA
        + "events: {visit: {title: Visit, host: johndoe, starts: 2026-12-01T09:00, duration: 30m, "
        "participants: [{patient: {externalId: P-1}}]}}\n",
    )
    changes = workspace.at(service).plan().plan
    assert [change["key"] for change in changes] == ["user/johndoe", "patient/P-1", "event/visit@2026-12-01"]
    assert changes[2]["after_keys"] == ["patient/P-1", "user/johndoe"]
    workspace.apply()
    workspace.settled()
    (visit,) = service.events()
    who = {each["participantRole"]: each["participantId"] for each in visit["participants"]}
    assert who["patient"] == patients(service)[0]["id"]


def test_a_saved_plan_fills_in_ids_and_is_not_applied_twice(workspace: Workspace, service: Service) -> None:
    declare(workspace, f"{ADA}records: [{READING}]\n")
    workspace.at(service).run("plan", "--out", "p.json")
    path = json.loads((workspace.folder / "p.json").read_text())["changes"][1]["request"]["path"]
    assert path == "/gh/sb-demo/patients/{patient/P-1}/cdts/vitals"
    for _ in range(2):
        assert workspace.run("apply", "p.json", "--auto-approve").code == 0
    assert len(patients(service)) == 1
    assert len(records(service)) == 1


@pytest.mark.parametrize("fault", ["500-after", "cut-after", "502-after", "cut-before"])
def test_a_lost_answer_makes_no_second_patient_or_record(
    fault: str, workspace: Workspace, service: Service, impatient: list[float]
) -> None:
    service.fault(f"{fault}:POST:/patients:1", f"{fault}:POST:/gh/sb-demo/patients:@2")
    declare(workspace, f"{ADA}records: [{READING}]\n")
    workspace.at(service).run("apply", "--auto-approve")
    service.no_faults()
    workspace.apply()
    workspace.settled()
    assert (len(patients(service)), len(records(service))) == (1, 1)


def test_a_record_waits_for_its_patient(
    workspace: Workspace, service: Service, impatient: list[float]
) -> None:
    service.fault("500-before:POST:/gh/sb-demo/patients")
    declare(workspace, f"{ADA}records: [{READING}]\n")
    done = workspace.at(service).run("apply", "--auto-approve")
    assert done.code == 1
    assert "record/P-1/vitals/blood_sugar=96 skipped: needs patient/P-1" in done.stderr + done.stdout
    assert [call.path for call in service.calls() if "cdts/vitals" in call.path] == []


def test_nothing_of_a_patient_is_told_but_the_external_id(workspace: Workspace, service: Service) -> None:
    declare(workspace, f"{ADA}records: [{READING}]\n")
    shown = workspace.at(service).run("plan", "--show-unchanged")
    done = workspace.apply()
    declare(workspace, ADA.replace("Ada", "Eve") + f"records: [{READING.replace('118', '121')}]\n")
    changed = workspace.run("plan")
    for result in (shown, done, changed):
        text = result.stdout + result.stderr
        assert "patient/P-1" in text
        assert not [word for word in ("Ada", "Eve", "Invented", "ada@", "1961", "118", "121") if word in text]


def test_a_value_not_taken_over_is_named_not_quoted(workspace: Workspace, service: Service) -> None:
    declare(workspace, ADA)
    workspace.at(service).run("plan", "--out", "p.json")
    service.send("POST", "/gh/sb-demo/patients", {"firstName": "Eve", "lastName": "X", "externalId": "P-1"})
    done = workspace.run("apply", "p.json", "--auto-approve")
    assert done.code == 1
    assert "patient/P-1: " in done.stderr and "firstName" in done.stderr
    assert not [word for word in ("Ada", "Eve", "1961") if word in done.stderr], done


def test_values_are_coerced_as_the_type_says(
    workspace: Workspace, simulate_service: Simulate, tmp_path: Path
) -> None:
    (tmp_path / "types.seed").write_text(TYPE)
    service = simulate_service(seed_files=(str(tmp_path / "types.seed"),))
    fields = (
        "{taken_at: 2026-12-01T09:00, day: 2026-12-01, note: 0120, fasting: true, side: left, "
        "tags: [c, a], contact: +15552009845}"
    )
    declare(
        workspace,
        f"{ADA}records: [{{patient: {{externalId: P-1}}, type: intake, key: [taken_at, day], "
        f"fields: {fields}}}]\n",
    )
    workspace.at(service).apply()
    workspace.settled()
    (entry,) = records(service, "intake")
    assert entry["taken_at"] == "2026-12-01T17:00:00.000Z"  # by the environment's clock
    assert entry["day"] == "2026-12-01T00:00:00.000Z"
    assert (entry["note"], entry["fasting"], entry["tags"]) == ("0120", True, ["c", "a"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("{blood_sugar: high}", "`blood_sugar` must be a whole number"),
        ("{blood_sugar: 096}", "`blood_sugar` must be a whole number"),
        ("{blood_sugar: [96]}", "`blood_sugar` must be one value, not a list"),
        (
            "{blood_sugar: 96, sistolic: 1}",
            "vitals has no field `sistolic` to write; did you mean `systolic`?",
        ),
        ("{blood_sugar: 96, created_at: 2026-12-01}", "vitals has no field `created_at` to write"),
        ("{systolic: 120}", "`blood_sugar` is a key and stands not among the fields"),
    ],
)
def test_a_value_that_does_not_fit_the_type_is_an_error_at_its_place(
    fields: str, message: str, workspace: Workspace, service: Service
) -> None:
    entry = f"{{patient: {{externalId: P-1}}, type: vitals, key: [blood_sugar], fields: {fields}}}"
    declare(workspace, f"{ADA}records: [{entry}]\n")
    done = workspace.at(service).run("plan")
    assert done.code == 1
    assert "env.yaml:" in done.stderr and message in done.stderr, done


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{ADA}records: [{READING}, {READING}]\n", "declared twice: the same key fields as in env.yaml:"),
        ("records: [{patient: {externalId: P-9}, type: vitals, key: [systolic], fields: {systolic: 1}}]\n",
         "no patient with external id `P-9`"),
        (ADA + f"records: [{READING.replace('vitals', 'vital')}]\n",
         "this instance has no CDT `vital`; did you mean `vitals`?"),
        ("patients: {P-1: {firstName: Ada}}\n", "`lastName` needed: patient/P-1 doesn't exist yet"),
        ("patients: {P-1: {firstName: Ada, lastName: X, email: a@b.org, clear: [email]}}\n",
         "`email` is both set and cleared"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_the_plan(
    text: str, message: str, workspace: Workspace, service: Service
) -> None:
    declare(workspace, text)
    done = workspace.at(service).run("plan")
    assert (done.code, message in done.stderr) == (1, True), done


def test_a_name_of_welkins_own_is_refused(workspace: Workspace) -> None:
    declare(workspace, f"{ADA}records: [{READING.replace('vitals', '_patient_info')}]\n")
    done = workspace.run("validate")
    assert done.code == 1
    assert "those that begin with `_` are Welkin's own" in done.stderr + done.stdout


@pytest.mark.parametrize("section", [ADA, f"records: [{READING}]\n"])
def test_without_demo_data_an_error_explains_why_patients_stay_out_of_git(
    section: str, workspace: Workspace
) -> None:
    workspace.write(section)
    done = workspace.run("validate")
    assert done.code == 1
    assert "patient data doesn't belong in Git" in done.stderr + done.stdout


@pytest.mark.parametrize("key", ["email: a@example.org", "phone: +15552009845", "mrn: 12", "name: Ada"])
def test_participants_are_named_by_external_id_or_id_only(key: str, workspace: Workspace) -> None:
    workspace.write(
        "users: {johndoe: {email: john@example.org}}\n"
        "events: {visit: {title: Visit, host: johndoe, starts: 2026-12-01T09:00, duration: 30m, "
        f"participants: [{{patient: {{{key}}}}}]}}}}\n"
    )
    done = workspace.run("validate")
    assert done.code == 1
    assert "externalId" in done.stderr + done.stdout


def test_only_what_is_declared_is_read(workspace: Workspace, service: Service) -> None:
    for number in range(30):
        service.patient(f"X-{number}")
    declare(workspace, f"{ADA}records: [{READING}]\n")
    workspace.at(service).apply()
    service.forget()
    workspace.settled()
    asked: list[Any] = [
        call.path for call in service.calls() if "events" not in call.path and call.method == "GET"
    ]
    (ada,) = [each for each in patients(service) if each["externalId"] == "P-1"]
    assert asked == [
        "/gh/sb-demo/patients/P-1",
        "/gh/sb-demo/formations/current/cdts",
        f"/gh/sb-demo/patients/{ada['id']}/cdts/vitals",
    ]
