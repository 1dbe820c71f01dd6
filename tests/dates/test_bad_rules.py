"""What is wrong with a rule or a calendar is an error at its place."""

from __future__ import annotations

import pytest

from tests.conftest import Workspace

OFTEN = f"FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))};BYMINUTE=0,5,10,15,20,25,30,35,40,45,50,55"
SERIES = "title: Round, host: johndoe, duration: 30m"


@pytest.mark.parametrize(
    ("keys", "at", "message"),
    [
        ("starts: 2026-12-01T09:00, repeat: FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ", "never gives an"),
        ("starts: 2026-12-01T09:00, repeat: FREQ=DAILY;UNTIL=20261101", "FREQ", "is before the first start"),
        ("starts: 2026-12-01T09:00, repeat: FREQ=MONTHLY;BYDAY=6TU", "FREQ", "BYDAY=6TU is out of range"),
        ("starts: 2026-12-01T09:00, repeat: FREQ=HOURLY", "FREQ", "finer than a day"),
        (f"starts: 2026-12-01T09:00, repeat: {OFTEN}", "FREQ", "more than 9,999 occurrences"),
        ("starts: 2026-12-01T09:00, timezone: Europe/Berlinn", "Europe", "did you mean `Europe/Berlin`?"),
        ("starts: 2026-12-01T09:00, repeat: FREQ=DAILY, holidays: US-XX", "US-XX", "no"),
    ],
)
def test_a_bad_rule_is_an_error_at_its_place(keys: str, at: str, message: str, workspace: Workspace) -> None:
    keys = keys if "{" in keys else keys.replace("FREQ", '"FREQ').replace(", holidays", '", holidays')
    keys += '"' if keys.count('"') == 1 else ""
    line = f"  round: {{{SERIES}, {keys}}}"
    workspace.write(f"users: {{johndoe: {{email: j@example.org}}}}\nevents:\n{line}\n")
    done = workspace.run("validate")
    column = line.index(at) + 1 - (at == "FREQ")
    assert done.code == 1
    assert f"env.yaml:8:{column}: " in done.stderr, done
    assert message in done.stderr


def test_an_exception_that_hits_nothing_is_a_warning_at_its_place(workspace: Workspace) -> None:
    line = f"  round: {{{SERIES}, starts: 2026-12-01T09:00, repeat: {{every: week}}, except: [2026-12-09]}}"
    workspace.write(f"users: {{johndoe: {{email: j@example.org}}}}\nevents:\n{line}\n")
    done = workspace.run("validate")
    assert done.code == 0
    where = f"env.yaml:8:{line.index('2026-12-09') + 1}: warning: "
    assert f"{where}no occurrence of round falls on 2026-12-09: nothing to leave out" in done.stderr


@pytest.mark.parametrize(
    ("keys", "at", "message"),
    [
        ("allDay: true, duration: 30m", "30m", "an all-day event lasts whole days"),
        ("allDay: true, ends: 09:30", "09:30", "an all-day event ends on a date, without a time"),
        ("allDay: true, change: {2026-12-01: {starts: 10:00}}", "10:00", "starts on a date, without a time"),
        ("ends: 2026-12-02", "2026-12-02", "the time is missing"),
        ("duration: 30m, change: {2026-12-01: {starts: 2026-12-02}}", "2026-12-02", "the time is missing"),
    ],
)
def test_whole_days_and_times_are_not_mixed(keys: str, at: str, message: str, workspace: Workspace) -> None:
    starts = "2026-12-01" if "allDay" in keys else "2026-12-01T09:00"
    line = f"  round: {{title: Round, host: johndoe, starts: {starts}, {keys}}}"
    workspace.write(f"users: {{johndoe: {{email: j@example.org}}}}\nevents:\n{line}\n")
    done = workspace.run("validate")
    assert done.code == 1, done
    assert f"env.yaml:8:{line.rindex(at) + 1}: " in done.stderr, done
    assert message in done.stderr


@pytest.mark.parametrize(
    ("keys", "at", "message"),
    [
        ("change: {2026-12-01: cancelled, 2026-12-01T09:00: cancelled}", "2026-12-01T09", "changed twice"),
        ("repeat: {every: day}, also: [2027-03-14T02:30]", "2027-03-14", "does not exist"),
        ("gap: skip, also: [2027-03-14T02:30]", "2027-03-14", "does not exist"),
    ],
)  # fmt: skip
def test_what_one_date_cannot_be_is_an_error_where_it_stands(
    keys: str, at: str, message: str, workspace: Workspace
) -> None:
    line = f"  round: {{{SERIES}, starts: 2026-12-01T09:00, {keys}}}"
    workspace.write(f"users: {{johndoe: {{email: j@example.org}}}}\nevents:\n{line}\n")
    done = workspace.run("validate")
    assert done.code == 1, done
    assert f"env.yaml:8:{line.rindex(at) + 1}: " in done.stderr, done
    assert message in done.stderr
