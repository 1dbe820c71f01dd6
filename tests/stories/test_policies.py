"""Policies as a user meets them: what a plan says, with which exit code it ends, and what is not applied."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Workspace
from tests.support.cli import run
from tests.support.service import Service

CLINIC = """users:
  ann: {email: ann@example.org, firstName: A, lastName: B, credentials: RN}
  bob: {email: bob@example.org, firstName: B, lastName: C, credentials: RN}
workHours:
  ann: [{from: 2026-11-23, days: {mon-fri: 09:00-17:00}}]
  bob: [{from: 2026-11-23, days: {mon-fri: 09:00-17:00}}]
"""
LESS = CLINIC.replace("ann: [{from: 2026-11-23, days: {mon-fri: 09:00-17:00}}]", "ann: []", 1)
MORE = CLINIC.replace("mon-fri: 09:00-17:00", "mon-fri: 09:00-18:00", 1)
COVER = "policies:\n  - {cover: 2, of: [ann, bob], days: mon-fri, between: 10:00-12:00}\n"
WEEKLY = "policies:\n  - {maxWeeklyHours: 40, users: all%s}\n"
FORMATS = ("text", "json", "markdown", "html")
DENIED = "env.yaml:13: denied: cover 2: 1 on duty on 2026-11-24 10:00-12:00 (2 before)"


@pytest.fixture
def clinic(workspace: Workspace, service: Service) -> Workspace:
    workspace.at(service).write(CLINIC)
    workspace.apply()
    return workspace


@pytest.mark.parametrize("format", FORMATS)
def test_a_plan_that_is_denied_is_said_whole_and_exits_with_3(clinic: Workspace, format: str) -> None:
    clinic.write(LESS + COVER)
    done = clinic.run("plan", "--format", format, "--detailed-exitcode")
    assert done.code == 3
    assert "cover 2: 1 on duty on 2026-11-24 10:00-12:00 (2 before)" in done.stdout
    assert "to add" in done.stdout or done.data["summary"]["requests"]


def test_text_names_the_first_of_a_rule_and_counts_the_others(clinic: Workspace) -> None:
    clinic.write(LESS + COVER)
    rules = [line for line in clinic.run("plan").stdout.splitlines() if ": denied: " in line]
    violations = clinic.run("plan", "--format", "json").data["violations"]
    assert rules[0] == DENIED
    assert len(rules) == 11 and len(violations) > 100
    assert rules[-1] == f"env.yaml:13: denied: and {len(violations) - 10} more: --details names them"
    detailed = clinic.run("plan", "--details").stdout.splitlines()
    assert [line for line in detailed if ": denied: " in line] == [
        f"env.yaml:13: denied: {violation['message']}" for violation in violations
    ]


@pytest.mark.parametrize("saved", [True, False])
def test_nothing_of_a_denied_plan_is_written(clinic: Workspace, service: Service, saved: bool) -> None:
    clinic.write(LESS + COVER)
    out = clinic.folder / "saved.json"
    assert clinic.run("plan", "--out", str(out)).code == 3
    service.forget()
    done = clinic.run("apply", *([str(out)] if saved else []), "--auto-approve", "--allow", "deletes=9")
    assert (done.code, service.writes()) == (3, [])
    assert DENIED in done.stderr
    assert "and 1" in done.stderr and len(done.stderr.splitlines()) < 15


@pytest.mark.parametrize(
    ("policies", "outcome", "code"),
    [
        (WEEKLY % "", "denied", 3),
        (WEEKLY % ", severity: warn", "warned", 2),
        (WEEKLY % ", except: [{until: 2027-12-31, reason: Agreed}]", "excepted", 2),
        (WEEKLY.replace("40", "45") % "", "", 2),
        ("policies:\n  - {cover: 3, of: all, days: mon-fri, between: 10:00-12:00}\n", "existing", 2),
    ],
)
def test_only_what_is_denied_counts(clinic: Workspace, policies: str, outcome: str, code: int) -> None:
    clinic.write(MORE + policies)
    done = clinic.run("plan", "--format", "json", "--detailed-exitcode")
    assert {violation["outcome"] for violation in done.data["violations"]} == (
        {outcome} if outcome else set()
    )
    assert done.code == code
    text = clinic.run("plan").stdout
    assert (f": {outcome}: maxWeeklyHours 40: ann 45 h in the week of 2026-11-30 (40 h before)" in text) is (
        outcome in ("denied", "warned", "excepted")
    )
    assert "cover" not in text
    if code == 2:
        clinic.apply()


def test_an_error_is_1_whatever_is_denied(clinic: Workspace) -> None:
    clinic.write(LESS + COVER)
    (clinic.folder / "none.yaml").write_text("tenant: gh\n")
    assert clinic.run("plan", "env.yaml", "none.yaml").code == 1


def test_an_undo_says_nothing_of_what_the_apply_did_to_people(clinic: Workspace, tmp_path: Path) -> None:
    clinic.write(MORE)
    clinic.apply("--undo-file", str(tmp_path / "undo.json"))
    shown = run("show", "undo.json", "--format", "json", cwd=tmp_path).data
    assert (shown["impact"], shown["violations"]) == (None, [])
    said = run("show", "undo.json", cwd=tmp_path).stdout
    assert "1 person works differently." in said and "09:00-18:00 → 09:00-17:00" in said
    assert " h → " not in said and "looked until" not in said


def test_a_team_is_covered_by_whoever_is_in_it_on_that_date(clinic: Workspace) -> None:
    members = "teams: {wards: [bob, {user: ann, until: 2026-11-27}]}\n"
    clinic.write(LESS + members + COVER.replace("[ann, bob]", "{team: wards}"))
    done = clinic.run("plan", "--format", "json")
    assert done.code == 3
    found = [
        (each["outcome"], each["date"], each["before"], each["after"]) for each in done.data["violations"]
    ]
    assert found[:5] == [
        ("denied", "2026-11-24", 2, 1), ("denied", "2026-11-25", 2, 1), ("denied", "2026-11-26", 2, 1),
        ("denied", "2026-11-27", 2, 1), ("existing", "2026-11-30", 1, 1),
    ]  # fmt: skip
