"""`get` lists what the service has, in three formats, and tells of patients only on request."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from reconciler.commands.get import AUDITS, KINDS
from reconciler.listing.things import THINGS, Audit
from tests.conftest import NOW, Simulate, Workspace
from tests.stories.test_wrapping import seen
from tests.support.cli import Result, run
from tests.support.service import Service

PERSONAL = ("Ada", "Invented", "ada@example.org", "+15552009801", "1961-04-09", "Oakland", "Elm Street")
RECORD = ("--patient", "P-1", "--type", "vitals")


@pytest.fixture
def clinic(workspace: Workspace, service: Service) -> Workspace:
    """A person with hours, a meeting, and an appointment with a patient who has a reading."""
    workspace.write(
        "users: {johndoe: {email: john@example.org, firstName: John}, janedoe: {email: jane@example.org}}\n"
        "workHours: {johndoe: [{from: 2026-12-01, days: {mon-thu: 09:00-17:00}}]}\n"
        "events: {standup: {title: Stand-up, host: johndoe, starts: 2026-11-26T10:00, duration: 30m}}\n"
    )
    workspace.at(service).apply()
    body = {
        "firstName": "Ada", "lastName": "Invented", "externalId": "P-1", "email": "ada@example.org",
        "phone": "+15552009801", "birthDate": "1961-04-09T00:00:00.000Z", "city": "Oakland",
        "addressLine1": "1 Elm Street",
    }  # fmt: skip
    ada = service.send("POST", "/gh/sb-demo/patients", body).json()["id"]
    guest = {"participantId": ada, "participantRole": "patient"}
    start, end = "2026-11-25T17:00:00.000Z", "2026-11-25T17:30:00.000Z"
    service.event("johndoe", start, end, eventTitle="Visit of Ada Invented", participants=[guest])
    service.send("POST", f"/gh/sb-demo/patients/{ada}/cdts/vitals", {"blood_sugar": 96})
    return workspace


def get(workspace: Workspace, kind: str, *args: str) -> Result:
    extra = RECORD if kind == "records" and "--patient" not in args else ()
    where = ("--api-url", workspace.url) if workspace.url else ("--simulator",)
    return run("get", kind, "env.yaml", *extra, *args, *where, "--now", workspace.now, cwd=workspace.folder)


def rows(workspace: Workspace, kind: str, *args: str) -> Any:
    done = get(workspace, kind, *args, "--format", "json")
    assert done.code == 0, done
    return done.data


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_the_same_in_json_and_yaml_and_has_a_table(kind: str, clinic: Workspace) -> None:
    clinic.now = NOW.replace("12:00", "23:00")  # what the set-up wrote is past, for audits and summaries
    found = rows(clinic, kind)
    assert found
    as_yaml = get(clinic, kind, "--format", "yaml")
    assert yaml.safe_load(as_yaml.stdout) == found
    table = get(clinic, kind)
    assert table.code == 0, table
    heading, *lines = table.stdout.splitlines()
    assert heading.isupper() and len(lines) >= len(found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format", ["table", "json", "yaml"])
def test_patients_are_not_told_of_unless_asked(kind: str, format: str, clinic: Workspace) -> None:
    clinic.now = NOW.replace("12:00", "23:00")
    done = get(clinic, kind, "--format", format)
    assert done.code == 0, done
    assert not [word for word in PERSONAL if word in done.stdout + done.stderr], done


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("patients", "ada@example.org"),
        ("events", "Visit of Ada"),
        ("schedules", "Visit of Ada"),
        ("audits", "Ada"),
    ],
)
def test_on_request_patients_are_shown(kind: str, word: str, clinic: Workspace) -> None:
    clinic.now = NOW.replace("12:00", "23:00") if kind == "audits" else NOW
    done = get(clinic, kind, "--show-patient-data", "--format", "json")
    assert word in done.stdout


def test_what_is_left_out_is_said_once_and_not_in_the_result(clinic: Workspace) -> None:
    done = get(clinic, "patients", "--format", "json")
    assert [set(row) & {"firstName", "email", "mrn", "city"} for row in done.data] == [set()]
    assert done.stderr == "patients' data is left out; --show-patient-data shows it\n"


def test_texts_of_records_are_left_out_numbers_are_not(
    workspace: Workspace, simulate_service: Simulate, tmp_path: Path
) -> None:
    seed = tmp_path / "types.seed"
    seed.write_text(
        "tenants: {gh: {instances: {sb-demo: {cdts: [{name: intake, fields: ["
        "{name: score, type: integer}, {name: note, type: text}, {name: secret, type: integer, phi: true}]}],"
        "patients: [{firstName: A, lastName: B, externalId: P-1}],"
        "records: [{patient: P-1, cdt: intake, jsonBody: {score: 7, note: Ada, secret: 1}}]}}}}"
    )
    workspace.write("")
    workspace.at(simulate_service(seed_files=(str(seed),)))
    (row,) = rows(workspace, "records", "--patient", "P-1", "--type", "intake")
    assert set(row["jsonBody"]) == {"created_at", "updated_at", "score"}
    (row,) = rows(workspace, "records", "--patient", "P-1", "--type", "intake", "--show-patient-data")
    assert (row["jsonBody"]["note"], row["jsonBody"]["secret"]) == ("Ada", 1)


def test_users_are_chosen_by_name_again_and_again(clinic: Workspace) -> None:
    assert [row["username"] for row in rows(clinic, "users", "--user", "johndoe")] == ["johndoe"]
    both = ("--user", "johndoe", "--user", "janedoe")
    assert {row["username"] for row in rows(clinic, "summary", *both)} == {"johndoe", "janedoe"}
    assert len(rows(clinic, "events", "--user", "janedoe")) == 0


def test_a_patient_is_named_by_external_id_or_id(clinic: Workspace) -> None:
    (row,) = rows(clinic, "patients", "--patient", "P-1")
    assert rows(clinic, "patients", "--patient", row["id"]) == [row]
    assert len(rows(clinic, "events", "--patient", "P-1")) == 1


def test_an_email_finds_a_patient_and_is_not_repeated(clinic: Workspace) -> None:
    done = get(clinic, "patients", "--email", "ada@example.org", "-vv")
    assert "P-1" in done.stdout
    assert "ada@" not in done.stdout + done.stderr
    assert rows(clinic, "patients", "--email", "nobody@example.org") == []


def test_times_are_local_with_their_zone_or_utc(clinic: Workspace) -> None:
    line = next(line for line in get(clinic, "events").stdout.splitlines() if "Stand-up" in line)
    assert line.startswith("Thu 26 Nov 2026 10:00 PST  10:30  Stand-up")
    line = next(line for line in get(clinic, "events", "--utc").stdout.splitlines() if "Stand-up" in line)
    assert line.startswith("Thu 26 Nov 2026 18:00 UTC  18:30  Stand-up")
    clinic.now = NOW.replace("12:00", "23:00")
    assert re.search(r"^\w{3} 24 Nov 2026 04:\d\d PST  ", get(clinic, "audits").stdout, re.M)


def test_hours_are_told_in_the_words_of_plans(workspace: Workspace, service: Service) -> None:
    workspace.write(
        "users: {ana: {email: a@example.org}}\n"
        "workHours:\n  ana:\n"
        "    - {from: 2026-12-05, days: {mon-wed: 22:00-06:00, fri: [07:00-11:00, 15:00-19:00]}}\n"
        "    - {override: Closed, from: 2026-12-25, to: 2026-12-25, days: off}\n"
    )
    workspace.at(service).apply()
    table = get(workspace, "work-hours").stdout
    assert "ana       2026-12-05  (open)      mon-wed 22:00-06:00; fri 07:00-11:00, 15:00-19:00" in table
    assert "ana       2026-12-25  2026-12-25  off  " in table and "Closed  WORKING_HOURS OVERRIDE" in table
    schedules = get(workspace, "schedules", "--from", "2026-12-07")
    assert "ana       hours  2026-12-05  (open)  mon-wed 22:00-06:00; fri" in schedules.stdout


def test_whole_days_are_dates(workspace: Workspace, service: Service) -> None:
    workspace.write("users: {ana: {email: a@example.org}}\nleave: {ana: [2026-11-26..2026-11-27]}\n")
    workspace.at(service).apply()
    assert "\nThu 26 Nov 2026  Fri 27 Nov 2026  Leave  " in get(workspace, "events").stdout


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_a_table_keeps_to_the_terminals_columns(clinic: Workspace, columns: int) -> None:
    args = ("--api-url", clinic.url, "--now", clinic.now)
    for kind in ("users", "work-hours", "events", "schedules", "patients"):
        printed = seen("get", kind, "env.yaml", *args, cwd=clinic.folder, columns=columns)
        lines = [line.rpartition("\r")[2] for line in printed.splitlines()]
        assert max(map(len, lines)) <= columns, lines
        whole = get(clinic, kind).stdout.splitlines()[0].split()
        told = " ".join(line.strip() for line in lines)
        left_out = re.search(r"too narrow for ([A-Z, ]+): a wider", told)
        shown = next(line for line in lines if line.startswith(whole[0]))
        assert [*shown.split(), *(left_out[1].split(", ") if left_out else [])] == whole


def test_dates_are_whole_days_in_the_environments_zone(clinic: Workspace) -> None:
    day = rows(clinic, "events", "--from", "2026-11-26", "--to", "2026-11-26")
    assert [row["eventTitle"] for row in day] == ["Stand-up"]
    assert rows(clinic, "events", "--from", "2026-11-27") == []
    assert len(rows(clinic, "events", "--from", "2026-11-25T16:00:00Z", "--to", "2026-11-25T18:00:00Z")) == 1


def test_free_time_is_hours_without_events(clinic: Workspace) -> None:
    done = get(clinic, "available", "--user", "johndoe", "--from", "2026-12-01", "--to", "2026-12-01")
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [
        ["johndoe", "hours"],
        ["johndoe", "free"],
    ]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("users", "--from", "2026-12-01"), "`get users` knows no --from; it takes --user"),
        (("events", "--email", "a@b.org"), "`get events` knows no --email"),
        (("records", "--patient", "P-1"), "add --patient and --type"),
        (("events", "--user", "nobody"), "no user `nobody`: `get users` lists them"),
        (("patients", "--patient", "P-9"), "no patient with the id or external id `P-9`"),
        (("events", "--from", "tomorrow"), "`tomorrow` is no date or instant"),
        (("events", "--to", "2026-01-01"), "--to lies before --from"),
        (("people",), "'people' is not one of"),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(
    args: tuple[str, ...], message: str, clinic: Workspace
) -> None:
    done = get(clinic, *args)
    assert (done.code, done.stdout) == (1, ""), done
    assert message in done.stderr and len(done.stderr.splitlines()) == 1, done


def test_all_pages_come(workspace: Workspace, simulate_service: Simulate) -> None:
    service = simulate_service(max_page_size=7)
    for number in range(25):
        service.patient(f"X-{number:02}")
    workspace.write("")
    found = rows(workspace.at(service), "patients")
    assert sorted(row["externalId"] for row in found) == [f"X-{number:02}" for number in range(25)]


def test_it_never_writes(clinic: Workspace, service: Service) -> None:
    service.forget()
    for kind in KINDS:
        get(clinic, kind)
    assert not [call for call in service.calls() if call.is_write]


def test_users_of_a_service_without_a_list_have_to_be_named(
    workspace: Workspace, simulate_service: Simulate
) -> None:
    service = simulate_service(profile="reference")
    service.user("johndoe")
    workspace.write("")
    workspace.at(service)
    assert "name them with --user" in get(workspace, "users").stderr
    assert rows(workspace, "users", "--user", "johndoe")[0]["username"] == "johndoe"
    assert get(workspace, "events").code == 0


def test_the_embedded_welkin_answers_too(workspace: Workspace) -> None:
    workspace.write("users: {johndoe: {email: john@example.org}}\n")
    workspace.run("apply", "--auto-approve", "--simulator")
    assert [row["username"] for row in rows(workspace, "users")] == ["johndoe"]


def test_json_of_a_table_of_nothing_is_an_empty_list(workspace: Workspace, service: Service) -> None:
    workspace.write("")
    assert json.loads(get(workspace.at(service), "patients", "--format", "json").stdout) == []
    assert get(workspace, "patients", "--format", "yaml").stdout == "[]\n"
    assert get(workspace, "patients").stdout == ""


def test_the_words_of_the_command_are_those_of_the_things_it_reads() -> None:
    assert (tuple(THINGS), get_args(Audit)) == (KINDS, AUDITS)
