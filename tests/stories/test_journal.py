"""The journal: written ahead, private, readable later, silent about patients, and honest about trouble."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import stat
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reconciler.apply.author import Author, author_of
from reconciler.apply.journal import Journal, read_changes, read_runs
from reconciler.errors import JournalError
from tests.conftest import Workspace
from tests.support.cli import SECRET, Result, environment, run, spawn, unmeasured
from tests.support.service import Service

STAFF = "users:\n  johndoe: {email: john@example.org}\n  janedoe: {email: jane@example.org}\n"
VISIT = """events:
  visit:
    title: Visit
    host: johndoe
    starts: 2026-12-01T09:00
    duration: 30m
    participants: [{patient: {externalId: P-1001}}]
"""
PATH = Path(".welkin-reconcile") / "journal.db"


def history(workspace: Workspace, *args: str) -> Result:
    return run("history", *args, cwd=workspace.folder)


def told(workspace: Workspace, *args: str) -> Any:
    return history(workspace, *args, "--format", "json").data


def test_a_run_is_told_with_its_origin_its_requests_and_what_was_read_back(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(STAFF)
    ci = {"GITHUB_ACTOR": "octo", "GITHUB_SHA": "abc123", "GITHUB_REF": "refs/pull/12/merge"}
    assert workspace.run("apply", "--auto-approve", env=environment(**ci)).code == 0
    ((one,), changes) = (told(workspace, "1")[name] for name in ("runs", "changes"))
    assert (one["who"], one["commit"], one["pullRequest"]) == ("octo", "abc123", "12")
    assert one["outcome"] == "complete"
    assert one["started"] <= one["ended"]
    assert one["manifestDigest"].startswith("sha256:")
    assert one["planDigest"].startswith("sha256:")
    assert {change["key"]: (change["status"], change["readBack"]) for change in changes} == {
        "user/johndoe": ("done", "as wished"),
        "user/janedoe": ("done", "as wished"),
    }
    (write,) = changes[0]["writes"]
    assert (write["method"], write["path"], write["status"]) == ("POST", "/gh/admin/users", 201)
    assert write["intended"] <= write["answered"]
    assert write["id"] in (service.id_of("johndoe"), service.id_of("janedoe"))
    text = history(workspace, "1").stdout
    assert "pull request: 12" in text
    assert "create user/janedoe: done, read back as wished" in text
    for zone, flags in (("America/Denver", ()), ("UTC", ("--utc",))):
        when = datetime.fromisoformat(one["started"]).astimezone(ZoneInfo(zone))
        at_denver = environment(TZ="America/Denver")
        said = spawn("history", *flags, cwd=workspace.folder, env=at_denver).stdout
        assert said.startswith(
            f"1  {when:%a} {when.day} {when:%b %Y %H:%M %Z}  gh/sb-demo as `staffing`  by octo"
        )


def test_a_refusal_is_told_with_its_code(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    workspace.apply()
    service.set_state("johndoe", "ACTIVE")
    workspace.write(STAFF.replace("john@example.org", "john@example.org, locale: en-GB"))
    service.fault("500-before:PATCH:/admin/users:1")
    workspace.apply()
    (change,) = told(workspace, "2")["changes"]
    assert [write["status"] for write in change["writes"]] == [500, 200]
    assert change["writes"][0]["errorCode"] == "INTERNAL_SERVER_ERROR"


def test_runs_are_listed_the_last_first_and_a_run_without_changes_leaves_none(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(STAFF)
    assert history(workspace).stdout.startswith("No runs yet")
    workspace.apply()
    workspace.apply()
    workspace.write(STAFF.replace("jane@", "jane.doe@"))
    workspace.apply()
    assert [entry["id"] for entry in told(workspace)["runs"]] == [2, 1]
    assert [line[0] for line in history(workspace).stdout.splitlines()] == ["2", "1"]
    unknown = history(workspace, "9")
    assert (unknown.code, "knows no run 9" in unknown.stderr) == (1, True)


def test_the_journal_is_private_and_holds_nothing_about_a_patient(
    workspace: Workspace, service: Service
) -> None:
    service.patient("P-1001")
    workspace.at(service).write(STAFF + VISIT)
    workspace.apply()
    folder = workspace.folder / PATH.parent
    assert stat.S_IMODE((workspace.folder / PATH).stat().st_mode) == 0o600
    held = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"event/visit@2026-12-01" in held
    for secret in (SECRET, "Bearer", "eyJ", "Ada", "Invented", "john@example.org"):
        assert secret.encode() not in held


NOT_WRITABLE = {"no folder": "env.yaml/journal.db", "a folder": "folder"}


@pytest.mark.parametrize("name", NOT_WRITABLE.values(), ids=NOT_WRITABLE.keys())
def test_a_journal_that_cannot_be_written_is_said_before_the_first_write(
    workspace: Workspace, service: Service, name: str
) -> None:
    workspace.at(service).write(STAFF)
    (workspace.folder / "folder").mkdir()
    done = workspace.run("apply", "--auto-approve", "--journal", name)
    assert done.code == 1
    assert "journal" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not service.writes()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_said_before_the_first_write(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    (workspace.folder / "sealed").mkdir(mode=0o500)
    done = workspace.run("apply", "--auto-approve", "--journal", "sealed/journal.db")
    assert (done.code, "cannot be written" in done.stderr) == (1, True)
    assert not service.writes()


def test_a_full_disk_is_said_before_the_first_write(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", "apply", "env.yaml", "--auto-approve", "--api-url", service.url,
         "--now", workspace.now],
        cwd=workspace.folder, env=unmeasured(environment()), capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: the journal .welkin-reconcile/journal.db cannot")
    assert not service.writes()


def test_a_journal_that_fails_half_way_stops_what_would_follow_and_hides_nothing(
    workspace: Workspace, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.at(service).write(STAFF)
    write, calls = Journal.write, []

    def failing(journal: Journal, statement: str, rows: Any) -> int:
        calls.append(statement)
        if len([call for call in calls if call.startswith("INSERT INTO writes")]) == 2:
            raise JournalError("the journal is full")
        return write(journal, statement, rows)

    monkeypatch.setattr(Journal, "write", failing)
    done = workspace.run("apply", "--auto-approve", "--parallelism", "1")
    assert done.code == 1
    assert "the journal is full; nothing is sent that cannot be noted first" in done.stdout
    assert len(service.writes()) == 1
    monkeypatch.undo()
    workspace.apply()
    workspace.settled()


def test_what_is_no_journal_and_what_a_later_version_wrote_are_told_apart(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(STAFF)
    (workspace.folder / "text.db").write_text("not a database, but long enough to look like one" * 40)
    with sqlite3.connect(workspace.folder / "other.db") as other:
        other.execute("CREATE TABLE things (id)")
    other.close()
    workspace.apply("--journal", "later.db")
    with sqlite3.connect(workspace.folder / "later.db") as later:
        later.execute("PRAGMA user_version = 2")
    later.close()
    service.forget()
    workspace.write(STAFF.replace("jane@", "jane.doe@"))
    for name, words in {
        "text.db": "not a database",
        "other.db": "something else",
        "later.db": "later",
    }.items():
        for done in (
            workspace.run("apply", "--auto-approve", "--journal", name),
            history(workspace, "--journal", name),
        ):
            assert (done.code, words in done.stderr) == (1, True), done
    assert not service.writes()


def test_what_an_earlier_run_was_killed_over_reads_as_unsettled(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal.opened(path) as journal:
        journal.write(
            "INSERT INTO runs (started, tenant, instance, owner, api_url, tool, plan_digest, manifest_digest,"
            " changes) VALUES (1, 2, 3, 4, 5, 6, 7, 8, 1)", [()],
        )  # fmt: skip
        journal.write(
            "INSERT INTO writes (run, change, action, method, path, intended) VALUES (?, ?, ?, ?, ?, ?)",
            [(1, "event/a@2026-12-01", "create", "POST", "/gh/i/calendar/events", "t")],
        )
    (change,) = read_changes(path, 1)
    assert (change["status"], change["writes"][0]["answered"]) == (None, None)
    assert read_runs(path)[0]["counts"] == {}


CI = {
    "github": ({"GITHUB_ACTOR": "a", "GITHUB_SHA": "c", "GITHUB_REF": "refs/pull/7/merge"}, ("a", "c", "7")),
    "github push": (
        {"GITHUB_ACTOR": "a", "GITHUB_SHA": "c", "GITHUB_REF": "refs/heads/main"},
        ("a", "c", None),
    ),
    "gitlab": (
        {"GITLAB_USER_LOGIN": "a", "CI_COMMIT_SHA": "c", "CI_MERGE_REQUEST_IID": "7"},
        ("a", "c", "7"),
    ),
    "azure": ({"BUILD_REQUESTEDFOR": "a", "BUILD_SOURCEVERSION": "c"}, ("a", "c", None)),
    "jenkins": ({"BUILD_USER_ID": "a", "GIT_COMMIT": "c", "CHANGE_ID": "7"}, ("a", "c", "7")),
    "a desk": ({}, ("me", None, None)),
}


@pytest.mark.parametrize(("variables", "wanted"), CI.values(), ids=CI.keys())
def test_who_runs_it_is_told_by_cis_variables(
    variables: dict[str, str], wanted: tuple[str | None, ...]
) -> None:
    assert author_of(variables, "me") == Author(*wanted)


def test_the_json_of_history_is_json_only(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    workspace.apply()
    done = history(workspace, "--format=json")
    assert (done.stderr, json.loads(done.stdout)["format"]) == ("", "welkin-reconcile/history/1")


def test_a_fresh_folder_has_an_empty_history(workspace: Workspace) -> None:
    done = run("history", cwd=workspace.folder)
    assert (done.code, done.stdout, done.stderr) == (
        0,
        "No runs yet: nothing was applied with this journal.\n",
        "",
    )
    done = run("history", "--format", "json", cwd=workspace.folder)
    assert (done.code, done.data) == (0, {"format": "welkin-reconcile/history/1", "runs": []})
    done = run("history", "7", cwd=workspace.folder)
    assert (done.code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "knows no run 7" in done.stderr
    assert not list(workspace.folder.iterdir()), "nothing is made by looking"


@pytest.mark.parametrize("make", [Path.symlink_to, Path.hardlink_to])
def test_a_journal_that_is_a_link_is_refused_before_any_write(
    make: Any, workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(STAFF)
    elsewhere = workspace.folder / "elsewhere.db"
    elsewhere.touch()
    make(workspace.folder / "link.db", elsewhere)
    done = workspace.run("apply", "--auto-approve", "--journal", "link.db")
    assert (done.code, "the journal link.db is a link" in done.stderr) == (1, True), done
    assert (elsewhere.read_bytes(), service.writes()) == (b"", [])


def test_a_file_beside_it_that_is_a_link_is_refused(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    (workspace.folder / "journal.db-wal").symlink_to(workspace.folder / "other.txt")
    done = workspace.run("apply", "--auto-approve", "--journal", "journal.db")
    assert (done.code, "is a link" in done.stderr, service.writes()) == (1, True, []), done


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON writes BEGIN DELETE FROM writes; END",
        "CREATE VIEW v AS SELECT * FROM runs",
        "CREATE TABLE more (a)",
        "CREATE INDEX i ON writes (path)",
        "ALTER TABLE writes ADD COLUMN body",
    ],
)
def test_a_journal_that_holds_more_than_our_tables_is_refused_before_any_write(
    statement: str, workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write("")
    workspace.write(STAFF)
    workspace.apply("--target", "user/johndoe")
    with sqlite3.connect(workspace.folder / PATH) as connection:
        connection.execute(statement)
    connection.close()
    service.forget()
    done = workspace.run("apply", "--auto-approve")
    assert done.code == 1
    assert "that is not ours" in done.stderr and len(done.stderr.splitlines()) == 1, done
    assert service.writes() == []


def test_a_database_of_something_else_stays_as_it_is(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    with sqlite3.connect(workspace.folder / "other.db") as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = (workspace.folder / "other.db").read_bytes()
    done = workspace.run("apply", "--auto-approve", "--journal", "other.db")
    assert (done.code, service.writes()) == (1, []), done
    assert (workspace.folder / "other.db").read_bytes() == before


def test_a_journal_that_lacks_a_table_is_refused_before_any_write(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(STAFF)
    workspace.apply("--target", "user/johndoe")
    with sqlite3.connect(workspace.folder / PATH) as connection:
        connection.execute("DROP TABLE outcomes")
    connection.close()
    service.forget()
    done = workspace.run("apply", "--auto-approve")
    assert (done.code, service.writes()) == (1, []), done
    assert "lacks a table that is ours" in done.stderr and len(done.stderr.splitlines()) == 1, done


def test_bytes_in_a_journal_are_told_as_text(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    workspace.apply()
    with sqlite3.connect(workspace.folder / PATH) as connection:
        connection.execute("UPDATE runs SET started = x'00ff', who = x'1b', outcome = x'ff', tool = x'ff'")
        connection.execute("UPDATE outcomes SET status = x'ff', settled = x'fe'")
        connection.execute("UPDATE writes SET path = x'ff', method = x'0a'")
    connection.close()
    for args in ((), ("1",), ("--format", "json"), ("1", "--format", "json")):
        assert history(workspace, *args).code == 0


def test_a_run_killed_while_it_took_room_hinders_no_other(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    workspace.apply("--target", "user/johndoe")
    with sqlite3.connect(workspace.folder / PATH) as connection:
        connection.execute("CREATE TABLE room (bytes BLOB)")
    connection.close()
    workspace.apply()
