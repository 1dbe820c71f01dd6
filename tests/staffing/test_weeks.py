"""Weeks laid out say every hour once, whether manifests or rows of the service say it; and who is on when."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from hypothesis import given

from reconciler.dates.week import monday_of
from reconciler.dates.zones import wall_to_instant, zone_of
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.periods import DAY, by_the_clock
from reconciler.kinds.work_hours.shifts import DayCalendar
from reconciler.staffing.held import HeldHours
from reconciler.staffing.week import Calendar, Hours, Person, lay_out
from tests.kinds.work_hours.test_shifts import calendars, worked
from tests.support.examples import examples
from tests.support.weeks import ALL_DATES

ZONE = "Australia/Lord_Howe"
MONDAY = monday_of(ALL_DATES[0])
WEEKS = (ALL_DATES[-1] - MONDAY).days // 7 + 1


def held(calendar: DayCalendar, said: DayCalendar | None = None) -> HeldHours:
    """The rows that would be written, and what manifests say."""
    usual = [Row(period) for period in calendar.usual_rows()]
    special = [Row(row, over.name, days_off=True) for over, row in calendar.stated_rows()]
    return HeldHours(usual + special, said)


def person(hours: Hours) -> Person:
    (ana,) = lay_out(Calendar({"ana": ZONE}, {"ana": hours}, []), ["ana"], MONDAY, WEEKS)
    return ana


@examples(100)
@given(calendars())
def test_every_hour_is_told_once_on_the_day_on_which_it_begins(calendar: DayCalendar) -> None:
    meant = [
        (day, minute)
        for day in (each.date for each in person(calendar).days)
        for minute in worked(calendar, day)
    ]
    for hours in (calendar, held(calendar)):
        ana = person(hours)
        told = [
            (day.date + DAY * (minute // 1440), minute % 1440)
            for day in (ana.eve, *ana.days)
            for shift in day.shifts
            for minute in range(*shift.span, 180)
        ]
        shown = [each for each in told if MONDAY <= each[0] <= ana.days[-1].date]
        assert sorted(shown) == sorted(meant)


@examples(100)
@given(calendars(), calendars())
def test_what_manifests_explain_begins_where_they_say_and_no_hour_is_lost(
    calendar: DayCalendar, other: DayCalendar
) -> None:
    meet = {day for clash in calendar.clashes() for day in (clash.day - DAY, clash.day)}
    for meant, live in zip(person(calendar).days, person(held(calendar, calendar)).days, strict=True):
        assert meant.date in meet or [shift.span for shift in live.shifts] == [
            shift.span for shift in meant.shifts
        ], meant.date
    hours = held(calendar, other)  # changed by hand, or not yet applied
    for day in ALL_DATES:
        assert by_the_clock(hours.shifts(day), hours.shifts(day - DAY)) == calendar.hours(day), day


@examples(100)
@given(calendars())
def test_who_is_on_duty_is_what_the_clock_says(calendar: DayCalendar) -> None:
    for hours in (calendar, held(calendar)):
        ana = person(hours)
        for day in ALL_DATES[::5]:
            for minute in range(0, 1440, 180):
                wall = datetime.combine(day, time()) + timedelta(minutes=minute)
                moment = wall_to_instant(wall, zone_of(ZONE))
                assert (ana.on_duty(moment) is not None) == (minute in worked(calendar, day)), (day, minute)


@examples(100)
@given(calendars())
def test_an_override_is_named_where_it_changes_a_day(calendar: DayCalendar) -> None:
    usual = DayCalendar(calendar.usual)
    for day, live, plain in zip(
        *(person(hours).days for hours in (calendar, held(calendar), usual)), strict=True
    ):
        if [shift.span for shift in day.shifts] != [shift.span for shift in plain.shifts] and day.override:
            assert live.override is not None, day.date
        if day.override is None:
            assert live.override is None or day.shifts != plain.shifts, day.date
