"""`apply` of several environments: what could be planned is carried out, users once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Simulate
from tests.stories.test_several import CLINIC, NOW, Clinics, closed_port
from tests.support.cli import run
from tests.support.service import Service

pytestmark = pytest.mark.both


@pytest.fixture
def clinics(tmp_path: Path, service: Service) -> Clinics:
    return Clinics(tmp_path, service)


def settled(clinics: Clinics, paths: list[str]) -> bool:
    again = clinics.run("plan", *paths, "--detailed-exitcode", "--format", "json")
    return again.code == 0 and not any(plan["changes"] for plan in again.data["plans"])


def test_what_could_be_planned_is_applied_and_users_are_made_once(clinics: Clinics) -> None:
    paths = [*clinics.add("north", "uptown", "downtown", "midtown"), *clinics.add("south", "harbour")]
    slip = clinics.write("env/slip.yaml", "tenant: [\n")
    done = clinics.run("apply", *paths, slip, "--auto-approve")
    assert done.code == 1, done
    made = Counter(call.path for call in clinics.service.writes() if call.route == "POST users")
    assert made == {"/north/admin/users": 2, "/south/admin/users": 2}
    table = [line.split() for line in done.stdout.rstrip().split("\n")[-6:]]
    assert [row[:2] for row in table] == [
        ["Environment", "State"],
        *([path, "applied"] for path in paths),
        [slip, "failed"],
    ]
    assert f"Failed (1):\n  {slip}:" in done.stdout
    tokens = [call for call in clinics.calls() if "api_clients" in call.path]
    assert len(tokens) == 2
    assert settled(clinics, paths)


def test_the_same_as_data(clinics: Clinics) -> None:
    paths = clinics.add("north", "uptown", "downtown")
    clinics.env["WELKIN_API_URL_AWAY"] = f"http://127.0.0.1:{closed_port()}"
    (away,) = clinics.add("away", "away")
    done = clinics.run("apply", *paths, away, "--auto-approve", "--format", "json")
    assert done.code == 1
    assert done.data["format"] == "welkin-reconcile/applies/1"
    assert [each["environment"]["instance"] for each in done.data["applies"]] == ["uptown", "downtown"]
    assert [each["summary"]["done"] for each in done.data["applies"]] == [10, 8]
    assert [failure["path"] for failure in done.data["failures"]] == [away]


def test_one_file_holds_the_plans_of_several(clinics: Clinics) -> None:
    paths = clinics.add("north", "uptown", "downtown")
    slip = clinics.write("env/slip.yaml", "tenant: [\n")
    assert clinics.run("plan", *paths, slip, "--out", "plans.json").code == 1
    saved = json.loads((clinics.folder / "plans.json").read_text())
    assert (len(saved["plans"]), len(saved["failures"])) == (2, 1)
    shown = run("show", "plans.json", cwd=clinics.folder)
    assert (shown.code, shown.stdout.count("Plan: ")) == (0, 2), shown
    done = clinics.run("apply", "plans.json", "--auto-approve")
    assert done.code == 0, done
    assert "north/uptown    applied" in done.stdout
    assert settled(clinics, paths)
    again = clinics.run("apply", "plans.json", "--auto-approve")
    assert again.code == 0, again
    assert not clinics.service.writes()


def test_approved_plans_of_several(clinics: Clinics) -> None:
    paths = clinics.add("north", "uptown", "downtown")
    clinics.run("plan", *paths, "--out", "plans.json")
    text = CLINIC.format(tenant="north", instance="downtown")
    clinics.write(paths[1], text.replace("Huddle", "Team huddle"))
    done = clinics.run("apply", *paths, "--approved", "plans.json", "--format", "json")
    assert done.code == 3, done
    first, second = done.data["applies"]
    assert (first["summary"]["done"], first["summary"]["blocked"]) == (10, 0)
    assert (second["summary"]["done"], second["summary"]["blocked"]) == (1, 7)


def test_a_brake_refuses_one_and_not_the_others(clinics: Clinics) -> None:
    paths = clinics.add("north", "uptown", "downtown")
    assert clinics.run("apply", *paths, "--auto-approve").code == 0
    text = CLINIC.format(tenant="north", instance="uptown")
    clinics.write(paths[0], text.partition("events:")[0] + "prune: true\n")  # all that it has in the calendar
    text = CLINIC.format(tenant="north", instance="downtown")
    clinics.write(paths[1], text.replace("Huddle", "Team huddle"))
    done = clinics.run("apply", *paths, "--auto-approve")
    assert done.code == 3, done
    rows = [line.split()[:2] for line in done.stdout.rstrip().split("\n")[-2:]]
    assert rows == [[paths[1], "applied"], [paths[0], "refused"]]
    assert "everything owned would go" in done.stdout
    assert {call.path.split("/")[2] for call in clinics.service.writes()} == {"downtown"}
    allowed = clinics.run("apply", *paths, "--auto-approve", "--allow", "deletes=1")
    assert allowed.code == 0, allowed
    assert settled(clinics, paths)


def test_nobody_is_there_to_say_yes(clinics: Clinics) -> None:
    paths = clinics.add("north", "uptown", "downtown")
    done = clinics.run("apply", *paths)
    assert (done.code, "add --auto-approve" in done.stderr) == (1, True)
    assert not clinics.service.writes()


def test_each_is_applied_alone(clinics: Clinics) -> None:
    """The same environment by two names: the second finds the first at work."""
    (path,) = clinics.add("north", "uptown")
    (clinics.folder / "again").mkdir()
    twin = clinics.write("again/uptown.yaml", CLINIC.format(tenant="north", instance="uptown"))
    done = clinics.run("apply", path, twin, "--auto-approve")
    assert done.code == 1
    assert done.stdout.count("another run works on north/uptown/uptown") == 1
    assert clinics.run("plan", path, "--detailed-exitcode").code == 0


def test_a_plan_by_itself(clinics: Clinics) -> None:
    paths = clinics.add("north", "uptown", "downtown")
    clinics.run("plan", paths[0], "--out", "plan.json")
    done = clinics.run("apply", paths[1], "plan.json", "--auto-approve")
    assert (done.code, "plan.json is a saved plan: apply it by itself" in done.stderr) == (1, True)
    undo = clinics.run("apply", *paths, "--auto-approve", "--undo-file", "undo.json")
    assert (undo.code, "--undo-file takes the run of one environment" in undo.stderr) == (1, True)


def test_people_go_last_of_all(tmp_path: Path, simulate_service: Simulate) -> None:
    """A service that lets users be deleted: their hours in every environment have ended before."""
    service: Service = simulate_service(profile="reference")
    clinics = Clinics(tmp_path, service)
    paths = clinics.add("north", "uptown", "downtown")
    assert clinics.run("apply", *paths, "--auto-approve").code == 0
    staff = "users:\n  north-ann: {ensure: absent}\n  north-bob: {email: bob@north.example}\n"
    (clinics.folder / "staff" / "north.yaml").write_text(staff, encoding="utf-8")
    allow = ("--allow", "deletes=9", "--allow", "deletePercent=100")
    done = clinics.run("apply", *paths, "--auto-approve", *allow)
    assert done.code == 0, done
    routes = [call.route for call in service.writes()]
    assert routes.count("DELETE users") == 1
    assert routes[-1] == "DELETE users", routes
    assert settled(clinics, paths)


def test_ctrl_c_stops_all_of_them_between_two_writes(tmp_path: Path, simulate_service: Simulate) -> None:
    """What landed is told, the rest is left, and the same command goes on with it."""
    service = simulate_service(latency_ms=100)
    clinics = Clinics(tmp_path, service)
    paths = [*clinics.add("north", "uptown", "downtown"), *clinics.add("south", "harbour", "hill")]
    args = ("apply", *paths, "--auto-approve", "--parallelism", "1", "--now", NOW)
    running = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *args],
        cwd=clinics.folder,
        env={**clinics.env, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: any("/calendar/" in call.path for call in service.writes()))
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, (out, err)
    assert "interrupted: waiting for" in err and "run the same command again" in err
    assert "interrupted" in out.rstrip().split("\n")[-1]
    landed = len(service.writes())
    assert landed < 36
    done = clinics.run("apply", *paths, "--auto-approve")
    assert (done.code, landed + len(service.writes())) == (0, 36), done  # 10 + 8, in each tenant
    assert settled(clinics, paths)


def wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)
