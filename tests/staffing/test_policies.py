"""Each policy: it holds, just holds, just breaks, was broken before, is excepted, the exception is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from reconciler.model import Action, Change, Key
from reconciler.staffing.data import violation_data
from tests.support.staffed import DAYS, JSON, Clinic, Side, Someone, epoch, event, moved, row

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)  # a Monday, 04:00 in Los Angeles
HERE = "America/Los_Angeles"
UNTIL, OVER = "2027-03-31", "2027-03-07"
Week = Mapping[str, Sequence[str]]


class Case(NamedTuple):
    """What a person works in the week from 8 March before and after, and what becomes of the rule."""

    rule: JSON
    before: Week
    after: Week
    outcomes: list[str]
    numbers: tuple[Any, Any, Any] | None = None  # limit, before, after of the first one
    message: str = ""


def each(span: str, days: Sequence[str] = DAYS[:5]) -> Week:
    return {day: [span] for day in days}


WEEKLY: JSON = {"maxWeeklyHours": "40", "users": "all"}
SHIFT: JSON = {"maxShiftHours": "10", "users": {"credentials": "RN"}}
REST: JSON = {"minRest": "11h", "users": ["ann"]}
COVER: JSON = {"cover": "1", "of": ["ann"], "days": "mon-fri", "between": "09:00-17:00"}
NOTICE: JSON = {"notice": "9 days", "users": "all"}
NINE = each("09:00-17:00")
EARLY = {"mon": ["14:00-22:00"], "tue": ["09:00-17:00"]}
CASES = {
    "weekly hours, under": Case(WEEKLY, NINE, each("09:00-16:30"), []),
    "weekly hours, just": Case(WEEKLY, each("09:00-16:00"), NINE, []),
    "weekly hours, a minute over": Case(
        WEEKLY, NINE, {**NINE, "sat": ["09:00-09:01"]}, ["denied"], (40, 40, 40.02),
        "maxWeeklyHours 40: ann 40.02 h in the week of 2027-03-08 (40 h before)",
    ),
    "weekly hours, before as well": Case(WEEKLY, each("09:00-18:00"), each("09:00-17:30"), ["existing"]),
    "weekly hours, worse than before": Case(WEEKLY, each("09:00-17:30"), each("09:00-18:00"), ["denied"]),
    "weekly hours, warned": Case(WEEKLY | {"severity": "warn"}, NINE, each("09:00-18:00"), ["warned"]),
    "shift, just": Case(SHIFT, NINE, each("07:00-17:00"), []),
    "shift, over": Case(
        SHIFT, NINE, each("07:00-17:15", ["wed"]), ["denied"], (10, 8, 10.25),
        "maxShiftHours 10: ann 10.25 h on 2027-03-10 07:00-17:15 (8 h before)",
    ),
    "shift, over midnight": Case(SHIFT, {}, {"mon": ["20:00-24:00"], "tue": ["00:00-06:30"]}, ["denied"]),
    "shift, a break within": Case(SHIFT, {}, {"mon": ["07:00-13:00", "13:15-19:00"]}, []),
    "shift, before as well": Case(SHIFT, each("07:00-19:00"), each("08:00-19:00"), ["existing"] * 5),
    "rest, just": Case(REST, {}, {"mon": ["14:00-22:00"], "tue": ["09:00-17:00"]}, []),
    "rest, short": Case(
        REST, EARLY, {"mon": ["14:00-22:15"], "tue": ["09:00-17:00"]}, ["denied"], (11, 11, 10.75),
        "minRest 11h: ann 10.75 h of rest on 2027-03-08 22:15-2027-03-09 09:00 (11 h before)",
    ),
    "rest, a break within a date": Case(REST, {}, {"mon": ["07:00-10:00", "12:00-15:00"]}, []),
    "rest, none before": Case(
        REST, {}, {"mon": ["14:00-23:00"], "tue": ["09:00-17:00"]}, ["denied"], (11, None, 10),
    ),
    "rest, before as well": Case(
        REST, {"mon": ["14:00-23:00"], "tue": ["09:00-17:00"]},
        {"mon": ["14:00-22:30"], "tue": ["09:00-17:00"]}, ["existing"], (11, 10, 10.5),
    ),
    "cover, just": Case(COVER, each("08:00-18:00"), NINE, []),
    "cover, a gap": Case(
        COVER, NINE, NINE | {"tue": ["09:00-12:00", "12:30-17:00"]}, ["denied"], (1, 1, 0),
        "cover 1: 0 on duty on 2027-03-09 12:00-12:30 (1 before)",
    ),
    "cover, two gaps": Case(COVER, NINE, NINE | {"tue": ["10:00-16:00"]}, ["denied", "denied"]),
    "cover, before as well": Case(
        COVER, NINE | {"tue": ["10:00-17:00"]}, NINE | {"tue": ["09:30-17:00"]}, ["existing"],
    ),
    "cover, longer than before": Case(
        COVER, NINE | {"tue": ["10:00-17:00"]}, NINE | {"tue": ["10:01-17:00"]}, ["denied"],
    ),
    "notice, just": Case(NOTICE, NINE, NINE | {"wed": ["09:00-18:00"]}, []),
    "notice, a day too early": Case(
        NOTICE, NINE, NINE | {"tue": ["09:00-18:00"]}, ["denied"], (9, 8, 9),
        "notice 9 days: ann 9 h on 2027-03-09 (8 h before)",
    ),
    "notice, same hours at another time": Case(
        NOTICE, NINE, NINE | {"mon": ["10:00-18:00"]}, ["denied"], (9, 8, 8),
    ),
}  # fmt: skip


def clinic(case: Case, rule: JSON | None = None) -> Clinic:
    rows = [[row("2027-03-08", "2027-03-14", week, id="a")] for week in (case.before, case.after)]
    if "cover" in case.rule:  # the other week is none of the case's
        for each_side in rows:
            each_side.append(row("2027-02-01", "2027-03-07", NINE, id="b"))
    people = {"ann": Someone(Side(HERE, rows[0]), Side(HERE, rows[1]), "RN")}
    found = Clinic(NOW, people, policies=[rule or case.rule])
    found.horizon = (datetime(2027, 3, 13, tzinfo=UTC)) - NOW
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_policy_holds_or_breaks(name: str) -> None:
    case = CASES[name]
    found = clinic(case).effect().violations
    assert [violation.outcome.value for violation in found] == case.outcomes
    if case.numbers:
        assert (found[0].limit, found[0].before, found[0].after) == case.numbers
    if case.message:
        assert str(found[0]) == f"staff/rules.yaml:11: {case.outcomes[0]}: {case.message}"
        assert found[0].changes == ("workHours/ann@2027-03-08",)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.outcomes == ["denied"]])
def test_what_is_excepted_is_no_longer_once_the_exception_is_over(name: str) -> None:
    case = CASES[name]
    users = {} if "cover" in case.rule else {"users": ["ann"]}
    for until, outcome in ((UNTIL, "excepted"), (OVER, "denied")):
        exception = {**users, "until": until, "reason": "Stands in"}
        (found,) = clinic(case, case.rule | {"except": [exception]}).effect().violations
        assert found.outcome.value == outcome
        told = violation_data(found)["exception"]
        assert told == ({"until": until, "reason": "Stands in"} if outcome == "excepted" else None)
    others = {"users": ["bob"], "until": UNTIL, "reason": "Not hers"}
    (found,) = clinic(case, case.rule | {"except": [others]}).effect().violations
    assert found.outcome.value == "denied"


def booked(*times: tuple[str, str], policies: Sequence[JSON]) -> Clinic:
    """Ann with events of hers and a patient each."""
    side = Side(HERE, [row("2027-01-04", None, NINE)])
    events = [event(f"e{n}", "ann", epoch(a), epoch(b), ["p"]) for n, (a, b) in enumerate(times, 1)]
    return Clinic(NOW, {"ann": Someone(side, side)}, events, policies=list(policies))


OVERLAP: JSON = {"noOverlap": "true", "users": ["ann"]}
FIRST, SECOND = ("2027-03-08T18:00Z", "2027-03-08T19:00Z"), ("2027-03-08T18:30Z", "2027-03-08T19:30Z")


def test_two_events_at_once_were_there_before() -> None:
    (found,) = booked(FIRST, SECOND, policies=[OVERLAP]).effect().violations
    assert found.outcome.value == "existing"
    assert (found.limit, found.before, found.after, found.changes) == (None, None, None, ())


def test_two_events_that_touch_are_not_at_once() -> None:
    assert (
        not booked(FIRST, ("2027-03-08T19:00Z", "2027-03-08T20:00Z"), policies=[OVERLAP]).effect().violations
    )


@pytest.mark.parametrize(("until", "outcome"), [(None, "denied"), (UNTIL, "excepted"), (OVER, "denied")])
def test_a_plan_that_moves_one_onto_the_other_is_denied(until: str | None, outcome: str) -> None:
    rule = OVERLAP | ({"except": [{"until": until, "reason": "Once"}]} if until else {})
    found = booked(FIRST, ("2027-03-09T18:30Z", "2027-03-09T19:30Z"), policies=[rule])
    found.changes.append(moved(found.events[1], "standup@2027-03-08", *map(epoch, SECOND)))
    (violation,) = found.effect().violations
    assert str(violation) == (
        f"staff/rules.yaml:11: {outcome}: noOverlap: ann has e1 and event/standup@2027-03-08 "
        "on 2027-03-08 10:30-11:00"
    )
    data = violation_data(violation)
    assert (data["start"], data["end"]) == ("2027-03-08T18:30:00.000Z", "2027-03-08T19:00:00.000Z")
    assert data["changes"] == ["event/standup@2027-03-08"]


def test_an_overlap_made_longer_is_denied() -> None:
    found = booked(FIRST, SECOND, policies=[OVERLAP])
    times = epoch("2027-03-08T18:15Z"), epoch("2027-03-08T19:15Z")
    found.changes.append(moved(found.events[1], "standup@2027-03-08", *times))
    assert [violation.outcome.value for violation in found.effect().violations] == ["denied"]


@pytest.mark.parametrize(
    ("limit", "extra", "outcomes"),
    [
        ("2", {}, []),
        ("1", {}, ["denied"]),
        ("0", {"severity": "warn"}, ["warned"]),
        ("0", {"except": [{"users": ["ann"], "until": UNTIL, "reason": "Told them"}]}, ["excepted"]),
        ("0", {"except": [{"until": OVER, "reason": "Told them"}]}, ["denied"]),
        ("0", {"except": [{"until": "2027-03-08", "reason": "One of the two"}]}, ["denied"]),
        ("1", {"except": [{"until": "2027-03-08", "reason": "One of the two"}]}, ["excepted"]),
    ],
)
def test_appointments_that_a_plan_may_strand(limit: str, extra: JSON, outcomes: list[str]) -> None:
    found = booked(
        FIRST, ("2027-03-09T18:30Z", "2027-03-09T19:30Z"), policies=[{"maxStranded": limit, **extra}]
    )
    later = [row("2027-01-04", None, each("13:00-17:00"))]
    found.people["ann"].after = Side(HERE, later)
    violations = found.effect().violations
    assert [violation.outcome.value for violation in violations] == outcomes
    for violation in violations:
        data = violation_data(violation)
        assert (data["limit"], data["before"], data["after"]) == (int(limit), 0, 2)
        assert [data[name] for name in ("user", "date", "start", "end")] == [None] * 4
        assert data["message"] == f"maxStranded {limit}: 2 patient appointments stranded"


def leaver(*changes: Change) -> Clinic:
    found = booked(FIRST, policies=[{"maxStranded": "0"}])
    found.people["ann"].gone = True
    found.changes += changes
    return found


def test_who_only_waits_to_be_deleted_stranded_nobody_anew() -> None:
    blocked = Change(Key("user", "ann"), Action.BLOCKED, before={"email": "a"}, live_id="id-ann")
    found = leaver(blocked).effect()
    assert [(each.reasons, each.suggestions) for each in found.impact.stranded or ()] == [
        (("departure",), None)
    ]
    assert [violation.outcome.value for violation in found.violations] == ["existing"]


def test_whose_hours_go_as_well_strands_anew() -> None:
    blocked = Change(Key("user", "ann"), Action.BLOCKED, before={"email": "a"}, live_id="id-ann")
    found = leaver(blocked)
    found.people["ann"].after = Side(HERE, [row("2027-01-04", "2027-02-28", NINE)])
    assert [violation.outcome.value for violation in found.effect().violations] == ["denied"]


def test_of_a_leaver_of_whom_the_plan_changes_nothing_nobody_is_stranded() -> None:
    assert leaver().effect().impact.stranded == ()


def test_leave_is_no_change_of_hours_and_takes_hours_away() -> None:
    found = booked(
        policies=[
            {"notice": "14 days", "users": "all"},
            {"cover": "1", "of": "all", "days": "mon", "between": "09:00-10:00"},
        ]
    )
    side = found.people["ann"].before
    leave = (epoch("2027-03-08T08:00Z"), epoch("2027-03-09T08:00Z"))
    found.people["ann"] = Someone(side, Side(HERE, side.rows, [leave]))
    (violation,) = found.effect().violations
    assert (violation.policy, violation.outcome.value, violation.changes) == (
        "cover", "denied", ("event/leave-ann@2027-03-08",),
    )  # fmt: skip


def test_a_name_that_nobody_bears_is_told() -> None:
    found = booked(policies=[{"maxWeeklyHours": "50", "users": ["ann", "anne"]}]).effect()
    assert found.warnings == [
        "staff/rules.yaml:11: maxWeeklyHours: no `users`, `workHours` or `leave` names `anne`"
    ]


def test_a_night_over_a_change_of_clocks_is_as_long_as_it_really_is() -> None:
    nights = {day: ["00:00-06:00", "22:00-24:00"] for day in DAYS}
    rule = [{"maxShiftHours": "8", "users": "all"}, {"maxShiftHours": "7.5", "users": "all"}]
    autumn = Clinic(datetime(2027, 11, 5, 12, tzinfo=UTC), {}, policies=rule[:1])
    side = Side(HERE, [row("2027-01-04", None, nights)])
    autumn.people["ann"] = Someone(side, side)
    assert [violation.after for violation in autumn.effect().violations] == [9]
    spring = Clinic(datetime(2027, 3, 13, 18, tzinfo=UTC), dict(autumn.people), policies=rule[1:])
    days = [str(violation.date) for violation in spring.effect().violations]
    assert "2027-03-13" not in days
    assert "2027-03-14" in days
