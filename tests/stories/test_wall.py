"""`welkin-reconcile calendar` as it hangs on the wall of the demo clinic, and who is on now."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import Workspace
from tests.stories.test_wrapping import seen
from tests.support.cli import Result, environment, run
from tests.support.service import Service

EXAMPLES = Path(__file__).parents[2] / "examples"
NOW = "2026-12-22T22:30:00Z"  # Tuesday, 14:30 at the clinic
AWAY = """
leave: {rcole: [2026-12-21..2026-12-22]}
events:
  dentist: {title: Dentist, type: LEAVE, host: kadeyemi, starts: 2026-12-22T13:00, duration: 2h}
  social: {title: Winter social, host: pnair, starts: 2026-12-23, allDay: true}
"""

WALL = """\
gh/sb-demo, week 52: Mon 21 – Sun 27 Dec 2026, times in America/Los_Angeles

            Mon 21    Tue 22    Wed 23    Thu 24   Fri 25   Sat 26  Sun 27
                      today
dsantos     7-15:30   7-15:30   7-15:30   7-15:30  7-15:30  off     off
hlindqvist  9-15      9-15      9-15      off*     off*     off*    off*
jwhitfield  22-6      22-6      22-6      off      off      off     22-6
kadeyemi    off       13-17*    off       9-13     off      off     off
ltran       off       off       off       off      off      off     off
mreyes      9-18      9-18      9-18      off*     off*     off*    off*
pnair       7-11      7-11      7-11      off*     off*     off*    off*
            15-19     15-19     15-19
rcole       leave     leave     8-16:30   off*     off*     off*    off*
sbauer      8-12      8-12      8-12      off*     off*     off*    off*
tokafor     8:30-12   8:30-12   8:30-12   off*     off*     off*    off*
            13-17:30  13-17:30  13-17:30

* Winter closing thu-sun: hlindqvist, mreyes, pnair, rcole, sbauer, tokafor
* leave tue 13:00-15:00: kadeyemi

times in America/Denver: ltran

Meetings
  mon 05:30-06:00      Night handover · jwhitfield, dsantos
  mon-wed 09:00-09:15  Stand-up · dsantos, mreyes, rcole, sbauer, tokafor
  mon-tue 10:00-11:00  Video consultation hour · hlindqvist
  tue 12:15-13:00      Team week · mreyes, hlindqvist, kadeyemi, ltran, pnair,
                         sbauer, tokafor
  wed all day          Winter social · pnair
"""

NARROW = """\
gh/sb-demo, week 52: Mon 21 – Sun 27 Dec 2026, times in
    America/Los_Angeles

            Mon 21    Tue 22    Wed 23    Thu 24
                      today
dsantos     7-15:30   7-15:30   7-15:30   7-15:30
hlindqvist  9-15      9-15      9-15      off*
jwhitfield  22-6      22-6      22-6      off
kadeyemi    off       13-17*    off       9-13
ltran       off       off       off       off
mreyes      9-18      9-18      9-18      off*
pnair       7-11      7-11      7-11      off*
            15-19     15-19     15-19
rcole       leave     leave     8-16:30   off*
sbauer      8-12      8-12      8-12      off*
tokafor     8:30-12   8:30-12   8:30-12   off*
            13-17:30  13-17:30  13-17:30

            Fri 25   Sat 26  Sun 27
dsantos     7-15:30  off     off
hlindqvist  off*     off*    off*
jwhitfield  off      off     22-6
kadeyemi    off      off     off
ltran       off      off     off
mreyes      off*     off*    off*
pnair       off*     off*    off*
rcole       off*     off*    off*
sbauer      off*     off*    off*
tokafor     off*     off*    off*

* Winter closing thu-sun: hlindqvist, mreyes, pnair, rcole,
    sbauer, tokafor
* leave tue 13:00-15:00: kadeyemi

times in America/Denver: ltran

Meetings
  mon 05:30-06:00      Night handover · jwhitfield, dsantos
  mon-wed 09:00-09:15  Stand-up · dsantos, mreyes, rcole,
                         sbauer, tokafor
  mon-tue 10:00-11:00  Video consultation hour · hlindqvist
  tue 12:15-13:00      Team week · mreyes, hlindqvist,
                         kadeyemi, ltran, pnair, sbauer,
                         tokafor
  wed all day          Winter social · pnair
"""

TODAY = """\
gh/sb-demo, Tue 22 Dec 2026, times in America/Los_Angeles

On now, 14:30
  dsantos     until 15:30
  hlindqvist  until 15:00
  mreyes      until 18:00
  tokafor     until 17:30

Tue 22 Dec
  dsantos     07:00-15:30
  hlindqvist  09:00-15:00
  jwhitfield  22:00-06:00
  kadeyemi    13:00-17:00 (leave 13:00-15:00)
  mreyes      09:00-18:00
  pnair       07:00-11:00, 15:00-19:00
  sbauer      08:00-12:00
  tokafor     08:30-12:00, 13:00-17:30

leave: rcole
off: ltran

Meetings
  09:00-09:15  Stand-up · dsantos, mreyes, rcole, sbauer, tokafor
  10:00-11:00  Video consultation hour · hlindqvist
  12:15-13:00  Team week · mreyes, hlindqvist, kadeyemi, ltran, pnair, sbauer,
                 tokafor
"""

PERSON = """\
gh/sb-demo, week 52: Mon 21 – Sun 27 Dec 2026, times in America/Los_Angeles

kadeyemi
  Mon 21 Dec  off
  Tue today   13:00-17:00 (leave 13:00-15:00)
                12:15-13:00  Team week · mreyes, hlindqvist, kadeyemi, ltran,
                    pnair, sbauer, tokafor
  Wed 23 Dec  off
  Thu 24 Dec  09:00-13:00
  Fri 25 Dec  off
  Sat 26 Dec  off
  Sun 27 Dec  off

mreyes
  Mon 21 Dec  09:00-18:00
                09:00-09:15  Stand-up · dsantos, mreyes, rcole, sbauer, tokafor
  Tue today   09:00-18:00
                09:00-09:15  Stand-up · dsantos, mreyes, rcole, sbauer, tokafor
                12:15-13:00  Team week · mreyes, hlindqvist, kadeyemi, ltran,
                    pnair, sbauer, tokafor
  Wed 23 Dec  09:00-18:00
                09:00-09:15  Stand-up · dsantos, mreyes, rcole, sbauer, tokafor
  Thu 24 Dec  off (Winter closing)
  Fri 25 Dec  off (Winter closing)
  Sat 26 Dec  off (Winter closing)
  Sun 27 Dec  off (Winter closing)
"""


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns(".welkin-reconcile")
    folder = Path(shutil.copytree(EXAMPLES, tmp_path / "clinic", ignore=ignored))
    (folder / "staff" / "leave.yaml").write_text(AWAY)
    return folder


def calendar(folder: Path, *args: str, now: str = NOW, columns: str = "") -> str:
    env = environment(**({"COLUMNS": columns} if columns else {}))
    done = run("calendar", "env/sb-demo.yaml", *args, "--now", now, cwd=folder, env=env)
    assert done.code == 0, done
    return done.stdout


@pytest.mark.parametrize(
    ("args", "columns", "shown"),
    [
        ((), "", WALL),
        ((), "80", WALL),
        ((), "60", NARROW),
        (("--day",), "", TODAY),
        (("--week", "2026-12-22", "--day"), "", TODAY),
        (("--user", "kadeyemi", "--user", "mreyes"), "", PERSON),
    ],
)
def test_the_demo_clinic(clinic: Path, args: tuple[str, ...], columns: str, shown: str) -> None:
    assert calendar(clinic, *args, columns=columns) == shown


@pytest.mark.parametrize("columns", [44, 60, 80])
@pytest.mark.parametrize("args", ["", "--day", "--user kadeyemi", "--weeks 3"])
def test_a_terminal_gets_lines_of_its_own_width(clinic: Path, columns: int, args: str) -> None:
    words = ("calendar", "env/sb-demo.yaml", *args.split(), "--now", NOW)
    lines = seen(*words, cwd=clinic, columns=columns).splitlines()
    assert max(map(len, lines)) <= columns
    assert "\n".join([*lines, ""]) == calendar(clinic, *args.split(), columns=str(columns))


def test_several_weeks_are_grids_below_each_other(clinic: Path) -> None:
    text = calendar(clinic, "--week", "2026-12-16", "--weeks", "2")
    first, second = text.split("\n\ngh/sb-demo, week 52")
    assert first == calendar(clinic, "--week", "2026-12-16").rstrip("\n")
    assert f"gh/sb-demo, week 52{second}" == WALL
    far = calendar(clinic, "--weeks", "53", "--format", "json")
    assert '"date": "2027-12-26"' in far and '"date": "2027-12-27"' not in far


@pytest.mark.parametrize(
    ("now", "on"),
    [
        ("2026-12-22T13:59:59Z", ["jwhitfield  until 06:00, since Mon 22:00"]),
        ("2026-12-22T14:00:00Z", ["nobody"]),
        ("2026-12-22T15:00:00Z", ["dsantos  until 15:30", "pnair    until 11:00"]),
        ("2026-12-25T20:00:00Z", ["dsantos  until 15:30"]),
        ("2027-01-04T17:00:00Z", ["dsantos", "hlindqvist", "ltran (America/Denver)  until 16:00", "mreyes"]),
    ],
)
def test_who_is_on_now(clinic: Path, now: str, on: list[str]) -> None:
    listed = calendar(clinic, "--day", now=now).split("\n\n")[1].splitlines()[1:]
    found = [line for line in listed if any(line.strip().startswith(person) for person in on)]
    assert len(found) == len(on), listed
    assert len(listed) == len(on) or len(on) == 4


def test_a_day_that_is_not_today_says_nothing_of_now(clinic: Path) -> None:
    assert "On now" not in calendar(clinic, "--week", "2026-12-23", "--day")


def hours(workspace: Workspace, week: str, more: str = "", *args: str) -> Result:
    workspace.write(
        "users: {ana: {email: a@example.org}, ben: {email: b@example.org}}\n"
        f"workHours: {{ana: [{{from: 2026-12-01, days: {week}}}]}}\n{more}"
    )
    return workspace.run("calendar", "--week", "2026-12-07", *args)


@pytest.mark.parametrize(
    ("week", "cells"),
    [
        ("{mon: 22:00-06:00}", "22-6   off"),
        ("{mon: 07:00-24:00, tue: 00:00-07:00}", "7-tue 7  off"),
        ("{mon: 00:00-24:00}", "0-24   off"),
        ("{mon: 07:15-12:00}", "7:15-12  off"),
    ],
)
def test_hours_are_short_and_a_night_stands_on_the_day_it_begins(
    workspace: Workspace, week: str, cells: str
) -> None:
    assert f"\nana  {cells}" in hours(workspace, week).stdout


def test_whose_hours_nobody_declares_has_an_empty_line(workspace: Workspace) -> None:
    assert "\nben\n" in hours(workspace, "{mon: 22:00-06:00}").stdout


def test_leave_takes_what_it_covers_and_no_more(workspace: Workspace) -> None:
    """A night that goes on after the last day of leave is worked from midnight on."""
    leave = "leave: {ana: [2026-12-07..2026-12-08], ben: [2026-12-09]}\n"
    text = hours(workspace, "{mon: 09:00-17:00, tue: 22:00-06:00}", leave).stdout
    assert "\nana  leave  22-6*  off" in text
    assert "\nben                leave\n" in text
    assert "\n* leave tue Mon 7 Dec 00:00 – Wed 9 Dec 00:00: ana\n" in text
    for now, on in (("2026-12-09T07:59:00Z", "nobody"), ("2026-12-09T08:00:00Z", "ana  until 06:00, since")):
        workspace.now = now
        assert on in workspace.run("calendar", "--day").stdout


def test_over_a_clock_change_a_shift_ends_by_the_clock(workspace: Workspace) -> None:
    """2027-03-14: 02:00 becomes 03:00 in Los Angeles."""
    hours(workspace, "{sat: 22:00-06:00}")
    for now, on in (("2027-03-14T12:59:00Z", True), ("2027-03-14T13:00:00Z", False)):
        workspace.now = now
        assert ("ana  until 06:00, since Sat 22:00" in workspace.run("calendar", "--day").stdout) == on


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--day", "--weeks", "2"), "--day is one day: leave out --weeks"),
        (("--weeks", "0"), "'--weeks': 0 is not in the range"),
        (("--week", "monday"), "`monday` is not a date"),
    ],
)
def test_what_cannot_be_shown_is_one_clear_error(clinic: Path, args: tuple[str, ...], message: str) -> None:
    done = run("calendar", "env/sb-demo.yaml", *args, cwd=clinic)
    assert (done.code, done.stdout) == (1, "")
    assert message in done.stderr


SHIFTS = """
shifts: {E: 06:30-14:30, N: 21:30-06:30, D: [08:00-12:00, 13:00-17:00], A: 07:00-07:00}
users:
  ana: {email: ana@example.org}
  ben: {email: ben@example.org}
rotations: {nights: {starts: 2027-01-04, weeks: [N N N . . . ., off]}}
workHours:
  ana: [{from: 2027-01-04, rotation: nights}, {override: Exam, from: 2027-01-05, to: 2027-01-05, days: off}]
  ben: [{from: 2027-01-04, days: {mon: D, tue-wed: E, thu: A, fri: [D, 18:00-20:00], sat: 09:00-11:00}}]
leave: {ben: [2027-01-06]}
"""


def test_hours_go_by_the_names_that_the_manifests_give_them(workspace: Workspace) -> None:
    workspace.write(SHIFTS)
    grid = workspace.run("calendar", "--week", "2027-01-04").stdout
    assert grid.splitlines()[2:9] == [
        "     Mon 4  Tue 5  Wed 6  Thu 7  Fri 8  Sat 9  Sun 10",
        "ana  N      –*     N      –      –      –      –",
        "ben  D      E      leave  A      D      9-11   –",
        "                                 18-20",
        "",
        "E 6:30-14:30 · N 21:30-6:30 · D 8-12, 13-17 · A 7-next day 7",
        "",
    ]
    days = workspace.run("calendar", "--week", "2027-01-04", "--user", "ben").stdout
    assert "  Mon 4 Jan   D 08:00-12:00, 13:00-17:00\n" in days
    assert "  Fri 8 Jan   D 08:00-12:00, 13:00-17:00, 18:00-20:00\n" in days
    page = workspace.run("calendar", "--week", "2027-01-04", "--format", "html").stdout
    assert '<p class="same">N</p>' in page and "E 6:30-14:30 · N 21:30-6:30" in page


def test_what_is_live_goes_by_the_same_names(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(SHIFTS)
    workspace.apply()
    args = ("calendar", "--week", "2027-01-04", "--live")
    there = [line for line in workspace.run(*args).stdout.splitlines() if line.startswith(("ana", "ben"))]
    assert there == [
        "ana  N      –*     N      –      –      –      –",
        "ben  D      E      leave  A      D      9-11   –",
    ]
