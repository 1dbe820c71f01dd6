"""Attacks on fencing: runs paused past their lease at every step of a write, and woken while another goes on.

What arrives at the service says of which epoch it is. A write is stale if one of a newer epoch was earlier.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.apply.carry_out import Applied
from reconciler.client.transport import Transport
from reconciler.fleet.database import Database
from reconciler.fleet.leases import Leases
from tests.conftest import Simulate
from tests.support.cli import IMPATIENT
from tests.support.leased import Clock, Place
from tests.support.service import Call
from tests.support.service import Service as Welkin

ENVIRONMENTS = 24
POINTS = ("before the note", "after the note", "on its way to the connection")
DAYS = "\n".join(
    f"  talk{n}: {{title: Talk {n}, type: APPOINTMENT, mode: VIDEO, host: ann, starts: 2026-12-{n:02}T09:00, "
    "duration: 30m}"
    for n in range(1, 7)
)
STAFF = f"""
workHours:
  ann: [{{from: 2026-12-01, to: 2027-03-31, days: {{mon-fri: 09:00-17:00}}}}]
events:
{DAYS}
"""


@dataclass
class Pause:
    """What a run is paused by: at which of its writes, at which step of it, and what goes on meanwhile."""

    point: str
    at: int
    meanwhile: Callable[[], None]
    seen: int = 0

    def reached(self, point: str) -> bool:
        if point == self.point:
            self.seen += 1
        return point == self.point and self.seen == self.at


class Pauses:
    """Pauses by run; whoever is to be paused stands still until what goes on meanwhile is over."""

    def __init__(self) -> None:
        self.of = dict[str, Pause]()
        self.done = Counter[str]()
        self._lock = threading.Lock()

    def at(self, point: str, run: str) -> None:
        with self._lock:
            pause = self.of.get(run)
            if pause is None or not pause.reached(point):
                return
            del self.of[run]
            self.done[point] += 1
        other = threading.Thread(target=pause.meanwhile)  # as another process would, with nothing of this one
        other.start()
        other.join()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pauses]:
    """Stand between the steps of each write of a run."""
    pauses, noted, exchanged = Pauses(), Database.run, Transport._answer

    def run(self: Database, sql: str, /, **values: Any) -> int:
        is_note = "INSERT INTO welkin.write" in sql
        if is_note:
            pauses.at("before the note", str(values["run"]))
        done = noted(self, sql, **values)
        if is_note:
            pauses.at("after the note", str(values["run"]))
        return done

    def answer(self: Transport, prepared: Any, timeouts: Any) -> Any:
        agent = prepared.headers["User-Agent"]
        if prepared.method != "GET" and "api_clients" not in prepared.url and "run/" in agent:
            pauses.at("on its way to the connection", agent.split("/")[2])
        return exchanged(self, prepared, timeouts)

    monkeypatch.setattr(Database, "run", run)
    monkeypatch.setattr(Transport, "_answer", answer)
    yield pauses


class Ward:
    """One environment with a time of its own, and runs on it, each in a pause of the one before."""

    def __init__(self, number: int, folder: Path, welkin: Welkin, url: str, pauses: Pauses) -> None:
        name = f"ward-{number:02}"
        self.place = Place(folder / f"{name}.yaml", welkin, name, name, replace(IMPATIENT, pauses=self.wait))
        self.place.write(STAFF)
        self.lot, self.number, self.pauses = random.Random(number), number, pauses
        self.clock, self.boot = Clock(), Clock(100.0)
        self.database = Database.opened(url, clock=self.clock)
        self.ends = list[Applied]()

    def run(self, pauses_left: int) -> None:
        run = f"{self.number:02}{pauses_left:014x}"
        if pauses_left:
            point = self.lot.choice(POINTS)
            self.pauses.of[run] = Pause(point, self.lot.randint(1, 3), lambda: self.goes_on(pauses_left - 1))
        with Leases(self.database, holder=run, who="w", length_s=60, clock=self.boot) as leases:
            self.ends.append(self.place.apply(leases, run))

    def wait(self, seconds: float) -> None:
        self.clock.seconds += seconds

    def goes_on(self, pauses_left: int) -> None:
        self.clock.seconds += 61
        self.boot.seconds += 61
        self.run(pauses_left)


def stale(calls: list[Call]) -> list[Call]:
    """Writes that came after one of a newer epoch on the same environment."""
    newest, found = defaultdict[str, int](int), list[Call]()
    for call in calls:
        if call.is_write and "run/" in call.agent:
            instance, epoch = call.path.split("/")[2], int(call.agent.rpartition("/")[2])
            if epoch < newest[instance]:
                found.append(call)
            newest[instance] = max(newest[instance], epoch)
    return found


@pytest.mark.parametrize("times", [1, pytest.param(4, marks=pytest.mark.slow)])
def test_no_write_of_an_older_epoch_comes_after_one_of_a_newer(
    database_url: str, simulate_service: Simulate, tmp_path: Path, pauses: Pauses, times: int
) -> None:
    welkin = simulate_service()
    welkin.user("ann")
    welkin.forget()
    wards = [Ward(number, tmp_path, welkin, database_url, pauses) for number in range(ENVIRONMENTS)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda ward: ward.run(times), wards))
    assert stale(welkin.calls()) == []
    assert (
        sum(pauses.done.values()) > ENVIRONMENTS * times * 3 / 4
    )  # a late one may have too little left to do
    assert set(pauses.done) == set(POINTS)
    for ward in wards:
        *earlier, last = reversed(ward.ends)  # the innermost ended first
        assert all(each.fenced and not each.failures for each in earlier)
        assert not (last.fenced or last.failures)
    made = Counter((call.path, str(call.body)) for call in welkin.writes() if "run/" in call.agent)
    assert set(made.values()) == {1}
    for ward in wards:
        ward.run(0)
        assert ward.ends[-1].report.outcomes == ()
        ward.database.close()
