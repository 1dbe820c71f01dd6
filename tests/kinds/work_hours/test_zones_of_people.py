"""Hours of people who have no time zone of their own: read in one zone everywhere, and said."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.conftest import Simulate, Workspace
from tests.support.cli import run
from tests.support.service import Service

WEEK = {"from": "2026-12-07T00:00:00.000Z", "to": "2026-12-14T00:00:00.000Z"}
TEXT = """
users:
  ana: {email: ana@example.org}
  ben: {email: ben@example.org, timezone: Europe/Berlin}
  cai: {email: cai@example.org}
workHours:
  ana: [{from: 2026-12-01, days: {mon: 09:00-17:00}}]
  ben: [{from: 2026-12-01, days: {mon: 09:00-17:00}}]
"""


def free(service: Service, name: str) -> list[tuple[str, str]]:
    path = "/gh/sb-demo/calendar/available-psm-schedules"
    (found,) = service.send("GET", path, psmIds=service.id_of(name), **WEEK).json()
    return [(slot["startDateTime"][:16], slot["localStartDateTime"][10:]) for slot in found["availableSlots"]]


@pytest.mark.parametrize(
    ("options", "anas"),
    [
        ({}, ("2026-12-07T09:00", "T09:00:00.000+00:00")),
        ({"timezone": "America/Chicago"}, ("2026-12-07T15:00", "T09:00:00.000-06:00")),
    ],
)
def test_schedules_read_them_in_the_zone_that_the_simulator_is_told(
    options: dict[str, Any], anas: tuple[str, str], simulate_service: Simulate, workspace: Workspace
) -> None:
    service = simulate_service(**options)
    workspace.at(service).write(TEXT)
    workspace.apply()
    assert free(service, "ana") == [anas]
    assert free(service, "ben") == [("2026-12-07T08:00", "T09:00:00.000+01:00")]


def test_a_plan_names_them_once(service: Service, workspace: Workspace) -> None:
    workspace.at(service).write(TEXT + "leave: {ana: 2027-01-04, cai: 2027-01-04}\n")
    warning = "no timezone of their own: ana, cai; their hours and leave are read in America/Los_Angeles"
    assert workspace.plan().data["warnings"].count(warning) == 1
    workspace.apply()
    service.user("dee", timezone="US/Eastern")
    workspace.write(f"{TEXT}leave: {{dee: 2027-01-04}}\n")
    assert "no timezone of their own: ana; their" in workspace.run("plan").stdout


def test_who_has_no_hours_is_not_named(service: Service, workspace: Workspace) -> None:
    workspace.at(service).write(
        "users: {ana: {email: ana@example.org}}\nworkHours: {ana: []}\n"
        "events: {talk: {title: Talk, host: ana, starts: 2026-12-01T09:00, duration: 30m}}\n"
    )
    assert "timezone" not in workspace.run("plan").stdout


def test_the_embedded_one_is_told_the_zone_of_the_environment(workspace: Workspace) -> None:
    workspace.write(TEXT)
    args = ("env.yaml", "--simulator", "--now", workspace.now)
    done = run("apply", *args, "--auto-approve", cwd=workspace.folder)
    assert done.code == 0, done
    more = ("--user", "ana", "--from", "2026-12-07", "--to", "2026-12-13", "--format", "json")
    done = run("get", "available", *args, *more, cwd=workspace.folder)
    assert done.code == 0, done
    assert [slot["startDateTime"] for slot in done.data[0]["availableSlots"]] == ["2026-12-07T17:00:00.000Z"]


def test_a_zone_that_does_not_exist_is_refused(workspace: Workspace) -> None:
    done = run("simulator", "--timezone", "Mars/Olympus", cwd=workspace.folder)
    assert (done.code, "`Mars/Olympus` is not a time zone" in done.stderr) == (1, True)


def test_today_is_in_the_zone_of_the_environment_for_them(service: Service, workspace: Workspace) -> None:
    """It is the 2nd in Auckland when it is the 1st in Los Angeles: a row begins today at the earliest."""
    service.user("ana")
    service.at("2026-12-02T02:00:00Z")
    workspace.now = "2026-12-02T02:00:00Z"
    for zone, first in (("America/Los_Angeles", date(2026, 12, 1)), ("Pacific/Auckland", date(2026, 12, 2))):
        head = f"tenant: gh\ninstance: sb-demo\nowner: staffing\napi: {{client: T}}\ntimezone: {zone}\n"
        workspace.at(service).write(
            "users: {ana: {email: ana@example.org}}\n"
            "workHours: {ana: [{from: 2026-11-01, days: {mon: 09:00-17:00}}]}\n",
            head=head,
        )
        keys = {change["key"] for change in workspace.plan().plan if change["kind"] == "workHours"}
        assert keys == {f"workHours/ana@{first}"}
