"""Whole days, nights and long duties: what is written, and what a plan says of it."""

from __future__ import annotations

from datetime import date

import pytest

from tests.conftest import Workspace
from tests.kinds.conftest import Trial
from tests.support import rota
from tests.support.service import Service


def week(workspace: Workspace, day: str, *args: str) -> str:
    """The calendar's text; it knows no service."""
    url, workspace.url = workspace.url, ""
    done = workspace.run("calendar", "--week", day, *args)
    workspace.url = url
    assert done.code == 0, done
    return done.stdout


def worked(service: Service, name: str, *dates: str) -> list[set[int]]:
    (rows,) = service.hours(name).values()
    return [rota.on(rows, date.fromisoformat(day)) for day in dates]


def test_whole_days_next_to_each_other_are_planned_and_shown(trial: Trial, service: Service) -> None:
    workspace = trial("01")
    assert "mon-sun 00:00-24:00" in workspace.run("plan").stdout
    (change,) = [each for each in workspace.plan().plan if each["kind"] == "workHours"]
    assert set(change["after"]["days"].values()) == {"00:00-24:00"}
    workspace.apply()
    workspace.settled()
    days = [f"2026-12-{day:02}" for day in range(1, 15)]
    assert worked(service, "ana", *days) == [rota.said("00:00-24:00")] * 14


@pytest.mark.parametrize("days", ["mon-wed", "mon-fri", "sat-mon", "mon-tue", "sun-tue", "fri-sun"])
def test_no_whole_day_hides_in_another(days: str, workspace: Workspace, service: Service) -> None:
    head = "users: {ana: {email: ana@example.org}}\n"
    hours = f"{{{days}: 00:00-24:00}}"
    workspace.at(service).write(f"{head}workHours: {{ana: [{{from: 2026-12-01, days: {hours}}}]}}\n")
    assert f": {days} 00:00-24:00 " in workspace.run("plan").stdout


def test_a_plan_says_every_hour(trial: Trial) -> None:
    said = trial("02").run("plan").stdout
    assert ": mon 00:00-24:00; tue 00:00-08:00 " in said
    assert ": fri 22:00-24:00; sat 00:00-24:00 " in said
    assert ": mon 00:00-24:00; tue 00:00-07:00; sun 07:00-24:00 " in said


def test_a_night_goes_and_stays_with_the_date_on_which_it_begins(trial: Trial, service: Service) -> None:
    workspace = trial("07")
    text = week(workspace, "2026-12-21", "--user", "nina")
    assert "Wed 23 Dec  22:00-06:00\n" in text
    assert "Thu 24 Dec  off (" in text
    assert "Fri 25 Dec  off\n" in text
    workspace.apply()
    workspace.settled()
    assert worked(service, "nina", "2026-12-23", "2026-12-24", "2026-12-25", "2026-12-29") == [
        rota.said("00:00-06:00, 22:00-24:00"),
        rota.said("00:00-06:00"),
        set(),
        rota.said("00:00-06:00, 22:00-24:00"),
    ]


def test_twenty_four_hours_from_seven_are_two_pieces_and_shown_as_one(trial: Trial, service: Service) -> None:
    workspace = trial("16")
    refused = workspace.run("plan")
    assert refused.code == 1
    advice = "00:00-24:00 is the whole day; 24 hours from 07:00: mon: 07:00-24:00, tue: 00:00-07:00"
    assert refused.stderr.count(advice) == 2
    text = (workspace.folder / "env.yaml").read_text()
    anas = next(line for line in text.splitlines() if line.startswith("  ana: ["))
    workspace.write(text.replace(anas, ""), head="")
    assert ": mon 07:00 – tue 07:00 " in workspace.run("plan").stdout
    assert "Mon 21 Dec  07:00 – tue 07:00\n" in week(workspace, "2026-12-21", "--user", "ben")
    workspace.apply()
    workspace.settled()
    expected = [rota.said("07:00-24:00"), rota.said("00:00-07:00"), set()]
    assert worked(service, "ben", "2026-12-07", "2026-12-08", "2026-12-09") == expected


def test_each_piece_of_a_long_duty_goes_with_its_own_date(workspace: Workspace, service: Service) -> None:
    head = "users: {ben: {email: ben@example.org}}\nworkHours:\n  ben:\n"
    usual = "    - {from: 2026-12-01, days: {mon: 07:00-24:00, tue: 00:00-07:00}}\n"
    off = "    - {override: Off, from: 2026-12-07, to: 2026-12-07, days: off}\n"
    workspace.at(service).write(head + usual + off)
    assert "Tue 8 Dec   00:00-07:00" in week(workspace, "2026-12-07", "--user", "ben")
    workspace.apply()
    workspace.settled()
    assert worked(service, "ben", "2026-12-07", "2026-12-08") == [set(), rota.said("00:00-07:00")]


def test_a_ward_rota_has_its_nights_across_the_weeks(trial: Trial, service: Service) -> None:
    workspace = trial("rota-1")
    workspace.apply()
    workspace.settled()
    night = rota.said("00:00-09:00, 20:30-24:00")
    third = ["2026-12-21", "2026-12-22", "2026-12-23", "2026-12-24", "2026-12-25", "2026-12-26"]
    expected = [rota.said("20:30-24:00"), night, night, night, rota.said("00:00-09:00"), set()]
    assert worked(service, "d1", *third) == expected
    sixth = [f"2027-01-{day}" for day in range(11, 19)]
    plain = rota.said("09:00-17:00")
    begun, ended = rota.said("20:30-24:00"), rota.said("00:00-09:00")
    assert worked(service, "d1", *sixth) == [plain, plain, plain, set(), begun, night, night, ended]
    assert worked(service, "d2", "2026-12-14") == [rota.said("00:00-17:00")]
    text = week(workspace, "2026-12-21", "--user", "d1")
    assert [line[2:] for line in text.splitlines()[3:8]] == [
        "Mon 21 Dec  20:30-09:00",
        "Tue 22 Dec  20:30-09:00",
        "Wed 23 Dec  20:30-09:00",
        "Thu 24 Dec  20:30-09:00",
        "Fri 25 Dec  off",
    ]


def test_four_crews_leave_no_quarter_of_an_hour_without_or_with_two(trial: Trial, service: Service) -> None:
    workspace = trial("rota-2")
    workspace.apply()
    workspace.settled()
    crews = service.hours("crew-a", "crew-b", "crew-c", "crew-d")
    for day in rota.days(date(2026, 12, 8), date(2027, 5, 16)):
        worked = sorted(minute for rows in crews.values() for minute in rota.on(rows, day))
        assert worked == list(range(1440)), day
    first = [date(2026, 12, day) for day in range(7, 14)]
    assert [bool(rota.on(crews["crew-a"], day)) for day in first] == [
        True,
        True,
        False,
        False,
        True,
        True,
        True,
    ]
