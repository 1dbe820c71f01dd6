"""Invented rotas over changes of the clocks: the effect is what counting single minutes gives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.staffing.data import impact_data
from tests.support import minutes
from tests.support.staffed import DAYS, JSON, Clinic, Side, Someone, event, moved, row, stamp

ZONES = ("America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland", "Australia/Lord_Howe")
# A few days before the clocks change: Lord Howe (both), Auckland (both), Los Angeles (both), Berlin (both).
NOWS = tuple(
    datetime.fromisoformat(f"{day}T{clock}Z")
    for day, clock in (
        ("2026-09-30", "12:00"), ("2026-09-24", "23:59"), ("2026-10-22", "00:10"), ("2026-10-29", "18:20"),
        ("2027-03-10", "07:00"), ("2027-03-25", "15:05"), ("2027-04-01", "11:30"),
    )
)  # fmt: skip
MARCH = NOWS[4]
BETWEEN = ("09:00-17:00", "22:00-06:00", "00:00-24:00")
QUARTER, DAY = 900, 86_400
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


HOURS: Sequence[list[str]] = (
    [], ["09:00-17:00"], ["07:30-12:00", "13:00-17:45"], ["22:00-24:00"], ["00:00-06:00"],
    ["00:00-06:00", "22:00-24:00"], ["00:00-24:00"], ["01:15-03:10"], ["01:30-02:15", "14:00-20:20"],
    ["02:00-02:30", "08:00-12:10", "12:10-16:00"], ["08:00-18:00"],
    ["00:00-02:00", "10:00-19:00", "12:00-20:00"],
)  # fmt: skip


def clinics(*nows: datetime) -> st.SearchStrategy[Clinic]:
    """A clinic for each number: drawn choice by choice, one as full as these would hardly ever come."""
    return st.integers(0, 2**32).map(lambda seed: _clinic(Random(seed), nows or NOWS))


def _clinic(chance: Random, nows: Sequence[datetime]) -> Clinic:
    now = chance.choice(nows)
    people = {name: _someone(chance, now) for name in ("ann", "bob")}
    clinic = Clinic(now, people, timezone=chance.choice(ZONES))
    begin = int(now.timestamp()) // QUARTER * QUARTER
    for place in range(8):
        start = begin + QUARTER * chance.randint(-8, 1500)
        booked = event(
            f"visit-{place}", chance.choice(("ann", "bob")), start, start + 300 * chance.randint(1, 14),
            ["patient-1"] if chance.random() < 0.8 else [],
            eventStatus=chance.choice(["SCHEDULED"] * 8 + ["CANCELLED", "Missed"]),
            staff=chance.choice([(), (), ("bob",)]),
        )  # fmt: skip
        clinic.events.append(booked)
        if chance.random() < 0.2:
            start += QUARTER * chance.randint(1, 100)
            clinic.changes.append(moved(booked, f"moved-{place}@2027-01-01", start, start + 1800))
    return clinic


def _someone(chance: Random, now: datetime) -> Someone:
    """Somebody of whom much changes, or nothing."""
    instant = int(now.timestamp()) // QUARTER * QUARTER
    zone, had = chance.choice(ZONES), _rows(chance, now.date())
    before = Side(zone, had, _leaves(chance, instant))
    if chance.random() < 0.2:
        return Someone(before, before)
    have = {each["workHoursId"]: each for each in (*had, *_rows(chance, now.date()))}
    after = Side(chance.choice(ZONES) if chance.random() < 0.2 else zone, [*have.values()])
    after.leaves = before.leaves if chance.random() < 0.5 else _leaves(chance, instant)
    return Someone(before, after)


def _rows(chance: Random, today: date) -> list[JSON]:
    """Usual hours in one to three periods, and overrides, which may meet."""
    cuts = sorted({chance.randint(-10, 14) for _ in range(chance.randint(1, 3))})
    days = [today + timedelta(days=cut) for cut in cuts]
    ends = [*(day - timedelta(days=1) for day in days[1:]), days[-1] + timedelta(days=chance.randint(0, 20))]
    found = [
        row(str(start), str(end), _week(chance, 7), id=f"usual-{place}")
        for place, (start, end) in enumerate(zip(days, ends, strict=True))
    ]
    for place in range(chance.randint(0, 2)):
        first = today + timedelta(days=chance.randint(-3, 12))
        last = first + timedelta(days=chance.randint(0, 6))
        found.append(row(str(first), str(last), _week(chance, 3), "OVERRIDE", id=f"override-{place}"))
    always = row(str(today), None, {day: ["00:00-24:00"] for day in DAYS}, id="available")
    return [*found, always | {"type": "AVAILABILITY"}]


def _week(chance: Random, most: int) -> dict[str, list[str]]:
    return {day: chance.choice(HOURS) for day in chance.sample(DAYS, chance.randint(1, most))}


def _leaves(chance: Random, now: int) -> list[tuple[int, int]]:
    start = now + QUARTER * chance.randint(-100, 900)
    return [(start, start + QUARTER * chance.randint(1, 300))] if chance.random() < 0.6 else []


@QUICK
@given(clinics())
def test_hours_and_coverage_are_those_of_single_minutes(clinic: Clinic) -> None:
    impact = impact_data(clinic.effect().impact)
    first, last = (date.fromisoformat(impact[name]) for name in ("lookedFrom", "lookedUntil"))
    begin, end = _around(first - timedelta(days=8), last + timedelta(days=9))
    monday = first - timedelta(days=first.weekday())
    mondays = [monday + timedelta(days=7 * week) for week in range((last - monday).days // 7 + 1)]
    told = {each["user"]: each["weeks"] for each in impact["hours"]["people"]}
    sums = [[0.0, 0.0] for _ in mondays]
    duties: tuple[list[list[bool]], list[list[bool]]] = ([], [])
    for name, someone in clinic.people.items():
        weeks = []
        for side, found in zip(_sides(someone), duties, strict=True):
            found.append(minutes.on_duty(side, begin, end))
            weeks.append(minutes.weekly(side.zone, found[-1], mondays, begin, end))
        wanted = [
            {"monday": str(day), "before": was, "after": will}
            for day, was, will in zip(mondays, *weeks, strict=True)
        ]
        assert told.get(name, wanted) == wanted
        assert (name in told) == (weeks[0] != weeks[1])
        sums = [[one + was, other + will] for (one, other), was, will in zip(sums, *weeks, strict=True)]
    total = [[week["before"], week["after"]] for week in impact["hours"]["total"]["weeks"]]
    assert total == [pytest.approx(each, abs=0.011) for each in sums]  # of two that are rounded
    covered = impact["coverage"]["dates"]
    for side_name, found in zip(("before", "after"), duties, strict=True):
        dates = minutes.coverage(found, clinic.timezone, begin, end)
        assert {each["date"]: each[side_name] for each in covered} == {
            each["date"]: dates[date.fromisoformat(each["date"])] for each in covered
        }


@QUICK
@given(clinics())
def test_stranded_appointments_are_those_of_single_minutes(clinic: Clinic) -> None:
    effect = clinic.effect()
    end = effect.impact.looked_until + timedelta(days=1)
    until = minutes.midnight(clinic.timezone, end)
    moves = {change.live_id: change.after or {} for change in clinic.changes}
    events = [{**each, **moves.get(each["id"], {})} for each in clinic.events]
    wanted: list[Any] = []
    for each in events:
        start, stop = (_epoch(each[name]) for name in ("startDateTime", "endDateTime"))
        booked = each["eventStatus"] == "SCHEDULED" and _patients(each)
        if not booked or not clinic.now.timestamp() <= start < until:
            continue
        host = each["hostId"].removeprefix("id-")
        before, after = _sides(clinic.people[host])
        reasons = minutes.reasons(before, after, start, stop)
        if reasons:
            busy = [
                (_epoch(other["startDateTime"]), _epoch(other["endDateTime"]))
                for other in events
                if other is not each and other["eventStatus"] != "CANCELLED" and _takes_part(host, other)
            ]
            times = minutes.suggestions(after, start, stop, int(clinic.now.timestamp()), busy)
            said = [{"start": stamp(one), "end": stamp(other)} for one, other in times]
            wanted.append((each["startDateTime"], each["id"], host, _patients(each), reasons, said))
    stranded = impact_data(effect.impact)["stranded"]
    got = [
        (each["start"], each["eventId"], each["host"], each["patients"], each["reasons"], each["suggestions"])
        for each in stranded
    ]
    assert got == sorted(wanted)
    assert all(each["changes"] and each["source"] for each in stranded)


@QUICK
@given(clinics(), st.sampled_from(ZONES), st.sampled_from(BETWEEN))
def test_cover_is_short_in_just_those_minutes(clinic: Clinic, zone: str, between: str) -> None:
    clinic.policies = [{"cover": "1", "of": "all", "days": "sat-wed", "between": between, "timezone": zone}]
    effect = clinic.effect()
    last = effect.impact.looked_until + timedelta(days=1)
    begin, end = (minutes.midnight(clinic.timezone, day) for day in (effect.impact.looked_from, last))
    short = {
        instant
        for violation in effect.violations
        for instant in range(violation.start or 0, violation.end or 0, 60)
    }
    duties = [minutes.on_duty(_sides(each)[1], begin, end) for each in clinic.people.values()]
    assert short == {
        begin + 60 * place
        for place, (shown, *there) in enumerate(zip(minutes.walls(zone, begin, end), *duties, strict=True))
        if _asked(*shown, between) and not any(there)
    }


@st.composite
def memberships(draw: st.DrawFn) -> list[JSON]:
    """When ann and bob are on a list, in stays of which some meet."""
    days = st.integers(-6, 20).map(lambda days: str(MARCH.date() + timedelta(days=days)))
    stays = []
    for name in draw(st.lists(st.sampled_from(("ann", "bob")), min_size=1, max_size=4)):
        first, last = sorted((draw(days), draw(days)))
        stays.append({"user": name, "from": first} | ({"until": last} if draw(st.integers(0, 3)) else {}))
    return stays


def _listed(stays: Sequence[JSON], name: str, day: date) -> bool:
    return any(
        each["user"] == name and each["from"] <= str(day) <= each.get("until", "9999") for each in stays
    )


@QUICK
@given(clinics(MARCH), memberships(), st.sampled_from(ZONES), st.sampled_from(BETWEEN))
def test_who_is_of_a_team_for_some_dates_covers_on_those(
    clinic: Clinic, stays: list[JSON], zone: str, between: str
) -> None:
    clinic.teams = {"wards": stays}
    clinic.policies = [
        {"cover": "1", "of": {"team": "wards"}, "days": "sat-wed", "between": between, "timezone": zone}
    ]
    effect = clinic.effect()
    last = effect.impact.looked_until + timedelta(days=1)
    begin, end = (minutes.midnight(clinic.timezone, day) for day in (effect.impact.looked_from, last))
    short = [
        instant
        for violation in effect.violations
        for instant in range(violation.start or 0, violation.end or 0, 60)
    ]
    duties = {name: minutes.on_duty(_sides(each)[1], begin, end) for name, each in clinic.people.items()}
    assert short == [
        begin + 60 * place
        for place, (day, minute) in enumerate(minutes.walls(zone, begin, end))
        if _asked(day, minute, between)
        and not any(
            duty[place] and _listed(stays, name, _date_of(day, minute, between))
            for name, duty in duties.items()
        )
    ]


def _date_of(day: date, minute: int, between: str) -> date:
    """The date on which a night began, or a day."""
    morning = between.startswith("22") and minute < 6 * 60
    return day - timedelta(days=1) if morning else day


@QUICK
@given(clinics(MARCH), memberships())
def test_a_rule_for_people_who_come_and_go_finds_of_everybodys_what_lies_on_their_dates(
    clinic: Clinic, stays: list[JSON]
) -> None:
    rules: list[JSON] = [
        {"maxWeeklyHours": "20"}, {"maxShiftHours": "7"}, {"minRest": "14h"}, {"notice": "9 days"},
        {"noOverlap": "true"},
    ]  # fmt: skip
    clinic.policies = [rule | {"users": "all"} for rule in rules]
    wanted = [
        violation
        for violation in clinic.effect().violations
        if violation.date
        and any(
            _listed(stays, str(violation.user), violation.date + timedelta(days=day))
            for day in range(7 if violation.policy == "maxWeeklyHours" else 1)
        )
    ]
    clinic.policies = [rule | {"users": stays} for rule in rules]
    assert clinic.effect().violations == wanted


def _asked(day: date, minute: int, between: str) -> bool:
    """Whether a rule for Saturday to Wednesday speaks of a minute; a night belongs to where it begins."""
    start, end = ((int(clock[:2]) * 60 + int(clock[3:])) for clock in between.split("-"))
    evening = minute >= start and (minute < end or end < start)
    morning = end < start and minute < end
    weekday, before = day.isoweekday(), (day - timedelta(days=1)).isoweekday()
    return (evening and weekday in (6, 7, 1, 2, 3)) or (morning and before in (6, 7, 1, 2, 3))


def _sides(someone: Someone) -> tuple[minutes.Side, minutes.Side]:
    before, after = (
        minutes.Side(side.zone or "", side.rows, side.leaves) for side in (someone.before, someone.after)
    )
    return before, after


def _around(first: date, last: date) -> tuple[int, int]:
    """From one date to another in every zone."""
    begin, end = (
        int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) for day in (first, last)
    )
    return begin - DAY, end + DAY


def _epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _patients(each: JSON) -> list[str]:
    return [part["participantId"] for part in each["participants"] if part["participantRole"] == "patient"]


def _takes_part(host: str, each: JSON) -> bool:
    return any(part["participantId"] == f"id-{host}" for part in each["participants"])
