"""How often a rule has come, however long ago it started: against RFC 5545 read literally."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.dates import recurrence
from reconciler.dates.recurrence import turns
from reconciler.dates.rules import rule_of
from tests.support import oracle

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2024, 2, 28, 9)
DAY = timedelta(days=1)

weekdays = st.sets(st.sampled_from(oracle.CODES), min_size=1).map(lambda days: f";BYDAY={','.join(days)}")
parts = st.one_of(
    st.builds(lambda days: f"FREQ=DAILY{days}", st.one_of(st.just(""), weekdays)),
    st.builds(lambda days: f"FREQ=WEEKLY{days}", st.one_of(st.just(""), weekdays)),
    st.builds(lambda days: f"FREQ=WEEKLY;WKST=SU;BYSETPOS=-1{days}", weekdays),
    st.just("FREQ=DAILY;BYHOUR=8,13"),
    st.just("FREQ=DAILY;BYMONTH=2,3"),
    st.just("FREQ=MONTHLY;BYDAY=-1FR"),
    st.just("FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO"),
)
ends = st.one_of(
    st.just(""),
    st.integers(1, 200).map(lambda count: f";COUNT={count}"),
    st.integers(1, 900).map(lambda days: f";UNTIL={START + days * DAY:%Y%m%d}"),
)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@given(part=parts, interval=st.integers(1, 4), end=ends, clock=st.integers(0, 23), since=st.integers(-9, 900),
       length=st.integers(0, 900), weekly=st.booleans())  # fmt: skip
def test_turns_are_those_that_the_standard_gives(
    part: str, interval: int, end: str, clock: int, since: int, length: int, weekly: bool
) -> None:
    rule = rule_of(f"{part};INTERVAL={interval}{end}")
    begin = datetime(2024, 2, 28) + since * DAY
    before = begin + length * DAY + timedelta(hours=clock)
    found = oracle.occurrences(rule, START, before)
    expected = [each for each in found if begin <= each < before]
    counted = len({monday(each.date()) for each in expected}) if weekly else len(expected)
    assert turns(rule, START, BERLIN, begin, before, weekly) == counted


@pytest.mark.parametrize("until", ["20280309T080000Z", "20280309T075959Z"])
def test_an_end_in_utc_counts_to_the_second(until: str) -> None:
    rule = f"FREQ=DAILY;UNTIL={until}"
    whole = turns(rule, START, BERLIN, START, datetime(2030, 1, 1), False)
    assert whole == (datetime(2028, 3, 9) - datetime(2024, 2, 28)).days + until.startswith("20280309T08")


def test_a_century_costs_no_more_than_a_month(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []
    expanded = recurrence._moments

    def counting(*args: object) -> object:
        found = list(expanded(*args))  # type: ignore[arg-type]
        looked_at.extend(found)
        return iter(found)

    monkeypatch.setattr(recurrence, "_moments", counting)
    first = datetime(1907, 1, 1, 9)
    number = turns("FREQ=DAILY", first, BERLIN, first, datetime(2027, 1, 1), False)
    assert number == (datetime(2027, 1, 1) - datetime(1907, 1, 1)).days
    assert len(looked_at) < 40
