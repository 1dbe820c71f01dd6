"""Who leaves, or is gone, and still stands in teams, rosters, swaps and among hosts: nothing of it stays."""

from __future__ import annotations

import pytest

from tests.conftest import Workspace
from tests.support import rota
from tests.support.service import Service

pytestmark = pytest.mark.both

USERS = "users:\n  ana: {email: ana@example.org%s}\n  ben: {email: ben@example.org}\n"
HOURS = """prune: true
limits: {updatePercent: 100}
workHours:
  ana: [{from: 2026-12-01, days: {mon-fri: 09:00-17:00}}]
  ben: [{from: 2026-12-01, days: {mon-sun: 22:00-06:00}}]
"""
SERIES = (
    "events:\n  e: {title: T, starts: 2026-12-01T10:00, duration: 30m, repeat: {every: week, count: 3}, %s}\n"
)
GONE = ", ensure: absent"
LEAVES = ", ensure: departed, lastDay: 2026-12-10, successor: ben"
ONE, BOTH = ("ben", ["ben"]), ("ben", ["ana", "ben"])
MEETINGS = [
    ("host: ben, participants: [{team: ward}]", GONE, [ONE, ONE, ONE]),
    ("host: ben, participants: [{team: ward}]", LEAVES, [BOTH, BOTH, ONE]),
    ("hosts: [ana, ben]", GONE, [ONE]),  # nobody takes over, so what was ana's to host is not held
    ("hosts: [ana, ben]", LEAVES, [("ana", ["ana"]), ONE, ONE]),
    ("host: ben, change: {2026-12-15: {host: ana}}", GONE, [ONE, ONE]),
    ("host: ben, change: {2026-12-15: {host: ana}}", LEAVES, [ONE, ONE, ONE]),
    ("host: ben, from: {2026-12-14: {host: ana}}", GONE, [ONE, ONE]),
    ("host: ben, from: {2026-12-14: {host: ana}}", LEAVES, [ONE, ONE, ONE]),
]
SHEET = "roster: {2026-W51: {ana: 06:00-14:00 . . . . . .}}\n"
SWAP = "swaps: [{on: 2026-12-16, between: [ana, ben]}]\n"


def leaves(workspace: Workspace, service: Service, how: str, more: str) -> None:
    workspace.at(service).write(USERS % "" + HOURS)
    workspace.apply()
    workspace.write(USERS % how + HOURS + more)
    workspace.run("apply", "--auto-approve")  # of who is gone the user is for Admin to deactivate


@pytest.mark.parametrize(("said", "how", "expected"), MEETINGS)
def test_meetings(
    said: str, how: str, expected: list[tuple[str, list[str]]], workspace: Workspace, service: Service
) -> None:
    leaves(workspace, service, how, "teams: {ward: [ana, ben]}\n" + SERIES % said)
    if service.find_user("ana"):
        names = {service.id_of(name): name for name in ("ana", "ben")}
    else:
        names = {service.id_of("ben"): "ben"}
    found = [
        (names[event["hostId"]], sorted(names[each["participantId"]] for each in event["participants"]))
        for event in service.events()
    ]
    assert found == expected


@pytest.mark.parametrize("how", [GONE, LEAVES])
@pytest.mark.parametrize("more", [SHEET, SWAP])
def test_hours(more: str, how: str, workspace: Workspace, service: Service) -> None:
    leaves(workspace, service, how, more)
    held = service.hours(*filter(service.find_user, ("ana", "ben")))
    days = [rota.date(2026, 12, day) for day in range(14, 19)]
    assert not any(rota.on(held.get("ana", []), day) for day in days)
    night, swapped = rota.said("00:00-06:00, 22:00-24:00"), more == SWAP
    expected = [night, night, rota.said("00:00-06:00"), rota.said("22:00-24:00"), night]
    assert [rota.on(held["ben"], day) for day in days] == (expected if swapped else [night] * 5)
    said = "nothing on 2026-12-16" in workspace.run("plan").stdout
    assert said or not swapped
