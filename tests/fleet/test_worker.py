"""Workers as processes against the embedded Welkin: what they find, apply, take over and give back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.crew import Fleet, fleet_of
from tests.support.service import Service, simulated


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with simulated(tmp_path, now=datetime.now(UTC).isoformat()) as running:
        yield running


@pytest.fixture
def fleet(tmp_path: Path, database_url: str, service: Service) -> Iterator[Fleet]:
    with fleet_of(tmp_path, database_url, service) as known:
        yield known


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
