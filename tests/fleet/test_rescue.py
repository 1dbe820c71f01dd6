"""Workers that are killed, paused or told to stop in the middle of an apply: nothing lost, nothing twice."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import tests.support.crew as crew
from tests.support.crew import Fleet, Worker, fleet_of, soon
from tests.support.postgres import Server
from tests.support.service import Call, Service

LEASE_S = 8
# Slowly enough that even a busy machine does something to a worker before it is done.
SLOWLY, QUICKLY = "defaults: {rate: 3}\n", "defaults: {rate: 50}\n"
MEETINGS = (
    "{{title: Stand-up, host: ann, starts: {day}T09:00, duration: 15m, repeat: {{every: day, count: 50}}}}"
)
WRITES = 51  # a person, and the meetings


@pytest.fixture
def fleet(tmp_path: Path, own_postgres: Server, todays: Service) -> Iterator[Fleet]:
    with fleet_of(tmp_path, own_postgres.database(), todays) as known:
        known.configure(SLOWLY)
        yield known


def begun(fleet: Fleet) -> str:
    """An environment that is being applied, slowly; the run's id, once some writes have landed."""
    series = MEETINGS.format(day=soon(2))
    fleet.write("a", f"users: {{ann: {{email: ann@example.org}}}}\nevents: {{stand-up: {series}}}\n")
    crew.until(lambda: fleet.states().get("a"), "never found")
    (asked,) = fleet.ask("enqueue", "apply", "--all")["runs"]
    crew.until(lambda: len(fleet.service.writes()) >= 2, "never applied")
    return str(asked["id"])


def taken(fleet: Fleet, lease: str) -> tuple[str, Worker, Worker]:
    """A run that is under way, the slow worker that has it, and a quick one that has begun, too."""
    first = fleet.work("w1", "--lease", lease)
    run = begun(fleet)
    fleet.configure(QUICKLY)
    second = fleet.work("w2", "--lease", lease)
    crew.until(lambda: len(fleet.ask("status")["workers"]) == 2)
    return run, first, second


def settled(fleet: Fleet, run: str, attempts: int) -> None:
    """The run came to its end, and all there is to be is there once."""
    crew.until(lambda: state_of(fleet, run) not in ("waiting", "running"), fleet.workers[-1].said)
    (ended,) = fleet.ask("runs", run)["runs"]
    assert (ended["state"], ended["attempts"]) == ("succeeded", attempts), ended
    made = Counter((call.method, call.path, str(call.body)) for call in fleet.service.writes())
    assert set(made.values()) == {1}, made
    assert fleet.run("enqueue", "drift", "--all", "--wait").code == 0
    assert fleet.states() == {"a": "in sync"}


def state_of(fleet: Fleet, run: str) -> str:
    return str(fleet.ask("runs", run)["runs"][0]["state"])


def epoch_of(call: Call) -> int:
    return int(call.agent.rpartition("/")[2])


def test_one_of_two_is_killed_and_the_other_goes_on(fleet: Fleet) -> None:
    run, first, second = taken(fleet, f"{LEASE_S}s")
    first.kill()
    killed = time.monotonic()
    crew.until(lambda: fleet.ask("runs", run)["runs"][0]["worker"] == "w2", second.said)
    assert time.monotonic() - killed < LEASE_S + 30  # a busy machine's worker looks later
    settled(fleet, run, attempts=2)
    states = {each["name"]: each["state"] for each in fleet.ask("status")["workers"]}
    assert states == {"w1": "dead", "w2": "alive"}


def test_one_that_sleeps_past_its_lease_wakes_up_and_writes_nothing_more(fleet: Fleet) -> None:
    run, first, _ = taken(fleet, f"{LEASE_S}s")
    first.send(signal.SIGSTOP)
    older = epoch_of(fleet.service.writes()[-1])
    crew.until(lambda: epoch_of(fleet.service.writes()[-1]) > older, "nobody takes over")
    first.send(signal.SIGCONT)
    settled(fleet, run, attempts=2)
    writes = [call for call in fleet.service.calls() if call.is_write]
    epochs = [epoch_of(call) for call in writes if f"run/{run}/" in call.agent]
    assert epochs == sorted(epochs), epochs
    assert len(set(epochs)) == 2
    assert {each["state"] for each in fleet.runs()} == {"succeeded"}


def test_told_to_stop_it_stops_between_two_writes_and_another_goes_on(fleet: Fleet) -> None:
    run, first, _ = taken(fleet, "60s")
    assert first.end() == 0
    settled(fleet, run, attempts=1)  # long before the lease's end, and counted once
    assert [each["name"] for each in fleet.ask("status")["workers"]] == ["w2"]


def test_a_run_is_cancelled_between_two_writes(fleet: Fleet) -> None:
    first = fleet.work("w1")
    run = begun(fleet)
    fleet.ask("cancel", run)
    crew.until(lambda: state_of(fleet, run) == "cancelled")
    (ended,) = fleet.ask("runs", run)["runs"]
    assert ended["message"].startswith("cancelled by ann")
    assert len(fleet.service.writes()) < WRITES
    first.end()
    fleet.configure(QUICKLY)
    fleet.work("w2")
    assert fleet.run("enqueue", "apply", "--all", "--wait").code == 0
    assert len(fleet.service.writes()) == WRITES


@pytest.mark.slow
def test_the_one_worker_of_an_embedded_store_is_killed_and_started_again(
    tmp_path: Path, todays: Service
) -> None:
    with fleet_of(tmp_path, f"sqlite:///{tmp_path}/fleet.db", todays) as fleet:
        fleet.configure(SLOWLY)
        lease = ("--lease", f"{LEASE_S}s")
        first = fleet.work("w1", *lease)
        run = begun(fleet)
        fleet.configure(QUICKLY)
        second = fleet.work("w2", *lease)
        assert second.process.wait(60) == 1
        assert f"w1 (process {first.process.pid}) has it; use PostgreSQL for more" in second.said
        first.kill()
        fleet.work("w1", *lease)
        settled(fleet, run, attempts=2)
