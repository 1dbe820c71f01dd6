"""What people ask a fleet's database, without its engine: states, runs, pauses, and asking for more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.fleet.database import Database
from reconciler.fleet.engine import Order
from reconciler.fleet.feeding import feed
from reconciler.fleet.runs import Begun, Ending, RunState, begin, end
from reconciler.fleet.workers import enlist
from tests.support.cli import environment, run

A, B, C = "clinics/env/a", "clinics/env/b", "clinics/env/c"
PLACE = """INSERT INTO welkin.environment (name, source, path, tenant, instance, known, head)
    VALUES (:name, 'clinics', 'env/x.yaml', :tenant, 'main', :now, 'c0ffee')"""
Fleet = Callable[..., Any]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database.opened(database_url) as opened:
        for name, tenant in ((A, "gh"), (B, "gh"), (C, "north")):
            opened.run(PLACE, name=name, tenant=tenant)
        yield opened


@pytest.fixture
def fleet(database: Database, database_url: str, tmp_path: Path) -> Fleet:
    (tmp_path / "fleet.yaml").write_text('sources: [{name: clinics, path: rota, environments: ["env/*"]}]\n')

    def call(*args: str, code: int = 0, format: str = "json") -> Any:
        named = environment(WELKIN_DATABASE=database_url, GITHUB_ACTOR="ann")
        done = run("fleet", *args, "--format", format, cwd=tmp_path, env=named)
        assert done.code == code, done
        return json.loads(done.stdout) if format == "json" else done.stdout

    return call


class Given:
    """An engine that keeps the names of what it was given."""

    def __init__(self) -> None:
        self.ids = list[str]()

    def enqueue(self, id: str, order: Order) -> None:
        self.ids.append(id)


def begun(database: Database) -> list[Begun]:
    given = Given()
    feed(database, given, "1", 99, lambda tenant: 99)
    found = [begin(database, id, "w1/0001", most=3) for id in given.ids]
    return [run for run in found if run]


def test_asked_for_shown_ended(fleet: Fleet, database: Database) -> None:
    asked = fleet("enqueue", "drift", A, B)["runs"]
    assert [(each["environment"], each["kind"]) for each in asked] == [(A, "drift"), (B, "drift")]
    assert fleet("enqueue", "drift", A)["runs"] == asked[:1]
    assert len(fleet("enqueue", "apply", "--tenant", "gh")["runs"]) == 2
    assert len(fleet("enqueue", "only-new", "--all")["runs"]) == 3
    enlist(database, "w1/0001", 4, 60, "1")
    working = begun(database)
    seen = fleet("status")
    (worker,) = seen["workers"]
    assert (worker["name"], worker["state"]) == ("w1", "alive")
    assert sorted(worker["running"]) == sorted(run.id for run in working)
    assert len(seen["queue"]) == 3
    assert (seen["queue"]["running"], seen["queue"]["waiting"]) == (3, 4)
    for each in working:
        assert end(database, each, Ending(RunState.SUCCEEDED, 2, "fine"))
    listed = fleet("runs", "--state", "succeeded")["runs"]
    assert {run["id"] for run in listed} == {run.id for run in working}
    assert {*listed[0]} == {
        "id", "environment", "kind", "cause", "state", "attempts", "worker", "revision", "requestedBy",
        "startedAt", "endedAt", "changes", "message",
    }  # fmt: skip
    of_a = fleet("runs", "--environment", A, "--limit", "1")["runs"]
    assert [(run["requestedBy"], run["cause"]) for run in of_a] == [("ann", "asked")]
    (one,) = fleet("runs", working[0].id)["runs"]
    assert (one["worker"], one["revision"], one["attempts"], one["writes"]) == ("w1", "c0ffee", 1, [])
    assert fleet("runs", "--since", "2100-01-01")["runs"] == []


def test_states_with_their_exit_code(fleet: Fleet, database: Database) -> None:
    assert {each["state"] for each in fleet("status", "--detailed-exitcode", code=2)["environments"]} == {
        "unknown"
    }
    database.run("UPDATE welkin.environment SET state = 'in sync', checked = :now, changes = 0")
    assert {each["state"] for each in fleet("status", "--detailed-exitcode")["environments"]} == {"in sync"}
    database.run("UPDATE welkin.environment SET state = 'drifted', changes = 3 WHERE name = :name", name=B)
    (b,) = fleet("status", B, "--detailed-exitcode", code=2)["environments"]
    assert (b["state"], b["changes"], b["tenant"], b["instance"]) == ("drifted", 3, "gh", "main")
    database.run("UPDATE welkin.environment SET checked = :now - 7300 WHERE name = :name", name=B)
    assert fleet("status", B)["environments"][0]["state"] == "unknown"


def test_paused_by_whom_and_why_until_it_goes_on(fleet: Fleet, database: Database) -> None:
    fleet("pause", A, "--reason", "audit")
    fleet("pause", "--tenant", "north", "--reason", "moving house")
    states = {each["name"]: (each["state"], each["message"]) for each in fleet("status")["environments"]}
    assert states[A] == ("paused", "paused by ann: audit")
    assert states[C] == ("paused", "paused with its tenant by ann: moving house")
    assert states[B][0] == "unknown"
    fleet("enqueue", "drift", "--all")
    assert [run.environment for run in begun(database)] == [B]
    resumed = fleet("resume", A, "--reason", "audit is over")
    assert (resumed["was"], resumed["reason"]) == (True, "audit is over")
    assert fleet("resume", A)["was"] is False
    assert [run.environment for run in begun(database)] == [A]


def test_a_run_is_cancelled_while_it_waits(fleet: Fleet, database: Database) -> None:
    (asked,) = fleet("enqueue", "drift", A)["runs"]
    assert fleet("cancel", asked["id"])["was"] == "waiting"
    (ended,) = fleet("runs", asked["id"])["runs"]
    assert (ended["state"], ended["message"]) == ("cancelled", "cancelled by ann")
    assert begun(database) == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("enqueue", "drift", "clinics/env/aa"), "no environment is called clinics/env/aa; did you mean"),
        (("enqueue", "drift"), "name environments, or take --tenant, --changed-since or --all"),
        (("enqueue", "drift", A, "--all"), "name environments, or take --tenant, --changed-since or --all"),
        (("enqueue", "drift", "--tenant", "nort"), "no environment is of the tenant nort; did you mean"),
        (("pause", "--reason", "x"), "name an environment, or a tenant with --tenant"),
        (("cancel", "00ff"), "no run is called 00ff"),
        (("runs", "00ff"), "no run is called 00ff"),
        (("status", "clinics/env/aa"), "no environment is called clinics/env/aa"),
    ],
)
def test_what_nobody_knows_is_said(fleet: Fleet, args: tuple[str, ...], said: str) -> None:
    (error,) = fleet(*args, code=1)["errors"]
    assert said in error["message"]


def test_what_is_older_than_is_kept_goes(fleet: Fleet, database: Database) -> None:
    fleet("enqueue", "drift", "--all")
    old, recent, plain = begun(database)
    for each in (old, recent):
        end(database, each, Ending(RunState.SUCCEEDED))
        database.run("INSERT INTO welkin.plan (run, data, made) VALUES (:id, '{}', :now)", id=each.id)
    database.run("UPDATE welkin.run SET ended = :now - 91 * 86400 WHERE id = :id", id=old.id)
    database.run("UPDATE welkin.plan SET made = :now - 31 * 86400 WHERE run = :id", id=recent.id)
    assert fleet("prune")["removed"] == {"runs": 1, "plans": 1}
    assert {run["id"] for run in fleet("runs")["runs"]} == {recent.id, plain.id}
    assert database.rows("SELECT run FROM welkin.plan") == []


def test_it_reads_as_a_table(fleet: Fleet, database: Database) -> None:
    fleet("enqueue", "drift", A)
    begun(database)
    database.run("UPDATE welkin.environment SET state = 'drifted', checked = :now, changes = 3 "
                 "WHERE name = :name", name=A)  # fmt: skip
    text = fleet("status", format="text")
    assert f"{A}  drifted (3)" in text
    assert "1 running, 0 waiting" in text
    assert A in fleet("runs", format="text")
