"""Other hours for some dates: nights beside them, and nights as they are."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.conftest import Simulate, Workspace
from tests.support import rota
from tests.support.service import Service

HEAD = "users: {nina: {email: nina@example.org, timezone: America/Chicago}}\nworkHours:\n  nina:\n"
NIGHTS = "{from: 2026-12-01, days: {mon-thu: 22:00-06:00}}"
FULL = "00:00-06:00, 22:00-24:00"


def written(*items: str) -> str:
    return HEAD + "".join(f"    - {item}\n" for item in items)


def settled(workspace: Workspace, service: Service, text: str) -> None:
    workspace.at(service).write(text)
    workspace.apply()
    workspace.settled()


def hours(service: Service, first: str, *expected: str) -> None:
    """Check what is worked by the clock from a date on, a text a date."""
    (rows,) = service.hours("nina").values()
    begin = date.fromisoformat(first)
    found = [rota.on(rows, begin + rota.DAY * step) for step in range(len(expected))]
    assert found == [rota.said(text) for text in expected]


def overrides(service: Service) -> int:
    return sum(row["ruleType"] == "OVERRIDE" for row in service.hours("nina")["nina"])


def test_a_night_can_be_an_override(workspace: Workspace, service: Service) -> None:
    party = "{override: Party, from: 2026-12-24, to: 2026-12-24, days: {thu: 20:00-08:00}}"
    settled(workspace, service, written("{from: 2026-12-01, days: {mon-fri: 09:00-17:00}}", party))
    hours(service, "2026-12-23", "09:00-17:00", "20:00-24:00", "00:00-08:00, 09:00-17:00", "")
    assert overrides(service) == 1
    assert "thu 20:00-08:00" not in workspace.run("plan").stdout


def test_a_night_in_place_of_a_night(workspace: Workspace, service: Service) -> None:
    late = "{override: Late, from: 2026-12-23, to: 2026-12-23, days: {wed: 23:00-08:00}}"
    settled(workspace, service, written(NIGHTS, late))
    hours(service, "2026-12-22", FULL, "00:00-06:00, 23:00-24:00", "00:00-08:00, 22:00-24:00", "00:00-06:00")


def test_overrides_of_dates_that_follow_each_other_each_state_their_own(
    workspace: Workspace, service: Service
) -> None:
    off = "{override: Off, from: 2026-12-22, to: 2026-12-22, days: off}"
    late = "{override: Late, from: 2026-12-23, to: 2026-12-23, days: {wed: 23:00-08:00}}"
    early = "{override: Early, from: 2026-12-24, to: 2026-12-24, days: {thu: 08:00-12:00}}"
    settled(workspace, service, written(NIGHTS, off, late, early))
    hours(service, "2026-12-21", "22:00-24:00", "00:00-06:00", "23:00-24:00", "00:00-12:00", "")


def test_an_override_of_some_weekdays_leaves_the_others(workspace: Workspace, service: Service) -> None:
    off = "{override: No Tuesdays, from: 2026-12-07, to: 2026-12-27, days: {tue: off}}"
    settled(workspace, service, written(NIGHTS, off))
    week = ("22:00-24:00", "00:00-06:00", "22:00-24:00", FULL, "00:00-06:00", "", "")
    hours(service, "2026-12-07", *week * 3, "22:00-24:00", FULL)
    assert overrides(service) == 1


def test_an_override_at_the_border_of_two_periods(workspace: Workspace, service: Service) -> None:
    nights = "{from: 2026-12-01, to: 2026-12-23, days: {mon-sun: 22:00-06:00}}"
    plain = "{from: 2026-12-24, days: {mon-fri: 09:00-17:00}}"
    settled(workspace, service, written(nights, plain))
    hours(service, "2026-12-23", FULL, "00:00-06:00, 09:00-17:00", "09:00-17:00")
    off = "{override: Off, from: 2026-12-23, to: 2026-12-23, days: off}"
    settled(workspace, service, written(nights, plain, off))
    hours(service, "2026-12-22", FULL, "00:00-06:00", "09:00-17:00", "09:00-17:00")
    off = "{override: Off, from: 2026-12-24, to: 2026-12-24, days: off}"
    settled(workspace, service, "prune: true\n" + written(nights, plain, off))
    hours(service, "2026-12-22", FULL, FULL, "00:00-06:00", "09:00-17:00")


def test_of_overrides_that_have_begun_no_two_rows_begin_on_one_date(
    workspace: Workspace, service: Service
) -> None:
    """Their pasts aren't written; each begins on the first date to come that it states."""
    service.user("nina", timezone="America/Chicago")
    mondays = "{override: Mondays, from: 2026-11-02, to: 2026-12-20, days: {mon: 08:00-12:00}}"
    wednesdays = "{override: Wednesdays, from: 2026-11-03, to: 2026-12-20, days: {wed: 13:00-17:00}}"
    usual = "{from: 2026-11-01, days: {mon-fri: 09:00-17:00}}"
    settled(workspace, service, written(usual, mondays, wednesdays))
    hours(
        service,
        "2026-11-24",
        "09:00-17:00",
        "13:00-17:00",
        "09:00-17:00",
        "09:00-17:00",
        "",
        "",
        "08:00-12:00",
    )
    starts = {
        row["startDateTime"][:10] for row in service.hours("nina")["nina"] if row["ruleType"] == "OVERRIDE"
    }
    assert starts == {"2026-11-25", "2026-11-30"}


def test_a_night_off_where_the_service_has_no_overrides(
    workspace: Workspace, simulate_service: Simulate
) -> None:
    service = simulate_service(profile="reference")
    workspace.at(service).write(written(NIGHTS))
    workspace.apply()
    off = "{override: Off, from: 2026-12-24, to: 2026-12-24, days: off}"
    settled(workspace, service, "limits: {updatePercent: 100}\n" + written(NIGHTS, off))
    hours(service, "2026-12-22", FULL, FULL, "00:00-06:00", "", "", "", "22:00-24:00")


def test_with_overrides_alone_none_runs_over_midnight(workspace: Workspace) -> None:
    workspace.write(written("{override: Party, from: 2026-12-24, to: 2026-12-24, days: {thu: 20:00-08:00}}"))
    done = workspace.run("validate")
    assert done.code == 1
    assert "env.yaml:9:65: these hours run over midnight" in done.stderr
    assert "declare the usual hours" in done.stderr


def test_an_override_takes_no_rotation(workspace: Workspace) -> None:
    turning = "rotation: {starts: 2026-12-07, weeks: [{mon: 09:00-17:00}]}"
    workspace.write(written(NIGHTS, f"{{override: X, from: 2026-12-07, to: 2026-12-13, {turning}}}"))
    done = workspace.run("validate")
    assert (done.code, "an override says its hours itself: write `days`" in done.stderr) == (1, True)


def test_a_night_that_runs_into_another_layers_hours_is_said(workspace: Workspace) -> None:
    early = "{override: Early, from: 2026-12-23, to: 2026-12-23, days: {wed: 05:00-12:00}}"
    workspace.write(written(NIGHTS, early))
    done = workspace.run("validate")
    said = "22:00-06:00 on 2026-12-22 runs into 05:00-12:00 on 2026-12-23: they are worked as one"
    assert (done.code, said in done.stderr) == (0, True), done


def test_an_override_is_kept_beside_one_that_ends_today(workspace: Workspace, service: Service) -> None:
    """The two share a date, of which only the one that nobody declares any more says something."""
    service.user("nina", timezone="America/Chicago")
    nights = (
        "{from: 2026-11-24, to: 2026-12-14, days: {mon: 22:00-06:00, wed: 22:00-06:00, thu: 07:00-15:00}}"
    )
    later = "{from: 2026-12-19, days: {wed-thu: 22:00-06:00}}"
    other = (
        "{override: Other, from: 2026-11-24, to: 2026-11-30, days: {tue: off, wed: off, fri: 10:00-12:00}}"
    )
    workspace.now = "2026-11-25T12:00:00Z"
    settled(workspace, service, written(nights, later, other))
    hours(service, "2026-11-25", "", "07:00-15:00", "10:00-12:00")
    workspace.now = "2026-11-26T12:00:00Z"
    settled(workspace, service, written(later, other))
    hours(service, "2026-11-26", "07:00-15:00", "10:00-12:00")


def test_hours_that_are_over_are_not_written_for_the_days_left_of_their_period(
    workspace: Workspace, service: Service
) -> None:
    service.user("nina", timezone="America/Chicago")
    workspace.at(service).write(written("{from: 2026-11-01, to: 2026-11-27, days: {mon: 09:00-17:00}}"))
    workspace.settled()


@pytest.mark.parametrize("since", ["2026-10-01", "2026-11-24"])
def test_live_pieces_of_one_week_are_the_period_that_they_make_up(
    since: str, workspace: Workspace, service: Service
) -> None:
    """As an export, or the service's own cutting, leaves them."""
    service.user("nina", timezone="America/Chicago")
    days = [{"day": 1, "startTime": "09:00:00", "endTime": "17:00:00"}]
    id = service.id_of("nina")
    for start, end in ((since, "2026-12-31"), ("2027-01-01", "2027-03-31"), ("2027-04-01", "2077-04-01")):
        body = {"psmId": id, "startDateTime": f"{start}T00:00:00.000Z", "daysInfo": days}
        body["endDateTime"] = f"{end}T23:59:59.999Z"
        service.send("POST", "/gh/sb-demo/calendar/work-hours", body)
    workspace.at(service).write(written("{from: 2026-11-01, days: {mon: 09:00-17:00}}"))
    workspace.settled()
    workspace.write(
        written(
            "{from: 2026-11-01, to: 2027-02-28, days: {mon: 09:00-17:00}}",
            "{from: 2027-03-01, days: {mon: 09:00-17:00}}",
        )
    )
    workspace.settled()


def test_what_an_override_far_ahead_states_is_right_before_the_rotation_is_written(
    workspace: Workspace, service: Service
) -> None:
    turns = (
        "rotation: {starts: 2026-11-23, weeks: [{thu: 22:00-06:00, fri: 22:00-06:00}, {mon: 09:00-17:00}]}"
    )
    off = "{override: Off, from: 2027-07-08, to: 2027-07-08, days: off}"
    settled(workspace, service, written(f"{{from: 2026-11-23, {turns}}}", off))
    hours(service, "2027-07-08", "", "22:00-24:00", "")
    workspace.now = "2027-05-31T12:00:00Z"
    service.at(workspace.now)
    changes = {change["key"]: change["action"] for change in workspace.plan().plan}
    assert not {action for key, action in changes.items() if "/override@" in key}
    workspace.apply()
    hours(service, "2027-07-07", "", "", "22:00-24:00", "00:00-06:00", "")


@pytest.mark.parametrize(
    ("day", "until", "length_h"),
    [("2027-03-13", "2027-03-15", 7), ("2027-11-06", "2027-11-08", 9), ("2027-05-01", "2027-05-03", 8)],
)
def test_a_night_over_a_change_of_the_clocks_has_an_hour_more_or_less(
    day: str, until: str, length_h: int, workspace: Workspace, simulate_service: Simulate
) -> None:
    """By the wall, as a usual night and as an override; the shift ends at six whatever the clocks do."""
    nights = "{from: 2026-12-01, days: {sat: 22:00-06:00}}"
    over = f"{{override: Other, from: {day}, to: {day}, days: {{sat: 22:00-06:00}}}}"
    service = simulate_service(timezone="America/Chicago")
    for text in (written(nights), written("{from: 2026-12-01, days: {mon: 09:00-17:00}}", over)):
        workspace.at(service).write("prune: true\n" + text)
        workspace.apply()
        span = {"from": f"{day}T12:00:00.000Z", "to": f"{until}T12:00:00.000Z"}
        path = "/gh/sb-demo/calendar/available-psm-schedules"
        (found,) = service.send("GET", path, psmIds=service.id_of("nina"), **span).json()
        slots = [(slot["startDateTime"], slot["endDateTime"]) for slot in found["availableSlots"]]
        worked = sum((_instant(end) - _instant(start)).total_seconds() for start, end in slots)
        assert round(worked / 3600, 2) == length_h


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
