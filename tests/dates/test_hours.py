"""Names of shifts and rows of words, as they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.dates import hours

E, L, N, A, D = ((390, 870),), ((840, 1320),), ((1290, 1830),), ((420, 1860),), ((480, 720), (780, 1020))
SPLIT = (*D, (1080, 1200))
SHIFTS = {"E": E, "L": L, "N": N, "A": A, "D": D, "e": L}


def of(read: Callable[..., Any]) -> Callable[[Any], Any]:
    return lambda value: read(value, SHIFTS)


@pytest.mark.parametrize(
    ("read", "value", "meant"),
    [
        (hours.shift_of, "06:30-14:30", E),
        (hours.shift_of, ["13:00-17:00", "08:00-12:00"], D),
        (hours.shift_of, "07:00-07:00", A),
        (hours.shift_of, "00:00-00:00", ((0, 1440),)),
        (of(hours.spans_of), "E", E),
        (of(hours.spans_of), "e", L),
        (of(hours.spans_of), ["D", "18:00-20:00"], SPLIT),
        (of(hours.week_of), "E e - . off N N", dict(enumerate((E, L, (), (), (), N, N), 1))),
        (of(hours.week_of), "E E E\n  E E . .", {**dict.fromkeys(range(1, 6), E), 6: (), 7: ()}),
        (of(hours.week_of), {"mon-tue": "A", "thu": ["D", "18:00-20:00"]}, {1: A, 2: A, 4: SPLIT}),
        (of(hours.cycle_of), "E E N .", (E, E, N, ())),
    ],
)  # fmt: skip
def test_what_words_mean(read: Callable[[Any], Any], value: Any, meant: Any) -> None:
    assert read(value) == meant


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (hours.shift_of, "off", "a shift has hours: where nobody works, rows have `.` and days `off`"),
        (hours.shift_of, "E", "`E` is not a range of hours"),
        (hours.shift_of, ["07:00-07:00", "08:00-09:00"], "07:00-07:00 and 08:00-09:00 overlap"),
        (of(hours.spans_of), "EE", "`EE` is no range of hours and none of the `shifts` E, L, N, A, D, e"),
        (of(hours.spans_of), ["E", "14:00-20:00"], "06:30-14:30 and 14:00-20:00 overlap"),
        (hours.spans_of, "noon", "`noon` is not a range of hours: write 09:00-17:00"),
        (of(hours.week_of), "E E E E E . .x", "`.x` is not a range of hours"),
        (of(hours.week_of), "E Q E E E . .", "`Q` is none of the `shifts` E, L, N, A, D, e"),
        (hours.week_of, "E E E E E . .", ": none is declared; write ranges, or add it there"),
        (of(hours.week_of), "E E E E E", "this row has 5 words, and a week 7: none for sat, sun"),
        (of(hours.week_of), "E E E E E . . E", "this row has 8 words, and a week 7, from Monday on"),
        (of(hours.week_of), "E", "`E` names no days: write off, or a mapping such as {mon-fri: E}"),
        (of(hours.week_of), "N 06:00-14:00 . . . . .", "mon 21:30-06:30 runs into tue 06:00-14:00"),
        (of(hours.week_of), "06:00-14:00 . . . . . N", "sun 21:30-06:30 runs into mon 06:00-14:00"),
        (of(hours.cycle_of), "E", "a cycle has 2 to 371 words, one a date, and this one 1"),
        (of(hours.cycle_of), "E " * 372, "and this one 372"),
        (of(hours.cycle_of), "06:00-14:00 . N", "word 3, 21:30-06:30 runs into word 1, 06:00-14:00"),
    ],
)  # fmt: skip
def test_what_is_refused_in_one_line(read: Callable[[Any], Any], value: Any, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        read(value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_sunday_is_held_against_the_monday_that_follows() -> None:
    weeks = hours.week_of("06:00-14:00 . . . . . N", SHIFTS, again=False), hours.week_of("off")
    hours.check_sunday(*weeks)
    with pytest.raises(ValueError, match="sun 21:30-06:30 runs into the next week's mon 06:00-14:00"):
        hours.check_sunday(weeks[0], weeks[0])


@given(st.text(alphabet="0123456789:-–.ELN offmn\n,", max_size=30) | st.text(max_size=20))
def test_nothing_is_raised_but_value_errors(text: str) -> None:
    for read in (hours.shift_of, of(hours.spans_of), of(hours.week_of), of(hours.cycle_of)):
        try:
            read(text)
        except ValueError as error:
            assert str(error)
