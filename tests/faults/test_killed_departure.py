"""A departure killed amid its writes: the same command again ends it, and no appointment is touched."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.conftest import Simulate, Workspace
from tests.faults.clinic import tried
from tests.faults.test_kill import killed_at
from tests.support.service import Service

pytestmark = pytest.mark.both

OTHERS = "  janedoe: {email: jane@example.org, timezone: Europe/Berlin}\n"
REST = """limits: {deletes: 9, deletePercent: 100, updatePercent: 100}
protect: [event/board]
workHours:
  johndoe: [{from: 2026-11-01, days: {mon-sun: 22:00-06:00}}]
leave: {johndoe: [2026-12-21..2026-12-23]}
events:
  standup:
    {title: Stand-up, host: johndoe, starts: 2026-12-01T09:00, duration: 30m, repeat: {every: week, on: tue}}
  board: {title: Board, host: johndoe, starts: 2026-12-02T09:00, duration: 1h, repeat: {every: week, on: wed}}
"""
QUICK = ((1, "after"), (3, "before"), (9, "after"))
NOW, LAST = "2026-11-25T12:00:00Z", "2026-12-05"
JOHN = "users:\n  johndoe: {email: john@example.org, timezone: America/Los_Angeles}\n"
LEAVES = f"users:\n  johndoe: {{ensure: departed, lastDay: {LAST}, successor: janedoe}}\n"


@pytest.fixture
def service(simulate_service: Simulate, profile: str) -> Service:
    return simulate_service(now=NOW, profile=profile)


def marked(service: Service) -> Counter[str]:
    return Counter(
        str(event.get("externalId") or event["additionalInfo"]["remarks"])
        for event in service.events()
        if event["eventStatus"] != "CANCELLED" and len(event["participants"]) == 1
    )


def attended(service: Service) -> list[dict[str, Any]]:
    return [event for event in service.events() if len(event["participants"]) > 1]


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        pytest.param(number, moment, marks=[] if (number, moment) in QUICK else pytest.mark.slow)
        for number in range(1, 16)
        for moment in ("before", "after")
    ],
)
def test_it_converges(workspace: Workspace, service: Service, number: int, moment: str) -> None:
    workspace.now = NOW
    workspace.at(service).write(JOHN + OTHERS + REST)
    workspace.apply()
    body = {"firstName": "Ada", "lastName": "Invented"}
    patient = service.send("POST", "/gh/sb-demo/patients", body).json()["id"]
    them = [{"participantId": patient, "participantRole": "patient"}]
    service.event("johndoe", "2026-12-04T18:00:00.000Z", "2026-12-04T19:00:00.000Z", participants=them)
    service.event("johndoe", "2026-12-14T18:00:00.000Z", "2026-12-14T19:00:00.000Z", participants=them)
    appointments, marks = attended(service), marked(service)
    workspace.write(LEAVES + OTHERS + REST)
    needed = len([change for change in workspace.plan().plan if change["request"]])
    service.forget()
    killed_at(workspace, service, number, moment)
    workspace.apply()
    assert tried(service) <= needed + 2, "no more than what differs and what was under way"
    assert attended(service) == appointments
    assert marked(service) == marks - Counter([mark for mark in marks if "leave-johndoe" in mark])
    john, jane = (service.id_of(name) for name in ("johndoe", "janedoe"))
    for event in service.events():
        if len(event["participants"]) == 1:
            assert event["hostId"] == (john if event["startDateTime"] < "2026-12-06T08" else jane)
            assert [each["participantId"] for each in event["participants"]] == [event["hostId"]]
    rows = sorted(
        (row["startDateTime"][:10], row["endDateTime"][:10]) for row in service.hours("johndoe")["johndoe"]
    )
    assert rows[-1] == ("2026-12-06", "2026-12-06"), "the night that begins on the last day"
    workspace.settled()
