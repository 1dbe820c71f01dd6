"""Hours in the words of the wall: names of shifts and rows, as the service then holds them."""

from __future__ import annotations

import random
from datetime import date

import pytest

from tests.conftest import Simulate, Workspace
from tests.support import rota
from tests.support.service import Service

SHIFTS = {
    "E": "06:30-14:30",
    "L": "14:00-22:00",
    "N": "22:00-06:30",
    "A": "07:00-07:00",
    "D": "08:00-12:00, 13:00-17:00",
}
# What a name has on its own date, and on the next, by the clock.
BY_CLOCK = {
    "E": ("06:30-14:30", ""),
    "L": ("14:00-22:00", ""),
    "N": ("22:00-24:00", "00:00-06:30"),
    "A": ("07:00-24:00", "00:00-07:00"),
    "D": ("08:00-12:00, 13:00-17:00", ""),
    "18:00-20:00": ("18:00-20:00", ""),
    ".": ("", ""),
    "-": ("", ""),
    "off": ("", ""),
}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# A night of 24 hours ends after an early shift begins.
CLASHES = {("A", "E")}


def head(people: int) -> str:
    shifts = ", ".join(f"{name}: [{hours}]" for name, hours in SHIFTS.items())
    users = "".join(f"  p{number}: {{email: p{number}@example.org}}\n" for number in range(people))
    return f"hoursAhead: 8 weeks\nshifts: {{{shifts}}}\nusers:\n{users}workHours:\n"


def a_week(chosen: random.Random) -> list[str]:
    while True:
        words = [chosen.choice(list(BY_CLOCK)) for _ in DAYS]
        if not CLASHES & set(zip(words, [*words[1:], words[0]], strict=True)):
            return words


def written(words: list[str], chosen: random.Random) -> str:
    """A row, or a mapping that says the same."""
    if chosen.random() < 0.6:
        return f"'{' '.join(words)}'"
    named = (("off" if word in ".-" else word) for word in words)
    return f"{{{', '.join(f'{day}: {word}' for day, word in zip(DAYS, named, strict=True))}}}"


def minutes(words: list[str], day: date, first: date) -> set[int]:
    before = rota.said(BY_CLOCK[words[(day.weekday() - 1) % 7]][1]) if day > first else set()
    return before | rota.said(BY_CLOCK[words[day.weekday()]][0])


@pytest.mark.both
@pytest.mark.parametrize(("seed", "now"), [(1, "2026-10-20T12:00:00Z"), (2, "2027-03-09T12:00:00Z")])
def test_rows_and_names_are_worked_as_they_say(
    seed: int, now: str, profile: str, simulate_service: Simulate, workspace: Workspace
) -> None:
    chosen, first = random.Random(seed), date.fromisoformat(now[:10]) + 3 * rota.DAY
    weeks = {f"p{number}": a_week(chosen) for number in range(20)}
    people = "".join(
        f"  {name}: [{{from: {first}, days: {written(words, chosen)}}}]\n" for name, words in weeks.items()
    )
    service = simulate_service(profile=profile, now=now)
    workspace.now = now
    workspace.at(service).write(head(20) + people)
    workspace.apply()
    workspace.settled()
    for name, rows in service.hours(*weeks).items():
        for day in rota.days(first, first + 30 * rota.DAY):
            assert rota.on(rows, day) == minutes(weeks[name], day, first), (name, weeks[name], day)


def test_names_stand_in_templates_rotations_and_overrides(workspace: Workspace, service: Service) -> None:
    text = (
        "templates: {wards: {rotation: {starts: 2026-11-30, weeks: [E E E E . . ., {mon-wed: N}]}}}\n"
        + head(1)
        + "  p0: [{from: 2026-12-01, template: wards}, "
        + "{override: Fair, from: 2026-12-05, to: 2026-12-06, days: . . . . . A .}]\n"
    )
    workspace.at(service).write(text)
    workspace.apply()
    workspace.settled()
    (rows,) = service.hours("p0").values()
    early, nights = rota.said("06:30-14:30"), rota.said("00:00-06:30, 22:00-24:00")
    told = {
        "2026-12-03": early,
        "2026-12-05": rota.said("07:00-24:00"),
        "2026-12-06": rota.said("00:00-07:00"),
    }
    for day, worked in (told | {"2026-12-08": nights}).items():
        assert rota.on(rows, date.fromisoformat(day)) == worked


def test_a_shift_of_24_hours_is_shown_as_one_duty(workspace: Workspace, service: Service) -> None:
    workspace.write(head(1) + "  p0: [{from: 2026-12-01, days: A . . . . . .}]\n")
    shown = workspace.run("calendar", "--week", "2026-12-07", "--user", "p0").stdout
    told = workspace.at(service).run("plan").stdout
    assert "mon A" in told and "A 07:00 – next day 07:00" in told and "07:00 – tue 07:00" in shown


def test_naming_hours_changes_nothing(workspace: Workspace, service: Service) -> None:
    plain = "users: {p0: {email: p0@example.org}}\nworkHours: {p0: [{from: 2026-12-01, days: %s}]}\n"
    workspace.at(service).write(plain % "{mon-tue: 06:30-14:30, wed: 22:00-06:30}")
    workspace.apply()
    workspace.write("shifts: {E: 06:30-14:30, N: 22:00-06:30}\n" + plain % "E E N . . . .")
    workspace.settled()


def test_an_edited_shift_is_a_write_for_each_row_that_holds_it(
    workspace: Workspace, service: Service
) -> None:
    _, users = head(3).split("users:")
    text = "shifts: {E: 06:30-14:30, N: NIGHT}\nusers:" + users
    text += (
        "  p0: [{from: 2026-12-01, days: E E N . . . .}]\n  p1: [{from: 2026-12-01, days: E E E . . . .}]\n"
    )
    text += "  p2: [{from: 2026-12-01, days: {sat: N}}]\n"
    workspace.at(service).write(text.replace("NIGHT", "22:00-06:00"))
    workspace.apply()
    before = len(service.writes())
    workspace.write(text.replace("NIGHT", "21:30-06:30"))
    workspace.apply()
    assert len(service.writes()) - before == 2
    workspace.settled()
