"""What a plan says of changes beyond the ordinary ones: rotations, zones, renames, blocked and routine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import HEAD, Workspace
from tests.support.cli import run
from tests.support.service import Service, simulated

NOW = "2026-11-25T12:00:00Z"
PRUNE = HEAD.replace("America/Los_Angeles", "America/New_York") + "prune: true\n"
NAMES = ("ann", "bob", "cid", "dee")
USERS = "users:\n" + "".join(
    f"  {name}: {{email: {name}@example.org, firstName: A, lastName: {name}, timezone: America/New_York}}\n"
    for name in NAMES
)
USERS += "  eve: {email: eve@example.org, firstName: A, lastName: eve, timezone: Europe/Berlin}\n"
HOURS = """
templates:
  early: {days: {mon-fri: 06:00-14:00}}
  turn: {rotation: {starts: 2026-11-23, weeks: [{mon-fri: 07:00-15:00}, off, {mon-thu: 22:00-06:00}]}}
  turned: {rotation: {starts: 2026-11-30, weeks: [{mon-fri: 07:00-15:00}, off, {mon-thu: 22:00-06:00}]}}
workHours:
  ann: [{template: early, from: 2026-11-23}]
  bob: [{template: early, from: 2026-11-23}]
  eve: [{template: early, from: 2026-11-23}]
  cid: [{template: turn, from: 2026-11-23}]
  dee: [{template: turned, from: 2026-11-23}]
"""
EVENTS = """
calendars: {closures: [2026-12-31]}
leave: {bob: [2026-12-07..2026-12-08]}
events:
  board: {title: Board, type: APPOINTMENT, mode: VIDEO, host: cid, starts: 2026-12-02T11:00,
    duration: 1h, repeat: {every: week, on: wed}, participants: [{user: dee}]}
  daily: {title: Daily, type: APPOINTMENT, mode: VIDEO, host: ann, starts: 2026-12-01T09:00,
    duration: 30m, repeat: {every: week, on: [tue, thu]}, participants: [{user: bob}]}
"""
CLINIC = USERS + HOURS + EVENTS
ANN = "ann: [{template: early, from: 2026-11-23}"


@pytest.fixture(scope="module", params=["live", "reference"])
def clinic(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("telling")
    with simulated(folder, now=NOW, profile=request.param) as service:
        workspace = Workspace(folder).at(service)
        workspace.now = NOW
        workspace.write(CLINIC, head=PRUNE)
        workspace.apply()
        yield workspace


def told(clinic: Workspace, old: str, new: str) -> list[str]:
    """The paragraph, and the blocks without their places, after one edit of the clinic."""
    assert old in CLINIC
    clinic.write(CLINIC.replace(old, new), head=PRUNE)
    return _blocks(clinic.run("plan").stdout)


def _blocks(text: str) -> list[str]:
    paragraph, *rest = text.split("\n\n")[1:]
    blocks = [part for part in rest if part.startswith("  ")]
    return [
        paragraph,
        *(line.partition("   env.yaml")[0].strip() for part in blocks for line in part.split("\n")),
    ]


CHANGES = {
    "an hour less for a template, in two zones and over a leave": (
        "early: {days: {mon-fri: 06:00-14:00}}",
        "early: {days: {mon-fri: 06:00-13:00}}",
        [
            "3 people work differently.",
            "~ template/early  3 people, 40 h → 35 h a week from Wed 25 Nov",
            "mon-fri  06:00-14:00 → 06:00-13:00",
            "people   ann, bob, eve (Europe/Berlin)",
        ],
    ),
    "a day less": (
        "early: {days: {mon-fri: 06:00-14:00}}",
        "early: {days: {mon-thu: 06:00-14:00}}",
        [
            "3 people work differently.",
            "~ template/early  3 people, 40 h → 32 h a week from Fri 27 Nov",
            "fri     06:00-14:00 → off",
            "people  ann, bob, eve (Europe/Berlin)",
        ],
    ),
    "one week of a rotation in two phases": (
        "[{mon-fri: 07:00-15:00}, off,",
        "[{mon-fri: 07:00-14:00}, off,",
        [
            "2 people work differently.",
            "~ template/turn+turned  2 people, 24 h → 22.3 h a week on average, from Wed 25 Nov",
            "mon-fri, every 3 weeks  07:00-15:00 → 07:00-14:00",
            "people                  cid, dee",
        ],
    ),
    "days that are swapped, in the order of the week": (
        ANN,
        "ann: [{from: 2026-11-23, days: {tue-sat: 06:00-14:00}}",
        [
            "1 person works differently.",
            "~ workHours/ann  no change in hours, from Sat 28 Nov",
            "mon  06:00-14:00 → off",
            "sat  off → 06:00-14:00",
        ],
    ),
    "nights for a week, and back": (
        ANN,
        "ann: [{from: 2026-11-23, to: 2026-12-13, days: {mon-fri: 06:00-14:00}},"
        " {from: 2026-12-14, to: 2026-12-20, days: {sun-thu: 22:00-06:00}},"
        " {from: 2026-12-21, days: {mon-fri: 06:00-14:00}}",
        [
            "1 person works differently.",
            "~ workHours/ann  40 h → 34 h in the week of Mon 14 Dec, 40 h → 46 h in the week of Mon 21 Dec",
            "until 13 Dec             mon-fri 06:00-14:00",
            "Mon 14 Dec – Sun 20 Dec  sun-thu 22:00-06:00",
        ],
    ),
    "into a rotation that begins later": (
        ANN,
        "ann: [{template: turn, from: 2026-12-07}",
        [
            "1 person works differently.",
            "~ workHours/ann  40 h → 24 h a week on average, from Wed 25 Nov",
            "until now    mon-fri 06:00-14:00",
            "from 25 Nov  off",
            "from 7 Dec   rotation of 3 weeks: mon-thu 22:00-06:00 / mon-fri 07:00-15:00 / off",
        ],
    ),
    "two changes one after the other": (
        ANN,
        "ann: [{from: 2026-11-23, to: 2027-01-31, days: {mon-fri: 06:00-13:00}},"
        " {from: 2027-02-01, days: {mon-thu: 06:00-12:00}}",
        [
            "1 person works differently.",
            "~ workHours/ann  40 h → 35 h a week from Wed 25 Nov, then 40 h → 24 h from Mon 1 Feb 2027",
            "until now        mon-fri 06:00-14:00",
            "from 25 Nov      mon-fri 06:00-13:00",
            "from 1 Feb 2027  mon-thu 06:00-12:00",
        ],
    ),
    "another zone moves the hours": (
        "lastName: dee, timezone: America/New_York",
        "lastName: dee, timezone: America/Chicago",
        [
            "1 person works differently, details of 1 person change.",
            "~ user/dee",
            "timezone  America/New_York → America/Chicago",
        ],
    ),
    "leave, and what was there": (
        "bob: [2026-12-07..2026-12-08]",
        "bob: [2026-12-07..2026-12-09], ann: [2026-12-12..2026-12-13]",
        [
            "1 person works differently (by leave), leave of 1 person changes.",
            "+ event/leave-ann  on leave Sat 12 Dec – Sun 13 Dec",
            "~ event/leave-bob  on leave Mon 7 Dec – Tue 8 Dec → Mon 7 Dec – Wed 9 Dec",
        ],
    ),
    "dates that go, each for its reason": (
        "repeat: {every: week, on: [tue, thu]}",
        "repeat: {every: week, on: [tue, thu], until: 2027-01-12}, except: [2026-12-24],"
        " holidays: [closures]",
        [
            "1 meeting loses 4 dates.",
            "- event/daily  “Daily”, 4 of 15 occurrences",
            "gone  Thu 24 Dec (except), Thu 31 Dec (closures), Thu 14 Jan 2027 (until), "
            "Tue 19 Jan 2027 (until)",
        ],
    ),
    "a series that changes in several ways": (
        "duration: 30m, repeat: {every: week, on: [tue, thu]}",
        "duration: 45m, repeat: {every: week, on: [tue, thu]},"
        " change: {2026-12-08: {title: Daily and more}, 2026-12-10: cancelled, 2026-12-15: {starts: 10:00}}",
        [
            "1 meeting moves, 1 meeting loses 1 date.",
            "~ event/daily  15 occurrences, Tue 1 Dec – Tue 19 Jan 2027",
            "when       all but Tue 15 Dec: tue, thu 09:00-09:30 → 09:00-09:45",
            "when       Tue 15 Dec 09:00-09:30 → 10:00-10:45",
            "cancelled  Thu 10 Dec",
            "title      Tue 8 Dec: Daily → Daily and more",
        ],
    ),
    "another name and title at the same time looks like a rename": (
        "  daily: {title: Daily",
        "  huddle: {title: Huddle",
        [
            "1 meeting is new, 1 meeting ends.",
            "- event/daily   “Daily”, 15 occurrences",
            "gone  Tue 1 Dec, Thu 3 Dec, Tue 8 Dec, Thu 10 Dec, Tue 15 Dec, Thu 17 Dec, Tue 22 Dec, "
            "Thu 24 Dec, Tue 29 Dec, Thu 31 Dec and 5 more (no longer declared)",
            "+ event/huddle  “Huddle”, every Tue and Thu 09:00–09:30, 15 occurrences, "
            "Tue 1 Dec – Tue 19 Jan 2027",
            "with       ann, bob · VIDEO",
            "the same?  to keep its events and answers, write renamed: {event/daily: event/huddle}",
        ],
    ),
    "another name by itself is one": (
        "  daily: {",
        "  huddle: {",
        [
            "1 meeting changes.",
            "~ event/huddle  renamed from daily, 15 occurrences, Tue 1 Dec – Tue 19 Jan 2027",
        ],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_change(clinic: Workspace, name: str) -> None:
    old, new, lines = CHANGES[name]
    assert told(clinic, old, new) == lines


def test_what_a_rename_hint_says_makes_it_one(clinic: Workspace) -> None:
    renamed = CLINIC.replace("  daily: {title: Daily", "  huddle: {title: Huddle")
    clinic.write(renamed + "renamed: {event/daily: event/huddle}\n", head=PRUNE)
    assert _blocks(clinic.run("plan").stdout) == [
        "1 meeting changes.",
        "~ event/huddle  renamed from daily, 15 occurrences, Tue 1 Dec – Tue 19 Jan 2027",
        "title  Daily → Huddle",
    ]


def test_what_is_blocked_hides_nothing_of_the_rest(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(CLINIC, head=PRUNE)
    workspace.apply()
    board = [event for event in service.events() if event["eventTitle"] == "Board"]
    service.join(board[1], service.patient("P-1"), "patient")
    workspace.write(CLINIC.replace("starts: 2026-12-02T11:00", "starts: 2026-12-02T12:00"), head=PRUNE)
    assert _blocks(workspace.run("plan").stdout) == [
        "1 meeting moves.",
        "! event/board  7 occurrences, Wed 2 Dec – Wed 13 Jan 2027",
        "when     wed 11:00-12:00 → 12:00-13:00",
        "blocked  Wed 9 Dec: a patient attends: move or cancel the appointment in Welkin first",
    ]


def test_what_the_moving_horizon_brings_is_a_sentence_in_every_format(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.now = NOW
    with simulated(tmp_path, now=NOW) as service:
        workspace.at(service).write(CLINIC, head=PRUNE)
        workspace.apply()
        workspace.now = "2026-12-16T12:00:00Z"
        service.at(workspace.now)
        text = workspace.run("plan", "--out", str(tmp_path / "saved.json")).stdout
        sentence = next(line for line in text.splitlines() if line.startswith("As the horizon"))
        assert "rotations" in sentence and "of 2 series. Series are written until Wed 10 Feb 2027" in sentence
        assert text.split("\n\n")[1] == sentence
        assert sentence in workspace.run("plan", "--format", "markdown").stdout
        page = workspace.run("plan", "--format", "html").stdout
        assert sentence in page and "workHours/cid" not in page
        assert all(change["rolling"] for change in workspace.plan().plan)
        shown = run("show", "saved.json", cwd=tmp_path).stdout
        assert shown.split("\n\n")[1] == sentence
        workspace.apply("--only-new")
        workspace.settled()


COURSE = "{override: Course, from: 2026-12-14, to: 2026-12-18, days: {mon-fri: 08:00-12:00}}"
NIGHT = "{override: Swap, from: 2026-12-11, to: 2026-12-11, days: {fri: 21:00-07:00}}"
SPECIAL = USERS + (
    "workHours:\n"
    f"  ann: [{{from: 2026-11-23, days: {{mon-fri: 08:00-16:00}}}}, {COURSE}]\n"
    f"  bob: [{{from: 2026-11-23, days: {{sun-thu: 22:00-06:00}}}}, {NIGHT}]\n"
)
OVERRIDES = {
    "hours": (
        "08:00-12:00",
        "08:00-13:00",
        [
            "~ workHours/ann  20 h → 25 h in the week of Mon 14 Dec",
            "override (Course)  Mon 14 Dec – Fri 18 Dec 08:00-12:00 → 08:00-13:00",
        ],
        [
            "~ workHours/ann  20 h → 25 h in the week of Mon 14 Dec",
            "Mon 14 Dec – Fri 18 Dec  08:00-12:00 → 08:00-13:00",
        ],
    ),
    "dates": (
        "from: 2026-12-14, to: 2026-12-18, days: {mon-fri",
        "from: 2026-12-15, to: 2026-12-18, days: {tue-fri",
        [
            "~ workHours/ann  20 h → 24 h in the week of Mon 14 Dec",
            "override (Course)  Mon 14 Dec – Fri 18 Dec → Tue 15 Dec – Fri 18 Dec 08:00-12:00",
        ],
        [
            "~ workHours/ann  20 h → 24 h in the week of Mon 14 Dec",
            "Mon 14 Dec  08:00-12:00 → 08:00-16:00",
        ],
    ),
    "gone": (
        ", " + COURSE,
        "",
        [
            "- workHours/ann  20 h → 40 h in the week of Mon 14 Dec",
            "override (Course)  no more: Mon 14 Dec – Fri 18 Dec 08:00-12:00",
        ],
        [
            "~ workHours/ann  20 h → 40 h in the week of Mon 14 Dec",
            "Mon 14 Dec – Fri 18 Dec  08:00-12:00 → 08:00-16:00",
        ],
    ),
    "a night": (
        "fri: 21:00-07:00",
        "fri: 22:00-07:00",
        [
            "~ workHours/bob  50 h → 49 h in the week of Mon 7 Dec",
            "override (Swap)  Fri 11 Dec 21:00-07:00 → 22:00-07:00",
        ],
        [
            "~ workHours/bob  50 h → 49 h in the week of Mon 7 Dec",
            "Fri 11 Dec  21:00-07:00 → 22:00-07:00",
        ],
    ),
}


@pytest.mark.both
def test_overrides_are_told_before_and_after(tmp_path: Path, profile: str) -> None:
    """In the reference profile they are cut into usual hours, and told by their dates."""
    workspace = Workspace(tmp_path)
    workspace.now = NOW
    with simulated(tmp_path, now=NOW, profile=profile) as service:
        workspace.at(service).write(SPECIAL, head=PRUNE)
        workspace.run("apply", "--auto-approve")
        workspace.run("apply", "--auto-approve")  # by now it knows what the service keeps
        workspace.settled()
        for old, new, live, reference in OVERRIDES.values():
            workspace.write(SPECIAL.replace(old, new), head=PRUNE)
            text = workspace.run("plan").stdout
            expected = live if profile == "live" else reference
            assert _blocks(text) == ["1 person works differently.", *expected], text


def test_what_changes_only_later_is_looked_at_for_26_weeks(workspace: Workspace, service: Service) -> None:
    workspace.now = NOW
    workspace.at(service).write(CLINIC, head=PRUNE)
    workspace.apply()
    later = (
        "ann: [{from: 2026-11-23, to: 2027-08-31, days: {mon-fri: 06:00-14:00}},"
        " {from: 2027-09-01, days: {mon-thu: 06:00-14:00}}"
    )
    workspace.write(CLINIC.replace(ANN, later), head=PRUNE)
    text = workspace.run("plan").stdout
    assert "looked until 2027-05-26" in text
    assert _blocks(text) == [
        "1 person works differently.",
        "~ workHours/ann  from Wed 1 Sep 2027",
        "fri  06:00-14:00 → off",
    ]


def test_hours_that_are_blocked_promise_nothing(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(SPECIAL, head=PRUNE)
    workspace.now = NOW
    workspace.apply()
    service.set_state("ann", "INACTIVE")
    workspace.write(SPECIAL.replace("mon-fri: 08:00-16:00", "mon-fri: 08:00-15:00"), head=PRUNE)
    paragraph, *block = _blocks(workspace.run("plan").stdout)
    assert paragraph.startswith("  ! workHours/ann  from Wed 25 Nov   env.yaml")
    assert block == []
