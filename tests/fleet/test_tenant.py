"""Users belong to the tenant: many new environments of one, applied at once, make each of them once."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.apply.carry_out import Applied
from reconciler.fleet.database import Database
from reconciler.fleet.leases import Leases
from reconciler.model import Status
from tests.conftest import Simulate
from tests.support.cli import environment
from tests.support.leased import Place
from tests.support.service import Service as Welkin

PEOPLE = ("ann", "bob", "cyd", "dan", "eve")
STAFF = (
    "users:\n"
    + "".join(f"  {name}: {{email: {name}@example.org, firstName: Ann}}\n" for name in PEOPLE)
    + "workHours:\n"
    + "".join(
        f"  {name}: [{{from: 2026-12-01, to: 2026-12-31, days: {{mon-fri: 09:00-17:00}}}}]\n"
        for name in PEOPLE
    )
)


def places(folder: Path, welkin: Welkin, count: int, text: str = STAFF) -> list[Place]:
    made = [Place(folder / f"sb-{n:02}.yaml", welkin, f"sb-{n:02}", f"ward-{n:02}") for n in range(count)]
    for each in made:
        each.write(text)
    return made


def apply_at_once(database: Database, there: list[Place]) -> list[Applied]:
    """As so many workers would; all have planned before the first one writes."""
    planned = threading.Barrier(len(there))

    def applied(number: int) -> Applied:
        with Leases(database, holder=f"w{number}", who=f"worker w{number}") as leases:
            return there[number].apply(
                leases, f"{number:016x}", planned=lambda service: planned.wait(60) and None
            )

    with ThreadPoolExecutor(len(there)) as pool:
        return list(pool.map(applied, range(len(there))))


def test_twelve_new_environments_of_a_tenant_at_once(
    database_url: str, simulate_service: Simulate, tmp_path: Path
) -> None:
    welkin = simulate_service()
    there = places(tmp_path, welkin, 12)
    with Database.opened(database_url) as database:
        done = apply_at_once(database, there)
        assert [(each.failures, each.fenced, each.warnings) for each in done] == [((), None, ())] * 12
        statuses = Counter(outcome.status for each in done for outcome in each.report.outcomes)
        assert statuses == {Status.ALREADY: 11 * 5, Status.DONE: 5 + 12 * 5}
        made = Counter(
            call.body["username"] for call in welkin.writes() if call.route == "POST users" and call.agent
        )
        assert made == dict.fromkeys(PEOPLE, 1)
        welkin.forget()
        again = apply_at_once(database, there)
        assert [each.report.outcomes for each in again] == [()] * 12
        assert welkin.writes() == []


def test_what_all_of_them_change_of_a_user_is_changed_once(
    database_url: str, simulate_service: Simulate, tmp_path: Path
) -> None:
    welkin = simulate_service()
    with Database.opened(database_url) as database:
        there = places(tmp_path, welkin, 4)
        apply_at_once(database, there)
        welkin.forget()
        for each in there:
            each.write(STAFF.replace("firstName: Ann", "firstName: Bea"))
        done = apply_at_once(database, there)
        assert [each.failures for each in done] == [()] * 4
        assert len(welkin.writes()) == 5


def test_who_is_wished_otherwise_by_each_is_stale_for_the_second(
    database_url: str, simulate_service: Simulate, tmp_path: Path
) -> None:
    """Nothing is written over by whoever comes last: the next plan shows it."""
    welkin = simulate_service()
    with Database.opened(database_url) as database:
        there = places(tmp_path, welkin, 2)
        there[1].path.unlink()
        (tmp_path / "elsewhere").mkdir()  # in one folder it is an error of the manifests
        there[1].path = tmp_path / "elsewhere" / "env.yaml"
        there[1].write(STAFF.replace("firstName: Ann", "firstName: Bea"))
        done = apply_at_once(database, there)
        (failed,) = [each for each in done if each.failures]
        assert "the service changed since it was made" in str(failed.failures[0])
        assert len([call for call in welkin.writes() if call.route == "POST users" and call.agent]) == 5


@pytest.mark.slow
def test_twelve_processes_of_the_command_line(
    database_url: str, simulate_service: Simulate, tmp_path: Path
) -> None:
    welkin = simulate_service()
    there = places(tmp_path, welkin, 12)
    env = environment(WELKIN_DATABASE=database_url)
    command = [sys.executable, "-m", "reconciler", "apply", "--auto-approve", "--api-url", welkin.url]
    command += ["--now", "2026-11-24T12:00:00Z"]
    begun = [
        subprocess.Popen(
            [*command, str(each.path)], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for each in there
    ]
    ends = [(process.communicate(timeout=300)[0].decode(), process.returncode) for process in begun]
    assert [code for _, code in ends] == [0] * 12, ends
    made = Counter(
        call.body["username"] for call in welkin.writes() if call.route == "POST users" and call.agent
    )
    assert made == dict.fromkeys(PEOPLE, 1)
    with Database.opened(database_url) as database:
        (row,) = database.rows("SELECT count(*) AS n FROM welkin.run WHERE state = 'succeeded'")
    assert row["n"] == 12
