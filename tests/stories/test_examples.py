"""The examples are believable, correct and lead to a settled service; plans are what their schema says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.manifest import schema_text
from tests.conftest import NOW, Simulate
from tests.support.cli import Result, environment, run, spawn
from tests.support.service import Service

EXAMPLES = Path(__file__).parents[2] / "examples"
ENVIRONMENTS = sorted(str(path.relative_to(EXAMPLES)) for path in EXAMPLES.glob("env/*.yaml"))
PROFILES = ("live", "reference")
DEMO_DATA = "env/sb-demo-data.yaml"  # patients by external id, which the reference doesn't know
STAFF = [env for env in ENVIRONMENTS if env != DEMO_DATA]
SETTLING = [
    (env, profile)
    for env in ENVIRONMENTS
    for profile in PROFILES
    if (env, profile) != (DEMO_DATA, "reference")
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the examples, without data of a demo that somebody ran."""
    ignored = shutil.ignore_patterns(".welkin-reconcile")
    return Path(shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=ignored))


def reconcile(command: str, env: str, *args: str, service: Service, folder: Path) -> Result:
    """Run a command on an example, as somebody who has set the client and the secret."""
    where = ("--api-url", service.url, "--now", NOW)
    return run(command, env, *args, *where, cwd=folder, env=environment(WELKIN_CLIENT="TESTS"))


@cache
def plan_schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema_text("plan")))


def broken_rules(data: Any) -> Iterator[str]:
    """Where a plan is not what the schema says."""
    return (f"{error.json_path}: {error.message}" for error in plan_schema().iter_errors(data))


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_an_example_is_valid_without_a_warning(env: str, folder: Path) -> None:
    done = run("validate", env, cwd=folder)
    assert (done.code, done.stderr) == (0, ""), done
    assert "warning" not in done.stdout


@pytest.mark.parametrize(("env", "profile"), SETTLING)
def test_an_applied_example_plans_empty(
    env: str, profile: str, folder: Path, simulate_service: Simulate
) -> None:
    service = simulate_service(profile=profile)
    done = reconcile("apply", env, "--auto-approve", service=service, folder=folder)
    if profile == "reference":
        # It keeps no overrides, which shows once the first hours are there: the next plan cuts them into
        # everybody's usual hours, more at once than the brake lets pass unasked.
        assert done.code == 3, done
        allowed = ("--auto-approve", "--allow", "updatePercent=100")
        done = reconcile("apply", env, *allowed, service=service, folder=folder)
    assert done.code == 0, done
    again = reconcile("plan", env, "--detailed-exitcode", service=service, folder=folder)
    assert (again.code, "No changes." in again.stdout) == (0, True), again


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_command_of_the_readme_works_in_the_examples(env: str, folder: Path) -> None:
    done = spawn("plan", env, "--simulator", cwd=folder, env=without_welkin())
    assert done.code == 0, done
    assert "to add, 0 to change, 0 to destroy." in done.stdout


def without_welkin() -> dict[str, str]:
    """The variables of a person who has set none of ours."""
    return {name: value for name, value in environment().items() if not name.startswith("WELKIN_")}


def test_demo_data_needs_a_service_that_knows_external_ids(folder: Path, simulate_service: Simulate) -> None:
    done = reconcile("plan", DEMO_DATA, service=simulate_service(profile="reference"), folder=folder)
    assert done.code == 1
    assert done.stderr.startswith("error: this service finds no patients by external id"), done


def test_plans_of_demo_data_are_what_their_schema_says(folder: Path, simulate_service: Simulate) -> None:
    service = simulate_service()
    fresh = reconcile("plan", DEMO_DATA, "--format", "json", service=service, folder=folder).data
    reconcile("apply", DEMO_DATA, "--auto-approve", service=service, folder=folder)
    args = ("--format", "json", "--show-unchanged")
    settled = reconcile("plan", DEMO_DATA, *args, service=service, folder=folder).data
    assert {change["kind"] for change in fresh["changes"]} == {"user", "patient", "event", "record"}
    assert [*broken_rules(fresh), *broken_rules(settled)] == []


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("env", STAFF)
def test_plans_are_what_their_schema_says(
    env: str, profile: str, folder: Path, simulate_service: Simulate
) -> None:
    service = simulate_service(profile=profile)
    fresh = reconcile("plan", env, "--format", "json", service=service, folder=folder).data
    reconcile("apply", env, "--auto-approve", service=service, folder=folder)
    args = ("--format", "json", "--show-unchanged")
    settled = reconcile("plan", env, *args, service=service, folder=folder).data
    for path in (folder / "staff/meetings.yaml", folder / env):
        before, section, _ = path.read_text(encoding="utf-8").partition("\nevents:\n")
        path.write_text(before + section.replace(":", ": {}"), encoding="utf-8")
    emptied = reconcile("plan", env, *args, service=service, folder=folder).data
    assert {"create"} == {change["action"] for change in fresh["changes"]}
    assert {"noop", "delete"} <= {change["action"] for change in settled["changes"] + emptied["changes"]}
    assert [*map(list, map(broken_rules, (fresh, settled, emptied)))] == [[], [], []]


def test_plans_of_several_environments_are_what_their_schema_says(
    folder: Path, simulate_service: Simulate
) -> None:
    second = (folder / STAFF[0]).read_text(encoding="utf-8")
    second = second.replace("instance: sb-demo", "instance: sb-other").replace("owner: ", "owner: other-")
    (folder / "env/other.yaml").write_text(second, encoding="utf-8")
    args = ("env/other.yaml", "--format", "json")
    plans = reconcile("plan", STAFF[0], *args, service=simulate_service(), folder=folder).data
    assert plans["format"] == "welkin-reconcile/plans/1"
    assert [plan["environment"]["instance"] for plan in plans["plans"]] == ["sb-demo", "sb-other"]
    assert list(broken_rules(plans)) == []


@pytest.mark.parametrize(
    "change",
    [{"action": "guess"}, {"request": None}, {"before": {}}, {"kind": "rota"}, {"more": 1}, {"reason": None}],
)
def test_the_schema_refuses_what_no_plan_says(
    change: dict[str, Any], folder: Path, simulate_service: Simulate
) -> None:
    args = ("--format", "json")
    data = reconcile("plan", STAFF[0], *args, service=simulate_service(), folder=folder).data
    data["changes"][0] |= change
    assert list(broken_rules(data))
