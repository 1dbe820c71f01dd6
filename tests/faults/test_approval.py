"""`--approved` and `--only-new`: what may be applied without another look."""

from __future__ import annotations

import json

from tests.conftest import Workspace
from tests.faults.clinic import AFTER, BEFORE, OBJECTS, arrived, begun
from tests.support.service import Service


def test_what_was_approved_is_applied_without_a_question(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    assert workspace.run("plan", "--out", "plan.json").code == 0
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert done.code == 0, done
    assert len(service.writes()) == OBJECTS
    arrived(workspace, service)


def test_what_was_done_in_between_is_not_missed(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    workspace.run("plan", "--out", "plan.json")
    workspace.apply("--target", "user/*")
    assert workspace.run("apply", "env.yaml", "--approved", "plan.json").code == 0
    arrived(workspace, service)


def test_what_was_not_approved_is_named_and_nothing_is_written(
    workspace: Workspace, service: Service
) -> None:
    begun(workspace, service)
    workspace.run("plan", "--out", "plan.json")
    workspace.write(AFTER.replace("credentials: NP", "credentials: RN"))
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert done.code == 1
    assert "not in the approved plan\n  user/johndoe: update\n" in done.stderr
    assert not service.writes()


def test_the_plan_of_another_environment_approves_nothing(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    workspace.run("plan", "--out", "plan.json")
    path = workspace.folder / "plan.json"
    plan = json.loads(path.read_text())
    plan["environment"]["owner"] = "others"
    path.write_text(json.dumps(plan))
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert (done.code, "owner others" in done.stderr) == (1, True)
    assert not service.writes()


def test_what_is_no_plan_approves_nothing(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    done = workspace.run("apply", "env.yaml", "--approved", "env.yaml")
    assert (done.code, "not a saved plan" in done.stderr) == (1, True)
    assert not service.writes()


def test_only_what_the_moving_horizon_brings_is_created(workspace: Workspace, service: Service) -> None:
    weekly = BEFORE.replace("on: [tue], count: 2", "on: [tue]")
    workspace.at(service).write(weekly)
    workspace.apply()
    workspace.now = "2026-12-01T00:00:00Z"
    workspace.write(
        weekly.replace("credentials: MD", "credentials: NP").replace("title: Board", "title: New")
    )
    service.forget()
    done = workspace.apply("--only-new")
    assert [call.route for call in service.writes()] == ["POST events"]
    assert "only what is new is applied" in done.stdout
    workspace.apply()
    workspace.settled()


def test_new_hours_wait_where_old_ones_have_to_change_for_them(
    workspace: Workspace, service: Service
) -> None:
    begun(workspace, service)
    workspace.apply("--only-new")
    assert [call.route for call in service.writes()] == [], "janedoe herself is new, and johndoe's hours end"
    workspace.apply()
    arrived(workspace, service)
