"""`ensure: departed`: after the last day hours and leave end, the successor hosts, and then the user goes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Workspace
from tests.support.cli import run
from tests.support.service import Service

pytestmark = pytest.mark.both

JSON = dict[str, Any]
NOW, LAST, AFTER = "2026-11-24T12:00:00Z", "2026-12-10", "2026-12-11T20:00:00Z"
JOHN = "  johndoe: {email: johndoe@example.org, timezone: America/Los_Angeles}\n"
LEAVES = f"  johndoe: {{ensure: departed, lastDay: {LAST}, successor: janedoe}}\n"
ALONE = f"  johndoe: {{ensure: departed, lastDay: {LAST}}}\n"
OTHERS = """  janedoe: {email: janedoe@example.org, timezone: Europe/Berlin}
  annroe: {email: annroe@example.org, timezone: America/New_York}
"""
HOURS = """workHours:
  johndoe:
    - {from: 2026-11-30, days: {mon-fri: 09:00-17:00}}
  janedoe:
    - {from: 2026-11-30, days: {mon-fri: 09:00-17:00}}
"""
LEAVE = "leave: {johndoe: [2026-12-09..2026-12-11, 2027-01-04..2027-01-08]}\n"
EVENTS = """events:
  standup:
    title: Stand-up
    host: johndoe
    starts: 2026-12-01T09:00
    duration: 30m
    repeat: {every: week, on: [tue, thu], count: 8}
    participants: [{user: annroe}]
  huddle:
    title: Huddle
    host: johndoe
    starts: 2026-12-07T23:30
    duration: 1h
    repeat: {every: day, count: 6}
  board:
    title: Board
    host: annroe
    starts: 2026-12-02T09:00
    duration: 1h
    repeat: {every: week, on: wed, count: 3}
    participants: [{user: johndoe}, {user: janedoe}]
"""
PEOPLE = ("johndoe", "janedoe", "annroe")
ALLOWED = ("--allow", "deletes=9", "--allow", "deletePercent=100", "--allow", "updatePercent=100")


@pytest.fixture
def clinic(workspace: Workspace, service: Service) -> Workspace:
    """Everybody is there, with hours, leave and meetings."""
    workspace.at(service).write("users:\n" + JOHN + OTHERS + HOURS + LEAVE + EVENTS)
    workspace.apply()
    return workspace


def ended(service: Service, id: str) -> JSON:
    return next(event for event in service.events() if event["id"] == id)


def by_mark(service: Service) -> dict[str, JSON]:
    """Events that stand, by what people call them."""
    return {_mark(event): event for event in service.events() if event["eventStatus"] != "CANCELLED"}


def _mark(event: JSON) -> str:
    text = event.get("externalId") or (event.get("additionalInfo") or {}).get("remarks") or event["id"]
    return str(text).strip("[]").removeprefix("staffing/")


def staff(service: Service, event: JSON) -> set[str]:
    names = {service.id_of(name): name for name in PEOPLE if service.find_user(name)}
    return {
        names.get(each["participantId"], "gone")
        for each in event["participants"]
        if each["participantRole"] == "psm"
    }


def hosted(service: Service, event: JSON) -> str:
    return next(name for name in PEOPLE if service.id_of(name) == event["hostId"])


def rows(service: Service, name: str = "johndoe") -> list[tuple[str, str | None]]:
    """The dates of somebody's rows that have hours."""
    found = service.hours(name).get(name, [])
    return sorted(
        (row["startDateTime"][:10], row["endDateTime"] and row["endDateTime"][:10])
        for row in found
        if any(day["startTime"] for day in row["daysInfo"])
    )


def goes(clinic: Workspace, text: str = "", code: int = 0) -> None:
    clinic.write(text or "users:\n" + LEAVES + OTHERS + HOURS + LEAVE + EVENTS)
    clinic.apply(*ALLOWED, code=code)


def later(clinic: Workspace, service: Service, now: str = AFTER) -> None:
    clinic.now = now
    service.at(now)


def test_the_successor_hosts_what_comes_after_the_last_day_and_nothing_else_changes(
    clinic: Workspace, service: Service
) -> None:
    before = by_mark(service)
    answered = before["standup@2026-12-15"]
    service.answer(answered, "annroe", "ACCEPTED")
    kept = next(
        e
        for e in ended(service, answered["id"])["participants"]
        if e["participantId"] == service.id_of("annroe")
    )
    service.forget()
    goes(clinic)
    after = by_mark(service)
    handed = {"standup@2026-12-15", "standup@2026-12-17", "standup@2026-12-22", "standup@2026-12-24",
              "huddle@2026-12-11", "huddle@2026-12-12"}  # fmt: skip
    assert before.keys() - after.keys() == {"leave-johndoe@2027-01-04"}
    for mark, event in after.items():
        was = before[mark]
        assert event["id"] == was["id"]
        if mark in handed:
            assert hosted(service, event) == "janedoe"
            assert staff(service, event) == staff(service, was) - {"johndoe"} | {"janedoe"}
            assert event["startDateTime"] == was["startDateTime"]
            assert event["endDateTime"] == was["endDateTime"]
        elif mark == "board@2026-12-16":
            assert staff(service, event) == {"annroe", "janedoe"}
            assert event["hostId"] == was["hostId"]
        elif mark == "leave-johndoe@2026-12-09":
            assert event["endDateTime"] == "2026-12-11T07:59:59.999Z"
            assert event["startDateTime"] == was["startDateTime"]
        else:
            assert event == was, "up to and with the last day nothing changes"
    assert kept in after["standup@2026-12-15"]["participants"]
    assert rows(service) == [("2026-11-30", LAST)]
    written = [call.path.rpartition("/")[2] for call in service.writes()]
    assert len(written) == len(set(written)) == len(handed) + 4, "one write an object"
    clinic.settled()


def test_without_a_successor_what_they_host_is_deleted(clinic: Workspace, service: Service) -> None:
    before = by_mark(service)
    goes(clinic, "users:\n" + ALONE + OTHERS + HOURS + LEAVE + EVENTS)
    after = by_mark(service)
    gone = before.keys() - after.keys()
    assert gone == {"standup@2026-12-15", "standup@2026-12-17", "standup@2026-12-22", "standup@2026-12-24",
                    "huddle@2026-12-11", "huddle@2026-12-12", "leave-johndoe@2027-01-04"}  # fmt: skip
    assert all(
        event == before[mark] for mark, event in after.items() if mark.startswith(("standup", "huddle"))
    )
    clinic.settled()


def test_the_user_goes_once_the_last_day_has_passed(clinic: Workspace, service: Service) -> None:
    user = service.find_user("johndoe")
    goes(clinic)
    assert service.find_user("johndoe") == user
    later(clinic, service, "2026-12-11T07:30:00Z")  # 23:30 of the last day
    clinic.settled()
    later(clinic, service, "2026-12-11T08:30:00Z")
    if service.profile == "reference":
        clinic.apply(*ALLOWED)
        assert service.find_user("johndoe") is None
    else:
        done = clinic.apply(*ALLOWED, code=3)
        assert "deactivate in Admin" in done.stdout
        assert service.find_user("johndoe") == user
        service.set_state("johndoe", "INACTIVE")
    clinic.settled()


def test_they_leave_by_their_own_clock_though_no_manifest_says_it(
    workspace: Workspace, service: Service
) -> None:
    """At 20:00 in Los Angeles, the environment's zone, it is the next day in Tokyo."""
    workspace.at(service).write(
        "users:\n  johndoe: {email: johndoe@example.org, timezone: Asia/Tokyo}\n"
        + OTHERS
        + "events:\n"
        + "  late: {title: Late, host: janedoe, starts: 2026-12-10T15:30, duration: 1h, participants: WITH}\n"
        + "  last: {title: Last, host: annroe, starts: 2026-12-10T11:30, duration: 1h, participants: WITH}\n"
    )
    text = (workspace.folder / "env.yaml").read_text().replace("WITH", "[{user: johndoe}]")
    workspace.write(text, head="")
    workspace.apply()
    before = by_mark(service)
    tokyo = "johndoe: {email: johndoe@example.org, timezone: Asia/Tokyo}"
    workspace.write(text.replace(tokyo, LEAVES.strip()), head="")
    workspace.apply(*ALLOWED)
    after = by_mark(service)
    assert staff(service, after["late@2026-12-10"]) == {"janedoe", "johndoe"}, "23:30 in Tokyo"
    assert after["late@2026-12-10"] == before["late@2026-12-10"]
    assert staff(service, after["last@2026-12-10"]) == {"annroe"}, "01:30 of the next day in Tokyo"
    workspace.settled()


NIGHTS = "workHours: {johndoe: [{from: 2027-03-01, days: {daily: 22:00-06:00}}]}\n".replace(
    "daily", "mon-sun"
)


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("now", ["2027-03-10T12:00:00Z", "2027-03-14T09:30:00Z"])
def test_the_night_that_begins_on_the_last_day_stays_whole(
    workspace: Workspace, service: Service, declared: bool, now: str
) -> None:
    """Planned ahead, or in the middle of that night, which is the one in which the clocks change."""
    service.at("2027-02-20T12:00:00Z")
    workspace.now = "2027-02-20T12:00:00Z"
    workspace.at(service).write("users:\n" + JOHN + OTHERS + NIGHTS)
    workspace.apply()
    later(workspace, service, now)
    user = "  johndoe: {ensure: departed, lastDay: 2027-03-13, successor: janedoe}\n"
    workspace.write("users:\n" + user + OTHERS + (NIGHTS if declared else ""))
    done = workspace.plan()
    week = next(
        w for p in done.data["impact"]["hours"]["people"] for w in p["weeks"] if w["monday"] == "2027-03-15"
    )
    assert (week["before"], week["after"]) == (56, 0)
    assert hours_on(done, "2027-03-08") == (55, 53), "but for the two hours before midnight on Sunday"
    # In the middle of it the last day has passed, yet nobody takes the user away on duty.
    workspace.apply(*ALLOWED)
    last, night = rows(service)[-2:]
    assert (last[1], night) == ("2027-03-13", ("2027-03-14", "2027-03-14"))
    workspace.settled()
    later(workspace, service, "2027-03-14T13:01:00Z")
    assert [change["action"] for change in workspace.plan().plan] == [
        "blocked" if service.profile == "live" else "delete"
    ]


def hours_on(done: Any, monday: str) -> tuple[float, float]:
    weeks = [w for p in done.data["impact"]["hours"]["people"] for w in p["weeks"] if w["monday"] == monday]
    return next(((w["before"], w["after"]) for w in weeks), (0, 0))


CARE = """  care:
    title: Care
    host: johndoe
    starts: 2026-12-14T11:00
    duration: 1h
    participants: [{patient: {id: PATIENT}}]
"""


def patient_of(service: Service) -> str:
    return str(
        service.send("POST", "/gh/sb-demo/patients", {"firstName": "Ada", "lastName": "Invented"}).json()[
            "id"
        ]
    )


def test_no_appointment_is_touched_and_all_are_listed_until_somebody_moves_them(
    clinic: Workspace, service: Service
) -> None:
    """Of ours and of others', hosted or attended, declared or not."""
    patient = [{"participantId": patient_of(service), "participantRole": "patient"}]
    care = CARE.replace("PATIENT", patient[0]["participantId"])
    clinic.write("users:\n" + JOHN + OTHERS + HOURS + LEAVE + EVENTS + care)
    clinic.apply()
    by_hand = [
        service.event(
            "johndoe", f"2026-12-{day}:00:00.000Z", f"2026-12-{day}:30:00.000Z", participants=patient
        )
        for day in ("10T22", "14T18", "16T18")
    ]
    for mark in ("standup@2026-12-15", "board@2026-12-16"):
        service.join(by_mark(service)[mark], patient[0]["participantId"], "patient")
    booked = {
        e["id"]: e
        for e in service.events()
        if any(p["participantRole"] == "patient" for p in e["participants"])
    }
    assert len(booked) == 6
    marked = by_mark(service)
    after = [by_hand[1], marked["care@2026-12-14"], marked["standup@2026-12-15"], by_hand[2]]
    ids = [each["id"] for each in sorted(after, key=lambda each: each["startDateTime"])]
    text = "users:\n" + LEAVES + OTHERS + HOURS + LEAVE + EVENTS + care
    clinic.write(text)
    impact = clinic.plan().data["impact"]
    departure = {"user": "johndoe", "lastDay": LAST, "successor": "janedoe", "availability": []}
    assert impact["departures"] == [{**departure, "appointments": ids}]
    assert {each["eventId"] for each in impact["stranded"] if each["reasons"] == ["departure"]} == set(ids)
    said = clinic.run("plan").stdout
    assert "4 patient appointments are left after that: move or cancel in Welkin" in said
    goes(clinic, text, code=3)
    assert {id: ended(service, id) for id in booked} == booked
    again = clinic.plan().data
    assert again["impact"]["departures"] == [{**departure, "appointments": ids}]
    assert {each["action"] for each in again["changes"]} == {"blocked"}
    later(clinic, service)
    (user,) = [each for each in clinic.plan().plan if each["kind"] == "user"]
    assert (user["action"], "appointments are left (4 with patients)" in user["reason"]) == ("blocked", True)
    clinic.apply(*ALLOWED, code=3)
    assert {id: ended(service, id) for id in booked} == booked
    for id in ids:
        ann = {"participantId": service.id_of("annroe"), "participantRole": "psm"}
        service.change_event(ended(service, id), hostId=ann["participantId"], participants=[ann, *patient])
    assert clinic.plan().data["impact"]["departures"] == [{**departure, "appointments": []}]


def test_nobody_is_stranded_while_the_plan_changes_nothing_of_theirs(
    clinic: Workspace, service: Service
) -> None:
    patient = [{"participantId": patient_of(service), "participantRole": "patient"}]
    goes(clinic)
    kept = service.event(
        "johndoe", "2026-12-14T18:00:00.000Z", "2026-12-14T18:30:00.000Z", participants=patient
    )
    impact = clinic.plan().data["impact"]
    assert (impact["stranded"], impact["departures"][0]["appointments"]) == ([], [kept["id"]])
    later(clinic, service)
    impact = clinic.plan().data["impact"]  # which tries to delete the user
    assert [(each["eventId"], each["reasons"]) for each in impact["stranded"]] == [
        (kept["id"], ["departure"])
    ]


@pytest.mark.parametrize("prune", [False, True])
def test_hours_and_series_that_nobody_declares_end_as_well(
    workspace: Workspace, service: Service, prune: bool
) -> None:
    override = "    - {override: Late, from: 2026-12-09, to: 2026-12-15, days: {mon-fri: 12:00-20:00}}\n"
    hours = HOURS.replace("  janedoe:", override + "  janedoe:")
    if service.profile == "reference":
        hours = HOURS  # which keeps no overrides
    workspace.at(service).write("users:\n" + JOHN + OTHERS + hours + LEAVE + EVENTS)
    workspace.apply()
    before = by_mark(service)
    workspace.write(
        f"prune: {str(prune).lower()}\nusers:\n"
        + LEAVES
        + OTHERS
        + HOURS.replace("  johndoe:\n    - {from: 2026-11-30, days: {mon-fri: 09:00-17:00}}\n", "")
    )
    workspace.apply(*ALLOWED)
    assert all(end <= LAST for _, end in rows(service) if end)
    assert rows(service)[0] == ("2026-11-30", LAST), "nobody asked to take away what is before"
    after = by_mark(service)
    if prune:
        assert not any(mark.startswith(("standup", "board")) for mark in after)
        return
    assert {
        hosted(service, e)
        for mark, e in after.items()
        if mark.startswith(("standup@2026-12-2", "huddle@2026-12-12"))
    } == {"janedoe"}
    assert all(
        after[f"standup@2026-12-{day}"] == before[f"standup@2026-12-{day}"]
        for day in ("01", "03", "08", "10")
    )
    assert after["leave-johndoe@2026-12-09"]["endDateTime"] == "2026-12-11T07:59:59.999Z"
    assert "leave-johndoe@2027-01-04" not in after
    assert staff(service, after["board@2026-12-16"]) == {"annroe", "janedoe"}
    workspace.settled()


def test_what_is_protected_stays_and_so_does_the_user(clinic: Workspace, service: Service) -> None:
    before = by_mark(service)
    clinic.write(
        "protect: [event/standup, workHours/johndoe]\nusers:\n" + ALONE + OTHERS + HOURS + LEAVE + EVENTS
    )
    clinic.apply(*ALLOWED)
    after = by_mark(service)
    assert all(after[mark] == event for mark, event in before.items() if mark.startswith("standup"))
    assert rows(service) == [("2026-11-30", "2076-11-30")] or rows(service)[0][1] > "2027"
    assert "huddle@2026-12-12" not in after
    clinic.settled()
    later(clinic, service)
    (user,) = clinic.plan().plan
    assert user["action"] == "blocked"
    if service.profile == "reference":
        assert "goes last, and workHours/johndoe@2026-11-30 stays: protected" in user["reason"]


def test_a_protected_series_is_handed_over(clinic: Workspace, service: Service) -> None:
    """It is neither deleted nor retired."""
    goes(clinic, "protect: [event/standup]\nusers:\n" + LEAVES + OTHERS + HOURS + LEAVE + EVENTS)
    assert hosted(service, by_mark(service)["standup@2026-12-15"]) == "janedoe"
    clinic.settled()


def test_a_successor_who_leaves_later_hands_on(clinic: Workspace, service: Service) -> None:
    jane = "  janedoe: {ensure: departed, lastDay: 2026-12-18, successor: annroe, timezone: Europe/Berlin}\n"
    goes(clinic, "users:\n" + LEAVES + jane + OTHERS.partition("\n")[2] + HOURS + LEAVE + EVENTS)
    found = by_mark(service)
    hosts = [hosted(service, found[f"standup@2026-12-{day}"]) for day in (10, 15, 17, 22, 24)]
    assert hosts == ["johndoe", "janedoe", "janedoe", "annroe", "annroe"]
    clinic.settled()


def test_a_saved_plan_of_it_is_carried_out_and_undone(clinic: Workspace, service: Service) -> None:
    before = {mark: (hosted(service, e), staff(service, e)) for mark, e in by_mark(service).items()}
    dates = rows(service)
    clinic.write("users:\n" + LEAVES + OTHERS + HOURS + LEAVE + EVENTS)
    assert clinic.run("plan", "--out", "plan.json").code == 0
    shown = run("show", "plan.json", cwd=clinic.folder).stdout
    assert "- user/johndoe         leaves, last day Thu 10 Dec, janedoe takes over   env.yaml:7" in shown
    done = clinic.run("apply", "plan.json", "--undo-file", "undo.json", *ALLOWED)
    assert done.code == 0, done
    assert {mark: hosted(service, e) for mark, e in by_mark(service).items()} != before
    undone = clinic.run("apply", "undo.json", "--allow", "updatePercent=100")
    assert undone.code == 0, undone
    assert rows(service) == dates
    assert {mark: (hosted(service, e), staff(service, e)) for mark, e in by_mark(service).items()} == before


def test_the_calendar_shows_them_until_then(workspace: Workspace) -> None:
    workspace.write("users:\n" + LEAVES + OTHERS + HOURS + EVENTS)

    def shown(monday: str, user: str) -> str:
        return workspace.run("calendar", "--week", monday, "--user", user).stdout

    last, next = shown("2026-12-07", "johndoe"), shown("2026-12-14", "johndoe")
    assert (last.count("Stand-up"), next.count("Stand-up")) == (2, 0)
    assert (last.count("09:00-17:00"), next.count("09:00-17:00")) == (4, 0)
    assert shown("2026-12-14", "janedoe").count("Stand-up") == 2
    ics = workspace.run("calendar", "--format", "ics", "--user", "johndoe").stdout
    assert "EXDATE" in ics


def test_an_inactive_one_is_as_wished(clinic: Workspace, service: Service) -> None:
    if service.profile == "reference":
        pytest.skip("the reference knows no states")
    service.set_state("johndoe", "INACTIVE")
    goes(clinic, "users:\n" + LEAVES + OTHERS + HOURS + LEAVE + EVENTS)
    later(clinic, service)
    clinic.settled()


@pytest.mark.parametrize(
    ("john", "said"),
    [
        ("{ensure: departed}", "env.yaml:7:3: `lastDay` is missing"),
        ("{ensure: departed, lastDay: soon}", "7:40: `soon` is not a date: write year-month-day"),
        ("{ensure: departed, lastDay: 2026-12-10, successor: johndoe}", "johndoe can't succeed themselves"),
        (
            "{ensure: departed, lastDay: 2026-12-10, successor: annroe}",
            "annroe has left by then: their last day is 2026-12-10",
        ),
        (
            "{ensure: departed, lastDay: 2026-12-11, successor: annroe}",
            "annroe has left by then: their last day is 2026-12-10",
        ),
        ("{ensure: absent, lastDay: 2026-12-10}", "7:38: `lastDay` goes with `ensure: departed`"),
        ("{ensure: absent, successor: janedoe}", "`successor` goes with `ensure: departed`"),
        ("{lastDay: 2026-12-10}", "`ensure` is missing: `lastDay` needs it"),
        ("{successor: janedoe}", "`ensure` is missing: `successor` needs it"),
        (
            "{ensure: departed, lastDay: 2026-12-10, successor: jandoe}",
            "env.yaml:7:63: warning: no manifest declares the user `jandoe`: the tenant has to have it",
        ),
    ],
)
def test_what_is_refused_at_once(workspace: Workspace, john: str, said: str) -> None:
    ann = "  annroe: {email: ann@example.org, ensure: departed, lastDay: 2026-12-10}\n"
    workspace.write(f"users:\n  johndoe: {john}\n  janedoe: {{email: jane@example.org}}\n{ann}")
    done = workspace.run("validate")
    assert said in done.stdout + done.stderr, done
    assert done.code == (0 if "jandoe" in john else 1)


def test_a_successor_whom_nobody_has_is_an_error_of_the_plan(clinic: Workspace, service: Service) -> None:
    clinic.write("users:\n" + LEAVES.replace("janedoe", "newdoe") + OTHERS + EVENTS)
    done = clinic.run("plan")
    assert done.code == 1
    assert "env.yaml:7:63: no user `newdoe`: neither the manifests nor the tenant have one" in done.stderr
    service.user("newdoe")
    clinic.write("users:\n" + LEAVES.replace("janedoe", "newdoe") + OTHERS + HOURS + EVENTS)
    clinic.apply(*ALLOWED)
    assert by_mark(service)["standup@2026-12-15"]["hostId"] == service.id_of("newdoe")


def test_availability_that_lasts_beyond_is_listed_and_left(clinic: Workspace, service: Service) -> None:
    if service.profile == "reference":
        pytest.skip("the reference knows no availability")
    body = {
        "psmId": service.id_of("johndoe"),
        "startDateTime": "2026-12-01T00:00:00.000Z",
        "type": "AVAILABILITY",
        "daysInfo": [{"day": 1, "startTime": "09:00:00", "endTime": "12:00:00"}],
    }
    ends = "2027-06-30T23:59:59.999Z"
    service.send("POST", "/gh/sb-demo/calendar/work-hours", {**body, "endDateTime": ends})
    found = service.hours("johndoe")["johndoe"]
    (mine,) = [row for row in found if row["type"] == "AVAILABILITY"]
    clinic.write("users:\n" + LEAVES + OTHERS + HOURS + LEAVE + EVENTS)
    assert "1 row of availability lasts beyond it: end in Welkin" in clinic.run("plan").stdout
    clinic.apply(*ALLOWED)
    assert mine in service.hours("johndoe")["johndoe"]
    assert clinic.plan().data["impact"]["departures"][0]["availability"] == [mine["workHoursId"]]


@pytest.mark.parametrize("ensure", ["departed, lastDay: 2026-12-10", "absent"])
def test_our_own_user_and_the_root_user_never_leave(
    workspace: Workspace, service: Service, ensure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reconciler.client.users import Users

    service.user("TESTS")  # by the name of our client
    workspace.at(service).write(f"users:\n  TESTS: {{ensure: {ensure}}}\n")
    done = workspace.run("plan")
    word = ensure.partition(",")[0]
    assert (
        f"env.yaml:7:3: TESTS is the user of our own API client: `ensure: {word}` is refused" in done.stderr
    )
    assert workspace.run("apply", "--auto-approve", *ALLOWED).code == done.code == 1
    assert service.find_user("TESTS")
    if service.profile == "live":
        service.user("johndoe")
        found = Users.list
        monkeypatch.setattr(
            Users, "list", lambda self: [{**u, "_root_user": True} for u in found(self) or []]
        )
        workspace.write(f"users:\n  johndoe: {{ensure: {ensure}}}\n")
        done = workspace.run("plan")
        assert f"johndoe is the tenant's root user: `ensure: {word}` is refused" in done.stderr


@pytest.mark.parametrize(
    "admin", [{"applicationAccess": {"adminAccessEnabled": True}}, {"roles": [{"permissionName": "Admin"}]}]
)
def test_the_last_admin_stays(workspace: Workspace, service: Service, admin: JSON) -> None:
    if service.profile == "reference":
        pytest.skip("the reference shows no roles")
    for name in PEOPLE:
        service.user(name)
    for name in ("johndoe", "janedoe"):
        service.send("PATCH", f"/_simulator/users/gh/{name}", {"userState": "ACTIVE", **admin})
    gone = "{ensure: departed, lastDay: 2026-11-20}"
    workspace.at(service).write(f"users:\n  johndoe: {gone}\n")
    said = "johndoe is the last admin the service shows: make somebody else one in Admin first"
    assert said not in workspace.run("plan").stdout
    workspace.write(f"users:\n  johndoe: {gone}\n  janedoe: {gone}\n")
    assert said in workspace.run("plan").stdout
    service.set_state("janedoe", "INACTIVE")
    workspace.write(f"users:\n  johndoe: {gone}\n")
    assert said in workspace.run("plan").stdout


def test_the_night_of_an_override_on_the_last_day_stays_too(workspace: Workspace, service: Service) -> None:
    if service.profile == "reference":
        pytest.skip("the reference keeps no overrides")
    over = "    - {override: Nights, from: 2026-12-09, to: 2026-12-16, days: {mon-sun: 22:00-06:00}}\n"
    hours = HOURS.replace("  janedoe:", over + "  janedoe:")
    workspace.at(service).write("users:\n" + JOHN + OTHERS + hours)
    workspace.apply()
    workspace.write("users:\n" + LEAVES + OTHERS + hours)
    week = {
        w["monday"]: w["after"]
        for p in workspace.plan().data["impact"]["hours"]["people"]
        for w in p["weeks"]
    }
    assert (week["2026-12-07"], week["2026-12-14"]) == (2 * 8 + 2 * 8, 0), "two days, two nights"
    workspace.apply(*ALLOWED)
    workspace.settled()
    later(workspace, service, "2026-12-11T12:00:00Z")
    workspace.settled()
