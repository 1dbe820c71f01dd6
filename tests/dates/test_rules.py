"""A rule as a mapping and as RFC 5545's text."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.dates.recurrence import occurrences
from reconciler.dates.rules import rule_of

QUICK = settings(max_examples=100)


EVERY = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CODES = dict(zip(DAYS, ("MO", "TU", "WE", "TH", "FR", "SA", "SU"), strict=True))


@QUICK
@given(
    st.sampled_from(list(EVERY)),
    st.none() | st.integers(1, 5),
    st.none() | st.sets(st.sampled_from(DAYS), min_size=1, max_size=3),
    st.none() | st.integers(1, 3),
    st.none() | st.integers(1, 20) | st.dates(date(2027, 1, 1), date(2027, 6, 1)),
)
def test_a_mapping_and_its_rule_as_text_are_one_rule(
    every: str, interval: int | None, on: set[str] | None, position: int | None, end: Any
) -> None:
    mapping: dict[str, Any] = {"every": every}
    text = [f"FREQ={EVERY[every]}"]
    if interval:
        mapping["interval"] = str(interval)
        text.append(f"INTERVAL={interval}")
    if on:
        mapping["on"] = sorted(on)
        text.append("BYDAY=" + ",".join(CODES[day] for day in on))
    if on and position and every in ("month", "year"):
        mapping["position"] = str(position)
        text.append(f"BYSETPOS={position}")
    if isinstance(end, int):
        mapping["count"] = str(end)
        text.append(f"COUNT={end}")
    elif end:
        mapping["until"] = str(end)
        text.append(f"UNTIL={end:%Y%m%d}")
    zone = ZoneInfo("America/Los_Angeles")
    rule = rule_of(mapping)
    assert rule == rule_of(";".join(text)) == rule_of("RRULE:" + ";".join(reversed(text)))
    begin = datetime(2026, 12, 1, 9)
    found = occurrences(rule, begin, zone, begin, begin + timedelta(days=100), 1000)
    assert found == sorted(set(found))
    assert all(moment.time() == begin.time() for moment in found)
    if every == "week" and on:
        assert {DAYS[moment.weekday()] for moment in found} <= on
