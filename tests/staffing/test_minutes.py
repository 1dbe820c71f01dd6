"""Invented rotas over changes of the clocks: the effect is what counting single minutes gives."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
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
QUARTER, DAY = 900, 86_400
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def spans(draw: st.DrawFn) -> list[str]:
    """The hours of a date as rows say them: none, a day, a broken one, or a night up to or from midnight."""
    usual = ["09:00-17:00", "07:30-12:00", "13:00-17:45", "00:00-06:00", "22:00-24:00", "01:15-03:10"]
    usual += ["00:00-24:00", "02:00-02:30", "01:30-02:15", "23:30-24:00", "12:00-12:10"]
    return draw(st.lists(st.sampled_from(usual), max_size=2))


weeks = st.dictionaries(st.sampled_from(DAYS), spans(), max_size=7)


@st.composite
def rows(draw: st.DrawFn, today: date) -> list[JSON]:
    """Usual hours in one to three periods, and overrides, which may meet."""
    cuts = sorted(draw(st.sets(st.integers(-10, 14), min_size=1, max_size=3)))
    days = [today + timedelta(days=cut) for cut in cuts]
    ends = [day - timedelta(days=1) for day in days[1:]] + [
        days[-1] + timedelta(days=draw(st.integers(0, 14)))
    ]
    found = [
        row(str(start), end and str(end), draw(weeks), id=f"usual-{place}")
        for place, (start, end) in enumerate(zip(days, ends, strict=True))
    ]
    for place in range(draw(st.integers(0, 2))):
        first = today + timedelta(days=draw(st.integers(-3, 12)))
        last = first + timedelta(days=draw(st.integers(0, 6)))
        found.append(row(str(first), str(last), draw(weeks), "OVERRIDE", id=f"override-{place}"))
    if draw(st.booleans()):
        always = {day: ["00:00-24:00"] for day in DAYS}
        found.append(row(str(today), None, always, id="available") | {"type": "AVAILABILITY"})
    return found


@st.composite
def leaves(draw: st.DrawFn, now: int) -> list[tuple[int, int]]:
    start = now + QUARTER * draw(st.integers(-100, 900))
    return [(start, start + QUARTER * draw(st.integers(1, 300)))] if draw(st.booleans()) else []


@st.composite
def people(draw: st.DrawFn, now: datetime) -> Someone:
    """Somebody of whom something changes, or nothing."""
    today, instant = now.date(), int(now.timestamp()) // QUARTER * QUARTER
    zone, had = draw(st.sampled_from(ZONES)), draw(rows(today))
    before = Side(zone, had, draw(leaves(instant)))
    if draw(st.integers(0, 3)) == 0:
        return Someone(before, before)
    have = {each["workHoursId"]: each for each in had} | {
        each["workHoursId"]: each for each in draw(rows(today))
    }
    kept = [each for each in have.values() if each["type"] == "WORKING_HOURS" or each in had]
    moves = draw(st.integers(0, 4)) == 0
    return Someone(before, Side(draw(st.sampled_from(ZONES)) if moves else zone, kept, draw(leaves(instant))))


@st.composite
def clinics(draw: st.DrawFn) -> Clinic:
    now = draw(st.sampled_from(NOWS))
    clinic = Clinic(
        now, {name: draw(people(now)) for name in ("ann", "bob")}, timezone=draw(st.sampled_from(ZONES))
    )
    begin = int(now.timestamp()) // QUARTER * QUARTER
    for place in range(draw(st.integers(1, 6))):
        start = begin + QUARTER * draw(st.integers(-8, 1500))
        booked = event(
            f"visit-{place}", draw(st.sampled_from(("ann", "bob"))), start,
            start + 300 * draw(st.integers(1, 14)), ["patient-1"] if draw(st.booleans()) else [],
            eventStatus=draw(st.sampled_from(["SCHEDULED"] * 5 + ["CANCELLED", "Missed"])),
            staff=draw(st.sampled_from([(), ("bob",)])),
        )  # fmt: skip
        clinic.events.append(booked)
        if draw(st.integers(0, 4)) == 0:
            start += QUARTER * draw(st.integers(1, 100))
            clinic.changes.append(moved(booked, f"moved-{place}@2027-01-01", start, start + 1800))
    return clinic


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
@given(clinics(), st.sampled_from(ZONES), st.sampled_from(["09:00-17:00", "22:00-06:00", "00:00-24:00"]))
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
