"""Rotations by name, shared with offsets, against an independent reading of what the service then holds."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import NamedTuple

import pytest

from tests.conftest import Simulate, Workspace
from tests.kinds.work_hours.test_words import BY_CLOCK, CLASHES, head
from tests.support import rota
from tests.support.service import Service

ZONES = ("America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe")


class Turning(NamedTuple):
    """A rotation as it is drawn: a word a date from its first date on, for ever both ways."""

    words: list[str]
    first: date
    weekly: bool
    starts: date

    def written(self) -> str:
        if not self.weekly:
            return f"{{starts: {self.starts}, cycle: '{' '.join(self.words)}'}}"
        weeks = [self.words[place : place + 7] for place in range(0, len(self.words), 7)]
        return f"{{starts: {self.starts}, weeks: [{', '.join(repr(' '.join(week)) for week in weeks)}]}}"

    def on(self, day: date, offset: int) -> str:
        return self.words[((day - self.first).days - offset) % len(self.words)]


def drawn(chosen: random.Random, near: date) -> Turning:
    weekly = chosen.random() < 0.5
    length = 7 * chosen.randrange(1, 5) if weekly else chosen.randrange(2, 24)
    while True:
        words = [chosen.choice(list(BY_CLOCK)) for _ in range(length)]
        for place, word in enumerate(words):
            if (words[place - 1], word) in CLASHES:
                words[place] = "."
        if not CLASHES & set(zip(words, [*words[1:], words[0]], strict=True)):
            break
    starts = near + timedelta(days=chosen.randrange(-90, 90))
    first = starts - timedelta(days=starts.weekday()) if weekly else starts
    return Turning(words, first, weekly, starts)


@pytest.mark.both
@pytest.mark.parametrize(("seed", "now"), [(1, "2026-10-20T12:00:00Z"), (2, "2027-03-09T12:00:00Z")])
def test_each_date_has_the_word_of_its_turn(
    seed: int, now: str, profile: str, simulate_service: Simulate, workspace: Workspace
) -> None:
    chosen, today = random.Random(seed), date.fromisoformat(now[:10])
    turning = [drawn(chosen, today) for _ in range(6)]
    people = {}
    for number in range(18):
        start = today + timedelta(days=chosen.randrange(1, 20))
        end = start + timedelta(days=chosen.randrange(0, 30)) if chosen.random() < 0.4 else None
        offset = chosen.randrange(0, 4) * (7 if turning[number % 6].weekly else 1)
        people[f"p{number}"] = (number % 6, start, end, offset)
    rotations = "".join(f"  r{number}: {each.written()}\n" for number, each in enumerate(turning))
    hours = head(18).replace(".org}", ".org, timezone: ZONE}")
    for zone in ZONES * 6:
        hours = hours.replace("ZONE", zone, 1)
    for name, (which, start, end, offset) in people.items():
        unit = f"{offset // 7} weeks" if turning[which].weekly else f"{offset} days"
        more = (f", to: {end}" if end else "") + (f", offset: {unit}" if offset else "")
        hours += f"  {name}: [{{from: {start}{more}, rotation: r{which}}}]\n"
    service = simulate_service(profile=profile, now=now)
    workspace.now = now
    workspace.at(service).write(f"rotations:\n{rotations}{hours}")
    workspace.apply()
    workspace.settled()

    def shift(name: str, day: date) -> str:
        which, start, end, offset = people[name]
        return turning[which].on(day, offset) if start <= day <= (end or day) else "."

    for name, rows in service.hours(*people).items():
        for day in rota.days(today + rota.DAY, today + 50 * rota.DAY):
            morning = rota.said(BY_CLOCK[shift(name, day - rota.DAY)][1])
            assert rota.on(rows, day) == morning | rota.said(BY_CLOCK[shift(name, day)][0]), (name, day)


ROTA = """
shifts: {E: 06:30-14:30, N: 21:30-06:30}
rotations: {nights: {starts: 2026-12-09, weeks: [N N N . . . ., off]}}
users: {ana: {email: ana@example.org}, ben: {email: ben@example.org}, cy: {email: cy@example.org}}
workHours:
  ana: [{from: 2026-12-07, rotation: nights}]
  ben: [{from: 2026-12-07, rotation: nights, offset: 1 week}]
  cy: [{from: 2026-12-07, rotation: nights}]
"""


def test_a_plan_shows_a_shared_rotation_once(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(ROTA)
    text = workspace.run("plan").stdout
    (block,) = (line for line in text.splitlines() if "rotation/nights" in line)
    assert "3 people, 13.5 h a week on average, from Mon 7 Dec" in block and block.endswith("env.yaml:8")
    assert text.count("N N N – – – – / off, the first from Mon 7 Dec") == 1
    assert "ana, ben 1 week later, cy" in text


def test_a_plan_shows_the_turns_of_a_rotation_and_a_cycle_in_one_block_each(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write("""
shifts: {E: 06:30-14:30, N: 21:30-06:30}
rotations:
  wards: {starts: 2026-11-30, weeks: [N N N . . . ., E E E E . . ., off]}
  twoTwo: {starts: 2026-12-01, cycle: E E N N . . . .}
users: {ana: {email: ana@example.org}, ben: {email: ben@example.org}, cy: {email: cy@example.org},
        di: {email: di@example.org}}
workHours:
  ana: [{from: 2026-12-01, rotation: wards}]
  ben: [{from: 2026-12-01, rotation: wards, offset: 1 week}]
  cy: [{from: 2026-12-01, rotation: twoTwo}]
  di: [{from: 2026-12-01, rotation: twoTwo, offset: 2 days}]
""")
    text = workspace.run("plan").stdout
    blocks = text[text.index("  + rotation/twoTwo") :].split("\n\n")[0]
    assert [" ".join(line.split()) for line in blocks.splitlines()] == [
        "+ rotation/twoTwo 2 people, 29.8 h a week on average, from Tue 1 Dec env.yaml:10",
        "cycle E E N N – – – –, the first on Tue 1 Dec",
        "people cy, di 2 days later",
        "+ rotation/wards 2 people, 19.7 h a week on average, from Tue 1 Dec env.yaml:9",
        "weeks N N N – – – – / E E E E – – – / off, the first from Mon 30 Nov",
        "people ana, ben 1 week later",
    ]


def test_weeks_run_from_monday_and_an_offset_comes_later(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(ROTA)
    workspace.apply()
    workspace.settled()
    held = service.hours("ana", "ben")
    for week, worked in ((0, "ana"), (1, "ben"), (2, "ana")):
        tuesday = date(2026, 12, 8) + timedelta(weeks=week)
        for name, rows in held.items():
            assert bool(rota.on(rows, tuesday)) == (name == worked)


def test_the_calendar_shows_whole_nights_of_a_rotation(workspace: Workspace) -> None:
    workspace.write(ROTA)
    shown = workspace.run("calendar", "--week", "2026-12-07").stdout
    assert shown.split().count("N") == 6 + 1  # the legend
    assert "N 21:30-6:30" in shown


def test_naming_a_rotation_writes_nothing(workspace: Workspace, service: Service) -> None:
    inline = "users: {ana: {email: ana@example.org}}\nworkHours: {ana: [{from: 2026-12-07, rotation: %s}]}\n"
    weeks = "{starts: 2026-12-07, weeks: [{mon-wed: 21:30-06:30}, off]}"
    workspace.at(service).write(inline % weeks)
    workspace.apply()
    workspace.write(f"rotations: {{nights: {weeks}}}\n" + inline % "nights")
    workspace.settled()


def test_weeks_that_begin_otherwise_are_moved_to_their_monday(workspace: Workspace, service: Service) -> None:
    """As the schema has always said: `starts` is a date in the week that counts as the first."""
    inline = "users: {ana: {email: ana@example.org}}\nworkHours: {ana: [{from: 2026-12-07, rotation: %s}]}\n"
    workspace.at(service).write(inline % "{starts: 2026-12-10, weeks: [{mon-sun: 09:00-17:00}, off]}")
    workspace.apply()
    (rows,) = service.hours("ana").values()
    worked = [bool(rota.on(rows, date(2026, 12, 7) + timedelta(days=step))) for step in range(28)]
    assert worked == [True] * 7 + [False] * 7 + [True] * 7 + [False] * 7


WARD = """
hoursAhead: 26 weeks
shifts: {P: 09:00-17:00, L: 08:30-21:00, N: 20:30-09:00}
rotations:
  ward:
    starts: 2026-12-07
    weeks:
      - L L L L . . .
      - P P P P P . .
      - N N N N . . .
      - P P P P L L L
      - . . P P P . .
      - P P P . N N N
      - . . P P P . .
      - {mon-fri: P}
      - {mon-fri: P}
      - {mon-fri: P}
users:
  d1: {email: d1@example.org, timezone: Europe/London}
  d2: {email: d2@example.org, timezone: Europe/London}
workHours:
  d1: [{from: 2026-12-07, rotation: ward}]
  d2: [{from: 2026-12-07, rotation: ward, offset: 5 weeks}]
"""
WORKED = {
    "2026-12-21": "20:30-24:00",
    "2026-12-22": "00:00-09:00, 20:30-24:00",
    "2026-12-24": "00:00-09:00, 20:30-24:00",
    "2026-12-25": "00:00-09:00",
    "2027-01-11": "09:00-17:00",
    "2027-01-14": "",
    "2027-01-15": "20:30-24:00",
    "2027-01-17": "00:00-09:00, 20:30-24:00",
    "2027-01-18": "00:00-09:00",
}


@pytest.mark.both
def test_ten_weeks_of_a_ward_shared_by_two(service: Service, workspace: Workspace) -> None:
    workspace.at(service).write(WARD)
    workspace.apply()
    workspace.settled()
    held = service.hours("d1", "d2")
    for day, worked in WORKED.items():
        later = date.fromisoformat(day) + timedelta(weeks=5)
        assert rota.on(held["d1"], date.fromisoformat(day)) == rota.said(worked)
        assert rota.on(held["d2"], later) == rota.said(worked)
    # Before `starts`, five weeks later, the rotation goes back: the sixth week comes first.
    assert rota.on(held["d2"], date(2026, 12, 11)) == rota.said("20:30-24:00")
    assert rota.on(held["d2"], date(2026, 12, 14)) == rota.said("00:00-09:00")


def test_rows_of_a_rotation_with_nights_of_sunday_stay_as_time_passes(
    workspace: Workspace, service: Service
) -> None:
    rotation = "rotation: {starts: 2026-11-02, weeks: [E E . . . . N, . . E E E . .]}"
    text = head(1) + f"  p0: [{{from: 2026-11-01, {rotation}}}]\n"
    workspace.at(service).write(text)
    workspace.apply()
    for day in range(25, 31):
        workspace.now = f"2026-11-{day}T12:00:00Z"
        changes = workspace.plan().data["changes"]
        keys = {change["key"][-10:] for change in changes if change["action"] != "noop"}
        assert keys <= {"2027-01-25", "2027-02-01"}, workspace.now  # what is written further
