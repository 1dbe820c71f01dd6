"""Rules and exceptions for teams and for people who come and go: what is asked on which date."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.staffed import JSON, Clinic, Side, Someone, epoch, event, row

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)  # a Monday
HERE = "America/Los_Angeles"


def clinic(rule: JSON, hours: str = "09:00-17:00", **teams: list[JSON | str]) -> Clinic:
    """Ann and bob have worked the same until now; from now on ann works longer, or at other hours."""
    week = {day: [hours] for day in ("mon", "tue", "wed", "thu", "fri")}
    usual = Side(HERE, [row("2027-01-04", None, {day: ["09:00-13:00"] for day in week})])
    new = Side(HERE, [row("2027-01-04", None, week)])
    return Clinic(
        NOW, {"ann": Someone(usual, new), "bob": Someone(usual, usual)}, policies=[rule], teams=teams
    )


def dates(found: Clinic, outcome: str = "denied") -> list[str]:
    return [f"{each.user} {each.date}" for each in found.effect().violations if each.outcome.value == outcome]


def test_a_week_counts_where_any_of_its_dates_does() -> None:
    rule = {"maxWeeklyHours": "30", "users": [{"user": "ann", "from": "2027-03-14", "until": "2027-03-15"}]}
    assert dates(clinic(rule)) == ["ann 2027-03-08", "ann 2027-03-15"]


def test_a_bare_team_is_its_members() -> None:
    rule = {"maxWeeklyHours": "30", "users": {"team": "wards"}}
    members: list[JSON | str] = [{"user": "ann", "until": "2027-03-08"}, "bob"]
    assert dates(clinic(rule, wards=members)) == ["ann 2027-03-01", "ann 2027-03-08"]
    rule = {"maxWeeklyHours": "30", "users": {"team": "wards", "from": "2027-03-08"}}
    assert dates(clinic(rule, wards=members)) == ["ann 2027-03-08"]


def test_an_empty_team_is_nobody_and_covers_nothing() -> None:
    assert dates(clinic({"maxWeeklyHours": "1", "users": {"team": "none"}}, none=[])) == []
    cover = {"cover": "1", "of": {"team": "none"}, "days": "mon", "between": "10:00-11:00"}
    (first, *_) = clinic(cover, none=[]).effect().violations
    assert (first.outcome.value, first.after, str(first.date)) == ("existing", 0, "2027-03-01")


def test_an_exception_for_a_team_holds_on_its_dates() -> None:
    team: list[JSON | str] = [{"user": "ann", "from": "2027-03-09", "until": "2027-03-10"}]
    stands_in = {"users": {"team": "wards"}, "until": "2027-03-31", "reason": "Stands in"}
    shift = {"maxShiftHours": "6", "users": "all", "except": [stands_in]}
    found = clinic(shift, wards=team)
    assert dates(found, "excepted") == ["ann 2027-03-09", "ann 2027-03-10"]
    week = {"maxWeeklyHours": "30", "users": "all", "except": [stands_in]}
    assert dates(clinic(week, wards=team), "excepted") == ["ann 2027-03-08"]


@pytest.mark.parametrize(
    ("users", "outcomes"),
    [
        ([{"user": "ann", "until": "2027-03-07"}], []),
        ([{"user": "ann", "from": "2027-03-08", "until": "2027-03-08"}], ["denied"]),
        ({"team": "wards"}, ["denied"]),
    ],
)
def test_an_appointment_is_stranded_on_its_own_date(users: object, outcomes: list[str]) -> None:
    start, end = epoch("2027-03-08T17:30Z"), epoch("2027-03-08T18:00Z")
    found = clinic({"maxStranded": "0", "users": users}, "13:00-17:00", wards=["ann"])
    found.events.append(event("e1", "ann", start, end, ["patient-1"]))
    assert [each.outcome.value for each in found.effect().violations] == outcomes


def test_a_shortage_over_the_date_on_which_others_are_asked_is_one() -> None:
    cover = {
        "cover": "1",
        "of": [{"user": "ann", "until": "2027-03-08"}, {"user": "bob", "from": "2027-03-09"}],
    }
    found = clinic({**cover, "days": "mon,tue", "between": "00:00-24:00"}, "10:00-15:00")
    spans = [(each.start, each.end) for each in found.effect().violations]
    assert (epoch("2027-03-08T23:00Z"), epoch("2027-03-09T17:00Z")) in spans


def test_a_change_of_somebody_who_is_not_asked_then_had_no_part_in_it() -> None:
    cover = {"cover": "2", "of": [{"user": "ann", "until": "2027-03-05"}, "bob"]}
    found = clinic({**cover, "days": "mon-fri", "between": "10:00-12:00"}, "13:00-17:00").effect()
    outcomes = [(str(each.date), each.outcome.value, len(each.changes)) for each in found.violations]
    assert outcomes[:5] == [(f"2027-03-0{day}", "denied", 1) for day in range(1, 6)]
    assert {outcome[1:] for outcome in outcomes[5:]} == {("existing", 0)}


def test_strangers_are_told_but_for_those_who_have_left() -> None:
    members: list[JSON | str] = [
        "ann",
        "zoe",
        {"user": "yan", "until": "2027-02-28"},
        {"user": "xu", "until": "2027-03-01"},
    ]
    found = clinic({"maxWeeklyHours": "50", "users": {"team": "wards"}}, wards=members).effect()
    line = "staff/rules.yaml:11: maxWeeklyHours: no `users`, `workHours` or `leave` names"
    assert found.warnings == [f"{line} `xu`", f"{line} `zoe`"]


def test_who_leaves_counts_for_nothing_afterwards_whatever_team_they_are_in() -> None:
    cover = {"cover": "1", "of": {"team": "wards"}, "days": "mon-fri", "between": "10:00-12:00"}
    found = clinic(cover, wards=["ann"])
    gone = Side(HERE, [row("2027-01-04", "2027-03-03", {"mon": ["09:00-13:00"], "tue": ["09:00-13:00"]})])
    found.people["ann"] = replace(found.people["ann"], after=gone, gone=True)
    short = [str(each.date) for each in found.effect().violations]
    assert "2027-03-02" not in short and "2027-03-08" in short
