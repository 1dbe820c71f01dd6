"""Holidays drop single occurrences: by country and region, or by own lists."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

from reconciler.dates import holidays as calendars
from tests.conftest import Workspace
from tests.support.service import Service

USERS = "users: {johndoe: {email: john@example.org}}\n"
SERIES = "title: Round, host: johndoe, starts: 2026-12-03T09:00, duration: 30m, "
SERIES += "repeat: {every: week, on: [thu, fri]}"


def days(workspace: Workspace) -> list[str]:
    done = workspace.plan()
    return [change["key"].partition("@")[2] for change in done.plan if change["kind"] == "event"]


def test_public_holidays_are_skipped_and_the_others_keep_their_names(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(f"{USERS}events:\n  round: {{{SERIES}}}\n")
    every = days(workspace)
    workspace.write(f"{USERS}events:\n  round: {{{SERIES}, holidays: US-CA}}\n")
    assert set(every) - set(days(workspace)) == {"2026-12-25", "2027-01-01"}


def test_the_plan_names_the_version_of_the_package_that_knows_the_holidays(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(f"{USERS}events:\n  round: {{{SERIES}, holidays: US-CA}}\n")
    assert f"public holidays are those of {calendars.version()}" in workspace.plan().data["warnings"]


def test_own_lists_are_skipped_beside_public_ones(workspace: Workspace, service: Service) -> None:
    own = "calendars: {clinic: [2026-12-04, 2026-12-17..2026-12-18]}\n"
    workspace.at(service).write(f"{USERS}{own}events:\n  round: {{{SERIES}, holidays: [US-CA, clinic]}}\n")
    assert {"2026-12-04", "2026-12-17", "2026-12-18", "2026-12-25"}.isdisjoint(days(workspace))
    workspace.write(f"{USERS}{own}events:\n  round: {{{SERIES}, holidays: clinic}}\n")
    assert "2026-12-25" in days(workspace)


def test_a_date_that_also_adds_takes_place_on_a_holiday(workspace: Workspace, service: Service) -> None:
    more = "holidays: US-CA, also: [2026-12-25T11:00]"
    workspace.at(service).write(f"{USERS}events:\n  round: {{{SERIES}, {more}}}\n")
    assert any(day.startswith("2026-12-25") for day in days(workspace))


def test_an_unknown_region_is_an_error_with_the_nearest(workspace: Workspace) -> None:
    workspace.write(f"{USERS}events:\n  round: {{{SERIES}, holidays: US-XA}}\n")
    done = workspace.run("validate")
    assert done.code == 1
    column = len(f"  round: {{{SERIES}, holidays: ") + 1
    assert f"env.yaml:8:{column}: `US-XA` is neither a region" in done.stderr
    assert "did you mean `US-" in done.stderr


def test_without_the_package_a_line_says_what_to_install(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name == "holidays":
            raise ImportError(name)
        return real(name, *args, **options)

    calendars._public.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    workspace.write(f"{USERS}events:\n  round: {{{SERIES}, holidays: US-CA}}\n")
    done = workspace.run("validate")
    assert (done.code, "pip install 'welkin-reconcile[holidays]'" in done.stderr) == (1, True), done
