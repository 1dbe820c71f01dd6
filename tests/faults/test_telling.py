"""What a person reads: three lists after a failure, progress, and logs that keep what is personal."""

from __future__ import annotations

import json
import logging
import os
import pty
import re
import subprocess
import sys

import pytest

from reconciler.commands import progress
from reconciler.commands.logs import redacted, set_up
from tests.conftest import Workspace
from tests.faults.clinic import begun
from tests.support.cli import environment, spawn
from tests.support.fakes import Asked, Reply, refused, serving
from tests.support.service import Service

NO_EVENTS = {"content": [], "last": True, "totalPages": 0, "totalElements": 0, "size": 20, "number": 0}
STAFF = "users:\n  johndoe: {email: john@example.org}\n  janedoe: {email: jane@example.org}\n"


@pytest.mark.usefixtures("impatient")
def test_after_a_failure_there_are_three_lists(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    service.fault("500-before:POST:/admin/users")
    done = workspace.run("apply", "--auto-approve")
    assert done.code == 1
    text = done.stdout[done.stdout.index("Done:") :]
    assert text.index("Done:") < text.index("Failed:") < text.index("Not tried:")
    assert "  ~ user/johndoe\n" in text
    assert "! user/janedoe unknown: no answer" in text
    assert "INTERNAL_SERVER_ERROR" in text
    assert "event/review@2026-12-04 skipped: needs user/janedoe, which was not created" in text
    workspace.write(
        workspace.folder.joinpath("env.yaml").read_text().partition("prune")[2].join(["prune", ""])
    )
    done = workspace.run("apply", "--auto-approve", "--format", "json")
    data = json.loads(done.stdout)
    assert "user/janedoe" in data["failed"]
    assert "event/review@2026-12-04" in data["notTried"]
    assert {each["errorCode"] for each in data["outcomes"] if each["key"] == "user/janedoe"} == {
        "INTERNAL_SERVER_ERROR"
    }


@pytest.mark.usefixtures("impatient")
def test_what_no_api_client_may_do_is_said_once_and_the_rest_goes_on(workspace: Workspace) -> None:
    many = "".join(f"  user{number}: {{email: u{number}@example.org}}\n" for number in range(20))
    workspace.write(f"users:\n{many}")
    posts = []

    def answer(asked: Asked) -> Reply:
        if "api_clients" in asked.path:
            return Reply(200, {"token": "t0k3n"})
        if asked.path.endswith("/events"):
            return Reply(200, NO_EVENTS)
        if asked.method == "POST":
            posts.append(asked)
            return refused(403, "ACCESS_FOR_API_CLIENT_RESTRICTED")
        return refused(404, "USER_NOT_FOUND")

    with serving(answer) as url:
        workspace.url = url
        done = workspace.run("apply", "--auto-approve")
    assert done.code == 1
    assert len(posts) == 1
    assert done.stdout.count("a person does it in Welkin's Admin") == 1
    assert done.stdout.count("refused to every API client, as for user/") == 19


PERSONAL = [
    'POST said {"firstName": "Ada", "lastName": "Invented"}',
    "[{'message': 'Ada Invented, born 1980', 'details': {'patient': 'Ada'}}]",
    'cut off: {"message": "Ada Inv',
    "call ada@example.org or ada%40example.org",
    "on +1 555 200 9845 or +15552009845",
    "Authorization: Bearer abc.def-123",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJBZGEifQ.c2ln",
    'body={"secret": "correct-horse"}',
    "secret=correct-horse&x=1",
]


@pytest.mark.parametrize("text", PERSONAL)
def test_logs_keep_secrets_and_personal_data(text: str) -> None:
    shown = redacted(text)
    for part in ("Ada", "Invented", "ada@", "example.org", "555", "abc.def", "eyJ", "correct-horse", "c2ln"):
        assert part not in shown


def test_logs_leave_what_is_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    line = "PATCH /gh/sb-demo/calendar/events/2f1d 200 12 ms at 2026-12-01T09:00:00.000Z"
    assert redacted(line) == line


@pytest.fixture
def quiet_again() -> object:
    """Put logging back as it was."""
    root, ours = logging.getLogger(), logging.getLogger("reconciler")
    handlers, level = root.handlers, ours.level
    yield
    root.handlers, ours.level = handlers, level
    ours.setLevel(level)


@pytest.mark.usefixtures("quiet_again")
def test_an_exceptions_words_are_logged_without_its_data(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELKIN_SECRET", "s3cr3t-horse")
    set_up(1, as_json=True)
    try:
        raise ValueError('bad {"email": "ada@example.org"} for s3cr3t-horse')
    except ValueError:
        logging.getLogger("reconciler").exception("went wrong")
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["level"], told["message"].partition(":")[0]) == ("error", "went wrong")
    assert "ada" not in line
    assert "s3cr3t" not in line


def test_log_lines_are_json_where_asked_for(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    done = spawn(
        "plan", "env.yaml", "--api-url", service.url, "-v", "--log-format", "json", cwd=workspace.folder
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert any("GET /gh/admin/users" in line["message"] for line in lines)
    assert {"time", "level", "message"} == set(lines[0])


def test_a_calm_run_without_a_terminal_is_one_line(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    done = workspace.apply()
    assert done.stderr == ""
    _, _, result = done.stdout.partition("Plan: 2 to add, 0 to change, 0 to destroy.\n")
    assert result == "\nApply complete! Resources: 2 added, 0 changed, 0 destroyed.\n8 reads, 2 writes\n"


def test_a_long_run_says_now_and_then_how_far_it_is(
    workspace: Workspace, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    workspace.at(service).write(STAFF)
    (line,) = workspace.apply().stderr.splitlines()
    assert re.fullmatch(r"1 of 2 changes, \d+/s, about \d+ s to go", line)


@pytest.mark.usefixtures("impatient")
def test_what_landed_and_what_is_left_is_a_line_a_person_and_series(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(
        STAFF + "workHours:\n  johndoe:\n    - {from: 2026-12-01, to: 2026-12-31, days: {mon: 09:00-17:00}}\n"
        "    - {from: 2027-01-01, days: {tue: 09:00-17:00}}\n"
        "events:\n  standup: {title: S, host: johndoe, starts: 2026-12-01T09:00, duration: 15m,\n"
        "    repeat: {every: day}}\n"
    )
    service.fault("500-before:POST:/calendar/events:@3")
    done = workspace.apply(code=1)
    report = done.stdout[done.stdout.index("Done:") :]
    assert report.splitlines()[:6] == [
        "Done:",
        "  + user/johndoe",
        "  + user/janedoe",
        "  + workHours/johndoe: 2 of 2 rows done",
        "",
        "Failed:",
    ]
    folded = r"  ! event/standup: 48 of 49 occurrences done, 1 unknown \(event/standup@20\d\d-\d\d-\d\d\): no"
    assert re.search(folded, report)
    assert report.count("event/standup:") == 1
    assert done.stderr == ""
    again = workspace.apply()
    assert "Apply complete! Resources: 1 added" in again.stdout


def test_a_terminal_shows_bars(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "apply", "env.yaml", "--auto-approve", "--api-url", service.url,
         "--now", workspace.now],
        cwd=workspace.folder, env=environment(TERM="xterm"), stdout=subprocess.PIPE, stderr=theirs,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:  # the other side of a terminal is gone
        pass
    out, _ = process.communicate()
    os.close(ours)
    assert process.returncode == 0, shown
    assert b"2/2" in shown
    assert b"\x1b" in shown
    assert b"Apply complete!" in out
