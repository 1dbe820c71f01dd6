"""Runs under leases: what is noted, what a run does whose lease has ended, what the next one does then."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.errors import Fenced, Locked
from reconciler.fleet.database import Database
from reconciler.fleet.leases import Leases
from reconciler.model import Status
from reconciler.pipeline import Service
from tests.conftest import Simulate
from tests.support.cli import IMPATIENT
from tests.support.leased import STAFF, Clock, Place
from tests.support.postgres import Server
from tests.support.service import Service as Welkin

RUN, LATER = "00000000000000aa", "00000000000000bb"


class Ward:
    """A place, a database, and processes whose clocks go on together."""

    def __init__(self, database: Database, clock: Clock, place: Place) -> None:
        self.database, self.clock, self.place = database, clock, place
        self.welkin = place.welkin
        self.boot = Clock(1000.0)

    def leases(self, name: str = "w1") -> Leases:
        return Leases(self.database, holder=name, who=f"worker {name}", length_s=60, clock=self.boot)

    def goes_on(self, seconds: float) -> None:
        self.clock.seconds += seconds
        self.boot.seconds += seconds

    def rows(self, table: str, run: str = RUN) -> list[dict[str, object]]:
        return self.database.rows(f"SELECT * FROM welkin.{table} WHERE run = :run", run=run)


@pytest.fixture
def ward(database_url: str, tmp_path: Path, service: Welkin) -> Iterator[Ward]:
    clock = Clock()
    place = Place(tmp_path / "env.yaml", service)
    place.write()
    with Database.opened(database_url, clock=clock) as database:
        yield Ward(database, clock, place)


def test_each_write_is_noted_and_each_call_says_which_run_it_is_of(ward: Ward) -> None:
    ward.welkin.forget()
    with ward.leases() as leases:
        applied = ward.place.apply(leases, RUN)
    assert not (applied.fenced or applied.failures or applied.warnings)
    calls = [call for call in ward.welkin.calls() if "api_clients" not in call.path]
    assert {call.agent.partition(" ")[2] for call in calls} == {f"run/{RUN}/1"}
    assert all(call.agent.startswith("welkin-reconcile/") for call in calls)
    writes = ward.rows("write")
    assert len(writes) == len(ward.welkin.writes()) == len(ward.rows("outcome"))
    assert sorted(str(write["path"]) for write in writes) == sorted(c.path for c in ward.welkin.writes())
    assert {write["status"] for write in writes} == {201}
    assert {row["status"] for row in ward.rows("outcome")} == {"done"}
    assert {row["read_back"] for row in ward.rows("outcome")} == {"as wished"}
    with ward.leases() as leases:
        again = ward.place.apply(leases, LATER)
    assert again.report.outcomes == ()
    assert ward.rows("write", LATER) == []


def test_another_run_finds_it_taken(ward: Ward) -> None:
    with ward.leases("w1") as first, ward.leases("w2") as second:

        def meanwhile(service: Service) -> None:
            with pytest.raises(
                Locked, match=r"another run works on gh/sb-demo/staffing: worker w1, run 0{14}aa"
            ):
                ward.place.apply(second, LATER)

        assert not ward.place.apply(first, RUN, planned=meanwhile).failures


def test_who_was_paused_past_the_lease_sends_nothing_and_notes_nothing(ward: Ward) -> None:
    """Paused before the first write; another epoch applies all; then it wakes up."""
    with ward.leases("w1") as first, ward.leases("w2") as second:

        def paused(service: Service) -> None:
            ward.goes_on(61)
            assert not ward.place.apply(second, LATER).failures
            ward.welkin.forget()

        applied = ward.place.apply(first, RUN, planned=paused)
    assert isinstance(applied.fenced, Fenced)
    assert not (applied.failures or applied.stopped)
    assert ward.welkin.writes() == []
    assert ward.rows("write") == ward.rows("outcome") == []


def test_a_pause_between_the_note_and_the_bytes_sends_nothing(ward: Ward) -> None:
    """The row still was ours when the write was noted: what stops it is the clock that counts sleep."""
    with ward.leases("w1") as first:
        notes = list[str]()
        begun = first.database.run

        def paused_after(sql: str, /, **values: str | int | float | None) -> int:
            done = begun(sql, **values)
            if "INSERT INTO welkin.write" in sql:
                notes.append(str(values["path"]))
                ward.boot.seconds += 61
            return done

        first.database.run = paused_after  # type: ignore[method-assign]
        applied = ward.place.apply(first, RUN)
    assert applied.fenced
    assert len(notes) == 1
    assert ward.welkin.writes() == []


def test_a_write_of_somebody_elses_epoch_is_not_even_noted(ward: Ward) -> None:
    with ward.leases() as leases:

        def taken(service: Service) -> None:
            ward.database.run("UPDATE welkin.lease SET epoch = epoch + 1")

        applied = ward.place.apply(leases, RUN, planned=taken)
    assert applied.fenced
    assert ward.rows("write") == []
    assert ward.welkin.writes() == []


def test_what_the_last_one_did_before_it_was_fenced_is_gone_on_with(ward: Ward) -> None:
    with ward.leases("w1") as first, ward.leases("w2") as second:
        noted = first.database.run

        def paused_at_the_third(sql: str, /, **values: str | int | float | None) -> int:
            if "INSERT INTO welkin.write" in sql and values["id"] == 3:
                ward.goes_on(61)
            return noted(sql, **values)

        first.database.run = paused_at_the_third  # type: ignore[method-assign]
        applied = ward.place.apply(first, RUN)
        assert applied.fenced
        assert {row["status"] for row in ward.rows("outcome")} <= {"done"}  # nothing of what it didn't do
        assert len(applied.report.having(Status.DONE)) + len(applied.report.having(Status.UNCONVERGED)) == 2
        first.database.run = noted  # type: ignore[method-assign]
        later = ward.place.apply(second, LATER)
        assert not (later.failures or later.fenced)
    agents = [call.agent.partition(" ")[2] for call in ward.welkin.writes()]
    assert agents == [f"run/{RUN}/1"] * 2 + [f"run/{LATER}/2"] * (len(agents) - 2)
    assert (
        len({call.body.get("username") for call in ward.welkin.writes() if call.route == "POST users"}) == 2
    )


def test_intents_without_an_answer_are_looked_for_once_more_after_the_leases_end(ward: Ward) -> None:
    """What was on its way when its process died lands late; the next run waits, and sends it no more."""
    pauses = list[float]()

    def late(seconds: float) -> None:
        pauses.append(seconds)
        with suppress(AssertionError):  # it is there already
            ward.welkin.user("ann")

    ward.place.patience = replace(IMPATIENT, pauses=late)
    values = {"run": RUN, "epoch": 1, "lease": f"{ward.welkin.url}/gh/sb-demo/staffing"}
    with ward.leases("w1") as first, ward.leases("w2") as second:
        assert first.take((ward.welkin.url, "gh", "sb-demo", "staffing"), RUN)
        ward.database.run(
            "INSERT INTO welkin.write (run, epoch, id, lease, change, action, method, path, intended) "
            "VALUES (:run, :epoch, 1, :lease, 'user/ann', 'create', 'POST', '/gh/admin/users', :now)",
            **values,
        )
        ward.goes_on(65)
        ward.welkin.forget()
        applied = ward.place.apply(second, LATER)
    assert pauses[0] == 25.0  # its lease ended 5 s ago
    assert not applied.failures
    (ann,) = [each for each in applied.report.outcomes if str(each.change.key) == "user/ann"]
    assert ann.status is Status.ALREADY
    posted = [call for call in ward.welkin.writes() if call.agent and call.route == "POST users"]
    assert [call.body["username"] for call in posted if f"run/{LATER}/2" in call.agent] == ["bob"]


def test_nothing_is_waited_for_where_all_intents_were_answered(ward: Ward) -> None:
    pauses = list[float]()
    ward.place.patience = replace(IMPATIENT, pauses=pauses.append)
    with ward.leases("w1") as first, ward.leases("w2") as second:
        ward.place.apply(first, RUN)
        ward.place.write(STAFF.replace("Stand-up", "Round"))
        assert not ward.place.apply(second, LATER).failures
    assert pauses == []


def test_a_database_that_is_gone_stops_the_run_before_its_next_write(ward: Ward) -> None:
    with ward.leases() as leases:

        def gone(service: Service) -> None:
            ward.database.patience_s = 0
            ward.database.run("DROP TABLE welkin.write")

        applied = ward.place.apply(leases, RUN, planned=gone)
    assert {each.status for each in applied.report.outcomes} == {Status.SKIPPED}
    assert all(
        "nothing is sent that cannot be noted first" in each.message for each in applied.report.outcomes[:1]
    )
    assert ward.welkin.writes() == []


def test_no_body_and_no_secret_is_in_the_database(ward: Ward, simulate_service: Simulate) -> None:
    ward.place.write(STAFF.replace("title: Stand-up", "title: Seeded title"))
    with ward.leases() as leases:
        assert not ward.place.apply(leases, RUN).failures
    tables = ("lease", "write", "outcome", "run", "plan")
    dump = str([ward.database.rows(f"SELECT * FROM welkin.{table}") for table in tables])
    assert "Seeded" not in dump
    assert "correct-horse" not in dump
    assert "ann@example.org" not in dump


def test_a_database_that_is_stopped_hard_while_a_run_writes_costs_it_nothing(
    own_postgres: Server, tmp_path: Path, service: Welkin
) -> None:
    place = Place(tmp_path / "env.yaml", service)
    place.write()
    with (
        Database.opened(own_postgres.database()) as database,
        Leases(database, holder="w", who="w") as leases,
    ):
        noted = database.run

        def away_at_the_second(sql: str, /, **values: str | int | float | None) -> int:
            if "INSERT INTO welkin.write" in sql and values["id"] == 2:
                own_postgres.stop()
                threading.Timer(1.5, own_postgres.start).start()
            return noted(sql, **values)

        database.run = away_at_the_second  # type: ignore[method-assign]
        applied = place.apply(leases, RUN)
        assert not (applied.fenced or applied.failures or applied.warnings)
        writes = database.rows("SELECT path, status FROM welkin.write")
    assert {row["status"] for row in writes} == {201}
    assert len(writes) == len([call for call in service.writes() if call.agent])


def test_a_run_whose_lease_ends_while_the_database_is_away_writes_nothing_more(
    own_postgres: Server, tmp_path: Path, service: Welkin
) -> None:
    place = Place(tmp_path / "env.yaml", service)
    place.write()
    with (
        Database.opened(own_postgres.database(), patience_s=20) as database,
        Leases(database, holder="w", who="w", length_s=1.2) as leases,
    ):

        def gone(there: Service) -> None:
            own_postgres.stop()
            threading.Timer(2.5, own_postgres.start).start()

        applied = place.apply(leases, RUN, planned=gone)
        assert applied.fenced
        assert database.rows("SELECT 1 FROM welkin.write") == []
    assert [call for call in service.writes() if call.agent] == []
