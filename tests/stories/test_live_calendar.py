"""`welkin-reconcile calendar --live`: the same weeks as Welkin has them, and nothing that isn't ours."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Workspace
from tests.support.cli import Result
from tests.support.service import Service

STAFF = """users:
  ana: {email: a@example.org}
  ben: {email: b@example.org, timezone: America/Denver}
  cleo: {email: c@example.org}
workHours:
  ana:
    - {from: 2026-12-01, days: {mon-thu: 22:00-06:00, fri: [07:00-11:00, 15:00-19:00]}}
    - {override: Closed, from: 2026-12-09, to: 2026-12-10, days: off}
  ben: [{from: 2026-12-01, days: {mon: 07:00-24:00, tue: 00:00-07:00}}]
leave: {ana: [2026-12-11..2026-12-13]}
events:
  standup:
    {title: Stand-up, host: ben, starts: 2026-12-07T09:00, duration: 15m, type: APPOINTMENT,
     repeat: {every: week, on: mon-fri}, participants: [{user: ana}]}
  duty: {title: On call, host: cleo, starts: 2026-12-11T18:00, ends: 2026-12-14T08:00, type: APPOINTMENT}
  course: {title: Course, host: cleo, starts: 2026-12-08, allDay: true, type: APPOINTMENT}
"""
WEEK = ("--week", "2026-12-07")


@pytest.fixture
def clinic(workspace: Workspace, service: Service) -> Workspace:
    workspace.write(STAFF)
    workspace.at(service).apply()
    return workspace


def live(workspace: Workspace, *args: str) -> Result:
    done = workspace.run("calendar", *WEEK, "--live", *args)
    assert done.code == 0, done
    return done


def declared(workspace: Workspace, *args: str) -> Result:
    url, workspace.url = workspace.url, ""
    done = workspace.run("calendar", *WEEK, *args)
    workspace.url = url
    return done


@pytest.mark.both
def test_what_was_applied_is_what_is_there(profile: str, workspace: Workspace, service: Service) -> None:
    workspace.write(STAFF)
    workspace.at(service)
    if profile == "reference":  # that it keeps no overrides turns out with the first one
        workspace.apply(code=3)
    workspace.apply()
    meant, found = (show(workspace, "--format", "json").data for show in (declared, live))
    for data in (meant, found):
        data.pop("live")
        for day in (day for person in data["people"] for day in person["days"]):
            if profile == "reference":  # it keeps no overrides: they are cut into the usual hours
                day["override"] = None
            # Written, 24 hours from seven are two pieces; and Welkin knows that cleo has no hours.
            assert [bool(day.pop("hours")), bool(day["shifts"])] in (
                [True, True],
                [False, False],
                [True, False],
            )
    assert found == meant


def test_the_wall_says_whose_weeks_these_are(clinic: Workspace) -> None:
    heading, *rest = live(clinic, "--weeks", "2").stdout.splitlines()
    assert heading == "gh/sb-demo as Welkin has it, week 50: Mon 7 – Sun 13 Dec 2026, times in"
    assert "ana   22-6     22-6   off*   off*    leave   leave   leave" in rest
    assert "* Closed wed-thu: ana" in rest
    assert [line.split() for line in rest if "Stand-up" in line] == 2 * [
        ["mon-fri", "08:00-08:15", "Stand-up", "·", "ben,", "ana"]
    ]


def test_shifts_that_meet_stay_on_their_dates(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(
        "shifts: {E: 06:00-14:00, N: 22:00-06:00, A: 07:00-07:00, W: 00:00-24:00}\n"
        "users: {ana: {email: a@example.org}, ben: {email: b@example.org}, cleo: {email: c@example.org}}\n"
        "workHours:\n"
        "  ana: [{from: 2026-12-01, days: . A A . N E .}]\n"
        "  ben: [{from: 2026-12-01, days: N . W W . . .}, {override: Busy, on: 2026-12-10, hours: A}]\n"
        "  cleo: [{from: 2026-12-01, days: {mon: A}}, {override: Soon, on: 2026-12-08, hours: 5:00-7:00}]\n"
    )
    workspace.apply()
    for shown in (live(workspace).stdout, declared(workspace).stdout):
        ana, ben = (line.split() for line in shown.splitlines() if line.startswith(("ana", "ben")))
        assert ana == ["ana", "–", "A", "A", "–", "N", "E", "–"]
        assert ben == ["ben", "N", "–", "W", "A*", "–", "–", "–"]


def test_a_night_that_runs_into_the_next_shift_leaves_it_as_it_is(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(
        "users: {ana: {email: a@example.org}}\nworkHours:\n"
        "  ana: [{from: 2026-12-01, to: 2026-12-08, days: {tue: 22:00-06:00}},\n"
        "        {from: 2026-12-09, days: {wed: 05:00-13:00}}]\n"
    )
    workspace.apply()
    for shown in (live(workspace).stdout, declared(workspace).stdout):
        assert "ana  off    22-6   5-13   off " in shown


def test_what_somebody_did_in_welkin_shows(clinic: Workspace, service: Service) -> None:
    body = {
        "psmId": service.id_of("cleo"), "startDateTime": "2026-12-01T00:00:00.000Z",
        "endDateTime": "2026-12-31T23:59:59.999Z",
        "daysInfo": [{"day": 3, "startTime": "08:00:00", "endTime": "12:00:00"}],
    }  # fmt: skip
    service.send("POST", "/gh/sb-demo/calendar/work-hours", body)
    clinic.now = "2026-12-09T17:00:00Z"
    text = clinic.run("calendar", "--live", "--day").stdout
    assert "On now, 09:00\n  cleo  until 12:00\n" in text


def test_texts_of_others_are_not_told(clinic: Workspace, service: Service) -> None:
    guest = {"participantId": service.patient("P-1"), "participantRole": "patient"}
    begin, end = "2026-12-09T17:00:00.000Z", "2026-12-09T17:30:00.000Z"
    service.event("ben", begin, end, eventTitle="Visit of Ada Invented", participants=[guest])
    service.event("ben", "2026-12-10T17:00:00.000Z", "2026-12-10T17:30:00.000Z", eventTitle="Stand-up")
    for view in ((), ("--day",), ("--user", "ben"), ("--format", "json")):
        done = live(clinic, *view)
        assert not [word for word in ("Ada", "Visit", "P-1", guest["participantId"]) if word in str(done)]
    assert "  wed 09:00-09:30" in live(clinic).stdout
    titles = [entry["title"] for entry in events(live(clinic, "--format", "json").data, "ben", "2026-12-09")]
    assert titles == ["Stand-up", None]


def events(data: Any, name: str, day: str) -> list[Any]:
    (person,) = [person for person in data["people"] if person["user"] == name]
    (found,) = [each["events"] for each in person["days"] if each["date"] == day]
    return list(found)


def test_who_is_not_in_welkin_is_named(clinic: Workspace) -> None:
    clinic.write(STAFF.replace("users:\n", "users:\n  dov: {email: d@example.org}\n"))
    done = live(clinic)
    assert "Welkin has no dov, or tells no id: not shown\n" in done.stderr
    assert "dov" not in done.stdout
    asked = clinic.run("calendar", "--live", "--user", "dov")
    assert (asked.code, asked.stdout) == (1, "")


def test_it_only_reads_and_only_what_it_shows(clinic: Workspace, service: Service) -> None:
    service.forget()
    live(clinic)
    calls = service.calls()
    assert not [call for call in calls if call.is_write]
    assert len(calls) <= 6, "token, users, hours (twice in an unknown dialect), events"


def test_the_embedded_welkin_has_one_too(workspace: Workspace) -> None:
    workspace.write(STAFF)
    workspace.run("apply", "--auto-approve", "--simulator")
    done = workspace.run("calendar", *WEEK, "--live", "--simulator")
    assert "ana   22-6" in done.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--simulator",), "nothing is asked of a service without --live: add it"),
        (("--live", "--format", "ics"), "leave out --live"),
    ],
)
def test_what_goes_ill_together_is_said(workspace: Workspace, args: tuple[str, ...], message: str) -> None:
    workspace.write(STAFF)
    done = workspace.run("calendar", *args)
    assert (done.code, done.stdout) == (1, "")
    assert message in done.stderr
