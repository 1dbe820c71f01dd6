"""What can't be read: of others it is counted, what is ours is left alone, and nothing is made again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.apply.journal import read_runs
from reconciler.apply.readback import ReadBack
from reconciler.client.reading import read_schedule
from reconciler.model.typed import Unreadable
from tests.conftest import Workspace
from tests.support.altering import AlteringService, altering
from tests.support.cli import Result, run
from tests.support.fakes import ReferenceServer, serving

pytestmark = pytest.mark.usefixtures("impatient")

STAFF = """horizon: 3 weeks
users:
  johndoe: {email: john@example.org}
  janedoe: {email: jane@example.org}
workHours:
  johndoe: [{from: 2026-12-01, to: 2027-03-31, days: {mon-thu: 09:00-18:00}}]
  janedoe: [{from: 2026-12-01, to: 2027-03-31, days: {mon-thu: 09:00-18:00}}]
events:
  standup:
    title: Stand-up
    host: johndoe
    starts: 2026-12-01T09:00
    duration: 30m
    repeat: {every: week, on: [tue], count: 2}
  review: {title: Review, host: janedoe, starts: 2026-12-02T09:00, duration: 1h}
"""
SECRET = "Ada Invented, ada@example.org"


@pytest.fixture
def service(workspace: Workspace) -> Iterator[AlteringService]:
    """A service that is as declared, and whatever a test changes in it by hand."""
    with altering() as (service, url):
        workspace.url = url
        workspace.write(STAFF)
        workspace.apply()
        for event in service.events.values():  # the first creation left its mark here, too
            event["additionalInfo"] = None
        service.writes.clear()
        yield service


def event_of(service: AlteringService, title: str) -> dict[str, Any]:
    return next(event for event in service.events.values() if event["eventTitle"] == title)


def row_of(service: AlteringService, name: str) -> dict[str, Any]:
    return next(row for row in service.hours.values() if row["psmId"] == service.users[name]["id"])


def by_others(service: AlteringService, **fields: Any) -> None:
    mine = event_of(service, "Review")
    foreign = {"id": "foreign", "externalId": None, "eventTitle": SECRET, "createdBy": "x", "updatedBy": "x"}
    service.events["foreign"] = mine | foreign | fields


def blocked(done: Result) -> dict[str, str]:
    return {change["key"]: change["reason"] for change in done.plan if change["action"] == "blocked"}


@pytest.mark.parametrize(
    "odd",
    [{"externalId": 3}, {"hostId": 7}, {"participants": None}, {"startDateTime": None}, {"id": None},
     {"eventType": "SHIFT"}, {"eventStatus": ["x"]}, {"additionalInfo": 3}, {"participants": [3]}],
)  # fmt: skip
def test_an_odd_event_of_others_is_counted_and_stops_nothing(
    workspace: Workspace, service: AlteringService, odd: dict[str, Any]
) -> None:
    by_others(service, **odd)
    done = workspace.plan("--detailed-exitcode")
    assert (done.code, done.plan) == (0, [])
    assert "1 event of others can't be read and is ignored" in done.data["warnings"]
    assert "Ada" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("odd", "field"),
    [
        ({"startDateTime": None}, "startDateTime"),
        ({"hostId": 7}, "hostId"),
        ({"participants": [{"participantRole": "psm"}]}, "participants[].participantId"),
        ({"additionalInfo": {"remarks": [SECRET]}}, "additionalInfo"),
        ({"externalId": 3}, "externalId"),
        ({"id": [SECRET]}, "id"),
    ],
)
def test_an_odd_event_of_ours_blocks_its_series_and_no_other(
    workspace: Workspace, service: AlteringService, odd: dict[str, Any], field: str
) -> None:
    event_of(service, "Stand-up").update(odd)
    workspace.write(STAFF.replace("01T09:00", "01T10:00").replace("Review,", "Retro,"))
    reasons = blocked(workspace.plan())
    assert set(reasons) == {"event/standup@2026-12-01", "event/standup@2026-12-08"}
    assert f"an event of this series can't be read ({field})" in reasons["event/standup@2026-12-01"]
    done = workspace.apply(code=3)
    assert [asked.method for asked in service.writes] == ["PATCH"], "the other series alone"
    assert "Ada" not in done.stdout + done.stderr


def test_what_was_once_of_another_name_is_not_made_under_the_new_one(
    workspace: Workspace, service: AlteringService
) -> None:
    event_of(service, "Review")["hostId"] = None
    workspace.write("renamed: {event/review: event/retro}\n" + STAFF.replace("  review:", "  retro:"))
    assert set(blocked(workspace.plan())) == {"event/retro@2026-12-02", "event/review@2026-12-02"}


def test_a_series_taken_over_by_looks_alone_is_not_made_again(
    workspace: Workspace, service: AlteringService
) -> None:
    event_of(service, "Review")["allDayEvent"] = "no"
    workspace.write(STAFF.replace("  review:", "  retro:"))
    workspace.apply(code=3)
    assert not service.writes


@pytest.mark.parametrize(
    "odd", [{"type": "SHIFT"}, {"ruleType": None}, {"startDateTime": None}, {"daysInfo": None},
            {"workHoursId": 3}, {"daysInfo": [{"day": 8, "startTime": None, "endTime": None}]},
            {"daysInfo": [{"day": 1, "startTime": "09:00:00", "endTime": None}]}],
)  # fmt: skip
def test_an_odd_row_of_hours_blocks_that_persons_hours(
    workspace: Workspace, service: AlteringService, odd: dict[str, Any]
) -> None:
    row_of(service, "johndoe").update(odd)
    workspace.write(STAFF.replace("18:00", "17:00"))
    (reason,) = blocked(workspace.plan()).values()
    assert "a row of the hours of johndoe can't be read" in reason
    workspace.apply(code=3)
    assert [asked.body["psmId"] for asked in service.writes] == [service.users["janedoe"]["id"]]


@pytest.mark.parametrize("odd", [{"psmId": None}, {"psmId": "odd"}, {"details": None}, {"details": {}}])
def test_hours_of_nobody_known_are_those_of_whoever_was_not_answered_for(
    workspace: Workspace, service: AlteringService, odd: dict[str, Any]
) -> None:
    john = service.users["johndoe"]["id"]

    def alter(body: Any) -> Any:
        entries = body if isinstance(body, list) else []
        return [entry | odd if entry["psmId"] == john else entry for entry in entries] or body

    service.alter = alter
    done = workspace.apply(code=3)
    assert not service.writes
    assert "workHours/johndoe" in done.stdout
    assert "workHours/janedoe" not in done.stdout


def test_a_user_that_can_not_be_read_is_left_alone_with_the_hours(
    workspace: Workspace, service: AlteringService
) -> None:
    service.users["johndoe"]["email"] = 7
    workspace.write(STAFF.replace("18:00", "17:00").replace("30m", "45m"))
    reasons = blocked(workspace.plan())
    assert set(reasons) == {"user/johndoe", "workHours/johndoe@2026-12-01"}
    assert "the user johndoe can't be read (email)" in reasons["user/johndoe"]
    workspace.apply(code=3)
    assert sorted(asked.method for asked in service.writes) == ["PATCH", "PATCH", "PUT"], "what is not theirs"


def test_where_it_is_the_id_the_events_they_host_are_left_alone_too(
    workspace: Workspace, service: AlteringService
) -> None:
    service.users["johndoe"]["id"] = 7
    workspace.write(STAFF.replace("30m", "45m").replace("duration: 1h", "duration: 2h"))
    subjects = {key.partition("@")[0] for key in blocked(workspace.plan())}
    assert subjects == {"user/johndoe", "workHours/johndoe", "event/standup"}


def test_a_user_without_a_name_in_the_list_is_looked_up_before_anything_is_made(
    workspace: Workspace, service: AlteringService
) -> None:
    def alter(body: Any) -> Any:
        if isinstance(body, dict) and "metaInfo" in body:
            body["data"] = [user | {"username": None} for user in body["data"]]
        return body

    service.alter = alter
    done = workspace.plan()
    assert done.plan == []
    assert "2 users of others can't be read and are ignored" in done.data["warnings"]


def test_an_answer_about_somebody_else_ends_it_before_a_write(
    workspace: Workspace, service: AlteringService
) -> None:
    def alter(body: Any) -> Any:
        is_user = isinstance(body, dict) and body.get("username") == "johndoe"
        listed = isinstance(body, dict) and "metaInfo" in body
        if listed:
            body["data"] = [user for user in body["data"] if user["username"] != "johndoe"]
            body["metaInfo"]["totalElements"] = 1
        return service.users["janedoe"] if is_user else body

    service.alter = alter
    done = workspace.run("apply", "--auto-approve")
    assert done.code == 1
    assert "about something else" in done.stderr
    assert not service.writes


def altered_after_write(service: AlteringService, alter: Callable[[Any], Any]) -> None:
    service.alter, service.alter_after = alter, 1


def test_what_can_not_be_read_back_is_listed_and_undone_by_nobody(
    workspace: Workspace, service: AlteringService
) -> None:
    def alter(body: Any) -> Any:
        for event in body.get("content", [body]) if isinstance(body, dict) else ():
            event["hostId"] = 7
        return body

    altered_after_write(service, alter)
    workspace.write(STAFF.replace("30m", "45m").replace("duration: 1h", "duration: 2h"))
    done = workspace.apply("--undo-file", "undo.json", code=1)
    assert len(service.writes) == 3
    assert (
        "event/review@2026-12-02 not converged: accepted, but the event can't be read (hostId)" in done.stdout
    )
    assert "event/standup" in done.stdout
    undo = json.loads((workspace.folder / "undo.json").read_text())
    assert {change["action"] for change in undo["changes"]} == {"blocked"}
    assert journal_outcome(workspace) == "incomplete"


def journal_outcome(workspace: Workspace) -> Any:
    return read_runs(workspace.folder / ".welkin-reconcile" / "journal.db")[0]["outcome"]


def test_whatever_ends_a_run_what_landed_comes_first(
    workspace: Workspace, service: AlteringService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(self: ReadBack, changes: Any) -> Any:
        raise RuntimeError(SECRET)

    workspace.write(STAFF.replace("30m", "45m").replace("18:00", "17:00"))
    monkeypatch.setattr(ReadBack, "look", look)
    done = workspace.apply("--undo-file", "undo.json", code=1)
    assert {asked.path.split("/")[4] for asked in service.writes} == {"work-hours"}, "then nothing more"
    assert done.stdout.count("workHours/") >= 2
    assert "accepted, and not read back" in done.stdout
    assert "event/standup" in done.stdout
    assert "error: the run ended early (RuntimeError)" in done.stderr
    assert "Ada" not in done.stdout + done.stderr
    assert journal_outcome(workspace) == "incomplete"
    assert (workspace.folder / "undo.json").exists()


def test_a_saved_plan_that_touches_what_can_not_be_read_is_stale(
    workspace: Workspace, service: AlteringService
) -> None:
    workspace.write(STAFF.replace("30m", "45m"))
    workspace.run("plan", "--out", "plan.json")
    event_of(service, "Stand-up")["participants"] = None
    done = workspace.run("apply", "plan.json")
    assert done.code == 1
    assert "can't be read (participants)" in done.stderr
    assert not service.writes


def test_a_saved_plan_does_not_make_what_is_there_and_can_not_be_read(
    workspace: Workspace, service: AlteringService, tmp_path: Path
) -> None:
    mine = event_of(service, "Review")
    del service.events[mine["id"]]
    workspace.run("plan", "--out", "plan.json")
    service.events[mine["id"]] = mine | {"externalId": 3}
    done = workspace.run("apply", "plan.json")
    assert done.code == 1
    assert "can't be read (externalId)" in done.stderr
    assert not service.writes


def test_where_the_mark_stands_in_the_remarks_their_loss_makes_nothing_again(workspace: Workspace) -> None:
    server = ReferenceServer()
    with serving(server, server) as url:
        workspace.url = url
        workspace.write(STAFF)
        workspace.apply()
        before = len(server.landed())
        for event in server.events.values():
            event["additionalInfo"] = 3
        workspace.write(STAFF.replace("T09:00", "T10:00"))
        done = workspace.apply(code=3)
        assert "an event of this series can't be read (additionalInfo)" in done.stdout
        assert len(server.landed()) == before


def test_a_list_of_what_is_there_leaves_out_what_can_not_be_read_and_says_so(
    workspace: Workspace, service: AlteringService, caplog: pytest.LogCaptureFixture
) -> None:
    by_others(service, participants=3)
    flags = ("--from", "2026-12-01", "--to", "2026-12-31", "--api-url", workspace.url)
    done = run("get", "events", "env.yaml", *flags, cwd=workspace.folder)
    assert done.code == 0
    assert "Ada" not in done.stdout
    assert "1 events can't be read, and are left out" in caplog.text


@pytest.mark.parametrize(
    "odd", [{"events": 3}, {"workHours": [3]}, {"workHours": [{"daysInfo": [{"day": "x"}]}]}]
)
def test_a_schedule_that_can_not_be_read_is_left_out(odd: dict[str, Any]) -> None:
    assert isinstance(read_schedule({"psmId": "1", "workHours": [], "events": []} | odd), Unreadable)
