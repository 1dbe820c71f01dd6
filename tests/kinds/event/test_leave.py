"""Leave is entered when people fall ill, and changed while it lasts."""

from __future__ import annotations

import pytest

from tests.conftest import Workspace
from tests.support.fakes import Asked, ReferenceServer, Reply, serving
from tests.support.service import Service

USERS = "prune: true\nusers: {johndoe: {email: john@example.org}}\n"
DAY = "T08:00:00.000Z"  # midnight in Los Angeles


def applied(workspace: Workspace, service: Service, leave: str) -> list[str]:
    """What applying writes to events; planning again finds nothing to do."""
    workspace.at(service).write(f"{USERS}{leave}")
    service.forget()
    workspace.apply()
    workspace.settled()
    return [call.method for call in service.writes() if "/events" in call.path]


def spans(service: Service) -> list[tuple[str, str]]:
    return [(event["startDateTime"][:10], event["endDateTime"][:10]) for event in service.events()]


def test_leave_from_today_on_is_entered_though_the_day_has_begun(
    workspace: Workspace, service: Service
) -> None:
    assert applied(workspace, service, "leave: {johndoe: 2026-11-24..2026-11-27}\n") == ["POST"]
    assert spans(service) == [("2026-11-24", "2026-11-28")]
    assert applied(workspace, service, "leave: {johndoe: 2026-11-24..2026-12-04}\n") == ["PATCH"]
    assert spans(service) == [("2026-11-24", "2026-12-05")]


def test_running_leave_can_be_cut_short_and_keeps_its_beginning(
    workspace: Workspace, service: Service
) -> None:
    service.at("2026-11-20T12:00:00Z")
    workspace.now = "2026-11-20T12:00:00Z"
    applied(workspace, service, "leave: {johndoe: 2026-11-20..2026-12-04}\n")
    service.at("2026-11-24T12:00:00Z")
    workspace.now = "2026-11-24T12:00:00Z"
    assert applied(workspace, service, "leave: {johndoe: 2026-11-20..2026-11-23}\n") == ["PATCH"]
    assert spans(service) == [("2026-11-20", "2026-11-24")]


def test_leave_that_has_begun_is_never_deleted(workspace: Workspace, service: Service) -> None:
    rest = "events: {talk: {title: Talk, host: johndoe, starts: 2026-12-01T09:00, duration: 30m}}\n"
    applied(workspace, service, rest + "leave: {johndoe: [2026-11-24..2026-11-27, 2027-01-04]}\n")
    assert applied(workspace, service, rest) == ["DELETE"]
    assert spans(service) == [("2026-11-24", "2026-11-28"), ("2026-12-01", "2026-12-01")]


def test_past_leave_is_never_entered(workspace: Workspace, service: Service) -> None:
    assert applied(workspace, service, "leave: {johndoe: 2026-11-20..2026-11-23}\n") == []


def test_leave_moved_is_one_write(workspace: Workspace, service: Service) -> None:
    applied(workspace, service, "leave: {johndoe: [2027-07-05..2027-07-16, 2027-12-24]}\n")
    moved = "leave: {johndoe: [2027-07-12..2027-07-23, 2027-12-24]}\n"
    assert applied(workspace, service, moved) == ["PATCH"]


def test_leave_that_overlaps_is_an_error_at_its_place(workspace: Workspace) -> None:
    workspace.write(f"{USERS}leave: {{johndoe: [2027-07-05..2027-07-16, 2027-07-16]}}\n")
    done = workspace.run("validate")
    assert done.code == 1
    assert "env.yaml:8:43: `2027-07-16` overlaps another leave: write one range" in done.stderr


def test_running_leave_is_not_taken_for_a_later_one(workspace: Workspace, service: Service) -> None:
    applied(workspace, service, "leave: {johndoe: 2026-11-24..2026-12-04}\n")
    later = "leave: {johndoe: 2027-03-01..2027-03-05}\n"
    assert applied(workspace, service, later) == ["POST"]
    assert spans(service) == [("2026-11-24", "2026-12-05"), ("2027-03-01", "2027-03-06")]
    warning = "leave-johndoe@2026-11-24 has begun and stays until 2026-12-04; to end it sooner, declare it"
    assert warning in workspace.run("plan").stdout


def test_leave_that_began_long_ago_is_entered_and_found_again(workspace: Workspace, service: Service) -> None:
    assert applied(workspace, service, "leave: {johndoe: 2026-10-01..2027-01-31}\n") == ["POST"]
    assert applied(workspace, service, "leave: {johndoe: 2026-10-01..2027-02-28}\n") == ["PATCH"]


def test_leave_that_was_over_can_go_on(workspace: Workspace, service: Service) -> None:
    applied(workspace, service, "leave: {johndoe: 2026-11-25..2026-11-27}\n")
    service.at("2026-11-30T20:00:00Z")
    workspace.now = "2026-11-30T20:00:00Z"
    assert applied(workspace, service, "leave: {johndoe: 2026-11-25..2026-12-04}\n") == ["PATCH"]
    assert spans(service) == [("2026-11-25", "2026-12-05")]


def test_leave_is_shown_by_its_own_days_wherever_the_reader_is(
    workspace: Workspace, service: Service
) -> None:
    berlin = USERS.replace("john@example.org", "john@example.org, timezone: Europe/Berlin")
    workspace.at(service).write(f"{berlin}leave: {{johndoe: 2026-12-01..2026-12-04}}\n")
    assert "on leave Tue 1 Dec – Fri 4 Dec" in workspace.run("plan").stdout


class Terse(ReferenceServer):
    """Ends a day at its last second and shows no flag of whole days, as samples of the reference do."""

    def __call__(self, asked: Asked) -> Reply:
        reply = super().__call__(asked)
        found = reply.body if isinstance(reply.body, dict) else {}
        for event in (found, *found.get("content", ())):
            if "endDateTime" in event and "hostId" in event:
                event["endDateTime"] = event["endDateTime"].replace(".999Z", ".000Z")
                event["allDayEvent"] = False
        return reply


@pytest.mark.parametrize("kind", [ReferenceServer, Terse])
def test_leave_converges_on_a_service_that_knows_only_the_reference(
    kind: type[ReferenceServer], workspace: Workspace
) -> None:
    server = kind()
    with serving(server, server) as url:
        workspace.url = url
        workspace.write(f"{USERS}leave: {{johndoe: [2026-11-20..2026-11-27, 2027-01-04]}}\n")
        workspace.apply()
        workspace.settled()
        workspace.write(f"{USERS}leave: {{johndoe: [2026-11-20..2026-11-28, 2027-01-04..2027-01-05]}}\n")
        workspace.apply()
        workspace.settled()


def test_a_flag_of_whole_days_that_somebody_took_off_is_put_back(
    workspace: Workspace, service: Service
) -> None:
    leave = "leave: {johndoe: 2027-01-04..2027-01-05}\n"
    applied(workspace, service, leave)
    (event,) = service.events()
    service.change_event(event, allDayEvent=False)
    assert applied(workspace, service, leave) == ["PATCH"]
    assert service.events()[0]["allDayEvent"] is True
