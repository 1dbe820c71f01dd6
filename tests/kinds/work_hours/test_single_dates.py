"""Overrides of single dates, of ranges and of several: the same hours on each, or a week's."""

from __future__ import annotations

import pytest

from tests.conftest import Workspace
from tests.kinds.work_hours.test_overrides import FULL, NIGHTS, hours, overrides, settled, written
from tests.support.service import Service

DAYS = "{from: 2026-12-01, days: {mon-fri: 09:00-17:00}}"


def laid_over(workspace: Workspace, service: Service, usual: str, *items: str) -> None:
    """A service without overrides has to show first that it takes hours."""
    workspace.at(service).write(written(usual))
    workspace.apply()
    settled(workspace, service, "limits: {updatePercent: 100}\n" + written(usual, *items))


@pytest.mark.both
def test_hours_of_one_date(service: Service, workspace: Workspace) -> None:
    dentist = "{override: Dentist, on: 2026-12-10, hours: 12:00-16:00}"
    laid_over(workspace, service, DAYS, dentist)
    hours(service, "2026-12-09", "09:00-17:00", "12:00-16:00", "09:00-17:00", "")


@pytest.mark.both
def test_nights_on_dates_and_ranges(service: Service, workspace: Workspace) -> None:
    late = "{override: Fair, on: [2026-12-15, 2026-12-08..2026-12-09], hours: [10:00-12:00, 23:00-07:00]}"
    laid_over(workspace, service, NIGHTS, late)
    twice = "00:00-07:00, 10:00-12:00, 23:00-24:00"
    expected = (FULL, "00:00-06:00, 10:00-12:00, 23:00-24:00", twice, "00:00-07:00, 22:00-24:00")
    hours(service, "2026-12-07", "22:00-24:00", *expected[1:], "00:00-06:00")
    hours(service, "2026-12-14", "22:00-24:00", expected[1], "00:00-07:00, 22:00-24:00", FULL)


def test_dates_that_one_row_can_say_are_one(workspace: Workspace, service: Service) -> None:
    off = "{override: Course, on: [2026-12-08, 2026-12-15, 2026-12-22], hours: 08:00-12:00}"
    settled(workspace, service, written(DAYS, off))
    hours(service, "2026-12-15", "08:00-12:00", "09:00-17:00")
    assert overrides(service) == 1


def test_any_when_goes_with_any_hours(workspace: Workspace, service: Service) -> None:
    week = "{override: A, on: 2026-12-07..2026-12-20, days: {tue: 10:00-11:00}}"
    dates = "{override: B, from: 2026-12-28, to: 2026-12-29, hours: off}"
    settled(workspace, service, written(DAYS, week, dates))
    hours(service, "2026-12-07", "09:00-17:00", "10:00-11:00", "09:00-17:00")
    hours(service, "2026-12-28", "", "", "09:00-17:00")


def test_a_name_of_a_shift_stands_for_the_hours_of_a_date(workspace: Workspace, service: Service) -> None:
    party = "{override: Party, on: 2026-12-12, hours: A}"
    settled(workspace, service, "shifts: {A: 07:00-07:00}\n" + written(DAYS, party))
    hours(service, "2026-12-11", "09:00-17:00", "07:00-24:00", "00:00-07:00", "09:00-17:00")


def test_the_plan_names_the_dates_and_the_line_of_an_override(workspace: Workspace, service: Service) -> None:
    off = "{override: Course, on: [2026-12-08, 2026-12-15], hours: 08:00-12:00}"
    workspace.at(service).write(written(DAYS, off))
    changes = {change["key"]: change for change in workspace.plan().data["changes"]}
    override = changes["workHours/nina/override@2026-12-08"]
    assert (override["source"]["line"], override["rule"]) == (10, "Tue 8 Dec, Tue 15 Dec 08:00-12:00")
    assert override["rule"] in workspace.run("plan").stdout


PROBLEMS = [
    (
        "{override: X, on: 2026-12-10, days: {mon: 12:00-16:00}}",
        "2026-12-10 is a Thursday, the hours name only mon: write `thu: …`, `hours: 12:00-16:00`, or other",
    ),
    (
        "{override: X, on: [2026-12-10, 2026-12-12..2026-12-13], days: {mon: 12:00-16:00, tue: off}}",
        "2026-12-10 is a Thursday, 2026-12-12 to 2026-12-13 are Saturday to Sunday, the hours name only mon, "
        "tue: write `thu: …`, `hours: …`, or other dates",
    ),
    ("{from: 2027-01-01, hours: 9:00-17:00}", "usual hours: write `days: {mon-fri: 9:00-17:00}`"),
    ("{override: X, on: 2026-12-10, days: 12:00-16:00}", "of an override, `hours: 12:00-16:00`"),
    ("{override: X, on: 2026-12-10, days: [12:00-16:00]}", "on each date of an override are its `hours`"),
    ("{override: X, on: 2026-12-10, from: 2026-12-10, to: 2026-12-10, hours: off}", "`on`, `from` exclude"),
    ("{override: X, hours: off}", "one of `on`, `from` is missing"),
    ("{override: X, from: 2026-12-10, hours: off}", "`to` is missing: `from` needs it"),
    ("{on: 2026-12-10, hours: off}", "`override` is missing: `on` needs it"),
    ("{override: X, on: [2026-12-10, 2026-12-10], hours: off}", "`2026-12-10` stands here twice"),
    ("{override: X, on: [], hours: off}", "an empty list"),
    ("{override: X, on: [2026-13-10], hours: off}", "`2026-13-10` is no day of the calendar"),
    ("{override: X, on: 2026-12-10, hours: 9-17}", "`9-17` is not a range of hours: write 09:00-17:00"),
    (
        "{override: X, on: 2026-12-10..2026-12-11, hours: [06:00-08:00, 22:00-07:00]}",
        "22:00-07:00 runs into 06:00-08:00 of the next date",
    ),
    ("{override: X, from: 2026-12-10, to: 2026-12-09, hours: off}", "`to` (2026-12-09) is before `from`"),
]


@pytest.mark.parametrize(("item", "message"), PROBLEMS)
def test_what_an_override_must_not_say(item: str, message: str, workspace: Workspace) -> None:
    workspace.write(written(DAYS, item))
    done = workspace.run("validate")
    assert done.code == 1
    assert message in done.stderr + done.stdout
    assert len(done.stderr.splitlines()) == 1, done


def test_two_overrides_that_begin_on_one_date_are_an_error(workspace: Workspace) -> None:
    one = "{override: A, on: [2026-12-08, 2026-12-15], hours: off}"
    workspace.write(written(DAYS, one, "{override: B, on: 2026-12-15, hours: 08:00-12:00}"))
    assert "a second override that begins on 2026-12-15: merge the two" in workspace.run("validate").stderr


def test_of_two_overrides_of_a_date_the_stretch_that_begins_later_holds(
    workspace: Workspace, service: Service
) -> None:
    one, other = ("{override: A, on: 2026-12-07..2026-12-11, hours: off}", "{override: B, on: %s, hours: %s}")
    text = written(DAYS, other % ("2026-12-09", "08:00-12:00"), one)
    workspace.write(text)
    said = "two overrides speak of 2026-12-09: `A` from 2026-12-07, and this one, which is meant to hold"
    assert said in workspace.run("validate").stderr
    settled(workspace, service, text)
    hours(service, "2026-12-08", "", "08:00-12:00", "")
