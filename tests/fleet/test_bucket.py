"""One rate over all workers: never exceeded, used up where there is work, and drawn in portions."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from reconciler.client import Client
from reconciler.client.connection import Connection
from reconciler.client.line import Line
from reconciler.fleet.bucket import Bucket
from reconciler.fleet.database import Database
from tests.conftest import Simulate
from tests.support.cli import IMPATIENT, SECRET
from tests.support.leased import Clock


@dataclass
class Street:
    """Workers that call one after the other, each as soon as it may, on a clock that only moves for them."""

    database: Database
    clock: Clock
    went: list[float] = field(default_factory=list)

    def call(self, workers: list[Bucket], until: float, pause: float = 0.0) -> None:
        """Have each worker call, wait for its turn, and call again after a pause."""
        queue: list[tuple[float, int]] = [(self.clock(), number) for number in range(len(workers))]
        ends_at = self.clock() + until
        while queue and (now := heapq.heappop(queue))[0] < ends_at:
            self.clock.seconds = now[0]
            went = now[0] + workers[now[1]].turn_s(0.0)
            self.went.append(went)
            heapq.heappush(queue, (went + pause, now[1]))

    def closest(self) -> float:
        self.went.sort()
        return min(later - earlier for earlier, later in pairwise(self.went))


@pytest.fixture
def street(database_url: str) -> Iterator[Street]:
    clock = Clock()
    with Database.opened(database_url, clock=clock) as database:
        yield Street(database, clock)


def buckets(street: Street, count: int, rate: float) -> list[Bucket]:
    return [Bucket(street.database, "gh", rate, street.clock) for _ in range(count)]


def test_four_workers_together_keep_to_the_rate_and_use_it_up(street: Street) -> None:
    street.call(buckets(street, 4, 10), until=20)
    assert street.closest() >= 0.1 - 1e-6
    assert len([went for went in street.went if went < street.went[0] + 20]) >= 190


def test_who_calls_seldom_takes_no_turns_from_others(street: Street) -> None:
    street.call(buckets(street, 1, 10), until=10, pause=3.0)
    (row,) = street.database.rows("SELECT free FROM welkin.bucket")
    assert row["free"] <= street.went[-1] + 0.2 + 1e-6


def test_portions_are_of_a_second_where_there_is_much_to_do(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws, asked = list[str](), street.database.rows

    def counted(sql: str, /, **values: Any) -> list[dict[str, Any]]:
        draws.append(sql)
        return asked(sql, **values)

    monkeypatch.setattr(street.database, "rows", counted)
    street.call(buckets(street, 1, 10), until=30)
    assert len(street.went) >= 295
    assert len(draws) <= 35


def test_tenants_have_a_rate_each(street: Street) -> None:
    one, two = (Bucket(street.database, tenant, 1.0, street.clock) for tenant in ("gh", "other"))
    assert [one.turn_s(0), two.turn_s(0)] == pytest.approx([0, 0])
    assert [one.turn_s(0), two.turn_s(0)] == pytest.approx([1, 1])


def test_a_wait_that_the_service_asked_for_is_kept_and_turns_follow_it(
    street: Street,
) -> None:
    (bucket,) = buckets(street, 1, 10)
    assert [bucket.turn_s(5.0) for _ in range(3)] == pytest.approx([5.0, 5.1, 5.2])


def test_without_the_database_each_keeps_to_the_rate_by_itself(tmp_path: Path) -> None:
    clock = Clock()
    with Database.opened(f"sqlite:///{tmp_path}/fleet.db", patience_s=0) as database:
        bucket = Bucket(database, "gh", 10, clock)
        database.run("DROP TABLE welkin.bucket")
        assert [bucket.turn_s(0) for _ in range(3)] == pytest.approx([0, 0.1, 0.2])


@settings(max_examples=40)
@given(
    rate=some.floats(0.2, 50),
    steps=some.lists(some.tuples(some.integers(0, 2), some.floats(0, 3), some.floats(0, 2)), max_size=40),
)
def test_whoever_calls_when_the_rate_is_never_exceeded(
    tmp_path_factory: pytest.TempPathFactory, rate: float, steps: list[tuple[int, float, float]]
) -> None:
    clock, went = Clock(), list[float]()
    path = tmp_path_factory.mktemp("bucket") / "fleet.db"
    with Database.opened(f"sqlite:///{path}", clock=clock) as database:
        workers = [Bucket(database, "gh", rate, clock) for _ in range(3)]
        for number, pause, after in steps:
            clock.seconds += pause
            went.append(clock() + workers[number].turn_s(after))
            assert went[-1] >= clock() + after - 1e-6
    went.sort()
    assert all(later - earlier >= 1 / rate - 1e-5 for earlier, later in pairwise(went))


def test_a_clients_calls_take_their_turns(simulate_service: Simulate, tmp_path: Path) -> None:
    service, waits = simulate_service(), list[float]()
    connection = Connection(service.url, "gh", "sb-demo", "TESTS", SECRET)

    def turn(after: float) -> float:
        waits.append(after)
        return after

    line = Line(service.url, rate=0.001, patience=IMPATIENT, pace=turn)
    with Client(connection, line=line) as client:
        assert client.users.get("ann") is None
    line.close()
    assert waits == [0.0, 0.0]  # the token's call and this one; the rate in seconds plays no part
