"""The house is closed: no shift begins for those whom it is for, and the night before is worked on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Workspace
from tests.support import rota
from tests.support.service import Service

PEOPLE = ("ann", "bob", "cat")
USERS = "".join(f"  {name}: {{email: {name}@example.org}}\n" for name in PEOPLE)
HEAD = "shifts: {E: 06:00-14:00, N: 22:00-06:00}\nlimits: {updatePercent: 100}\nprune: true\nusers:\n" + USERS
HOURS = """workHours:
  ann: [{from: 2026-12-01, days: {mon-fri: 08:00-16:00}}]
  bob: [{from: 2026-12-01, days: N N N N N N N}]
  cat: []
"""
EARLY, NIGHT, LATE = "08:00-16:00", "00:00-06:00, 22:00-24:00", "22:00-24:00"


def settled(workspace: Workspace, service: Service, *texts: str) -> None:
    """Apply one after the other: a service without overrides has to show first that it takes hours."""
    for text in texts:
        workspace.at(service).write(HEAD + text)
        workspace.apply()
    workspace.settled()


def works(service: Service, name: str, first: str, *expected: str) -> None:
    (rows,) = service.hours(name).values()
    begin = rota.date.fromisoformat(first)
    found = [rota.on(rows, begin + rota.DAY * step) for step in range(len(expected))]
    assert found == [rota.said(text) for text in expected]


def overrides(service: Service, name: str) -> list[tuple[str, str, str]]:
    rows: list[dict[str, Any]] = service.hours(name)[name]
    special = [row for row in rows if row.get("ruleType") == "OVERRIDE"]
    found = [(row["name"], row["startDateTime"][:10], row["endDateTime"][:10]) for row in special]
    return sorted(found, key=lambda row: row[1])


@pytest.mark.both
def test_no_shift_begins_and_the_night_before_stays(
    profile: str, service: Service, workspace: Workspace
) -> None:
    closed = "closures: [{on: 2026-12-24..2026-12-27, name: Winter closing}]\n"
    settled(workspace, service, HOURS, HOURS + closed)
    works(service, "ann", "2026-12-23", EARLY, "", "", "", "", EARLY)
    works(service, "bob", "2026-12-23", NIGHT, "00:00-06:00", "", "", "", LATE, NIGHT)
    if profile == "live":
        assert overrides(service, "ann") == [("Winter closing", "2026-12-24", "2026-12-25")]
        assert overrides(service, "bob") == [("Winter closing", "2026-12-24", "2026-12-28")]
        assert not service.hours("cat")


def test_for_some_and_except_others(workspace: Workspace, service: Service) -> None:
    teams = "teams: {wards: [bob, {user: ann, from: 2026-12-25}]}\n"
    closed = "closures: [{from: 2026-12-24, to: 2026-12-25, except: [{team: wards}]}]\n"
    settled(workspace, service, teams + HOURS + closed)
    works(service, "ann", "2026-12-23", EARLY, "", EARLY)
    works(service, "bob", "2026-12-24", NIGHT, NIGHT)
    settled(workspace, service, teams + HOURS + closed.replace("except", "for"))
    works(service, "ann", "2026-12-23", EARLY, EARLY, "")
    works(service, "bob", "2026-12-24", "00:00-06:00", "", LATE)


def test_a_closure_of_one_stretch_is_a_write_for_each_person(workspace: Workspace, service: Service) -> None:
    settled(workspace, service, HOURS)
    workspace.write(HEAD + HOURS + "closures: [{on: 2026-12-24..2026-12-29}]\n")
    assert " 2 writes" in workspace.apply().stdout
    assert [name for name, *_ in overrides(service, "ann")] == ["Closed"]


def test_public_holidays_have_their_names_and_go_as_far_as_rotations(
    workspace: Workspace, service: Service
) -> None:
    text = (
        "hoursAhead: 8 weeks\nclosures: [{holidays: [US-CO, own]}]\ncalendars: {own: {2026-12-31: Party}}\n"
    )
    settled(workspace, service, HOURS + text)
    assert overrides(service, "ann") == [
        ("Christmas Day", "2026-12-25", "2026-12-25"),
        ("Party", "2026-12-31", "2026-12-31"),
        ("New Year's Day", "2027-01-01", "2027-01-01"),
        ("Martin Luther King Jr. Day", "2027-01-18", "2027-01-18"),
    ]
    assert overrides(service, "bob")[-1] == ("Martin Luther King Jr. Day", "2027-01-18", "2027-01-19")


def test_of_two_closures_that_meet_the_first_gives_the_name(workspace: Workspace, service: Service) -> None:
    closed = "closures: [{on: 2026-12-25, name: B}, {on: 2026-12-24..2026-12-28, name: A}]\n"
    settled(workspace, service, HOURS + closed)
    assert overrides(service, "ann") == [
        ("A", "2026-12-24", "2026-12-24"),
        ("B", "2026-12-25", "2026-12-25"),
        ("A", "2026-12-28", "2026-12-28"),
    ]
    works(service, "ann", "2026-12-23", EARLY, "", "", "", "", "", EARLY)


def test_an_override_beats_a_closure_and_overrides_alone_are_not_closed(
    workspace: Workspace, service: Service
) -> None:
    hours = HOURS.replace("cat: []", "cat: [{override: Fair, on: 2026-12-25, hours: 10:00-12:00}]")
    duty = "{override: Duty, on: 2026-12-25, hours: [10:00-12:00, 22:00-06:00]}]"
    text = hours.replace("days: N N N N N N N}]", "days: N N N N N N N}, " + duty)
    settled(workspace, service, text + "closures: [{on: 2026-12-25..2026-12-26}]\n")
    works(service, "cat", "2026-12-24", "", "10:00-12:00", "")
    works(service, "bob", "2026-12-24", NIGHT, "00:00-06:00, 10:00-12:00, 22:00-24:00", "00:00-06:00", LATE)
    assert overrides(service, "bob") == [
        ("Duty", "2026-12-25", "2026-12-25"),
        ("Closed", "2026-12-26", "2026-12-27"),
    ]


def test_a_closure_is_written_only_where_the_hours_are_that_it_takes_away(
    workspace: Workspace, service: Service
) -> None:
    rotation = "{from: 2026-12-01, rotation: {starts: 2026-11-30, weeks: [E E E E E . ., N N N N . . .]}}"
    text = "hoursAhead: 8 weeks\n" + HOURS.replace("[]", f"[{rotation}]")
    settled(workspace, service, text + "closures: [{on: [2026-12-24, 2027-06-01]}]\n")
    assert [first for _, first, _ in overrides(service, "cat")] == ["2026-12-24"]
    assert [first for _, first, _ in overrides(service, "ann")] == ["2026-12-24", "2027-06-01"]


def test_a_closure_that_goes_gives_the_hours_back(workspace: Workspace, service: Service) -> None:
    settled(workspace, service, HOURS + "closures: [{on: 2026-12-25}]\n", HOURS)
    works(service, "bob", "2026-12-24", NIGHT, NIGHT, NIGHT)


PROBLEMS = [
    ("{name: X}", "1:1: one of `on`, `from`, `holidays` is missing"),
    ("{on: 2026-12-25, holidays: US}", "`on`, `holidays` exclude each other"),
    ("{from: 2026-12-25}", "`to` is missing: `from` needs it"),
    ("{from: 2026-12-25, to: 2026-12-24}", "`to` (2026-12-24) is before `from` (2026-12-25)"),
    ("{holidays: XX}", "`XX` is neither a region with known holidays nor one of `calendars:`"),
    ("{holidays: []}", "an empty list"),
    ("{on: 24.12.}", "`24.12.` is not a date or range: write 2027-07-05"),
    ("{on: 2026-12-25, for: [{team: ward}]}", "no team is called `ward`"),
    ("{on: 2026-12-25, for: []}", "an empty list"),
    ("{on: 2026-12-25, name: ''}", "an empty text"),
    (f"{{on: 2026-12-25, name: {'x' * 201}}}", "longer than 200 characters"),
    ("{on: 2026-12-25, room: 1}", "unknown key `room`"),
    ("{on: 2026-12-25, for: [dan]}", "no manifest declares the user `dan`"),
]


@pytest.mark.parametrize(("item", "message"), PROBLEMS)
def test_what_a_closure_must_not_say(item: str, message: str, workspace: Workspace) -> None:
    workspace.write(HEAD + HOURS + f"closures: [{item}]\n")
    assert message.removeprefix("1:1: ") in workspace.run("validate").stderr
