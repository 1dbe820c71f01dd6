"""A shift belongs to the date on which it begins: the day calendar and its rows, on invented weeks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds.work_hours.layers import Layer, Statement
from reconciler.kinds.work_hours.periods import DAY, Period, Week
from reconciler.kinds.work_hours.shifts import DayCalendar
from reconciler.kinds.work_hours.stating import Strand, rows_saying
from reconciler.model import Source
from tests.support.examples import examples
from tests.support.weeks import ALL_DATES, FIRST, periods, spans, weeks

PLACE = Source("staff.yaml", 1)
OFF: Week = dict.fromkeys(range(1, 8), ())
named_weeks = st.dictionaries(st.integers(1, 7), spans(), min_size=1, max_size=7)


def override(name: str, *periods: Period) -> Statement:
    return Statement(Layer.OVERRIDE, name, periods, PLACE)


@st.composite
def calendars(draw: st.DrawFn) -> DayCalendar:
    """Usual hours and all that is laid over them, nights everywhere; each override begins on another date."""
    usual = draw(periods(weeks))
    starts = sorted(draw(st.sets(st.sampled_from(ALL_DATES), max_size=4)))
    overrides = [
        override(f"no {place}", Period(start, start + DAY * draw(st.integers(0, 30)), draw(named_weeks)))
        for place, start in enumerate(starts)
    ]
    closures = [
        Statement(Layer.CLOSURE, "Closed", (Period(each.start, each.end or each.start, OFF),), PLACE)
        for each in draw(periods(st.just(OFF), most=2))
    ]
    swapped = draw(st.dictionaries(st.sampled_from(ALL_DATES[7:40]), spans(), max_size=4))
    dates = [Period(day, day, {day.isoweekday(): shifts}) for day, shifts in sorted(swapped.items())]
    swaps = [Statement(Layer.SWAP, "Swap with bob", tuple(dates), PLACE)] if dates else []
    return DayCalendar(tuple(usual), (*swaps, *overrides, *closures))


def begun(calendar: DayCalendar, day: date) -> set[int]:
    """The minutes, in steps of three hours, of the shifts that begin on a date; read off layer by layer."""
    layers = [period for period in calendar.usual or () if period.start <= day <= (period.end or date.max)]
    week = layers[0].week if layers else {}
    shifts = week.get(day.isoweekday(), ())
    for layer in (Layer.CLOSURE, Layer.OVERRIDE, Layer.SWAP):
        for period in (
            period for each in calendar.statements if each.layer is layer for period in each.periods
        ):
            if period.start <= day <= (period.end or date.max) and day.isoweekday() in period.week:
                shifts = period.week[day.isoweekday()]
    return {minute for start, end in shifts for minute in range(start, end, 180)}


def worked(calendar: DayCalendar, day: date) -> set[int]:
    own = {minute for minute in begun(calendar, day) if minute < 1440}
    return own | {minute - 1440 for minute in begun(calendar, day - DAY) if minute >= 1440}


def on(rows: Sequence[Period], day: date) -> list[set[int]]:
    """What each row that states a date says of it."""
    return [
        {minute for start, end in row.week[day.isoweekday()] for minute in range(start, end, 180)}
        for row in rows
        if row.covers(day) and day.isoweekday() in row.week
    ]


@examples(400)
@given(calendars())
def test_an_override_beats_the_usual_row_on_every_date_that_either_states(calendar: DayCalendar) -> None:
    usual, special = calendar.usual_rows(), [row for _, row in calendar.stated_rows()]
    for day in ALL_DATES:
        stated = on(special, day) or on(usual, day) or [set()]
        assert stated == [worked(calendar, day)], day


@examples(200)
@given(calendars())
def test_cut_into_usual_rows_the_hours_of_each_date_are_the_same(calendar: DayCalendar) -> None:
    rows = calendar.cut_rows()
    for day in ALL_DATES:
        assert (on(rows, day) or [set()]) == [worked(calendar, day)], day


@examples(200)
@given(calendars())
def test_a_date_is_stated_only_where_an_override_or_its_night_says_so(calendar: DayCalendar) -> None:
    usual = calendar.usual_rows()
    for over, row in calendar.stated_rows():
        for day in ALL_DATES:
            if on([row], day):
                differs = (on(usual, day) or [set()]) != on([row], day)
                named = names(over, day) and (differs or over.layer is not Layer.CLOSURE)
                assert named or (names(over, day - DAY) and differs), (row, day)


def names(over: Statement, day: date) -> bool:
    return any(each.covers(day) and day.isoweekday() in each.week for each in over.periods)


def partitions(found: list[tuple[date, int]]) -> Iterator[list[list[tuple[date, int]]]]:
    if not found:
        yield []
        return
    first, *rest = found
    for parts in partitions(rest):
        yield [[first], *parts]
        for place in range(len(parts)):
            yield [*parts[:place], [first, *parts[place]], *parts[place + 1 :]]


def one_row(part: list[tuple[date, int]]) -> bool:
    """Whether one week between a first and a last date states these dates and no other."""
    said = dict(part)
    days = [min(said) + DAY * step for step in range((max(said) - min(said)).days + 1)]
    values: dict[int, set[int | None]] = {day.isoweekday(): set() for day in said}
    for day in days:
        if day.isoweekday() in values:
            values[day.isoweekday()].add(said.get(day))
    return all(len(each) == 1 and None not in each for each in values.values())


@examples(100)
@given(
    st.dictionaries(
        st.sampled_from([FIRST + DAY * step for step in range(24)]), st.integers(0, 1), max_size=7
    )
)
def test_rows_are_hardly_more_than_the_fewest(said: dict[date, int]) -> None:
    stated = [Strand(day, day, ((value * 180, 720),)) for day, value in sorted(said.items())]
    rows = rows_saying(stated)
    for day in ALL_DATES:
        assert on(rows, day) == ([set(range(said[day] * 180, 720, 180))] if day in said else [])
    ways = partitions(sorted(said.items()))
    assert len(rows) <= 1 + min(len(way) for way in ways if all(map(one_row, way)))
