"""`--team`: what is of those who are in a team today, in every command that takes `--user`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import HEAD, NOW, Workspace
from tests.support.cli import Result, run
from tests.support.git import Repository
from tests.support.service import Service

pytestmark = pytest.mark.both

USERS = """users:
  ann: {email: ann@example.org, timezone: America/Los_Angeles}
  bob: {email: bob@example.org, timezone: America/Los_Angeles}
  cat: {email: cat@example.org, timezone: America/Los_Angeles}
  dee: {email: dee@example.org, timezone: America/Los_Angeles}
"""
TEAMS = """teams:
  wards: [ann, {user: bob, from: 2026-12-01}, {user: cat, until: 2026-11-24}]
  office: [dee]
  none: [{user: dee, from: 2027-01-01}]
"""
HOURS = "workHours:\n" + "".join(
    f"  {name}: [{{from: 2026-12-07, days: {{mon-fri: 09:00-17:00}}}}]\n"
    for name in ("ann", "bob", "cat", "dee")
)
MEETING = "title: Huddle, host: dee, starts: 2026-12-01T09:00, duration: 30m, participants: [ann]"
CLINIC = USERS + TEAMS + HOURS + f"events: {{huddle: {{{MEETING}}}}}\n"
LATER = "2026-12-01T12:00:00Z"


@pytest.fixture
def clinic(workspace: Workspace, service: Service) -> Workspace:
    workspace.at(service).write(USERS + TEAMS)
    workspace.apply()
    workspace.write(CLINIC)
    return workspace


def changed(done: Result) -> set[str]:
    data = done.data.get("diffs", [done.data])
    return {change["key"] for plan in data for change in plan["changes"] if change["action"] != "noop"}


def hours_of(*names: str) -> set[str]:
    return {f"workHours/{name}@2026-12-07" for name in names}


def test_a_plan_is_of_those_who_are_in_it_today(clinic: Workspace) -> None:
    found = clinic.plan("--team", "wards")
    assert changed(found) == hours_of("ann", "cat")
    assert any("partial plan" in warning for warning in found.data["warnings"])
    clinic.now = LATER
    assert changed(clinic.plan("--team", "wards")) == hours_of("ann", "bob")


def test_teams_and_people_add_up_and_exclude_takes_away(clinic: Workspace) -> None:
    both = clinic.plan("--team", "wards", "--user", "bob")
    assert changed(both) == hours_of("ann", "bob", "cat")
    meeting = "event/huddle@2026-12-01"
    assert changed(clinic.plan("--team", "wards", "--team", "office")) == hours_of("ann", "cat", "dee") | {
        meeting
    }
    less = clinic.plan("--team", "wards", "--exclude", "workHours/ann*", "--target", "event/huddle")
    assert changed(less) == hours_of("cat") | {meeting}


def test_an_apply_writes_theirs_and_a_saved_plan_is_applied_whole(
    clinic: Workspace, service: Service
) -> None:
    service.forget()
    clinic.apply("--team", "wards")
    assert len(service.writes()) == 2
    assert {name for name, rows in service.hours("ann", "bob", "cat", "dee").items() if rows} == {
        "ann",
        "cat",
    }
    assert changed(clinic.plan("--team", "wards")) == set()
    clinic.run("plan", "--out", "saved.json")
    assert "it is applied whole" in clinic.run("apply", "saved.json", "--team", "wards").stderr


def test_who_leaves_is_in_it_until_the_manifest_says_otherwise(clinic: Workspace) -> None:
    clinic.apply()
    ann = "ann: {email: ann@example.org, timezone: America/Los_Angeles}"
    clinic.write(CLINIC.replace(ann, "ann: {ensure: departed, lastDay: 2026-12-11}"))
    assert changed(clinic.plan("--team", "wards")) == hours_of("ann")
    assert changed(clinic.plan("--team", "office")) == set()


@pytest.mark.parametrize("command", ["plan", "apply", "drift"])
def test_nobody_is_in_an_empty_team_so_nothing_is_done(
    clinic: Workspace, service: Service, command: str
) -> None:
    service.forget()
    more = ("--auto-approve",) if command == "apply" else ()
    done = clinic.run(command, "--team", "none", *more)
    assert done.code == 0, done
    assert "nobody is in the team none today" in done.stdout + done.stderr
    assert service.writes() == []


@pytest.mark.parametrize("command", ["plan", "apply", "drift", "calendar"])
def test_an_unknown_team_is_an_error_with_the_nearest(clinic: Workspace, command: str) -> None:
    more = ("--auto-approve",) if command == "apply" else ()
    done = (
        clinic.run(command, "--team", "ward", *more)
        if command != "calendar"
        else calendar(clinic, "--team", "ward")
    )
    assert (done.code, done.stdout) == (1, "")
    assert "no team is called `ward`; did you mean `wards`?" in done.stderr
    person = (
        clinic.run(command, "--user", "an", *more)
        if command != "calendar"
        else calendar(clinic, "--user", "an")
    )
    assert person.code == done.code


def test_drift_is_of_them_alone(clinic: Workspace, service: Service) -> None:
    clinic.apply()
    assert clinic.run("drift").code == 0
    event = next(event for event in service.events() if event["eventTitle"] == "Huddle")
    service.change_event(event, eventTitle="Something else")
    assert clinic.run("drift").code == 2
    assert clinic.run("drift", "--team", "wards").code == 0
    assert clinic.run("drift", "--team", "office").code == 2
    assert clinic.run("drift", "--user", "dee").code == 2
    assert clinic.run("drift", "--user", "ann").code == 0


def calendar(clinic: Workspace, *more: str) -> Result:
    return run("calendar", "env.yaml", *more, "--now", clinic.now, cwd=clinic.folder)


def people(done: Result) -> list[str]:
    assert done.code == 0, done
    return [person["user"] for person in done.data["people"]]


def test_a_calendar_is_of_those_who_are_in_it_today_whatever_week_it_shows(workspace: Workspace) -> None:
    workspace.write(CLINIC)
    assert people(calendar(workspace, "--team", "wards", "--format", "json")) == ["ann", "cat"]
    later = calendar(workspace, "--team", "wards", "--week", "2027-02-01", "--format", "json")
    assert people(later) == ["ann", "cat"]
    both = calendar(workspace, "--user", "bob", "--team", "wards", "--team", "office", "--format", "json")
    assert people(both) == ["bob", "ann", "cat", "dee"]
    grid = calendar(workspace, "--team", "wards").stdout
    assert "\nann " in grid and "\ncat " in grid and "\nbob" not in grid
    page = calendar(workspace, "--team", "wards", "--format", "html").stdout
    assert "cat" in page and "bob" not in page
    empty = calendar(workspace, "--team", "none", "--format", "json")
    assert (people(empty), empty.stderr) == ([], "nobody is in the team none today\n")


def test_a_calendar_file_holds_what_a_member_takes_part_in(workspace: Workspace) -> None:
    workspace.write(CLINIC)
    assert "SUMMARY:Huddle" in calendar(workspace, "--team", "wards", "--format", "ics").stdout
    assert "SUMMARY:Huddle" in calendar(workspace, "--team", "office", "--format", "ics").stdout
    assert "SUMMARY" not in calendar(workspace, "--team", "none", "--format", "ics").stdout


def test_a_member_nobody_declares_has_an_empty_line(workspace: Workspace) -> None:
    workspace.write(CLINIC + "include: more.yaml\n")
    workspace.write("teams: {guests: [eve]}\n", "more.yaml", head="")
    assert people(calendar(workspace, "--team", "guests", "--format", "json")) == ["eve"]
    assert calendar(workspace, "--user", "eve").code == 0


def test_of_a_team_those_are_shown_whom_welkin_has(clinic: Workspace) -> None:
    clinic.write(
        CLINIC.replace("users:\n", "users:\n  eve: {email: eve@example.org}\n").replace("[dee]", "[dee, eve]")
    )
    done = clinic.run("calendar", "--live", "--team", "office", "--format", "json")
    assert people(done) == ["dee"]
    assert "Welkin has no eve, or tells no id: not shown" in done.stderr
    assert clinic.run("calendar", "--live", "--team", "office", "--user", "eve").code == 1


def test_a_comparison_is_of_them_alone(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "clinic")
    repository.commit({"env.yaml": HEAD + CLINIC})
    gone = CLINIC.replace("  bob: [{from: 2026-12-07, days: {mon-fri: 09:00-17:00}}]\n", "", 1)
    repository.commit({"env.yaml": HEAD + gone.replace("mon-fri", "mon-thu").replace("Huddle", "Talk")})

    def diff(*more: str) -> Result:
        where = ("env.yaml", "--now", NOW, "--format", "json")
        return run("diff", "HEAD~1..HEAD", *where, *more, cwd=repository.folder)

    assert changed(diff("--team", "wards")) == hours_of("ann", "cat")
    assert changed(diff("--team", "office")) == hours_of("dee") | {"event/huddle@2026-12-01"}
    assert diff("--team", "wards").data["unmanaged"] == []
    assert diff("--user", "bob").data["unmanaged"] == diff().data["unmanaged"] == ["workHours/bob"]
    unknown = diff("--team", "ward")
    assert (unknown.code, "did you mean `wards`?" in unknown.stderr + unknown.stdout) == (1, True)
    repository.commit({"env.yaml": None, "other.yaml": "x"})
    assert diff("--team", "wards").code == 0
