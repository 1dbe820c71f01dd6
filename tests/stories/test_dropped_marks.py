"""A service that shows a place for our mark and drops what is put there: adopting puts it in the remarks."""

from __future__ import annotations

from typing import Any

from tests.conftest import Workspace
from tests.support.altering import AlteringService
from tests.support.cli import IMPATIENT
from tests.support.fakes import Asked, Reply, serving

ANN = "users: {ann: {email: ann@example.org}}\n"
HUDDLE = """events:
  huddle: {title: Huddle, host: ann, starts: 2026-11-30T09:00, duration: 30m, location: Room 1,
           repeat: {every: week, on: mon, count: 4}}
"""
SOMEBODY = "00000000-0000-4000-9000-0000000000ff"


class Dropping(AlteringService):
    """It takes an `externalId`, shows the key, and never what was in it."""

    def __call__(self, asked: Asked) -> Reply:
        if isinstance(asked.body, dict) and "externalId" in asked.body:
            asked = asked._replace(body={**asked.body, "externalId": None})
        return super().__call__(asked)

    def clicked(self) -> list[Any]:
        """All events as somebody else has made them, without our mark; what people see of them."""
        for event in self.events.values():
            event |= {"additionalInfo": {"location": "Room 1"}, "createdBy": SOMEBODY, "updatedBy": SOMEBODY}
        self.writes.clear()
        return [
            {name: event[name] for name in event if name != "additionalInfo"}
            for event in self.events.values()
        ]


def test_what_is_adopted_there_is_ours_at_once(workspace: Workspace) -> None:
    service, workspace.patience = Dropping(), IMPATIENT
    with serving(service) as workspace.url:
        workspace.write(ANN + HUDDLE)
        workspace.apply()
        before = service.clicked()
        workspace.write("unmarked: match\n" + ANN + HUDDLE)
        workspace.settled()
        workspace.apply("--adopt")
        assert len(service.writes) == len(service.events) + 1  # the first one once more, where it is kept
        for was, now in zip(before, service.events.values(), strict=True):
            info = now["additionalInfo"]
            assert info["location"] == "Room 1" and info["remarks"].startswith("[staffing/huddle@")
            assert was == {name: now[name] for name in was}
        service.writes.clear()
        workspace.apply("--adopt")
        assert not service.writes
        workspace.write(ANN + HUDDLE.replace("title: Huddle", "title: Team huddle"))
        workspace.apply()
        assert {event["eventTitle"] for event in service.events.values()} == {"Team huddle"}
        assert len(service.events) == len(before)
