"""`apply` beside a fleet: the same leases, a run like any other, never without a lease where one is asked."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from reconciler.fleet.database import Database
from reconciler.fleet.leases import Leases
from tests.conftest import Workspace
from tests.support.cli import environment, run
from tests.support.service import Service

STAFF = """
users:
  ann: {email: ann@example.org}
workHours:
  ann: [{from: 2026-12-01, to: 2027-03-31, days: {mon-fri: 09:00-17:00}}]
"""
TALK = """
events:
  talk: {title: Talk, type: APPOINTMENT, mode: VIDEO, host: ann, starts: 2026-12-01T09:00, duration: 30m}
"""


@pytest.fixture
def clinic(workspace: Workspace, service: Service) -> Workspace:
    workspace.write(STAFF)
    return workspace.at(service)


def runs(url: str, folder: Path, *more: str) -> list[dict[str, Any]]:
    done = run("fleet", "runs", *more, "--database", url, "--format", "json", cwd=folder)
    assert done.code == 0, done
    return list(done.data["runs"])


def test_its_run_is_shown_with_all_that_it_wrote(clinic: Workspace, database_url: str) -> None:
    clinic.apply("--database", database_url)
    (made,) = runs(database_url, clinic.folder)
    assert (made["cause"], made["state"], made["kind"], made["attempts"]) == ("cli", "succeeded", "apply", 1)
    assert made["environment"] == "gh/sb-demo/staffing"
    assert made["changes"] == 2
    assert made["startedAt"]
    assert made["endedAt"]
    (whole,) = runs(database_url, clinic.folder, made["id"])
    assert [write["status"] for write in whole["writes"]] == [201, 201]
    assert whole["plan"]
    (noted,) = run("history", "--format", "json", cwd=clinic.folder).data["runs"]
    assert noted["changes"] == 2  # the journal of this machine knows it as well
    clinic.apply("--database", database_url)
    last = runs(database_url, clinic.folder)[0]
    assert (last["state"], last["changes"]) == ("succeeded", 0)


def test_the_variable_will_do_and_each_environment_is_a_run(clinic: Workspace, database_url: str) -> None:
    head = "tenant: gh\ninstance: other\nowner: b\ntimezone: UTC\napi: {client: TESTS}\n"
    clinic.write(STAFF, "b.yaml", head)
    env = environment(WELKIN_DATABASE=database_url, XDG_STATE_HOME=str(clinic.folder / "state"))
    done = clinic.run("apply", "b.yaml", "env.yaml", "--auto-approve", env=env)
    assert done.code == 0, done
    made = runs(database_url, clinic.folder)
    assert {each["environment"]: each["state"] for each in made} == {
        "gh/sb-demo/staffing": "succeeded", "gh/other/b": "succeeded",
    }  # fmt: skip
    assert not (clinic.folder / "state").exists()  # no lock of this machine beside the leases


def test_who_comes_second_is_told_who_works_there(
    clinic: Workspace, service: Service, database_url: str
) -> None:
    key = (service.url, "gh", "sb-demo", "staffing")
    with (
        Database.opened(database_url) as database,
        Leases(database, holder="w", who="worker w1") as leases,
        leases.held(key, "00c0ffee00c0ffee"),
    ):
        done = clinic.apply("--database", database_url, code=1)
    assert (
        "error: another run works on gh/sb-demo/staffing: worker w1, run 00c0ffee00c0ffee, since 20"
        in done.stderr
    )
    assert "wait for it, or let this run wait with --lock-timeout 10m" in done.stderr
    assert service.writes() == []
    assert runs(database_url, clinic.folder) == []


def test_it_waits_if_it_may(clinic: Workspace, service: Service, database_url: str) -> None:
    with (
        Database.opened(database_url) as database,
        Leases(database, holder="w", who="worker w1", length_s=1.5) as gone,
    ):
        assert gone.take((service.url, "gh", "sb-demo", "staffing"))
        gone._closed.set()  # its process dies: nobody renews
        clinic.apply("--database", database_url, "--lock-timeout", "60s")
        held = database.rows("SELECT epoch FROM welkin.lease WHERE key LIKE '%staffing'")
    assert held == [{"epoch": 2}]


def test_what_is_refused_or_fails_is_shown_so(clinic: Workspace, service: Service, database_url: str) -> None:
    clinic.write("prune: true\n" + STAFF + TALK)
    clinic.apply("--database", database_url)
    clinic.write("prune: true\n" + STAFF)
    refused = clinic.apply("--database", database_url, code=3)
    assert "--allow" in refused.stderr
    state = runs(database_url, clinic.folder)[0]
    assert state["state"] == "refused"
    clinic.write(STAFF.replace("ann", "bob"))
    service.fault("401:POST:/admin/users")
    clinic.apply("--database", database_url, code=1)
    failed = runs(database_url, clinic.folder)[0]
    assert (failed["state"], failed["message"]) == ("failed", "not all of it landed")


def test_of_several_each_is_shown_as_it_ended(clinic: Workspace, service: Service, database_url: str) -> None:
    head = "tenant: gh\ninstance: other\nowner: b\ntimezone: UTC\napi: {client: TESTS}\n"
    clinic.write(STAFF.replace("  ann: [", "  nobody: ["), "b.yaml", head)  # whom the tenant doesn't have
    done = clinic.run("apply", "env.yaml", "b.yaml", "--auto-approve", "--database", database_url)
    assert done.code == 1
    ends = {
        each["environment"]: (each["state"], each["message"]) for each in runs(database_url, clinic.folder)
    }
    assert ends == {"gh/sb-demo/staffing": ("succeeded", None), "gh/other/b": ("failed", "not carried out")}


def test_what_is_blocked_is_shown_as_refused(clinic: Workspace, service: Service, database_url: str) -> None:
    service.user("other", email="ann@example.org")  # another one has her address
    clinic.apply("--database", database_url, code=3)
    (made,) = runs(database_url, clinic.folder)
    assert made["state"] == "refused"
    assert made["message"].startswith("user/ann: `other` has this address")


def test_one_that_was_killed_is_over_once_somebody_looks(
    clinic: Workspace, service: Service, database_url: str
) -> None:
    service.fault("hang-before:POST:/admin/users")
    command = [
        sys.executable,
        "-m",
        "reconciler",
        "apply",
        "env.yaml",
        "--auto-approve",
        "--api-url",
        service.url,
    ]
    process = subprocess.Popen([*command, "--database", database_url], cwd=clinic.folder, env=environment(),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    with Database.opened(database_url) as database:
        for _ in range(600):
            if database.rows("SELECT 1 AS found FROM welkin.write"):
                break
            time.sleep(0.1)
        process.kill()
        process.wait()
        service.no_faults()
        (killed,) = runs(database_url, clinic.folder)
        assert killed["state"] == "running"
        refused = run("fleet", "cancel", killed["id"], "--database", database_url, cwd=clinic.folder)
        assert refused.code == 1
        assert f"run {killed['id']} is an `apply` of " in refused.stderr
        database.run("UPDATE welkin.lease SET until = :now - 60")  # a minute and more later
        clinic.apply("--database", database_url)
    second, first = runs(database_url, clinic.folder)
    assert (first["state"], first["message"]) == ("failed", "ended without a word")
    assert second["state"] == "succeeded"


def test_a_lease_that_ends_half_way_is_told_with_what_landed(
    clinic: Workspace, service: Service, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = Database.run

    def taken_at_the_second(self: Database, sql: str, /, **values: str | int | float | None) -> int:
        if "INSERT INTO welkin.write" in sql and values["id"] == 2:
            noted(self, "UPDATE welkin.lease SET epoch = epoch + 1")
        return noted(self, sql, **values)

    monkeypatch.setattr(Database, "run", taken_at_the_second)
    done = clinic.apply("--database", database_url, code=1)
    assert "has ended, and another run may have begun: run the same again" in done.stderr
    assert "ann" in done.stdout
    assert len(service.writes()) == 1
    monkeypatch.undo()
    (left,) = runs(database_url, clinic.folder)
    assert left["state"] == "running"  # nothing is noted for an epoch that is over


def test_without_its_packages_nothing_is_written(
    clinic: Workspace, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.fleet.database.find_spec", lambda name: None)
    done = clinic.run(
        "apply", "--auto-approve", env=environment(WELKIN_DATABASE="postgresql://u:hunter2@h/d")
    )
    assert done.code == 1
    assert done.stderr == "error: a database needs more packages: pip install 'welkin-reconcile[fleet]'\n"
    assert service.writes() == []


def test_a_database_that_is_down_is_one_line_without_its_password(
    clinic: Workspace, service: Service
) -> None:
    url = "postgresql://ann:hunter2@127.0.0.1:1/fleet"
    done = clinic.run("apply", "--auto-approve", env=environment(WELKIN_DATABASE=url))
    assert done.code == 1
    assert "hunter2" not in done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: the database postgresql://ann@127.0.0.1:1/fleet cannot be reached: ")
    assert service.writes() == []


def test_without_a_database_the_lock_of_this_machine_is_held(clinic: Workspace) -> None:
    clinic.apply()
    assert not (clinic.folder / ".welkin-reconcile" / "fleet.db").exists()
    assert os.environ.get("WELKIN_DATABASE") is None
