"""`ensure: absent`: whatever the manifests still say, hours, leave, meetings and then the user go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Workspace
from tests.support.service import Service, simulated

HOURS = """workHours:
  johndoe:
    - {from: 2026-12-01, days: {mon-thu: 09:00-18:00}}
"""
OVERRIDE = "    - {override: Winter break, from: 2026-12-24, to: 2026-12-26, days: off}\n"
REST = """leave: {johndoe: [2027-02-01..2027-02-05]}
events:
  standup:
    title: Stand-up
    host: johndoe
    starts: 2026-12-01T09:00
    duration: 30m
    repeat: {every: week, on: [tue], count: 2}
  board:
    title: Board
    host: janedoe
    starts: 2026-12-02T09:00
    duration: 1h
    participants: [{user: johndoe}, {user: annroe}]
"""
JOHN = "johndoe: {email: john@example.org, timezone: America/Los_Angeles}"
GONE = "johndoe: {ensure: absent, timezone: America/Los_Angeles}"
OTHERS = "  janedoe: {email: jane@example.org}\n  annroe: {email: ann@example.org}\n"
ALLOWED = ("--allow", "deletes=9", "--allow", "deletePercent=100")


def people(john: str) -> str:
    return f"users:\n  {john}\n{OTHERS}"


def there(workspace: Workspace, service: Service, overrides: bool = True) -> None:
    """johndoe works here, with all that a person may have."""
    workspace.at(service).write(people(JOHN) + HOURS + (OVERRIDE if overrides else "") + REST)
    workspace.apply()


def hosts(service: Service) -> list[str]:
    return [event["eventTitle"] for event in service.events() if event["eventStatus"] != "CANCELLED"]


def working(service: Service, today: str = "2026-11-24") -> list[str]:
    """The first dates of johndoe's rows that are not over and have hours."""
    rows = service.hours("johndoe").get("johndoe", [])
    return [
        row["startDateTime"][:10]
        for row in rows
        if row["daysInfo"] and (row["endDateTime"] or "9")[:10] >= today
    ]


@pytest.mark.parametrize("manifests", [HOURS + OVERRIDE + REST, REST.partition("leave")[0], HOURS])
def test_all_of_theirs_ends_whatever_the_manifests_still_say(
    workspace: Workspace, service: Service, manifests: str
) -> None:
    there(workspace, service)
    workspace.write(people(GONE) + manifests)
    done = workspace.apply(*ALLOWED, code=3)
    assert "deactivate in Admin" in done.stdout
    assert working(service) == []
    assert hosts(service) == ["Board"]
    (board,) = [event for event in service.events() if event["eventTitle"] == "Board"]
    assert service.id_of("johndoe") not in {each["participantId"] for each in board["participants"]}
    assert len(board["participants"]) == 2
    (left,) = workspace.plan().plan
    assert (left["key"], left["action"]) == ("user/johndoe", "blocked")
    service.set_state("johndoe", "INACTIVE")
    workspace.settled()


def test_where_users_can_be_deleted_the_user_goes_last(tmp_path: Path, workspace: Workspace) -> None:
    with simulated(tmp_path, profile="reference") as service:
        there(workspace, service, overrides=False)
        workspace.write(people(GONE) + HOURS + REST)
        service.forget()
        workspace.apply(*ALLOWED)
        routes = [call.route for call in service.writes()]
        assert routes[-1] == "DELETE users"
        assert sorted(routes[:-1]) == ["DELETE events", "DELETE events", "DELETE events", "PATCH events",
                                       "PUT work-hours"] or "PUT events" in routes  # fmt: skip
        assert hosts(service) == ["Board"]
        workspace.settled()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "theirs", ["PUT:/calendar/work-hours", "DELETE:/calendar/events", "PUT:/calendar/events"]
)
def test_nobody_is_deleted_before_what_is_theirs_has_ended(
    tmp_path: Path, workspace: Workspace, theirs: str
) -> None:
    with simulated(tmp_path, profile="reference") as service:
        there(workspace, service, overrides=False)
        workspace.write(people(GONE) + HOURS + REST)
        method, route = theirs.split(":")
        service.fault(f"500-before:{method}:{route}")
        done = workspace.apply(*ALLOWED, code=1)
        assert "goes after what is theirs" in done.stdout
        assert service.find_user("johndoe") is not None
        service.no_faults()
        workspace.apply(*ALLOWED)
        assert service.find_user("johndoe") is None
        workspace.settled()


def test_an_inactive_users_hours_end_too(workspace: Workspace, service: Service) -> None:
    there(workspace, service)
    service.set_state("johndoe", "INACTIVE")
    workspace.write(people(GONE))
    workspace.apply(*ALLOWED)
    assert working(service) == []
    assert hosts(service) == ["Board"]
    workspace.settled()


def test_running_hours_end_yesterday_and_running_leave_too(workspace: Workspace, service: Service) -> None:
    there(workspace, service)
    workspace.now = "2027-02-03T20:00:00Z"
    service.at(workspace.now)
    workspace.write(people(GONE) + HOURS + REST)
    workspace.apply(*ALLOWED, code=3)
    assert working(service, "2027-02-03") == []
    (leave,) = [event for event in service.events() if event["eventType"] == "LEAVE"]
    assert (leave["eventStatus"], leave["endDateTime"]) == ("SCHEDULED", "2027-02-03T07:59:59.999Z")
    assert [change["key"] for change in workspace.plan().plan] == ["user/johndoe"]


def test_a_leave_of_today_ends_today(workspace: Workspace, service: Service) -> None:
    there(workspace, service)
    workspace.now = "2027-02-01T20:00:00Z"
    service.at(workspace.now)
    workspace.write(people(GONE) + HOURS)
    workspace.apply(*ALLOWED, code=3)
    (leave,) = [event for event in service.events() if event["eventType"] == "LEAVE"]
    assert leave["endDateTime"] == "2027-02-02T07:59:59.999Z"
    assert [change["key"] for change in workspace.plan().plan] == ["user/johndoe"]


def test_what_a_patient_attends_is_listed_and_never_touched(workspace: Workspace, service: Service) -> None:
    there(workspace, service)
    first = next(event for event in service.events() if event["eventTitle"] == "Stand-up")
    service.join(first, service.patient("P-1"), "patient")
    before = next(event for event in service.events() if event["id"] == first["id"])
    workspace.write(people(GONE) + HOURS + REST)
    done = workspace.apply(*ALLOWED, code=3)
    assert "a patient attends" in done.stdout
    assert "appointments are left (1 with patients)" in done.stdout
    assert next(event for event in service.events() if event["id"] == first["id"]) == before
    assert sorted(hosts(service)) == ["Board", "Stand-up"]
    assert working(service) == []


def test_a_declared_patient_keeps_the_appointment_as_well(workspace: Workspace, service: Service) -> None:
    service.patient("P-1")
    visit = "  visit: {title: Visit, host: johndoe, starts: 2026-12-09T10:00, duration: 1h,\n"
    visit += "    participants: [{patient: {externalId: P-1}}]}\n"
    workspace.at(service).write(people(JOHN) + "events:\n" + visit)
    workspace.apply()
    workspace.write(people(GONE) + "events:\n" + visit)
    blocked = {change["key"]: change["reason"] for change in workspace.plan().plan}
    assert "a patient attends" in blocked["event/visit@2026-12-09"]
    assert "appointments are left" in blocked["user/johndoe"]


def test_they_leave_meetings_whose_participants_nobody_declares(
    workspace: Workspace, service: Service
) -> None:
    there(workspace, service)
    undeclared = REST.replace("    participants: [{user: johndoe}, {user: annroe}]\n", "")
    workspace.write(people(GONE) + undeclared)
    workspace.apply(*ALLOWED, code=3)
    (board,) = [event for event in service.events() if event["eventTitle"] == "Board"]
    names = {service.id_of(name) for name in ("janedoe", "annroe")}
    assert {each["participantId"] for each in board["participants"]} == names
    assert [change["key"] for change in workspace.plan().plan] == ["user/johndoe"]


def test_what_nobody_marked_stays_as_it_is(workspace: Workspace, service: Service) -> None:
    there(workspace, service)
    mine = service.event("johndoe", "2026-12-10T10:00:00.000Z", "2026-12-10T11:00:00.000Z", eventTitle="Own")
    workspace.write(people(GONE))
    workspace.apply(*ALLOWED, code=3)
    assert mine["id"] in {event["id"] for event in service.events()}


def test_protect_holds_and_the_brakes_count(workspace: Workspace, service: Service) -> None:
    there(workspace, service)
    workspace.write("limits: {deletes: 0}\n" + people(GONE) + HOURS + REST)
    refused = workspace.apply(code=3)
    assert "--allow deletes=3" in refused.stderr  # the hours, the stand-up, the leave
    workspace.write("protect: [workHours/johndoe, event/standup]\n" + people(GONE) + HOURS + REST)
    service.forget()
    workspace.apply(*ALLOWED, code=3)
    assert sorted(call.route for call in service.writes()) == ["DELETE events", "PATCH events"]


def test_another_host_keeps_the_meeting(workspace: Workspace, service: Service) -> None:
    there(workspace, service)
    ids = {event["id"] for event in service.events() if event["eventTitle"] == "Stand-up"}
    workspace.write(people(GONE) + REST.replace("host: johndoe", "host: janedoe"))
    workspace.apply(*ALLOWED, code=3)
    assert ids <= {event["id"] for event in service.events()}


def test_the_tenants_root_user_is_refused(
    workspace: Workspace, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reconciler.client.users import Users

    there(workspace, service)
    listed = Users.list
    monkeypatch.setattr(
        Users, "list", lambda self: [{**user, "_root_user": True} for user in listed(self) or []]
    )
    workspace.write(people(GONE) + HOURS + REST)
    done = workspace.run("plan")
    assert done.code == 1
    assert "env.yaml:7:3: johndoe is the tenant's root user: `ensure: absent` is refused" in done.stderr


def test_the_calendar_shows_them_off(workspace: Workspace) -> None:
    workspace.write(people(GONE) + HOURS + REST)
    done = workspace.run("calendar", "--week", "2026-12-01")
    assert done.code == 0, done
    assert "Stand-up" not in done.stdout
    assert "09:00–18:00" not in done.stdout
    validated = workspace.run("validate")
    assert validated.code == 0, validated


def test_a_saved_plan_of_it_is_carried_out_and_undone(workspace: Workspace, service: Service) -> None:
    there(workspace, service)
    before = working(service), sorted(hosts(service))
    workspace.write(people(GONE) + HOURS + REST)
    assert workspace.run("plan", "--out", "plan.json").code == 0
    done = workspace.run("apply", "plan.json", "--undo-file", "undo.json", *ALLOWED)
    assert done.code == 3, done
    assert (working(service), hosts(service)) == ([], ["Board"])
    undone = workspace.run("apply", "undo.json")
    assert undone.code == 0, undone
    assert (working(service), sorted(hosts(service))) == before
