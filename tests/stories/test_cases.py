"""Every folder of tests/stories/cases, in both profiles of the service: plan, apply, plan again.

What is planned, and what undoes it, is sound when it is read back from its file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.kinds import load_kinds
from reconciler.plan.savedplan import from_json
from reconciler.plan.soundness import sound
from tests.conftest import Workspace
from tests.support import cases
from tests.support.service import Service, simulated

BUGS: dict[str, str] = {}  # case, or case:profile -> why it fails for now


def _all() -> Iterator[Any]:
    for case in cases.cases():
        for profile in cases.settings(case)["profiles"]:
            why = BUGS.get(case.name) or BUGS.get(f"{case.name}:{profile}")
            marks = [pytest.mark.xfail(strict=True, reason=why)] if why else []
            yield pytest.param(case, profile, id=f"{case.name}-{profile}", marks=marks)


@pytest.mark.parametrize(("case", "profile"), list(_all()))
def test_case(case: Path, profile: str, tmp_path: Path, workspace: Workspace) -> None:
    about = cases.settings(case)
    begun = about["before"].get("now", about["now"])
    with simulated(tmp_path, now=begun, profile=profile, **about["options"]) as service:
        workspace.at(service).now = begun
        if (case / "before.yaml").exists():
            cases.laid_out(case, tmp_path, "before.yaml")
            workspace.apply()
        cases.laid_out(case, tmp_path, "env.yaml")
        cases.by_hand(case, service)
        service.at(about["now"])
        workspace.now = about["now"]
        _check(case, profile, about, service, workspace)


def _check(case: Path, profile: str, about: dict[str, Any], service: Service, workspace: Workspace) -> None:
    before = cases.identities(service)
    service.forget()
    plan = workspace.plan(*about["flags"])
    assert not service.writes(), "a plan never writes"
    wanted, got = cases.expected(case, "plan", profile, cases.plan_lines(plan.data))
    assert got == wanted
    sound(from_json(plan.stdout, "plan.json")[0], load_kinds(), "plan.json")
    undo = ("--undo-file", "undo.json")
    done = workspace.apply(*about["flags"], *about["apply"], *undo, code=int(about["exit"]))
    if (workspace.folder / "undo.json").exists():
        text = (workspace.folder / "undo.json").read_text()
        sound(from_json(text, "undo.json")[0], load_kinds(), "undo.json")
    refused = bool(plan.data["brakes"]) and "--allow" not in about["apply"]
    assert cases.as_planned(service.writes()) == ([] if refused else cases.wanted_writes(plan.data)), done
    state = cases.state_lines(service, cases.usernames(case))
    wanted, got = cases.expected(case, "after", profile, state)
    assert got == wanted
    _check_identities(before, cases.identities(service), plan.data)
    service.forget()
    again = workspace.run("plan", "--detailed-exitcode", *about["flags"])
    assert again.code == int(about["again"]), again
    assert ("No changes." in again.stdout) == (again.code == 0)
    assert not service.writes()


def _check_identities(before: Any, after: Any, plan: Any) -> None:
    """What is not deleted keeps its id, and who stays keeps the participation and the answer."""
    deleted = {change["id"] for change in plan["changes"] if change["action"] == "delete"}
    assert before.keys() - deleted <= after.keys()
    for event in before.keys() & after.keys():
        stay = before[event].keys() & after[event].keys()
        assert {who: before[event][who] for who in stay} == {who: after[event][who] for who in stay}
