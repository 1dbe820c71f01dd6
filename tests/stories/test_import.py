"""`import`: a table and a calendar become a manifest that plans as it was meant."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import HEAD, Workspace
from tests.export.others.test_calendar import calendar, event
from tests.export.others.test_table import HEADER
from tests.support.cli import run
from tests.support.service import Service

PEOPLE = "users:\n  ann: {email: ann.lee@example.org, timezone: America/Los_Angeles}\n"
TABLE = HEADER + "ann,2026-12-01,,mon-fri,9:00,17:00,\nann,2026-12-24,2026-12-26,,,,Closed\n"
MEETING = event("RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=4", title="Huddle")


def begin(workspace: Workspace, tables: str = TABLE) -> Path:
    workspace.write(PEOPLE)
    (workspace.folder / "rota.csv").write_text(tables)
    (workspace.folder / "meetings.ics").write_text(calendar(MEETING), newline="")
    return workspace.folder / "taken.yaml"


def bring(workspace: Workspace, *flags: str, code: int = 0) -> str:
    done = workspace.run("import", "env.yaml", "rota.csv", "meetings.ics", *flags)
    assert done.code == code, done
    return done.stdout + done.stderr


def test_what_is_taken_plans_and_is_in_style(workspace: Workspace, service: Service) -> None:
    path = begin(workspace)
    said = bring(workspace, "--to", "taken.yaml")
    assert said == "taken.yaml: 2 periods and 1 event taken\n"
    assert run("fmt", "taken.yaml", "--check", cwd=workspace.folder).code == 0 and path.is_file()
    workspace.write(PEOPLE, head=HEAD + "include: [taken.yaml]\n")
    workspace.at(service).apply()
    workspace.settled()
    titles = [each["eventTitle"] for each in service.events()]
    assert titles == ["Huddle"] * 4


def test_a_file_that_is_there_is_kept_unless_it_is_forced(workspace: Workspace) -> None:
    path = begin(workspace)
    path.write_text("# mine\n")
    assert "taken.yaml is there already: add --force" in bring(workspace, "--to", "taken.yaml", code=1)
    assert path.read_text() == "# mine\n"
    bring(workspace, "--to", "taken.yaml", "--dry-run", "--force")
    assert path.read_text() == "# mine\n"
    bring(workspace, "--to", "taken.yaml", "--force")
    first = path.read_text()
    workspace.write(PEOPLE, head=HEAD + "include: [taken.yaml]\n")
    bring(workspace, "--to", "taken.yaml", "--force")
    assert path.read_text() == first, "what is written over doesn't stand in its own way"


def test_force_writes_over_no_link_and_no_folder(workspace: Workspace) -> None:
    path = begin(workspace)
    path.symlink_to("env.yaml")
    assert "a link" in bring(workspace, "--to", "taken.yaml", "--force", code=1)
    path.unlink()
    path.mkdir()
    assert "a folder" in bring(workspace, "--to", "taken.yaml", "--force", code=1)


def test_a_dry_run_says_what_would_be_taken(workspace: Workspace) -> None:
    begin(workspace, TABLE + "dan,2026-12-01,,mon,9:00,17:00,\n")
    assert bring(workspace, "--dry-run", code=3) == (
        "rota.csv:4: no user whom the environment declares has this name or address\n"
        "2 periods and 1 event taken, 1 left out\n"
    )


def test_the_same_as_json(workspace: Workspace) -> None:
    begin(workspace, TABLE + "dan,2026-12-01,,mon,9:00,17:00,\n")
    done = workspace.run("import", "env.yaml", "rota.csv", "meetings.ics", "--format", "json")
    assert done.code == 3 and done.data == {
        "format": "welkin-reconcile/import/1",
        "taken": {"periods": 2, "events": 1},
        "warnings": [],
        "skipped": [
            {
                "file": "rota.csv",
                "line": 4,
                "uid": None,
                "reason": "no user whom the environment declares has this name or address",
            }
        ],
    }


def test_names_that_the_environment_has_are_not_used_again_and_hours_it_has_are_a_warning(
    workspace: Workspace,
) -> None:
    begin(workspace)
    workspace.write(
        PEOPLE
        + "workHours: {ann: []}\n"
        + "events: {huddle: {title: H, host: ann, starts: 2026-12-01T12:00, duration: 5m}}\n"
    )
    said = bring(workspace)
    assert "  huddle-2:\n" in said
    assert "warning: rota.csv:2: hours of ann are declared in env.yaml:8: put the periods there\n" in said


def test_an_environment_with_problems_says_them(workspace: Workspace) -> None:
    begin(workspace)
    workspace.write("users: {ann: {mail: x}}\n")
    assert "env.yaml:6:15: unknown key `mail`" in bring(workspace, code=1)
