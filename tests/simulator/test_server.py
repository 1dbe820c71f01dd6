"""Starting, stopping, and what is kept from one run to the next."""

from __future__ import annotations

import ast
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

import reconciler.simulator
from reconciler.simulator import Options, start

PACKAGE = Path(reconciler.simulator.__file__).parent
SERVE = """
from reconciler.simulator import Options, serve
serve(Options(), 0, lambda url: print(url, flush=True))
print("ended", flush=True)
"""


def test_the_simulator_imports_nothing_else_of_the_project():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            ours = [name for name in names if name.split(".")[0] == "reconciler"]
            assert all(name.startswith("reconciler.simulator") for name in ours), path
            assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_importing_the_package_imports_no_web_server():
    code = "import sys, reconciler.simulator; print({'starlette', 'uvicorn', 'yaml'} & set(sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parents[1]
    )
    assert ran.stdout.strip() == "set()"


def test_it_stops_at_once_frees_its_port_and_may_be_stopped_twice():
    running = start()
    port = int(running.url.rsplit(":", 1)[1])
    assert requests.get(f"{running.url}/x", timeout=60).status_code == 404
    running.stop()
    running.stop()
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_taken_port_is_an_os_error():
    with start() as running, pytest.raises(OSError):
        start(port=int(running.url.rsplit(":", 1)[1]))


def test_many_run_side_by_side(simulate):
    first, second = simulate(), simulate()
    first.user()
    assert second.tenant("GET", "/users/johndoe").status_code == 404


def test_stopping_does_not_wait_for_what_hangs(capfd):
    running = start()
    failed = []

    def ask(fault):
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{running.url}/gh/admin/users", headers={"X-Simulator-Fault": fault}, timeout=120)
        failed.append(fault)

    asking = [threading.Thread(target=ask, args=(fault,)) for fault in ("hang-before", "latency=90000")]
    for each in asking:
        each.start()
    time.sleep(0.2)
    started = time.monotonic()
    running.stop()
    for each in asking:
        each.join()
    assert time.monotonic() - started < 60
    assert len(failed) == 2
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_in_the_foreground_a_signal_ends_it_cleanly(how):
    with subprocess.Popen(
        [sys.executable, "-c", SERVE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PACKAGE.parents[1],
    ) as process:
        assert process.stdout and process.stderr
        url = process.stdout.readline().strip()
        assert requests.get(f"{url}/x", timeout=60).status_code == 404
        process.send_signal(how)
        assert process.stdout.read() == "ended\n"
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_a_file_keeps_everything_over_a_restart(simulate, tmp_path):
    db = str(tmp_path / "welkin.db")
    first = simulate(db=db)
    made = first.user()
    first.running.stop()
    assert simulate(db=db).tenant("GET", "/users/johndoe").json() == {**made, "seatAssignAllowed": True}


def test_two_simulators_may_share_a_file(simulate, tmp_path):
    first, second = (simulate(db=str(tmp_path / "welkin.db")) for _ in range(2))
    for number in range(20):
        first.user(f"first{number}")
        second.user(f"second{number}")
    for speaker in (first, second):
        assert speaker.tenant("GET", "/users").json()["metaInfo"]["totalElements"] == 40


def test_what_is_no_database_is_an_os_error_that_names_it(tmp_path):
    path = tmp_path / "text"
    path.write_text("not a database, but long enough to be looked at as one" * 10, encoding="utf-8")
    with pytest.raises(OSError, match="text"):
        start(Options(db=str(path)))


def test_only_the_tenants_named_exist(simulate):
    speaker = simulate(tenants=("gh",))
    answer = speaker.send("POST", "/other/admin/api_clients/X", {"secret": "simulator"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "TENANT_NOT_FOUND")


def test_every_exchange_is_recorded_without_secrets(simulate, tmp_path):
    path = tmp_path / "exchanges.jsonl"
    speaker = simulate(record=str(path))
    speaker.user()
    speaker.tenant("GET", "/users", params={"size": 1}, headers={"X-Simulator-Fault": "502-before"})
    with pytest.raises(requests.ConnectionError):
        speaker.tenant("GET", "/users", headers={"X-Simulator-Fault": "cut-after"})
    speaker.control("GET", "/clock")
    token, user, proxy, cut = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert (token["method"], token["body"], token["answer"]) == ("POST", {"secret": "…"}, {"token": "…"})
    assert (user["path"], user["status"]) == ("/gh/admin/users", 201)
    assert user["answer"]["username"] == "johndoe"
    assert (proxy["query"], proxy["status"]) == ("size=1", 502)
    assert (cut["status"], cut["answer"]) == (None, None)
    assert "simulator" not in path.read_text(encoding="utf-8").replace("the simulator", "")


def test_requests_are_counted_by_route(live):
    live.user()
    live.tenant("GET", "/users/johndoe")
    live.tenant("GET", "/users/janedoe")
    live.send("GET", "/nothing/at/all")
    assert live.control("GET", "/requests") == {
        "POST /{tenant}/admin/api_clients/{client}": 1,
        "POST /{tenant}/admin/users": 1,
        "GET /{tenant}/admin/users/{user}": 2,
        "GET (unknown path)": 1,
    }
    live.control("DELETE", "/requests")
    assert live.control("GET", "/requests") == {}


def test_the_clock_runs_jumps_and_stands_still(live):
    live.control("PUT", "/clock", {"now": "2026-12-01T12:00:00.000Z"})
    running = live.control("GET", "/clock")
    assert running["now"].startswith("2026-12-01T12:00:0") and running["frozen"] is False
    frozen = live.control("PUT", "/clock", {"now": "2026-12-01T12:00:00.000Z", "frozen": True})
    assert frozen == {"now": "2026-12-01T12:00:00.000Z", "frozen": True}
    assert live.control("PUT", "/clock", {"advanceSeconds": 3600})["now"] == "2026-12-01T13:00:00.000Z"
    assert live.control("PUT", "/clock", {"frozen": False})["frozen"] is False
    assert live.send("PUT", "/_simulator/clock", {"noon": True}).status_code == 400
