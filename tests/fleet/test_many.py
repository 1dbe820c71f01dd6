"""500 runs over 100 environments and four workers, whatever dies: all end, none overlaps another. Slow."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import tests.support.crew as crew
from tests.support.crew import Fleet, Worker, fleet_of
from tests.support.postgres import Server, postgres
from tests.support.service import Service, simulated

pytestmark = pytest.mark.slow

PLACES, LEASE_S = 100, 6
KINDS = ("drift", "only-new", "apply", "drift", "only-new")
ROUTE = re.compile(r"/gh/(p\d+)/calendar/")
Trouble = Callable[[Fleet, Server], None]


def one_is_killed(fleet: Fleet, server: Server) -> None:
    fleet.workers[0].kill()


def one_is_killed_as_the_database_falls(fleet: Fleet, server: Server) -> None:
    server.stop()
    fleet.workers[0].kill()
    time.sleep(5)
    server.start()


def one_is_killed_every_10_s(fleet: Fleet, server: Server) -> None:
    for number in range(6):
        fleet.workers[number].kill()
        work(fleet, f"w{number + 5}")
        time.sleep(10)


@pytest.fixture
def server() -> Iterator[Server]:
    with postgres() as own:
        yield own


@pytest.fixture
def fleet(tmp_path: Path, server: Server) -> Iterator[Fleet]:
    with (
        simulated(tmp_path, now=datetime.now(UTC).isoformat()) as service,
        fleet_of(tmp_path, server.database(), service) as known,
    ):
        yield known


def work(fleet: Fleet, name: str) -> Worker:
    return fleet.work(name, "--concurrency", "4", "--lease", f"{LEASE_S}s")


@pytest.mark.parametrize(
    "trouble", [one_is_killed, one_is_killed_as_the_database_falls, one_is_killed_every_10_s]
)
def test_all_runs_end_and_none_overlaps_another(fleet: Fleet, server: Server, trouble: Trouble) -> None:
    crew.PATIENCE_S = 900
    fleet.configure("defaults: {rate: 1000, concurrency: 16, attempts: 9}\n")
    for number in range(PLACES):
        fleet.people(f"p{number}", f"person{number}")
    for number in range(1, 5):
        work(fleet, f"w{number}")
    crew.until(lambda: len(fleet.states()) == PLACES)
    begun = time.monotonic()
    asked = set[str]()
    breaking = threading.Timer(10, trouble, (fleet, server))
    breaking.start()
    for place, kind in enumerate(KINDS):
        asked |= ids(fleet, kind)
        crew.until(lambda place=place: len(over(fleet)) >= PLACES * place * 0.6)  # type: ignore[misc]
        crew.until(lambda kind=kind: not_waiting(fleet, kind))  # type: ignore[misc]
    breaking.join()
    crew.until(lambda: asked <= over(fleet))
    print(f"{len(asked)} runs in {time.monotonic() - begun:.0f} s")
    assert len(asked) == PLACES * len(KINDS)
    ended = [run for run in fleet.runs() if run["id"] in asked]
    assert Counter(run["state"] for run in ended) == {"succeeded": len(asked)}, [
        run for run in ended if run["state"] != "succeeded"
    ][:5]
    assert not interleaved(fleet.service)
    made = Counter((call.path, str(call.body)) for call in fleet.service.writes())
    assert set(made.values()) == {1}
    assert len(made) == 2 * PLACES


def ids(fleet: Fleet, kind: str) -> set[str]:
    """Asked for, as soon as the database is there; twice is once."""
    asked = crew.until(lambda: fleet.ask("enqueue", kind, "--all", code=None).get("runs"))
    return {run["id"] for run in asked}


def over(fleet: Fleet) -> set[str]:
    found = fleet.ask("runs", "--limit", "10000", code=None)
    return {run["id"] for run in found.get("runs", ()) if run["state"] not in ("waiting", "running")}


def not_waiting(fleet: Fleet, kind: str) -> bool:
    found = fleet.ask("runs", "--limit", "10000", code=None)
    return "runs" in found and not any(
        run["state"] == "waiting" and run["kind"] == kind for run in found["runs"]
    )


def interleaved(service: Service) -> list[str]:
    """Environments at which a run came back once another one had been there."""
    seen = defaultdict[str, list[str]](list)
    for call in service.calls():
        place = ROUTE.match(call.path)
        if place and "run/" in call.agent:
            run = call.agent.partition("run/")[2].partition("/")[0]
            if seen[place[1]][-1:] != [run]:
                seen[place[1]].append(run)
    return [name for name, runs in seen.items() if len(set(runs)) < len(runs)]
