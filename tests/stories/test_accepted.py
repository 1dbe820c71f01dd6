"""Blocked changes that only somebody else can do: accepted until a date, they turn nothing red."""

from __future__ import annotations

import pytest

from tests.conftest import Workspace
from tests.support.service import Service

GONE = "users: {johndoe: {ensure: absent}}\n"
ACCEPT = "accept: [{key: user/john*, reason: ticket 4711, until: 2027-01-31}]\n"


@pytest.fixture
def clinic(workspace: Workspace, service: Service) -> Workspace:
    service.user("johndoe", userState="ACTIVE")
    return workspace.at(service)


def codes(clinic: Workspace) -> tuple[int, int]:
    planned, applied = clinic.run("plan", "--detailed-exitcode"), clinic.run("apply", "--auto-approve")
    return planned.code, applied.code


def test_what_is_blocked_counts(clinic: Workspace) -> None:
    clinic.write(GONE)
    assert codes(clinic) == (2, 3)


def test_what_is_accepted_is_shown_and_counts_for_nothing(clinic: Workspace) -> None:
    clinic.write(ACCEPT + GONE)
    assert codes(clinic) == (0, 0)
    said = clinic.run("plan").stdout
    assert "  ! user/johndoe  " in said
    assert "deactivate in Admin" in said
    assert "      accepted  until Sun 31 Jan 2027: ticket 4711\n" in said
    assert "Plan: 0 to add, 0 to change, 0 to destroy. 1 blocked and accepted." in said
    (change,) = clinic.plan().plan
    assert change["accepted"] == {"reason": "ticket 4711", "until": "2027-01-31"}


def test_up_to_and_with_its_date(clinic: Workspace) -> None:
    clinic.write(ACCEPT.replace("2027-01-31", "2026-11-24") + GONE)
    assert codes(clinic) == (0, 0)
    clinic.write(ACCEPT.replace("2027-01-31", "2026-11-23") + GONE)
    assert codes(clinic) == (2, 3)
    said = "env.yaml:6:16: `user/john*` was accepted until 2026-11-23: renew that, or take it out"
    assert f"warning: {said}" in clinic.run("plan").stdout


def test_one_that_fits_nothing_is_a_warning(clinic: Workspace) -> None:
    clinic.write(ACCEPT + "users: {johndoe: {}}\n")
    said = "env.yaml:6:16: `user/john*` is accepted, and nothing of it is blocked: take it out"
    assert f"warning: {said}" in clinic.run("plan").stdout


def test_all_else_still_counts(clinic: Workspace) -> None:
    clinic.write(ACCEPT + "users: {johndoe: {ensure: absent}, ana: {email: ana@example.org}}\n")
    assert clinic.run("plan", "--detailed-exitcode").code == 2


def test_a_saved_plan_keeps_it(clinic: Workspace) -> None:
    clinic.write(ACCEPT + GONE)
    clinic.run("plan", "--out", "plan.json")
    assert clinic.run("apply", "plan.json").code == 0


UNSOUND = (
    "{key: user/johndoe, until: 2027-01-31}",
    "{key: johndoe, reason: a, until: 2027-01-31}",
    "{key: user/johndoe, reason: a, until: soon}",
)


@pytest.mark.parametrize("entry", UNSOUND)
def test_what_is_unsound_is_said_at_its_place(workspace: Workspace, entry: str) -> None:
    workspace.write(f"accept: [{entry}]\n{GONE}")
    done = workspace.run("validate")
    assert done.code == 1
    assert done.stderr.startswith("env.yaml:6:"), done
