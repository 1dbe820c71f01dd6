"""Workers as processes against the embedded Welkin: what they find, apply, take over and give back."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

import tests.support.crew as crew
from tests.support.cli import SECRET
from tests.support.crew import Fleet


def test_from_the_first_look_to_a_merge_that_is_applied(fleet: Fleet) -> None:
    fleet.people("a", "johndoe")
    fleet.people("b", "janedoe")
    worker = fleet.work("w1", "--now")
    fleet.become(a="drifted", b="drifted")
    assert fleet.service.writes() == []

    asked = fleet.run("enqueue", "apply", "clinics/env/a", "--wait", "--format", "json")
    assert asked.code == 0, asked
    assert [call.route for call in fleet.service.writes()] == ["POST users", "POST work-hours"]
    agents = {call.agent for call in fleet.service.writes()}
    (run,) = fleet.runs(environment="clinics/env/a", state="succeeded")[:1]
    assert {agent.partition(" ")[2] for agent in agents} == {f"run/{run['id']}/2"}  # the second to have it
    assert (run["kind"], run["cause"], run["changes"], run["attempts"]) == ("apply", "asked", 2, 1)
    fleet.become(a="in sync", b="drifted")
    (whole,) = fleet.ask("runs", run["id"])["runs"]
    assert [write["method"] for write in whole["writes"]] == ["POST", "POST"]
    assert whole["plan"]["summary"]["create"] == 2

    fleet.people("a", "johndoe", hours="08:00-16:00")  # merged, and to be applied by hand
    fleet.become(a="pending")
    assert len(fleet.service.writes()) == 2
    assert worker.end() == 0
    assert fleet.ask("status")["workers"] == []

    fleet.configure("apply: onMerge\n")
    fleet.work("w1")
    fleet.people("a", "johndoe", hours="07:00-15:00")
    fleet.become(a="in sync")
    (last, *_) = fleet.runs(environment="clinics/env/a")
    assert (last["kind"], last["cause"], last["state"], last["changes"]) == ("apply", "merge", "succeeded", 1)


def test_what_does_not_load_is_said_and_the_last_good_one_is_checked(fleet: Fleet) -> None:
    fleet.people("a", "johndoe")
    fleet.people("b", "janedoe")
    fleet.work("w1", "--now")
    fleet.become(a="drifted", b="drifted")
    before = next(each for each in fleet.ask("status")["environments"] if each["name"].endswith("/a"))
    fleet.write("a", "users:\n  johndoe: {emial: j@example.org}\n")
    fleet.become(a="failed", b="drifted")
    (seen,) = fleet.ask("status", "clinics/env/a")["environments"]
    assert seen["message"].startswith("env/a.yaml:7:"), seen
    assert seen["revision"] == before["revision"]
    assert fleet.run("enqueue", "drift", "clinics/env/a", "--wait").code == 0  # of what was good
    (checked,) = fleet.ask("status", "clinics/env/a")["environments"]
    assert (checked["state"], checked["message"]) == ("failed", seen["message"])
    fleet.people("a", "johndoe", hours="08:00-16:00")
    crew.until(lambda: fleet.states()["a"] != "failed")
    assert SECRET not in fleet.workers[0].said


@pytest.mark.slow
def test_a_database_made_anew_is_filled_again_and_nothing_is_written_twice(fleet: Fleet) -> None:
    fleet.configure("schedules: {drift: {every: 1m}}\n")
    fleet.people("a", "johndoe")
    fleet.work("w1", "--now")
    fleet.become(a="drifted")
    assert fleet.run("enqueue", "apply", "--all", "--wait").code == 0
    landed = len(fleet.service.writes())
    if "sqlite" in fleet.variables["WELKIN_DATABASE"]:
        assert fleet.workers[0].end() == 0
        forget(fleet.variables["WELKIN_DATABASE"])
        fleet.work("w2")
    else:  # under its feet
        forget(fleet.variables["WELKIN_DATABASE"])
        crew.until(lambda: "beginning anew" in fleet.workers[0].said)
    fleet.become(a="in sync")
    assert len(fleet.service.writes()) == landed


def forget(url: str) -> None:
    if url.startswith("sqlite:///"):
        for file in Path(url.removeprefix("sqlite:///")).parent.glob("fleet.db*"):
            file.unlink()
        return
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("DROP SCHEMA welkin CASCADE")
        database.execute("DROP SCHEMA dbos CASCADE")
