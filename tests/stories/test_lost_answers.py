"""Answers that never come: nothing is done twice, nothing is said to have landed that has not."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.conftest import Workspace
from tests.support.cli import Result
from tests.support.service import Service

pytestmark = pytest.mark.usefixtures("impatient")

STAFF = """horizon: 3 weeks
users:
  johndoe: {email: john@example.org, timezone: America/Los_Angeles}
  janedoe: {email: jane@example.org}
workHours:
  johndoe: [{from: 2026-12-01, to: 2027-03-31, days: {mon-thu: 09:00-18:00}}]
events:
  standup:
    title: Stand-up
    host: johndoe
    starts: 2026-11-30T09:00
    duration: 30m
    repeat: {every: week, on: [tue, thu]}
  board:
    title: Board
    host: janedoe
    starts: 2026-12-02T09:00
    duration: 30m
"""
ROUTES = ["/admin/users", "/calendar/work-hours", "/calendar/events"]
LANDED_THEN_LOST = ["cut-after", "500-after", "502-after"]
NEVER_LANDED = ["cut-before", "500-before", "502-before"]


@pytest.fixture(params=["live", "reference"])
def clinic(workspace: Workspace, simulate_service: object, request: pytest.FixtureRequest) -> Workspace:
    service = simulate_service(profile=request.param)  # type: ignore[operator]
    workspace.at(service).write(STAFF)
    workspace.service = service  # type: ignore[attr-defined]
    return workspace


def service_of(workspace: Workspace) -> Service:
    return workspace.service  # type: ignore[attr-defined,no-any-return]


def nothing_twice(service: Service) -> None:
    events = Counter((event["startDateTime"], event["eventTitle"]) for event in service.events())
    assert max(events.values(), default=1) == 1
    for rows in service.hours(*(name for name in ("johndoe", "janedoe") if service.find_user(name))).values():
        assert len(rows) == len({row["startDateTime"] for row in rows})


def applied(workspace: Workspace) -> Result:
    done = workspace.run("apply", "--auto-approve")
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("kind", LANDED_THEN_LOST)
def test_a_create_that_landed_unanswered_is_found(clinic: Workspace, kind: str, route: str) -> None:
    service = service_of(clinic)
    service.fault(f"{kind}:POST:{route}:@1")
    done = applied(clinic)
    assert done.code == 0, done
    nothing_twice(service)
    assert len(service.events()) == 5
    clinic.settled()


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("kind", NEVER_LANDED)
def test_a_create_that_never_landed_is_unknown_and_not_repeated(
    clinic: Workspace, kind: str, route: str
) -> None:
    service = service_of(clinic)
    service.fault(f"{kind}:POST:{route}:@2" if route != ROUTES[1] else f"{kind}:POST:{route}:@1")
    service.forget()
    done = applied(clinic)
    assert done.code == 1, done
    assert "unknown" in done.stdout
    posts = [str(call.body) for call in service.calls() if call.method == "POST" and call.is_write]
    assert max(Counter(posts).values()) == 1, "no POST is sent twice"
    nothing_twice(service)
    assert applied(clinic).code == 0
    nothing_twice(service)
    assert len(service.events()) == 5
    clinic.settled()


@pytest.mark.parametrize("kind", [*LANDED_THEN_LOST, *NEVER_LANDED])
def test_an_unanswered_update_comes_to_its_end(clinic: Workspace, kind: str) -> None:
    clinic.apply()
    service = service_of(clinic)
    clinic.write(
        STAFF.replace("T09:00", "T10:00").replace("mon-thu", "mon-wed").replace("john@", "john.doe@")
    )
    service.fault(*(f"{kind}:{method}:/:@1" for method in ("PATCH", "PUT")))
    done = applied(clinic)
    assert done.code == 0, done
    nothing_twice(service)
    clinic.settled()


@pytest.mark.parametrize("kind", [*LANDED_THEN_LOST, *NEVER_LANDED])
def test_an_unanswered_deletion_comes_to_its_end(clinic: Workspace, kind: str) -> None:
    clinic.apply()
    service = service_of(clinic)
    clinic.write(STAFF.replace("[tue, thu]", "[tue]"))
    service.fault(f"{kind}:DELETE:/:@1")
    done = applied(clinic)
    assert done.code == 0, done
    assert len(service.events()) == 3
    clinic.settled()


def test_one_refused_change_skips_its_dependants_and_the_rest_goes_on(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(STAFF)
    service.fault("500-before:POST:/admin/users:@1")
    workspace.write(STAFF)
    done = workspace.run("apply", "--auto-approve", "--parallelism", "1")
    assert done.code == 1
    assert service.find_user("johndoe") is None
    assert [event["eventTitle"] for event in service.events()] == ["Board"], "janedoe's went on"
    assert "workHours/johndoe@2026-12-01 skipped" in done.stdout
    assert "needs user/johndoe" in done.stdout
    assert "Resources: 2 added" in done.stdout, "what landed is told"
    assert "Done:\n  + user/janedoe\n" in done.stdout
    assert workspace.run("apply", "--auto-approve").code == 0
    workspace.settled()


def test_a_write_that_the_service_refuses_is_not_tried_again(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write("users:\n  johndoe: {email: john@example.org}\n")
    service.user("taken")
    workspace.apply()
    service.set_state("johndoe", "ACTIVE")
    saved = "users:\n  johndoe: {email: john@example.org, locale: xx-YY, credentials: MD}\n"
    workspace.write(saved)
    service.fault("401:PATCH:/admin/users:1")
    done = workspace.run("apply", "--auto-approve")
    assert done.code == 0, "a 401 is a new token and one repetition"
    workspace.settled()


def test_too_many_requests_are_waited_out(
    workspace: Workspace, service: Service, impatient: list[float]
) -> None:
    workspace.at(service).write(STAFF)
    service.fault("429=2:POST:/calendar/events:2")
    assert workspace.run("apply", "--auto-approve").code == 0
    assert [pause for pause in impatient if pause >= 2]
    nothing_twice(service)
    workspace.settled()


def test_a_token_that_ends_in_the_middle_is_renewed(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    service.fault("token-expired:POST:/calendar/events:@2")
    assert workspace.run("apply", "--auto-approve").code == 0
    nothing_twice(service)
    workspace.settled()


def test_a_service_that_goes_down_half_way_leaves_nothing_half_said(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(STAFF)
    service.fault("502-before:*:/gh/sb-demo/calendar/events:")
    service.no_faults()
    service.fault("500-before:POST:/calendar/events")
    done = workspace.run("apply", "--auto-approve")
    assert done.code == 1
    assert "Apply incomplete." in done.stdout
    assert "Done:\n  + user/johndoe\n" in done.stdout
    assert service.events() == []
    service.no_faults()
    assert workspace.run("apply", "--auto-approve").code == 0
    workspace.settled()


def test_faults_by_lot_never_make_a_duplicate(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    service.fault("cut-after:POST:/:30%", "500-after:PUT:/:30%", "cut-before:POST:/:20%")
    for _ in range(12):
        if applied(workspace).code == 0:
            break
    nothing_twice(service)
    service.no_faults()
    assert applied(workspace).code == 0
    nothing_twice(service)
    assert len(service.events()) == 5
    workspace.settled()
