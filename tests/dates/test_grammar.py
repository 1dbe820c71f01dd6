"""What the small languages accept, and what they say to those who write something else."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.dates import grammar, hours

ACCEPTED: list[tuple[Callable[[Any], Any], Any, Any]] = [
    (grammar.date_of, "2026-12-01", date(2026, 12, 1)),
    (grammar.local_of, "2026-12-01", date(2026, 12, 1)),
    (grammar.local_of, "2026-12-01T09:05", datetime(2026, 12, 1, 9, 5)),
    (grammar.clock_of, "9:00", 540),
    (grammar.clock_of, "00:00", 0),
    (grammar.clock_of, "24:00", 1440),
    (grammar.span_of, "09:00-18:00", (540, 1080)),
    (grammar.span_of, " 9:00 – 18:00 ", (540, 1080)),
    (grammar.span_of, "22:00-06:00", (1320, 1800)),
    (grammar.span_of, "00:00-24:00", (0, 1440)),
    (grammar.span_of, "22:00-00:00", (1320, 1440)),
    (hours.spans_of, ["12:30-17:00", "09:00-12:00"], ((540, 720), (750, 1020))),
    (hours.spans_of, ["09:00-12:00", "12:00-17:00"], ((540, 720), (720, 1020))),
    (hours.spans_of, "off", ()),
    (grammar.days_of, "mon", (1,)),
    (grammar.days_of, "mon-thu", (1, 2, 3, 4)),
    (grammar.days_of, "sat-mon", (1, 6, 7)),
    (grammar.days_of, "mon, wed-fri", (1, 3, 4, 5)),
    (grammar.days_of, "mon–sun", (1, 2, 3, 4, 5, 6, 7)),
    (hours.week_of, "off", dict.fromkeys(range(1, 8), ())),
    (
        hours.week_of,
        {"mon-wed": "09:00-17:00", "tue": "off"},
        {1: ((540, 1020),), 2: (), 3: ((540, 1020),)},
    ),
    (hours.week_of, {"tue": "off", "mon-tue": "09:00-17:00"}, {1: ((540, 1020),), 2: ()}),
    (hours.week_of, {"sun": "22:00-06:00", "mon": "06:00-07:00"}, {1: ((360, 420),), 7: ((1320, 1800),)}),
    (grammar.duration_of, "30m", timedelta(minutes=30)),
    (grammar.duration_of, "90 minutes", timedelta(minutes=90)),
    (grammar.duration_of, "1h30m", timedelta(minutes=90)),
    (grammar.wait_of, "90s", timedelta(seconds=90)),
    (grammar.wait_of, "1m 30 seconds", timedelta(seconds=90)),
    (grammar.wait_of, "15m", timedelta(minutes=15)),
    (grammar.interval_of, "60s", timedelta(minutes=1)),
    (grammar.interval_of, "90 days", timedelta(days=90)),
    (grammar.duration_of, "1 hour 15 minutes", timedelta(minutes=75)),
    (grammar.duration_of, "2 days", timedelta(days=2)),
    (grammar.duration_of, "8 weeks", timedelta(weeks=8)),
    (grammar.range_of, "2027-07-05..2027-07-16", (date(2027, 7, 5), date(2027, 7, 16))),
    (grammar.range_of, "2027-07-05", (date(2027, 7, 5), date(2027, 7, 5))),
]

REFUSED: list[tuple[Callable[[Any], Any], Any, str]] = [
    (grammar.date_of, "2026-02-30", "`2026-02-30` is no day of the calendar"),
    (grammar.date_of, "1.12.2026", "`1.12.2026` is not a date: write year-month-day, as in 2026-12-01"),
    (grammar.date_of, "0206-12-01", "the year of `0206-12-01` is not between 1900 and 2199"),
    (grammar.date_of, "２026-12-01", "`２026-12-01` is not a date: write year-month-day, as in 2026-12-01"),
    (grammar.local_of, "2026-12-01T24:00", "nothing starts at 24:00, write T00:00 of the next day"),
    (grammar.local_of, "2026-12-01T09:00Z", "write 2026-12-01 or 2026-12-01T09:00"),
    (grammar.clock_of, "9am", "`9am` is not a time of day: write 09:00"),
    (grammar.clock_of, "12am", "write 00:00"),
    (grammar.clock_of, "5 PM", "write 17:00"),
    (grammar.clock_of, "9.30", "write 09:30"),
    (grammar.clock_of, "24:01", "`24:01` is no time of day: they run from 00:00 to 24:00"),
    (grammar.clock_of, "12:60", "`12:60` is no time of day"),
    (grammar.span_of, "9-17", "`9-17` is not a range of hours: write 09:00-17:00"),
    (grammar.span_of, "9am-5pm", "write 09:00-17:00"),
    (grammar.span_of, "9-5", "`9-5` is not a range of hours: write 09:00-17:00"),
    (grammar.span_of, "7-3", "write 07:00-15:00"),
    (grammar.span_of, "8-16", "write 08:00-16:00"),
    (grammar.span_of, "10-1", "write 10:00-13:00"),
    (grammar.span_of, "1-5", "write 13:00-17:00"),
    (grammar.span_of, "8-4pm", "write 08:00-16:00"),
    (grammar.span_of, "7am-3pm", "write 07:00-15:00"),
    (grammar.span_of, "0700-1500", "write 07:00-15:00"),
    (grammar.span_of, "7.00-15.00", "write 07:00-15:00"),
    (grammar.span_of, "9 to 5", "write 09:00-17:00"),
    (grammar.span_of, "9–5", "write 09:00-17:00"),
    (grammar.span_of, "22-6", "write 09:00-17:00, with hours and minutes"),
    (grammar.span_of, "10pm-6am", "write 22:00-06:00"),
    (grammar.span_of, "all day", "write 09:00-17:00"),
    (grammar.span_of, "09:00-09:00", "24 hours from 09:00: mon: 09:00-24:00, tue: 00:00-09:00"),
    (grammar.span_of, "24:00-06:00", "24:00 only ends a day, write 00:00 for its start"),
    (hours.spans_of, ["09:00-12:00", "11:00-13:00"], "09:00-12:00 and 11:00-13:00 overlap"),
    (hours.spans_of, ["09:00-12:00", "off"], "`off` stands alone"),
    (hours.spans_of, [], "an empty list of hours: write off"),
    (
        hours.spans_of,
        "09:00-12:00, 13:00-17:00",
        "write several ranges as a list, [09:00-12:00, 13:00-17:00]",
    ),
    (grammar.days_of, "Monday", "`Monday` is not a day: write mon"),
    (grammar.days_of, "weekdays", "`weekdays` is not a day: write mon, mon-thu or mon, wed-fri"),
    (grammar.days_of, "mon-mon", "`mon-mon` is one day: write mon, or mon-sun for the whole week"),
    (grammar.days_of, "mon-wed, tue", "`mon-wed, tue` names tue twice"),
    (grammar.days_of, "", "is not a day"),
    (hours.week_of, {"mon-wed": "off", "wed-fri": "off"}, "the hours of wed are given twice"),
    (
        hours.week_of,
        {"mon": "22:00-06:00", "tue": "05:00-09:00"},
        "mon 22:00-06:00 runs into tue 05:00-09:00",
    ),
    (hours.week_of, "always", "`always` names no days"),
    (grammar.duration_of, "30", "`30` is not a duration: write its unit, as in 30m or 30 weeks"),
    (grammar.duration_of, "0m", "`0m` is no time at all"),
    (grammar.wait_of, "0s", "`0s` is no time at all"),
    (grammar.wait_of, "s", "`s` is not a duration"),
    (grammar.wait_of, "x 5s", "`x` is not a duration"),
    (grammar.interval_of, "30s", "`30s` is faster than a minute: write 1m, or longer"),
    (grammar.duration_of, "-30m", "`-30m` is not a duration"),
    (grammar.duration_of, "", "is not a duration"),
    (grammar.duration_of, "9" * 40 + "w", "is longer than ten years"),
    (grammar.range_of, "2027-07-16..2027-07-05", "ends before it starts"),
    (grammar.range_of, "2027-07-05-2027-07-16", "write 2027-07-05 or 2027-07-05..2027-07-16"),
]


@pytest.mark.parametrize(("read", "text", "value"), ACCEPTED)
def test_grammar_reads(read: Callable[[Any], Any], text: Any, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(("read", "text", "message"), REFUSED)
def test_grammar_refuses_in_one_line_that_says_what_to_write(
    read: Callable[[Any], Any], text: Any, message: str
) -> None:
    with pytest.raises(ValueError) as caught:
        read(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


READERS = [
    grammar.date_of,
    grammar.local_of,
    grammar.clock_of,
    grammar.span_of,
    hours.spans_of,
    grammar.days_of,
    hours.week_of,
    grammar.duration_of,
    grammar.range_of,
]


@given(st.text(alphabet="0123456789:-–., TZmontuewdhFREQ=;BYA\x00²", max_size=20) | st.text(max_size=20))
def test_grammar_raises_nothing_but_value_errors(text: str) -> None:
    for read in READERS:
        with suppress(ValueError):
            read(text)  # type: ignore[operator]


@given(st.integers(0, 1439), st.integers(0, 1440))
def test_spans_read_back_as_written(start: int, end: int) -> None:
    if start == end:
        return
    text = f"{start // 60}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    assert grammar.span_of(text) == (start, end if end > start else end + 1440)


_CLOCKS = st.builds(
    lambda hour, minute, half: f"{hour}{minute}{half}",
    st.integers(0, 24),
    st.sampled_from(["", ":00", ".30", "h15", "00"]),
    st.sampled_from(["", "", "am", " pm"]),
)


@given(_CLOCKS, st.sampled_from(["-", " – ", "—", " to ", ".."]), _CLOCKS)
def test_advised_hours_are_accepted_and_a_working_day(start: str, dash: str, end: str) -> None:
    try:
        grammar.span_of(f"{start}{dash}{end}")
    except ValueError as error:
        found = re.search(r": write (\S+?)(?:, with hours and minutes)?$", str(error))
        if found:
            begins, ends = grammar.span_of(found[1])
            assert begins < ends <= 1440 or ("pm" in start and "am" in end)
        else:
            assert "24" in str(error), error
