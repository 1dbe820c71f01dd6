"""A list that is not whole creates nothing: what it lacks may well be there, and would be there twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Workspace
from tests.support.fakes import Asked, ReferenceServer, Reply, serving

STAFF = """
users: {johndoe: {email: j.doe@example.com}}
events:
  stand-up: {title: Stand-up, host: johndoe, starts: 2026-12-01T09:00, duration: 30m, repeat: {every: day}}
"""


def shortened(body: Any) -> Any:
    return {**body, "content": body["content"][:-1]}


def never_last(body: Any) -> Any:
    return {**body, "last": False, "totalElements": None}


def emptied(body: Any) -> Any:
    return {**body, "content": [], "last": False, "totalElements": 1000}


FAULTS = (shortened, never_last, emptied)


def lying(service: ReferenceServer, fault: Callable[[Any], Any], when: Callable[[], bool]) -> Any:
    """The service with lists of events that are not whole."""

    def answer(asked: Asked) -> Reply:
        reply = service(asked)
        is_page = asked.method == "GET" and asked.path.endswith("/events") and reply.status < 400
        return reply._replace(body=fault(reply.body)) if is_page and when() else reply

    return answer


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_nothing_is_planned_or_written_on_a_list_that_is_not_whole(
    workspace: Workspace, fault: Callable[[Any], Any], command: str
) -> None:
    service, lies = ReferenceServer(), list[bool]()
    workspace.write(STAFF)
    with serving(lying(service, fault, lambda: bool(lies)), service) as workspace.url:
        workspace.apply()
        lies.append(True)
        service.asked.clear()
        service.replies.clear()
        done = workspace.run(command, *(("--auto-approve",) if command == "apply" else ()))
        assert done.code == 1
        assert "/calendar/events: " in done.stderr and " were announced" in done.stderr
        assert service.landed() == []


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", FAULTS)
def test_what_landed_is_listed_when_the_read_back_is_not_whole(
    workspace: Workspace, fault: Callable[[Any], Any]
) -> None:
    service = ReferenceServer()
    workspace.write(STAFF)
    with serving(lying(service, fault, lambda: bool(service.landed())), service) as workspace.url:
        done = workspace.run("apply", "--auto-approve")
    assert done.code == 1
    assert "internal error" not in done.stderr + done.stdout
    assert "user/johndoe" in done.stdout + done.stderr
    marks = [event["additionalInfo"]["remarks"] for event in service.events.values()]
    assert len(marks) == len(set(marks))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("body", [[], {"rows": []}, {"data": []}, {"data": [], "metaInfo": None}])
def test_a_bare_list_of_events_tells_nothing_of_what_is_there(workspace: Workspace, body: Any) -> None:
    service, lies = ReferenceServer(), list[bool]()
    workspace.write(STAFF)
    with serving(lying(service, lambda page: body, lambda: bool(lies)), service) as workspace.url:
        workspace.apply()
        lies.append(True)
        service.asked.clear()
        service.replies.clear()
        done = workspace.run("apply", "--auto-approve")
    assert done.code == 1
    assert "/calendar/events: the answer is not a page of items" in done.stderr
    assert service.landed() == []
