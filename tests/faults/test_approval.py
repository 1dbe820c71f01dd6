"""`--approved` and `--only-new`: what may be applied without another look."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import HEAD, Workspace
from tests.faults.clinic import AFTER, BEFORE, OBJECTS, arrived, begun
from tests.support.cli import run
from tests.support.service import Service

PEOPLE = "users:\n  johndoe: {email: john@example.org}\n  janedoe: {email: jane@example.org}\n"


def test_what_was_approved_is_applied_without_a_question(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    assert workspace.run("plan", "--out", "plan.json").code == 0
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert done.code == 0, done
    assert len(service.writes()) == OBJECTS
    arrived(workspace, service)


def test_what_was_done_in_between_is_not_missed(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    workspace.run("plan", "--out", "plan.json")
    workspace.apply("--target", "user/*")
    assert workspace.run("apply", "env.yaml", "--approved", "plan.json").code == 0
    arrived(workspace, service)


def test_what_was_not_approved_is_named_and_left_out_and_stops_nothing_else(
    workspace: Workspace, service: Service
) -> None:
    begun(workspace, service)
    workspace.run("plan", "--out", "plan.json")
    workspace.write(AFTER.replace("credentials: NP", "credentials: RN"))
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert done.code == 3, done
    assert "user/johndoe blocked: not in the approved plan" in done.stdout
    assert len(service.writes()) == OBJECTS - 1
    assert (service.find_user("johndoe") or {})["credentials"] == "MD"


def test_one_that_does_more_is_left_out_whole(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    workspace.run("plan", "--out", "plan.json")
    workspace.write(AFTER.replace("title: Stand-up", "title: Huddle"))
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert done.code == 3, done
    titles = {(event["eventTitle"], event["startDateTime"][11:16]) for event in service.events()}
    assert titles == {("Stand-up", "17:00"), ("Review", "18:00")}, "neither moved nor renamed"


def test_what_depends_on_something_left_out_is_left_out(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    workspace.run("plan", "--out", "plan.json")
    workspace.write(AFTER.replace("jane@example.org", "another@example.org"))
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert done.code == 3, done
    assert "event/review@2026-12-04 blocked: needs user/janedoe, which nobody approved" in done.stdout
    assert service.find_user("janedoe") is None
    assert "Review" not in {event["eventTitle"] for event in service.events()}


def test_drift_since_then_waits_for_its_own_approval(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    workspace.run("plan", "--out", "plan.json")
    workspace.run("apply", "env.yaml", "--approved", "plan.json")
    (event, *_) = service.events()
    later = {"startDateTime": "2026-12-01T20:00:00.000Z", "endDateTime": "2026-12-01T20:30:00.000Z"}
    service.change_event(event, **later)
    service.forget()
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert done.code == 0, "it is moved to where the approved plan has it"
    service.change_event(event, eventMode="CALL")
    workspace.write(AFTER.replace("title: Stand-up", "title: Stand-up\n    mode: VIDEO"))
    service.forget()
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert (done.code, service.writes()) == (3, []), done


WEEKLY = """horizon: 2 weeks
users:
  johndoe: {email: john@example.org, timezone: America/Los_Angeles}
workHours:
  johndoe: [{from: 2026-12-01, to: 2027-03-31, days: {mon-thu: HOURS}}]
events:
  standup:
    title: TITLE
    host: johndoe
    starts: 2026-11-24T09:00
    duration: 30m
    repeat: {every: day}
"""


def test_a_plan_of_the_7th_is_approved_on_the_9th(workspace: Workspace, service: Service) -> None:
    first = WEEKLY.replace("TITLE", "Stand-up").replace("HOURS", "09:00-17:00")
    workspace.at(service).write(first)
    workspace.apply()
    workspace.now = "2026-12-07T12:00:00Z"
    service.at(workspace.now)
    workspace.apply()
    workspace.write(WEEKLY.replace("TITLE", "Huddle").replace("HOURS", "10:00-17:00"))
    workspace.run("plan", "--out", "plan.json")
    workspace.now = "2026-12-09T12:00:00Z"
    service.at(workspace.now)
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert done.code == 0, done
    workspace.settled()


def test_a_rotation_that_goes_on_as_time_does_needs_no_approval(
    workspace: Workspace, service: Service
) -> None:
    rotation = """hoursAhead: 6 weeks
users:
  johndoe: {email: john@example.org, timezone: America/Los_Angeles}
workHours:
  johndoe:
    - {from: 2026-11-30, rotation: {weeks: [{mon: 09:00-17:00}, {tue: FRIDAY}], starts: 2026-11-30}}
"""
    workspace.at(service).write(rotation.replace("FRIDAY", "09:00-17:00"))
    workspace.apply()
    workspace.write(rotation.replace("FRIDAY", "10:00-12:00"))
    workspace.run("plan", "--out", "plan.json")
    workspace.now = "2026-12-09T12:00:00Z"
    service.at(workspace.now)
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert done.code == 0, done
    workspace.settled()
    workspace.write(rotation.replace("FRIDAY", "10:00-13:00"))
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert done.code == 3, "but what it says may not change"


NEW = """  huddle:
    {title: Huddle, host: johndoe, starts: 2026-12-08T09:00, duration: 30m, repeat: {every: day}}
"""


def test_a_new_series_waits_for_its_approval_beyond_the_horizon_too(
    workspace: Workspace, service: Service
) -> None:
    """Nothing of it is live, so all of it looks as if the moving horizon had brought it."""
    first = WEEKLY.replace("TITLE", "Stand-up").replace("HOURS", "09:00-17:00")
    workspace.at(service).write(first)
    workspace.apply()
    workspace.run("plan", "--out", "plan.json")
    workspace.write(first + NEW)
    workspace.now = "2026-12-01T12:00:00Z"
    service.at(workspace.now)
    service.forget()
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert (done.code, "event/huddle" in done.stdout) == (3, True), done
    starts = [call.body["startDateTime"] for call in service.writes()]
    assert len(starts) == 7, "a week more of the series that is there"
    assert {event["eventTitle"] for event in service.events()} == {"Stand-up"}


def test_a_new_series_of_the_manifests_that_were_approved_comes_with_the_horizon(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(WEEKLY.replace("TITLE", "Stand-up").replace("HOURS", "09:00-17:00") + NEW)
    workspace.apply("--exclude", "event/huddle")
    workspace.now = "2026-11-24T11:00:00Z"
    workspace.run("plan", "--exclude", "event/huddle", "--out", "plan.json")
    workspace.now = "2026-12-01T12:00:00Z"
    service.at(workspace.now)
    service.forget()
    workspace.run("apply", "env.yaml", "--approved", "plan.json")
    huddles = [call for call in service.writes() if call.body["eventTitle"] == "Huddle"]
    assert {call.body["startDateTime"] >= "2026-12-08T11:00" for call in huddles} == {True}
    assert len(huddles) == 7


def test_an_occurrence_that_somebody_took_out_by_hand_is_drift_also_at_the_end(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(WEEKLY.replace("TITLE", "Stand-up").replace("HOURS", "09:00-17:00"))
    workspace.apply()
    workspace.run("plan", "--out", "plan.json")
    last = service.events()[-1]
    service.send("DELETE", f"/gh/sb-demo/calendar/events/{last['id']}")
    service.forget()
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert (done.code, service.writes()) == (3, []), done


def test_new_hours_far_ahead_are_no_rotation_that_goes_on(workspace: Workspace, service: Service) -> None:
    hours = """hoursAhead: 6 weeks
users: {johndoe: {email: john@example.org}, janedoe: {email: jane@example.org}}
workHours:
  johndoe: [{from: 2026-11-30, to: 2026-12-18, days: {mon: 09:00-17:00}}MORE]
"""
    workspace.at(service).write(hours.replace("MORE", ""))
    workspace.apply()
    workspace.run("plan", "--out", "plan.json")
    workspace.now = "2026-12-09T12:00:00Z"
    service.at(workspace.now)
    service.forget()
    more = ", {from: 2027-01-11, to: 2027-01-15, days: {mon: 09:00-17:00}}"
    weeks = "{weeks: [{mon: 09:00-17:00}], starts: 2027-01-11}"
    rotation = f"\n  janedoe: [{{from: 2027-01-11, rotation: {weeks}}}]"
    for text in (hours.replace("MORE", more), hours.replace("MORE]", "]" + rotation)):
        workspace.write(text)
        done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
        assert (done.code, service.writes()) == (3, []), done


def test_hours_are_approved_by_what_each_date_becomes_whatever_the_rows(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(
        "prune: true\n" + WEEKLY.replace("TITLE", "X").replace("HOURS", "09:00-17:00")
    )
    workspace.apply()
    other = "prune: true\n" + WEEKLY.replace("TITLE", "X").replace("HOURS", "10:00-16:00")
    workspace.write(other)
    workspace.run("plan", "--out", "plan.json")
    # In the meantime the row was cut in two by hand.
    (row,) = service.hours("johndoe")["johndoe"]
    id, days = service.id_of("johndoe"), row["daysInfo"]
    halves = (("2026-12-01", "2026-12-31"), ("2027-01-01", "2027-03-31"))
    for (start, end), (method, path) in zip(
        halves, (("PUT", f"/{row['workHoursId']}"), ("POST", "")), strict=True
    ):
        body = {"psmId": id, "startDateTime": f"{start}T00:00:00.000Z",
                "endDateTime": f"{end}T23:59:59.999Z", "daysInfo": days}  # fmt: skip
        service.send(method, f"/gh/sb-demo/calendar/work-hours{path}", body)
    service.forget()
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert done.code == 0, done
    assert {call.route for call in service.writes()} == {"PUT work-hours"}
    workspace.settled()
    workspace.write(other.replace("2027-03-31", "2027-04-30"))
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert (done.code, "workHours/johndoe" in done.stdout) == (3, True), "a month more than was approved"


def test_plans_of_several_environments_approve_each_of_them(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    other = HEAD.replace("instance: sb-demo", "instance: sb-other").replace("owner: staffing", "owner: other")
    workspace.write("", name="other.yaml", head=other)
    where = ("--api-url", workspace.url, "--now", workspace.now)
    run("plan", "other.yaml", "env.yaml", *where, "--out", "plans.json", cwd=workspace.folder)
    done = workspace.run("apply", "env.yaml", "--approved", "plans.json")
    assert done.code == 0, done
    arrived(workspace, service)


def test_the_plan_of_another_environment_approves_nothing(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    workspace.write(AFTER, head=HEAD.replace("owner: staffing", "owner: others"))
    workspace.run("plan", "--out", "plan.json")
    workspace.write(AFTER)
    done = workspace.run("apply", "env.yaml", "--approved", "plan.json")
    assert (done.code, "is for gh sb-demo others" in done.stderr) == (1, True), done
    assert not service.writes()


def test_what_is_no_plan_approves_nothing(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    done = workspace.run("apply", "env.yaml", "--approved", "env.yaml")
    assert (done.code, "not a saved plan" in done.stderr) == (1, True)
    assert not service.writes()


def test_only_what_the_moving_horizon_brings_is_created(workspace: Workspace, service: Service) -> None:
    weekly = BEFORE.replace("on: [tue], count: 2", "on: [tue]")
    workspace.at(service).write(weekly)
    workspace.apply()
    workspace.now = "2026-12-01T00:00:00Z"
    workspace.write(
        weekly.replace("credentials: MD", "credentials: NP").replace("title: Board", "title: New")
    )
    service.forget()
    done = workspace.apply("--only-new")
    assert [call.route for call in service.writes()] == ["POST events"]
    assert "only what is new is applied" in done.stdout
    workspace.apply()
    workspace.settled()


def test_new_hours_wait_where_old_ones_have_to_change_for_them(
    workspace: Workspace, service: Service
) -> None:
    begun(workspace, service)
    workspace.apply("--only-new")
    assert [call.route for call in service.writes()] == [], "janedoe herself is new, and johndoe's hours end"
    workspace.apply()
    arrived(workspace, service)


def as_report(plan: dict[str, Any]) -> dict[str, Any]:
    """A report of `diff` that shows what a plan does: it knows no ids, and sends nothing."""
    side = {"revision": "main", "commit": "0" * 40, "present": True}
    changes = [
        change | {"request": None, "liveDigest": None, "id": change["id"] and {"ref": change["key"]}}
        for change in plan["changes"]
    ]
    told = {name: plan[name] for name in ("summary", "warnings", "impact", "violations")}
    place = plan["environment"] | {"apiUrl": "https://api.live.welkincloud.io"}
    head = {"format": "welkin-reconcile/diff/1", "base": side, "head": side, "environment": place}
    return {**head, "changes": changes, "unmanaged": [], **told}


@pytest.mark.parametrize("several", [False, True])
def test_a_report_of_what_was_merged_approves_that_and_nothing_else(
    workspace: Workspace, service: Service, several: bool
) -> None:
    workspace.at(service).write(PEOPLE)
    assert workspace.apply().code == 0
    merged = PEOPLE.replace("johndoe: {", "johndoe: {locale: de, ")
    workspace.write(merged)
    report = as_report(workspace.plan().data)
    diffs = {"format": "welkin-reconcile/diffs/1", "diffs": [report], "failures": []}
    (workspace.folder / "approved.json").write_text(json.dumps(diffs if several else report))
    service.send("PATCH", "/gh/admin/users/janedoe", {"locale": "fr"})
    workspace.write(merged.replace("janedoe: {", "janedoe: {locale: es, "))
    done = workspace.run("apply", "env.yaml", "--approved", "approved.json")
    assert done.code == 3, done
    assert "user/janedoe blocked: not in the approved plan" in done.stdout
    found = [service.find_user(name) or {} for name in ("johndoe", "janedoe")]
    assert [user.get("locale") for user in found] == ["de", "fr"]


@pytest.mark.parametrize("text", ["", "{}", '{"format": "welkin-reconcile/problems/1"}', "users: {}"])
def test_what_approves_nothing_is_no_approval(workspace: Workspace, service: Service, text: str) -> None:
    workspace.at(service).write(PEOPLE)
    (workspace.folder / "approved.json").write_text(text)
    done = workspace.run("apply", "env.yaml", "--approved", "approved.json")
    assert done.code == 1 and "not a saved plan, nor a report of `diff`" in done.stderr


@pytest.mark.parametrize("name", ["environment", "changes"])
def test_a_report_with_something_odd_in_it_approves_nothing(
    workspace: Workspace, service: Service, name: str
) -> None:
    workspace.at(service).write(PEOPLE)
    report = as_report(workspace.plan().data) | {name: [3]}
    (workspace.folder / "approved.json").write_text(json.dumps(report))
    done = workspace.run("apply", "env.yaml", "--approved", "approved.json")
    assert done.code == 1 and "not a report of `diff` of this version" in done.stderr, done
    assert not service.writes()
