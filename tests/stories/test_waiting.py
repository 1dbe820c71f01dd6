"""What a person sees who waits for a service: why, for how long, and one line when it was in vain."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.conftest import Workspace
from tests.stories.test_wrapping import CODES, MOVING, seen
from tests.support.cli import environment, run
from tests.support.fakes import Asked, ReferenceServer, Reply, serving
from tests.support.service import Service

ONE_USER = "users: {johndoe: {email: j.doe@example.com}}\n"


@pytest.fixture
def nowhere() -> Iterator[str]:
    """Host and port of nobody, kept so for as long as the test runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize("command", ["plan", "apply --auto-approve", "get users"])
def test_a_refused_connection_is_said_at_once_and_at_the_end_in_one_line(
    workspace: Workspace, nowhere: str, command: str
) -> None:
    workspace.write(ONE_USER)
    words = ["-m", "reconciler", *command.split(), "env.yaml", "--api-url", f"http://{nowhere}"]
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=workspace.folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr and running.stdout
        first, at = running.stderr.readline(), time.monotonic()
        rest, printed = running.stderr.read(), running.stdout.read()
        waited = time.monotonic() - at
    assert first == f"{nowhere}: connection refused or no route; retrying 2/4\n"
    assert waited > 0.5, "it is said before the pauses, which take half of 0.5, 1 and 2 s at least"
    *between, last = rest.splitlines()
    assert between == [first.strip().replace("2/4", f"{turn}/4") for turn in (3, 4)]
    assert re.match(rf"error: .*{re.escape(nowhere)}: connection refused", last)
    assert (running.returncode, printed) == (1, "")


def test_a_refused_connection_is_json_on_stdout_where_json_was_asked_for(
    workspace: Workspace, nowhere: str, impatient: list[float]
) -> None:
    workspace.write(ONE_USER)
    done = workspace.run("plan", "--format", "json", "--api-url", f"http://{nowhere}")
    assert done.code == 1
    (error,) = done.data["errors"]
    assert f"{nowhere}: connection refused" in error["message"]


def test_a_service_that_asks_for_patience_is_waited_for_and_it_is_said(
    workspace: Workspace, impatient: list[float]
) -> None:
    reference, busy = ReferenceServer(), [3]

    def answer(asked: Asked) -> Reply:
        if "events" in asked.path and busy[0]:
            busy[0] -= 1
            return Reply(429, [], headers=(("Retry-After", "40"),))
        return reference(asked)

    workspace.write(ONE_USER)
    with serving(answer) as url:
        done = workspace.run("plan", "--api-url", url)
    assert done.code == 0
    where = url.removeprefix("http://")
    assert f"the service asks us to wait, 40 s ({where} answered 429)\n" in done.stderr
    assert "asks us" not in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["plan", "get users", "apply --auto-approve"])
def test_who_is_asked_to_wait_can_be_stopped_at_once(
    workspace: Workspace, command: str, number: signal.Signals
) -> None:
    service, sent = ReferenceServer(), list[Asked]()

    def answer(asked: Asked) -> Reply:
        if "api_clients" in asked.path or (asked.method == "GET" and "apply" in command):
            return service(asked)
        sent.append(asked)
        return Reply(429, [], headers=(("Retry-After", "100"),))

    workspace.write(ONE_USER)
    with serving(answer) as url:
        words = ["-m", "reconciler", *command.split(), "env.yaml", "--api-url", url]
        with subprocess.Popen(
            [sys.executable, *words],
            cwd=workspace.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            assert running.stderr
            assert running.stderr.readline().startswith("the service asks us to wait, 100 s")
            before = 0
            while before != len(sent):  # what goes side by side has been answered, too
                before = len(sent)
                time.sleep(0.5)
            running.send_signal(number)
            _, said = running.communicate(timeout=50)  # half of what it is asked to wait
    assert running.returncode == 130
    assert "interrupted" in said and len(sent) == before


@pytest.mark.parametrize(
    ("command", "route", "words"),
    [
        ("plan", "GET:/calendar/events", "events"),
        ("plan", "GET:/admin/users", "users"),
        ("get patients", "GET:/patients", "patients"),
        ("get schedules", "GET:/calendar/psm-schedules", "schedules"),
        ("calendar --live", "GET:/calendar/work-hours", "work hours"),
    ],
)
def test_a_terminal_says_what_is_being_read_and_is_clean_afterwards(
    workspace: Workspace, service: Service, command: str, route: str, words: str
) -> None:
    workspace.write(f"{ONE_USER}workHours: {{johndoe: []}}\n")
    workspace.at(service).apply()
    service.fault(f"latency=1500:{route}")
    args = (*command.split(), "env.yaml", "--api-url", service.url, "--now", workspace.now)
    screen = seen(*args, cwd=workspace.folder, columns=80)
    moving = re.findall(r"\x1b\[K([-|/\\\\] reading [^\r]*)\r", screen)
    assert any(line[2:] == f"reading {words} …" for line in moving), screen
    printed = MOVING.sub("", screen)
    workspace_run = run(*args, cwd=workspace.folder)
    assert CODES.sub("", printed) == workspace_run.stderr + workspace_run.stdout


@pytest.mark.parametrize("variables", [{"CI": "true"}, {"TERM": "dumb"}])
def test_nothing_moves_where_nobody_looks(
    workspace: Workspace, service: Service, variables: dict[str, str]
) -> None:
    workspace.write(ONE_USER)
    workspace.at(service)
    service.fault("latency=900:GET:/admin/users")
    args = ("plan", "env.yaml", "--api-url", service.url, "--now", workspace.now)
    assert "reading" not in seen(*args, cwd=workspace.folder, columns=80, **variables)
    assert "reading" not in run(*args, cwd=workspace.folder).stderr


def test_a_line_that_is_printed_meanwhile_stands_by_itself(workspace: Workspace, nowhere: str) -> None:
    workspace.write(ONE_USER)
    screen = seen("plan", "env.yaml", "--api-url", f"http://{nowhere}", cwd=workspace.folder, columns=200)
    lines = [MOVING.sub("", line) for line in screen.splitlines()]
    assert [line.startswith((f"{nowhere}: connection refused", "error: ")) for line in lines] == [True] * 4
