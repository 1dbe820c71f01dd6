"""Runs wait, begin, are given back, counted, by statements that hold from the state before only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from reconciler.errors import UsageError
from reconciler.fleet.database import Database
from reconciler.fleet.engine import Held, Order
from reconciler.fleet.feeding import feed
from reconciler.fleet.rescue import stranded, sweep
from reconciler.fleet.runs import (
    Begun,
    Cause,
    Ending,
    Kind,
    RunState,
    Wanted,
    ask,
    ask_by_hand,
    begin,
    cancel,
    end,
    put_back,
)
from reconciler.fleet.states import Facts, Findings, State, found, state_of
from reconciler.fleet.workers import beat, enlist, workers

A, B = "clinics/env/a", "clinics/env/b"
PLACE = """INSERT INTO welkin.environment (name, source, path, tenant, known, head)
    VALUES (:name, 'clinics', 'env/x.yaml', :tenant, :now, 'c0ffee')"""


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(database_url: str, clock: Clock) -> Iterator[Database]:
    with Database.opened(database_url, clock) as opened:
        for name in (A, B):
            opened.run(PLACE, name=name, tenant="gh")
        yield opened


class Queue:
    """The engine, as feeding and sweeping see it."""

    def __init__(self) -> None:
        self.orders = dict[str, Order]()
        self.entries = dict[str, Held]()

    def enqueue(self, id: str, order: Order) -> None:
        self.orders[id], self.entries[id] = order, Held(id, None, "1", 1_000_000.0)

    def held(self, worker: str | None = None) -> list[Held]:
        return [each for each in self.entries.values() if worker in (None, each.worker)]

    def give_back(self, id: str, worker: str) -> bool:
        mine = self.entries[id].worker == worker
        if mine:
            self.entries[id] = self.entries[id]._replace(worker=None)
        return mine

    def forget(self, ids: Sequence[str]) -> None:
        for id in ids:
            del self.entries[id]

    def claim(self, id: str, worker: str) -> None:
        self.entries[id] = self.entries[id]._replace(worker=worker)


def fed(database: Database, queue: Queue, room: int = 9, concurrency: int = 9) -> list[str]:
    before = [*queue.orders]
    feed(database, queue, "1", room, lambda tenant: concurrency)
    return [id for id in queue.orders if id not in before]


def begun(database: Database, queue: Queue, worker: str = "w1/1", environment: str = A) -> Begun:
    ask_by_hand(database, [environment], Kind.DRIFT, "ann")
    (workflow,) = fed(database, queue)
    queue.claim(workflow, worker)
    run = begin(database, workflow, worker, most=3)
    assert run
    return run


def row(database: Database, id: str) -> dict[str, object]:
    (found,) = database.rows("SELECT * FROM welkin.run WHERE id = :id", id=id)
    return found


def test_asking_twice_is_one_run_and_asking_again_once_it_began_another(database: Database) -> None:
    queue = Queue()
    first = ask_by_hand(database, [A, B], Kind.DRIFT, "ann")
    assert ask_by_hand(database, [A], Kind.DRIFT, "bob") == {A: first[A]}
    assert ask_by_hand(database, [A], Kind.APPLY, "bob")[A] not in first.values()
    assert sorted({order.environment for order in queue.orders.values()}) == []
    for workflow in fed(database, queue):
        begin(database, workflow, "w1/1", most=3)
    again = ask_by_hand(database, [A, B], Kind.DRIFT, "bob")
    assert not {*again.values()} & {*first.values()}
    assert all(len(id) == 16 and int(id, 16) >= 0 for id in again.values())
    wanted = Wanted(A, Kind.DRIFT, Cause.SCHEDULE, "2026-12-01T02:00:00Z")
    with database.transaction() as tx:
        assert [ask(tx, wanted), ask(tx, wanted)] == [True, False]


def test_a_run_ends_once_by_whoever_has_it(database: Database, clock: Clock) -> None:
    queue = Queue()
    run = begun(database, queue)
    assert (run.attempt, run.requested_by, run.revision) == (1, "ann", "c0ffee")
    (workflow,) = queue.orders
    assert queue.orders[workflow] == (A, "drift", "c0ffee")
    taken = begin(database, workflow, "w2/1", most=3)  # the engine gave it to another
    assert taken and taken.attempt == 2
    assert not end(database, run, Ending(RunState.FAILED))
    assert not put_back(database, run)
    clock.now += 5
    assert end(database, taken, Ending(RunState.SUCCEEDED, 0))
    assert not end(database, taken, Ending(RunState.FAILED))
    assert begin(database, workflow, "w3/1", most=3) is None
    ended = row(database, run.id)
    assert (ended["state"], ended["worker"], ended["started"], ended["ended"]) == (
        "succeeded",
        "w2/1",
        1_000_000,
        1_000_005,
    )


def test_what_is_put_back_waits_for_its_time_and_has_not_counted(database: Database, clock: Clock) -> None:
    queue = Queue()
    run = begun(database, queue)
    assert put_back(database, run, after_s=5)
    assert row(database, run.id)["attempts"] == 0
    assert fed(database, queue) == []
    clock.now += 6
    (workflow,) = fed(database, queue)
    assert workflow == f"{run.id}-2"
    assert begin(database, f"{run.id}-1", "w1/1", most=3) is None


def test_the_third_worker_that_a_run_takes_down_ends_it(database: Database) -> None:
    queue = Queue()
    run = begun(database, queue)
    (workflow,) = queue.orders
    for number in (2, 3):
        again = begin(database, workflow, f"w{number}/1", most=3)
        assert again and again.attempt == number
    assert begin(database, workflow, "w4/1", most=3) is None
    assert (row(database, run.id)["state"], row(database, run.id)["message"]) == (
        "failed",
        "took 3 workers with it",
    )
    assert begun(database, queue).environment == A  # the environment is free again


def test_cancelled_while_it_waits_or_asked_to_stop_while_it_runs(database: Database) -> None:
    queue = Queue()
    (waiting,) = ask_by_hand(database, [B], Kind.DRIFT, "ann").values()
    (workflow,) = fed(database, queue)
    assert cancel(database, waiting, "bob") is RunState.WAITING
    assert begin(database, workflow, "w1/1", most=3) is None
    ended = row(database, waiting)
    assert (ended["state"], ended["message"], ended["attempts"]) == ("cancelled", "cancelled by bob", 0)
    run = begun(database, queue)
    assert cancel(database, run.id, "bob") is RunState.RUNNING
    assert (row(database, run.id)["state"], row(database, run.id)["cancel"]) == ("running", "bob")
    with pytest.raises(UsageError, match=f"run {waiting} is over: it was cancelled"):
        cancel(database, waiting, "bob")
    with pytest.raises(UsageError, match="no run is called 00ff"):
        cancel(database, "00ff", "bob")


def test_a_run_that_was_to_stop_and_lost_its_worker_is_not_begun_again(database: Database) -> None:
    queue = Queue()
    run = begun(database, queue)
    cancel(database, run.id, "bob")
    assert begin(database, f"{run.id}-1", "w2/1", most=3) is None
    assert (row(database, run.id)["state"], row(database, run.id)["message"]) == (
        "cancelled",
        "cancelled by bob",
    )


@pytest.mark.parametrize(("scope", "name"), [("environment", A), ("tenant", "gh")])
def test_what_is_paused_waits(database: Database, scope: str, name: str) -> None:
    queue = Queue()
    ask_by_hand(database, [A], Kind.DRIFT, "ann")
    (workflow,) = fed(database, queue)
    ask_by_hand(database, [A], Kind.APPLY, "ann")
    database.run("INSERT INTO welkin.pause (scope, name, by, since) VALUES (:scope, :name, 'ann', :now)",
                 scope=scope, name=name)  # fmt: skip
    assert begin(database, workflow, "w1/1", most=3) is None
    ask_by_hand(database, [B], Kind.DRIFT, "ann")
    assert len(fed(database, queue)) == (1 if scope == "environment" else 0)
    database.run("DELETE FROM welkin.pause")
    assert begin(database, workflow, "w1/1", most=3)


def test_an_environment_is_fed_one_run_a_tenant_what_it_may_have(database: Database) -> None:
    queue = Queue()
    for number in range(5):
        database.run(PLACE, name=f"clinics/env/{number}", tenant="north")
    names = [row["name"] for row in database.rows("SELECT name FROM welkin.environment")]
    ask_by_hand(database, names, Kind.DRIFT, "ann")
    ask_by_hand(database, names, Kind.APPLY, "ann")
    first = fed(database, queue, room=4, concurrency=2)
    tenants = [queue.orders[id].environment[-1].isalpha() for id in first]
    assert sorted(tenants) == [False, False, True, True]
    assert fed(database, queue, room=9, concurrency=2) == []
    assert len(fed(database, queue, room=9, concurrency=3)) == 1  # gh has two environments, each with a run


def test_who_asked_comes_before_the_schedule(database: Database, clock: Clock) -> None:
    queue = Queue()
    with database.transaction() as tx:
        ask(tx, Wanted(A, Kind.DRIFT, Cause.SCHEDULE, "1"))
    clock.now += 60
    ask_by_hand(database, [B], Kind.DRIFT, "ann")
    assert [queue.orders[id].environment for id in fed(database, queue, room=1)] == [B]


def test_a_dead_workers_runs_are_given_back_and_a_living_ones_are_not(
    database: Database, clock: Clock
) -> None:
    queue = Queue()
    enlist(database, "w1/1", 8, 10, "1")
    enlist(database, "w2/1", 8, 10, "1")
    run, other = begun(database, queue), begun(database, queue, "w2/1", B)
    clock.now += 11
    assert beat(database, "w2/1", 10)
    assert [each.state for each in workers(database)] == ["dead", "alive"]
    kept = sweep(database, queue, workers(database))
    assert [(each.id, each.worker) for each in kept] == [(f"{run.id}-1", None), (f"{other.id}-1", "w2/1")]
    assert (row(database, run.id)["state"], row(database, run.id)["attempts"]) == ("waiting", 1)
    again = begin(database, f"{run.id}-1", "w2/1", most=3)
    assert again and again.attempt == 2


def test_what_the_engine_lost_waits_again(database: Database, clock: Clock) -> None:
    queue = Queue()
    enlist(database, "w1/1", 8, 1000, "1")
    run = begun(database, queue)
    queue.forget([f"{run.id}-1"])
    sweep(database, queue, workers(database))
    assert row(database, run.id)["state"] == "running"  # it may be about to come there
    clock.now += 20
    sweep(database, queue, workers(database))
    assert row(database, run.id)["state"] == "waiting"
    assert fed(database, queue) == [f"{run.id}-2"]


def test_runs_of_a_protocol_without_workers_go_to_the_others(database: Database) -> None:
    queue = Queue()
    enlist(database, "w1/1", 8, 10, "1")
    run = begun(database, queue)
    assert sweep(database, queue, workers(database))
    enlist(database, "w2/1", 8, 10, "2")
    database.run("DELETE FROM welkin.worker WHERE id = 'w1/1'")
    assert sweep(database, queue, workers(database)) == []
    assert row(database, run.id)["state"] == "waiting"
    feed(database, queue, "2", 9, lambda tenant: 9)
    (fed_again,) = queue.entries
    assert (fed_again, row(database, run.id)["protocol"]) == (f"{run.id}-2", "2")


def test_what_a_living_worker_never_began_is_given_back() -> None:
    queue = Queue()
    for name in ("aa-1", "bb-1", "cc-1"):
        queue.enqueue(name, Order(A, "drift", "c0ffee"))
    queue.claim("aa-1", "w1/1")
    queue.claim("bb-1", "w1/1")
    queue.claim("cc-1", "w2/1")
    assert stranded(queue, "w1/1", {"aa-1"}, 1_000_001.0) == 0  # it may be about to begin
    assert stranded(queue, "w1/1", {"aa-1"}, 1_000_100.0) == 1
    assert [each.worker for each in queue.held()] == ["w1/1", None, "w2/1"]


def test_states_of_environments() -> None:
    now, hour = 1_000_000.0, 3600.0
    in_sync = Facts(State.IN_SYNC, now - hour)
    assert state_of(in_sync, hour, now) is State.IN_SYNC
    assert state_of(in_sync._replace(looked=now - 2 * hour - 1), hour, now) is State.UNKNOWN
    assert state_of(in_sync._replace(looked=now - 9 * hour), None, now) is State.IN_SYNC
    assert state_of(Facts(None, None), hour, now) is State.UNKNOWN
    assert state_of(in_sync._replace(broken="env/x.yaml:3:5 …"), hour, now) is State.FAILED
    assert state_of(in_sync._replace(broken="…", paused="ann"), hour, now) is State.PAUSED
    assert found(Findings(0, 0, 0)) is State.IN_SYNC
    assert found(Findings(3, 0, 1)) is State.DRIFTED
    assert found(Findings(3, 1, 1)) is State.PENDING
    assert found(Findings(2, 0, 2)) is State.REFUSED
    assert found(Findings(3, 1, 0, is_refused=True)) is State.REFUSED
