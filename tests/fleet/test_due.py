"""Schedules bring one run a slot, whoever looks and how many do; what was missed is one run, late."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.fleet.configuration import read_fleet
from reconciler.fleet.database import Database
from reconciler.fleet.due import ask_for_all, ask_for_due
from reconciler.fleet.pauses import Scope, pause, resume
from reconciler.fleet.shape import Fleet

BEGAN = datetime(2026, 10, 24, 12, tzinfo=UTC)  # the day before clocks go back in Berlin
PLACE = """INSERT INTO welkin.environment (name, source, path, tenant, timezone, known, head)
    VALUES (:name, 'clinics', 'env/x.yaml', 'gh', 'Europe/Berlin', :now, 'c0ffee')"""


class Clock:
    now = BEGAN

    def __call__(self) -> float:
        return self.now.timestamp()

    def pass_by(self, **length: int) -> None:
        self.now += timedelta(**length)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(database_url: str, clock: Clock) -> Iterator[Database]:
    with Database.opened(database_url, clock) as opened:
        for name in "abc":
            opened.run(PLACE, name=f"clinics/env/{name}")
        yield opened


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    source = 'sources: [{name: clinics, path: rota, environments: ["env/*"]}]\n'
    schedules = 'schedules: {drift: {every: 1h}, onlyNew: {at: "02:30"}}\n'
    (tmp_path / "fleet.yaml").write_text(source + schedules)
    return read_fleet(tmp_path / "fleet.yaml")


def waiting(database: Database, kind: str) -> list[str]:
    rows = database.rows(
        "SELECT environment, slot FROM welkin.run WHERE kind = :kind AND state = 'waiting'", kind=kind
    )
    return sorted(f"{row['environment'][-1]} {row['slot']}" for row in rows)


def begin_all(database: Database) -> None:
    database.run("UPDATE welkin.run SET state = 'succeeded'")


def test_each_hour_each_environment_is_asked_for_once(database: Database, fleet: Fleet, clock: Clock) -> None:
    ask_for_due(database, fleet)
    assert waiting(database, "drift") == []  # what is new waits for its own second of the hour
    found = set[str]()
    for _ in range(3 * 60):
        clock.pass_by(minutes=1)
        ask_for_due(database, fleet)
        found.update(waiting(database, "drift"))
        begin_all(database)
    by_place = {name: sorted(each[2:] for each in found if each[0] == name) for name in "abc"}
    assert {len(slots) for slots in by_place.values()} == {3}
    assert len({slots[0] for slots in by_place.values()}) == 3  # spread over the hour


def test_four_workers_who_look_at_once_ask_once(database: Database, fleet: Fleet, clock: Clock) -> None:
    clock.pass_by(hours=1)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda number: ask_for_due(database, fleet), range(4)))
    assert len(waiting(database, "drift")) == 3


def test_three_hours_without_worker_are_one_late_run(database: Database, fleet: Fleet, clock: Clock) -> None:
    clock.pass_by(hours=1)
    ask_for_due(database, fleet)
    begin_all(database)
    clock.pass_by(hours=3)
    ask_for_due(database, fleet)
    ask_for_due(database, fleet)
    assert len(waiting(database, "drift")) == 3


def test_one_that_still_waits_is_not_asked_for_again(database: Database, fleet: Fleet, clock: Clock) -> None:
    for _ in range(3):
        clock.pass_by(hours=1)
        ask_for_due(database, fleet)
    assert len(waiting(database, "drift")) == 3


@pytest.mark.parametrize(
    "day", [datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2027, 3, 27, 12, tzinfo=UTC)]
)
def test_each_night_is_one_run_across_both_changes_of_clocks(
    database: Database, fleet: Fleet, clock: Clock, day: datetime
) -> None:
    clock.now = day
    database.run("UPDATE welkin.environment SET known = :now")
    found = list[str]()
    for _ in range(3 * 24 * 4):
        clock.pass_by(minutes=15)
        ask_for_due(database, fleet)
        found += [each for each in waiting(database, "only-new") if each[0] == "a"]
        begin_all(database)
    assert len(found) == len(set(found)) == 3, found


def test_nothing_is_asked_for_what_is_paused(database: Database, fleet: Fleet, clock: Clock) -> None:
    scope = Scope("environment", "clinics/env/a")
    pause(database, scope, "ann", "audit")
    clock.pass_by(hours=2)
    ask_for_due(database, fleet)
    assert len(waiting(database, "drift")) == 2
    resume(database, scope)
    ask_for_due(database, fleet)
    assert len(waiting(database, "drift")) == 3


def test_all_at_once(database: Database) -> None:
    ask_for_all(database)
    assert len(waiting(database, "drift")) == 3
