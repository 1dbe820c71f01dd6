"""Runs that end where they must not: killed, stopped, two at once. The same command again loses nothing."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from reconciler.commands.stopping import interruptible
from reconciler.errors import Interrupted
from tests.conftest import Workspace
from tests.faults.clinic import OBJECTS, arrived, begin, begun, ended, has_said, kill, start, tried
from tests.faults.proxy import proxied
from tests.support.cli import run
from tests.support.service import Service

WRITES = ("POST", "PUT", "PATCH", "DELETE")


def killed_at(workspace: Workspace, service: Service, number: int, moment: str, every: bool = False) -> int:
    """Kill an apply when its N-th write (or any request) is about to be done, or done; the exit code."""
    processes: list[subprocess.Popen[str]] = []
    started, writes, lock = threading.Event(), [0], threading.Lock()

    def act(count: int, when: str, what: str) -> None:
        is_write = every or (what.startswith(WRITES) and "api_clients" not in what)
        if not is_write or when != moment:
            return
        with lock:
            writes[0] += 1
            now = writes[0]
        if now == number:
            started.wait(60)
            kill(processes[0])
            processes[0].wait(60)

    with proxied(service.url, act) as url:
        processes.append(begin(workspace, url, "--parallelism", "2"))
        started.set()
        return ended(processes[0]).code


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", [1, 4, 8])
def test_a_killed_apply_is_resumed_by_the_same_command(
    workspace: Workspace, service: Service, number: int, moment: str
) -> None:
    begun(workspace, service)
    assert killed_at(workspace, service, number, moment) == -signal.SIGKILL
    workspace.apply()
    assert tried(service) <= OBJECTS + 2, "no more than what differs and what was under way"
    arrived(workspace, service)
    assert "did not end" in run("history", "2", cwd=workspace.folder).stdout


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 28))
def test_killed_at_any_request(workspace: Workspace, service: Service, number: int, moment: str) -> None:
    begun(workspace, service)
    killed_at(workspace, service, number, moment, every=True)
    workspace.apply()
    assert tried(service) <= OBJECTS + 2
    arrived(workspace, service)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_apply_ends_what_is_under_way_and_says_what_is_left(
    workspace: Workspace, service: Service, how: signal.Signals
) -> None:
    begun(workspace, service)
    said = workspace.folder / "said.txt"
    processes: list[subprocess.Popen[str]] = []
    started = threading.Event()

    def act(count: int, when: str, what: str) -> None:
        if what.startswith("PATCH") and when == "before" and len(processes) == 1:
            started.wait(60)
            processes[0].send_signal(how)
            processes.append(processes[0])
            has_said(said, "interrupted")

    with proxied(service.url, act) as url:
        processes.append(begin(workspace, url, said=said))
        started.set()
        done = ended(processes[0], said=said)
    assert done.code == 130, done
    waited, go_on = done.stderr.splitlines()
    assert re.fullmatch(r"interrupted: waiting for .*\buser/johndoe\b.*; once more stops at once", waited)
    assert go_on == "interrupted: run the same command again: it goes on with what is left"
    landed, _, left = done.stdout.partition("Not tried:")
    assert "Done:\n  ~ user/johndoe\n" in landed, "it was under way"
    assert "interrupted" in left
    assert "Apply incomplete." in done.stdout
    assert "interrupted" in run("history", cwd=workspace.folder).stdout
    workspace.apply()
    arrived(workspace, service)


def test_a_second_signal_stops_at_once(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    said = workspace.folder / "said.txt"
    process: list[subprocess.Popen[str]] = []
    started, released = threading.Event(), threading.Event()

    def act(count: int, when: str, what: str) -> None:
        if what.startswith("PATCH") and when == "before":
            started.wait(60)
            process[0].send_signal(signal.SIGINT)
            has_said(said, "interrupted")
            process[0].send_signal(signal.SIGINT)
            released.wait(60)

    with proxied(service.url, act) as url:
        process.append(begin(workspace, url, said=said))
        started.set()
        done = ended(process[0], 50, said)
        released.set()
    assert (done.code, done.stdout.count("Apply")) == (130, 0), done
    assert "stopped at once" in done.stderr
    workspace.apply()
    arrived(workspace, service)


def test_of_two_applies_at_once_one_is_refused_with_the_holders_name(
    workspace: Workspace, service: Service, tmp_path: Path
) -> None:
    begun(workspace, service)
    other: list[int] = []

    def act(count: int, when: str, what: str) -> None:
        if count == 1 and when == "before":
            second = ended(begin(workspace, url, state=tmp_path))
            other.append(second.code)
            assert "another run works on gh/sb-demo/staffing: " in second.stderr
            assert ", since 20" in second.stderr
            assert "--lock-timeout" in second.stderr

    with proxied(service.url, act) as url:
        assert ended(begin(workspace, url, state=tmp_path)).code == 0
    assert other == [1]
    assert tried(service) == OBJECTS
    arrived(workspace, service)


def test_the_other_of_two_waits_if_asked_to_and_then_finds_nothing_to_do(
    workspace: Workspace, service: Service, tmp_path: Path
) -> None:
    begun(workspace, service)
    both = [begin(workspace, service.url, "--lock-timeout", "1m", state=tmp_path) for _ in range(2)]
    results = [ended(process) for process in both]
    assert [done.code for done in results] == [0, 0], results
    assert tried(service) == OBJECTS
    arrived(workspace, service)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["plan", "apply", "get"])
def test_reading_is_given_up_at_once_and_says_so(
    workspace: Workspace, service: Service, command: str, how: signal.Signals
) -> None:
    begun(workspace, service)
    heard = workspace.folder / "said.txt"
    process: list[subprocess.Popen[str]] = []
    started = threading.Event()

    def act(count: int, when: str, what: str) -> None:
        if "/events" in what and when == "before":
            started.wait(60)
            process[0].send_signal(how)
            has_said(heard, "interrupted")

    where = ["events", "env.yaml"] if command == "get" else ["env.yaml"]
    with proxied(service.url, act) as url:
        args = [command, *where, "--api-url", url, "--now", workspace.now]
        process.append(start(workspace, *args, said=heard))
        started.set()
        done = ended(process[0], said=heard)
    assert (done.code, done.stdout) == (130, "")
    said = [line for line in done.stderr.splitlines() if "patients' data" not in line]
    assert said == [
        "interrupted: waiting for the reads under way, nothing was written; once more stops at once",
        "error: interrupted",
    ]
    assert not service.writes()


def test_a_signal_in_the_midst_of_a_locks_own_code_is_said_as_any_other() -> None:
    with pytest.raises(Interrupted), interruptible():
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise RuntimeError("release unlocked lock") from None


def test_an_error_that_no_signal_made_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError), interruptible():
        raise RuntimeError
