"""`welkin-reconcile simulator`: ready soon, told what to be by its options, ended cleanly by a signal."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.cli import environment, run

SEED = "tenants: {gh: {users: [{username: johndoe, email: john@example.org, userState: ACTIVE}]}}\n"


class Process:
    """A running simulator, in which the API client TESTS is logged in."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout
        self.url = process.stdout.readline().strip()
        self.session = requests.Session()
        self.session.trust_env = False

    def login(self, tenant: str = "gh") -> requests.Response:
        answer = self.send("POST", f"/{tenant}/admin/api_clients/TESTS", {"secret": "simulator"})
        if answer.ok:
            self.session.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return answer

    def send(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.session.request(method, self.url + path, json=body, timeout=60)


@contextmanager
def running(folder: Path, *args: str) -> Iterator[Process]:
    words = [sys.executable, "-m", "reconciler", "simulator", *args]
    process = subprocess.Popen(
        words, cwd=folder, env=environment(WELKIN_SECRET=""), stdout=-1, stderr=-1, text=True
    )
    try:
        made = Process(process)
        yield made
        made.session.close()
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_it_is_ready_in_a_second_and_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with running(tmp_path) as simulator:
        assert simulator.login().status_code == 200
        simulator.process.send_signal(signal.SIGTERM)
        assert simulator.process.wait(timeout=60) == 0
        assert simulator.process.stderr and simulator.process.stderr.read() == ""
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1, "of CPU"


def test_a_seed_fills_it_and_a_record_tells_of_each_exchange(tmp_path: Path) -> None:
    (tmp_path / "people.seed").write_text(SEED)
    with running(tmp_path, "--seed", "people.seed", "--record", "calls.jsonl") as simulator:
        simulator.login()
        assert simulator.send("GET", "/gh/admin/users/johndoe").json()["userState"] == "ACTIVE"
        first, second = map(json.loads, (tmp_path / "calls.jsonl").read_text().splitlines())
    assert (first["method"], first["body"]) == ("POST", {"secret": "…"})
    assert (second["path"], second["status"]) == ("/gh/admin/users/johndoe", 200)


def test_options_reach_the_simulator(tmp_path: Path) -> None:
    args = ("--token-ttl", "600", "--profile", "reference", "--tenant", "gh", "--now", "2026-12-01T12:00:00Z")
    faults = (
        "--fault",
        "429=7:GET:/admin/users",
        "--fault",
        "500-before:PUT:/",
        "--latency",
        "60",
        "--jitter",
        "5",
    )
    with running(tmp_path, *args, *faults) as simulator:
        assert simulator.login().status_code == 201
        assert simulator.login("other").status_code == 404
        assert simulator.send("GET", "/_simulator/clock").json()["now"].startswith("2026-12-01T12:00")
        refused = simulator.send("GET", "/gh/admin/users/johndoe")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
        assert simulator.send("PUT", "/gh/admin/users/johndoe", {}).status_code == 500
        assert refused.elapsed.total_seconds() > 0.06
        known = [each["fault"] for each in simulator.send("GET", "/_simulator/faults").json()["faults"]]
        assert known == ["latency=60.0~5.0:*:/", "429=7:GET:/admin/users", "500-before:PUT:/"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--fault", "fire:GET:/"), "'fire' is none of latency"),
        (("--seed", "missing.yaml"), "cannot start: No such file"),
        (("--latency", "-1"), "-1"),
        (("--latency", "300ms"), "'300ms' is not a valid number"),
        (("--port", "http"), "'http' is not a valid whole number"),
        (("--now", "yesterday"), "`yesterday` is no instant"),
    ],
)
def test_what_it_cannot_be_told_is_one_line(args: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = run("simulator", *args, cwd=tmp_path)
    assert (done.code, done.stdout) == (1, "")
    assert message in done.stderr and len(done.stderr.splitlines()) == 1, done


def test_a_wrong_seed_is_named_with_its_element(tmp_path: Path) -> None:
    (tmp_path / "people.seed").write_text("tenants: {gh: {users: [{username: johndoe}]}}\n")
    done = run("simulator", "--seed", "people.seed", cwd=tmp_path)
    assert done.code == 1
    assert "people.seed: gh users[0]: email: is required" in done.stderr


def test_data_in_a_file_survive_a_restart(tmp_path: Path) -> None:
    for status in (201, 409):
        with running(tmp_path, "--db", "clinic.db") as simulator:
            simulator.login()
            body = {"username": "johndoe", "email": "john@example.org"}
            assert simulator.send("POST", "/gh/admin/users", body).status_code == status
