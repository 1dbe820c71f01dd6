"""Closures and meetings: what a rule gives on a closed date isn't held if it is closed for its host."""

from __future__ import annotations

import pytest

from tests.conftest import Workspace
from tests.stories.test_series import TUESDAYS, USERS, apply, starts, who, write
from tests.support.service import Service

pytestmark = pytest.mark.both
TEAM = USERS + "teams: {wards: [bob, {user: cat, from: 2026-12-20}]}\n"
WINTER = TEAM + "closures:\n  - {on: 2026-12-07..2026-12-16, name: Winter closing, reason: Heating%s}\n"
ALL = ["2026-12-01", "2026-12-08", "2026-12-15", "2026-12-22", "2026-12-29"]


@pytest.fixture
def clinic(workspace: Workspace, service: Service) -> Workspace:
    return workspace.at(service)


def held(service: Service) -> list[str]:
    return [start[:10] for start in starts(service)]


def test_what_is_closed_goes_and_comes_back(clinic: Workspace, service: Service) -> None:
    apply(clinic, service, TUESDAYS + "    host: ann\n", TEAM)
    write(clinic, TUESDAYS + "    host: ann\n", WINTER % "")
    assert "gone  Tue 8 Dec, Tue 15 Dec (Winter closing)" in clinic.run("plan").stdout
    gone = [each for each in clinic.plan().data["changes"] if each["action"] == "delete"]
    assert [(each["reason"], each["why"]) for each in gone] == [("Winter closing", "Heating")] * 2
    assert apply(clinic, service, TUESDAYS + "    host: ann\n", WINTER % "") == ["DELETE"] * 2
    assert held(service) == [ALL[0], *ALL[3:]]
    assert apply(clinic, service, TUESDAYS + "    host: ann\n", TEAM) == ["POST"] * 2
    assert held(service) == ALL


@pytest.mark.parametrize(
    ("more", "closed"),
    [
        (", for: [ann]", True),
        (", for: [bob]", False),
        (", except: [ann]", False),
        (", except: [{team: wards}]", True),
        (", for: [{team: wards}]", False),
    ],
)
def test_it_is_whoever_hosts_for_whom_it_is_closed(
    clinic: Workspace, service: Service, more: str, closed: bool
) -> None:
    """Not whoever takes part."""
    apply(clinic, service, TUESDAYS + "    host: ann\n    participants: [bob, cat]\n", WINTER % more)
    assert held(service) == ([ALL[0], *ALL[3:]] if closed else ALL)


def test_a_closure_uses_the_turn_up(clinic: Workspace, service: Service) -> None:
    apply(clinic, service, TUESDAYS + "    hosts: [ann, bob, cat]\n", WINTER % ", for: [{team: wards}]")
    assert who(service) == {ALL[0]: "ann", ALL[2]: "cat", ALL[3]: "ann", ALL[4]: "bob"}, (
        "cat joins on the 20th"
    )


def test_the_host_of_a_date_is_who_hosts_it_in_the_end(clinic: Workspace, service: Service) -> None:
    only = WINTER % ", for: [ann]"
    changed = TUESDAYS + "    host: ann\n    change: {2026-12-08: {host: dee}}\n"
    apply(clinic, service, changed, only)
    assert who(service) == {ALL[0]: "ann", ALL[1]: "dee", ALL[3]: "ann", ALL[4]: "ann"}
    apply(clinic, service, TUESDAYS + "    host: dee\n    change: {2026-12-08: {host: ann}}\n", only)
    assert held(service) == [ALL[0], *ALL[2:]]
    apply(clinic, service, TUESDAYS + "    host: dee\n    from: {2026-12-10: {host: ann}}\n", only)
    assert held(service) == [*ALL[:2], *ALL[3:]]


def test_for_who_has_left_the_successors_closures_count(clinic: Workspace, service: Service) -> None:
    leaving = (WINTER % ", for: [dee]").replace(
        "bob: {email", "bob: {ensure: departed, lastDay: 2026-12-10, successor: dee, email"
    )
    apply(clinic, service, TUESDAYS + "    host: bob\n", USERS)
    apply(clinic, service, TUESDAYS + "    host: bob\n", leaving)
    assert who(service) == {ALL[0]: "bob", ALL[1]: "bob", ALL[3]: "dee", ALL[4]: "dee"}


def test_what_also_adds_and_single_meetings_and_leave_stay(clinic: Workspace, service: Service) -> None:
    single = "  board: {title: Board, host: ann, starts: 2026-12-09T09:00, duration: 1h}\n"
    also = TUESDAYS + "    host: ann\n    also: [2026-12-10T09:00]\n" + single
    apply(clinic, service, also + "leave: {ann: 2026-12-14}\n", WINTER % "")
    assert held(service) == [ALL[0], "2026-12-09", "2026-12-10", "2026-12-14", *ALL[3:]]


def test_a_date_is_that_of_the_series_zone(workspace: Workspace) -> None:
    """Tuesday in Auckland is Monday in Los Angeles, where the environment is."""
    abroad = TUESDAYS + "    host: ann\n    timezone: Pacific/Auckland\n"
    for on, count in (("2026-12-08", 1), ("2026-12-07", 0)):
        write(workspace, abroad, USERS + f"closures: [{{on: {on}}}]\n")
        plan = workspace.run("plan", "--simulator", "--format", "json").data
        keys = [each["key"] for each in plan["changes"] if each["key"].startswith("event/")]
        assert ("event/round@2026-12-08" in keys) == (not count)


def test_public_holidays_close_and_a_cancelled_date_is_gone(clinic: Workspace, service: Service) -> None:
    fridays = "    repeat: {every: week, on: fri}\n    host: ann\n    change: {2026-12-25: cancelled}\n"
    apply(clinic, service, fridays, USERS + "closures: [{holidays: US}]\n")
    assert held(service) == ["2026-12-04", "2026-12-11", "2026-12-18"], "1 January is one, too"


def test_calendar_files_and_grids_leave_closed_dates_out(workspace: Workspace) -> None:
    write(workspace, TUESDAYS + "    host: ann\n", WINTER % "")
    text = workspace.run("calendar", "--format", "ics").stdout
    assert "EXDATE;TZID=America/Los_Angeles:20261208T090000" in text
    assert "Round" not in workspace.run("calendar", "--week", "2026-12-08").stdout
    assert "Round" in workspace.run("calendar", "--week", "2026-12-22").stdout
