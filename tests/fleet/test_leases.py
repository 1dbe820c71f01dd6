"""Leases on both databases: one holder at a time, an epoch more each time, and no word after the end."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reconciler.errors import DatabaseError, Fenced, Locked
from reconciler.fleet.database import Database
from reconciler.fleet.leases import Lease, Leases, boottime
from tests.support.crew import until
from tests.support.postgres import Server

KEY = ("https://api.example", "gh", "sb-demo", "staffing")
NOW = 1_795_521_600.0  # 2026-11-24T12:00:00Z


class Clock:
    """A clock of the test's, for the database and for the process beside it."""

    def __init__(self, seconds: float = NOW) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


class Desk:
    """Processes on one database, each with a clock of its own that need not agree with it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock, self.boot = database, clock, Clock(500.0)

    def leases(self, name: str) -> Leases:
        return Leases(self.database, holder=name, who=f"worker {name}", length_s=60, clock=self.boot)

    def goes_on(self, seconds: float) -> None:
        self.clock.seconds += seconds
        self.boot.seconds += seconds


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    clock = Clock()
    with Database.opened(database_url, clock=clock) as database:
        yield Desk(database, clock)


def test_one_at_a_time_and_each_time_the_next_epoch(desk: Desk) -> None:
    with desk.leases("w1") as first, desk.leases("w2") as second:
        one = first.take(KEY)
        assert one
        assert (one.epoch, one.before) == (1, None)
        assert second.take(KEY) is None
        assert second.take((*KEY[:3], "night")) is not None
        first.give_back(one)
        two = second.take(KEY)
        assert two
        assert (two.epoch, two.before) == (2, NOW)
        assert first.take(KEY) is None


def test_what_nobody_renews_ends_and_goes_to_the_next(desk: Desk) -> None:
    with desk.leases("w1") as first, desk.leases("w2") as second:
        one = first.take(KEY)
        assert one
        desk.goes_on(59.9)
        assert second.take(KEY) is None
        desk.goes_on(0.1)
        two = second.take(KEY)
        assert two
        assert (two.epoch, two.before) == (2, NOW + 60)
        first.renew()
        assert one.lost
        with pytest.raises(Fenced, match="the lease of gh/sb-demo/staffing has ended, and another run may"):
            one.check()
        first.give_back(one)  # takes nothing away from who has it now
        assert first.take(KEY) is None
        two.check()


def test_renewed_it_goes_on(desk: Desk) -> None:
    with desk.leases("w1") as leases, desk.leases("w2") as others:
        lease = leases.take(KEY)
        assert lease
        for _ in range(10):
            desk.goes_on(20)
            leases.renew()
            lease.check()
            assert others.take(KEY) is None


def test_right_before_a_write_there_must_be_time_for_it(desk: Desk) -> None:
    with desk.leases("w1") as leases:
        lease = leases.take(KEY)
        assert lease
        desk.boot.seconds += 45  # a quarter of it is left
        lease.check()
        desk.boot.seconds += 0.1
        with pytest.raises(Fenced):
            lease.check()


def test_a_lease_that_ended_is_not_renewed_though_nobody_took_it(desk: Desk) -> None:
    with desk.leases("w1") as leases:
        lease = leases.take(KEY)
        desk.goes_on(61)
        leases.renew()
        assert lease
        assert lease.lost


def test_its_end_is_reckoned_from_before_it_was_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = desk.database.rows

    def slow(sql: str, /, **values: str | int | float | None) -> list[dict[str, object]]:
        found = asked(sql, **values)
        desk.boot.seconds += 50  # the answer is long under way, or we are paused just here
        return found

    monkeypatch.setattr(desk.database, "rows", slow)
    with desk.leases("w1") as leases:
        lease = leases.take(KEY)
        assert lease
        assert lease.deadline == 560.0
        with pytest.raises(Fenced):
            lease.check()


def test_who_waits_is_told_who_has_it_for_which_run_and_since_when(desk: Desk) -> None:
    with (
        desk.leases("w1") as first,
        desk.leases("w2") as second,
        first.held(KEY, run="00c0ffee00c0ffee"),
        pytest.raises(Locked) as caught,
        second.held(KEY),
    ):
        pass
    assert str(caught.value) == (
        "another run works on gh/sb-demo/staffing: worker w1, run 00c0ffee00c0ffee, "
        "since 2026-11-24T12:00:00Z, until 2026-11-24T12:01:00Z if it doesn't go on; "
        "wait for it, or let this run wait with --lock-timeout 10m"
    )


def test_who_waits_has_it_once_it_is_free(desk: Desk) -> None:
    with desk.leases("w1") as first, desk.leases("w2") as second:
        one = first.take(KEY)
        assert one
        with second.held(KEY, wait_s=60, sleep=lambda seconds: first.give_back(one)) as two:
            assert two.epoch == 2


def test_a_taking_that_an_outage_hid_is_ours(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, times = desk.database.rows, []

    def twice(sql: str, /, **values: str | int | float | None) -> list[dict[str, object]]:
        times.append(asked(sql, **values))  # done, but nobody heard of it: so it is done again
        return asked(sql, **values)

    monkeypatch.setattr(desk.database, "rows", twice)
    with desk.leases("w1") as leases:
        lease = leases.take(KEY)
        assert lease
        assert lease.epoch == 2
        leases.renew()
        lease.check()


def test_of_many_who_reach_for_it_one_has_it(database_url: str) -> None:
    with Database.opened(database_url) as database:
        desks = [Leases(database, holder=str(number), who="w", length_s=60) for number in range(16)]
        with ThreadPoolExecutor(16) as pool:
            for epoch in range(1, 6):
                taken = [each for each in pool.map(lambda leases: leases.take(KEY), desks) if each]
                assert [each.epoch for each in taken] == [epoch]
                taken[0]._leases.give_back(taken[0])
        for each in desks:
            each.__exit__()


def test_a_thread_renews_what_is_held(database_url: str) -> None:
    """Its clocks go on once it was renewed: a thread that a busy machine holds up is not too late."""
    clock, boot = Clock(), Clock(500.0)
    with (
        Database.opened(database_url, clock=clock) as database,
        Leases(database, holder="w", who="w", length_s=0.6, clock=boot) as leases,
    ):
        lease = leases.take(KEY)
        assert lease
        for _ in range(4):
            before = lease.deadline
            clock.seconds += 0.4
            boot.seconds += 0.4
            until(lambda before=before: lease.deadline > before)
        lease.check()
    assert not [thread for thread in threading.enumerate() if thread.name == "leases"]


def test_a_thread_that_can_not_reach_the_database_lets_the_lease_end(own_postgres: Server) -> None:
    clock = Clock()
    with Database.opened(own_postgres.database(), patience_s=0.1) as database:
        leases = Leases(database, holder="w", who="w", length_s=60, clock=clock)
        lease = leases.take(KEY)
        assert lease
        own_postgres.stop()
        try:
            with pytest.raises(DatabaseError):
                leases.renew()
            lease.check()  # what can't be asked for is still ours, as long as it surely is
            clock.seconds += 46
            with pytest.raises(Fenced):
                lease.check()
        finally:
            own_postgres.start()
        leases.renew()  # the row is ours as before: an outage shorter than a lease ends nothing
        lease.check()
        leases.__exit__()


def test_the_clock_counts_on() -> None:
    first = boottime()
    assert 0 <= boottime() - first < 60


@pytest.fixture(scope="module")
def anywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk of the embedded database, for many lives."""
    clock = Clock()
    with Database.opened(f"sqlite:///{tmp_path_factory.mktemp('leases')}/fleet.db", clock=clock) as database:
        yield Desk(database, clock)


STEPS = some.lists(
    some.tuples(some.integers(0, 2), some.sampled_from("trgc"), some.floats(0, 40)), max_size=30
)


@given(STEPS)
def test_whatever_happens_nobody_may_write_while_another_holds_it(
    anywhere: Desk, steps: list[tuple[int, str, float]]
) -> None:
    """Takes, renewals, ends and looks in any order: who may is the last one who took it, or nobody."""
    anywhere.database.run("DELETE FROM welkin.lease")
    workers, has, epochs = [anywhere.leases(str(number)) for number in range(3)], dict[int, Lease](), [0]
    for number, step, pause in steps:
        anywhere.goes_on(pause)
        if step == "t" and number not in has:
            lease = workers[number].take(KEY)
            if lease:
                epochs.append(lease.epoch)
                has[number] = lease
        elif step == "r":
            workers[number].renew()
        elif step == "g" and number in has:
            workers[number].give_back(has.pop(number))
        assert [each.epoch for each in has.values() if _may(each)] in ([], [epochs[-1]])
    assert epochs == list(range(len(epochs)))
    for each in workers:
        each.__exit__()


def _may(lease: Lease) -> bool:
    try:
        lease.check()
    except Fenced:
        return False
    return True


def test_moments_are_said_in_utc(desk: Desk) -> None:
    with desk.leases("w1") as leases:
        leases.take(KEY)
        assert re.search(r"since 2026-11-24T12:00:00Z", str(leases.holder_of(KEY)))
        desk.goes_on(60)
        assert leases.holder_of(KEY) is None
