"""`--undo-file`: what an apply did, undone by a plan like any other."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest

from tests.conftest import Workspace
from tests.faults.clinic import AFTER, BEFORE, begun
from tests.support.service import Service

OWN = ("id", "updatedAt", "createdAt", "updatedBy", "createdBy", "workHoursId", "createdByName",
       "updatedByName", "seatAssignAllowed", "externalIdUpdatedAt")  # fmt: skip


def shown(service: Service) -> Any:
    """What the service shows, without its own bookkeeping."""
    users = {
        name: {key: value for key, value in (service.find_user(name) or {}).items() if key not in OWN}
        for name in ("johndoe", "janedoe")
    }
    hours = {
        name: sorted(
            (row["startDateTime"], row["endDateTime"], *map(_day, row["daysInfo"]))
            for row in rows
            if row["daysInfo"]
        )
        for name, rows in service.hours(*(name for name, user in users.items() if user)).items()
    }
    events = [
        {key: value for key, value in event.items() if key not in OWN}
        | {"participants": sorted(each["participantId"] for each in event["participants"])}
        | {"additionalInfo": _info(event)}
        for event in service.events()
    ]
    return users, {name: rows for name, rows in hours.items() if rows}, events


def _info(event: Any) -> Any:
    """What people see: the first event made carries its mark here, too, until it is known to be kept."""
    info = event["additionalInfo"] or {}
    remarks = info.get("remarks") or ""
    lines = [line for line in remarks.splitlines() if line != f"[{event['externalId']}]"]
    return {name: text for name, text in {**info, "remarks": "\n".join(lines)}.items() if text}


def _day(info: Any) -> tuple[Any, ...]:
    return info["day"], info["startTime"], info["endTime"]


def test_what_was_applied_is_undone(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    before = shown(service)
    workspace.apply("--undo-file", "undo.json")
    assert stat.S_IMODE((workspace.folder / "undo.json").stat().st_mode) == 0o600
    assert shown(service) != before
    done = workspace.run("apply", "undo.json")
    assert done.code == 3, "the new user has to be deactivated in Admin"
    assert "deactivate in Admin" in done.stdout
    users, hours, events = shown(service)
    assert users["johndoe"] == before[0]["johndoe"]
    assert (hours, events) == before[1:]
    again = workspace.run("apply", "undo.json")
    assert "0 writes" in again.stdout, again
    workspace.write(BEFORE)
    workspace.settled()


def test_values_that_no_manifest_names_are_put_back(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    (moved, *_) = service.events()
    service.change_event(moved, eventMode="CALL", eventColor="#123456")
    workspace.write(AFTER.replace("title: Stand-up", "title: Huddle\n    mode: VIDEO\n    color: green"))
    before = shown(service)
    workspace.apply("--undo-file", "undo.json")
    workspace.run("apply", "undo.json")
    titles = [event.pop("eventTitle") for event in shown(service)[2]]
    assert titles[:1] == ["Huddle"], "a title that is declared no more is not put back"
    assert [event | {"eventTitle": ""} for event in shown(service)[2]] == [
        event | {"eventTitle": ""} for event in before[2]
    ]


def test_a_text_that_somebody_wrote_is_not_in_the_file_and_said_not_to_be_restored(
    workspace: Workspace, service: Service
) -> None:
    begun(workspace, service)
    (moved, *_) = service.events()
    service.change_event(moved, additionalInfo={"location": "Room 1408", "remarks": "by hand"})
    workspace.write(AFTER.replace("title: Stand-up", "title: Stand-up\n    location: Room 2"))
    workspace.apply("--undo-file", "undo.json")
    text = (workspace.folder / "undo.json").read_text()
    assert "Room 1408" not in text and "by hand" not in text
    said = "event/standup@2026-12-01: location not restored: what stood there was not ours"
    assert said in json.loads(text)["warnings"]
    workspace.run("apply", "undo.json")
    (event, *_) = service.events()
    assert event["startDateTime"] == "2026-12-01T17:00:00.000Z", "all else is"
    assert event["additionalInfo"] == {"location": "Room 2", "remarks": "by hand"}


def test_it_is_written_after_a_failure_for_what_landed(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    before = shown(service)
    service.fault("500-before:DELETE:/calendar/events", "500-before:POST:/calendar/events")
    assert workspace.run("apply", "--auto-approve", "--undo-file", "undo.json").code == 1
    service.no_faults()
    undone = json.loads((workspace.folder / "undo.json").read_text())
    keys = {change["key"] for change in undone["changes"]}
    assert "event/board@2026-12-03" not in keys
    assert "event/standup@2026-12-01" in keys
    workspace.run("apply", "undo.json")
    assert shown(service)[2] == before[2]


def test_what_somebody_changed_since_is_not_overwritten(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    workspace.apply("--undo-file", "undo.json")
    (first, *_) = service.events()
    service.change_event(first, eventTitle="Changed by hand")
    service.forget()
    done = workspace.run("apply", "undo.json")
    assert (done.code, "stale" in done.stderr) == (1, True), done
    assert not service.writes()


def test_a_place_that_cannot_be_written_is_said_before_the_first_write(
    workspace: Workspace, service: Service
) -> None:
    begun(workspace, service)
    done = workspace.run("apply", "--auto-approve", "--undo-file", "no/such/undo.json")
    assert (done.code, "cannot be written" in done.stderr) == (1, True)
    assert not service.writes()


pytestmark = pytest.mark.usefixtures("impatient")
