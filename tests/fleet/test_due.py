"""Schedules over changes of clocks, by the database's clock: one run a slot, however many look, or don't."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from reconciler.fleet.database import Database
from reconciler.fleet.due import ask_for_due
from reconciler.fleet.shape import Fleet

HOUR = timedelta(hours=1)
NAMES = [f"clinics/env/{number}" for number in range(3)]
PLACE = """INSERT INTO welkin.environment (name, source, path, tenant, timezone, known, head)
    VALUES (:name, 'clinics', 'env/x.yaml', 'gh', :zone, :now, 'c0ffee')"""
FLEET = Fleet(Path("fleet.yaml"), (), drift_every=HOUR, only_new_at=120)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(database_url: str, clock: Clock) -> Iterator[Database]:
    with Database.opened(database_url, clock) as opened:
        yield opened


def asked(database: Database) -> list[tuple[str, str, datetime]]:
    """Runs that were asked for: environment, kind, slot; all of them are over by then."""
    database.run("UPDATE welkin.run SET state = 'succeeded', ended = :now WHERE state = 'waiting'")
    rows = database.rows("SELECT environment, kind, slot FROM welkin.run ORDER BY slot")
    return [(row["environment"], row["kind"], datetime.fromisoformat(row["slot"])) for row in rows]


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("America/Los_Angeles", datetime(2027, 3, 14, 10, tzinfo=UTC)),  # 02:00 doesn't exist
        ("America/Los_Angeles", datetime(2026, 11, 1, 9, tzinfo=UTC)),  # 01:00 comes twice
        ("Europe/Berlin", datetime(2027, 3, 28, 1, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),  # 02:00 comes twice
    ],
)
def test_one_run_a_slot_over_a_change_of_clocks_whoever_of_four_asks(
    database: Database, clock: Clock, zone: str, change: datetime
) -> None:
    start, end = change - 30 * HOUR, change + 30 * HOUR
    clock.now = start.timestamp()
    for name in NAMES:
        database.run(PLACE, name=name, zone=zone)
    with ThreadPoolExecutor(4) as workers:
        while clock.now < end.timestamp():
            clock.now += 20 * 60
            list(workers.map(lambda _: ask_for_due(database, FLEET), range(4)))
            runs = asked(database)
    for name in NAMES:
        drift = [slot for of, kind, slot in runs if (of, kind) == (name, "drift")]
        assert len(drift) == 60 and len({*drift}) == 60
        assert {later - earlier for earlier, later in pairwise(drift)} == {HOUR}
        nights = [slot for of, kind, slot in runs if (of, kind) == (name, "only-new")]
        dates = Counter(slot.astimezone(ZoneInfo(zone)).date() for slot in nights)
        assert set(dates.values()) == {1} and len(dates) in (2, 3)
        assert change.astimezone(ZoneInfo(zone)).date() in dates


def test_three_hours_down_over_a_change_of_clocks_is_one_late_run_of_each(
    database: Database, clock: Clock
) -> None:
    start = datetime(2027, 3, 14, 8, tzinfo=UTC)  # midnight in Los Angeles
    clock.now = (start - HOUR).timestamp()
    database.run(PLACE, name=NAMES[0], zone="America/Los_Angeles")
    clock.now = start.timestamp()
    ask_for_due(database, FLEET)
    before = asked(database)
    clock.now = (start + 3 * HOUR).timestamp()  # 04:00: 02:00 was left out, and 03:00 is over
    for _ in range(3):
        ask_for_due(database, FLEET)
    late = [run for run in asked(database) if run not in before]
    assert [kind for _, kind, _ in sorted(late, key=lambda run: run[1])] == ["drift", "only-new"]
    assert next(slot for _, kind, slot in late if kind == "only-new") == start + 2 * HOUR
