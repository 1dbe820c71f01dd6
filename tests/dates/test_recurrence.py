"""Rules of recurrence: read, checked, expanded (RFC 5545 3.3.10)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from reconciler.dates.recurrence import check_fires, occurrences
from reconciler.dates.rules import period_of, rule_of

ANGELES = ZoneInfo("America/Los_Angeles")
START = datetime(2026, 12, 1, 9)


def starts(rule: str, days: int = 400) -> list[str]:
    found = occurrences(rule, START, ANGELES, START, datetime(2027, 12, 31), 1000)
    return [f"{moment:%Y-%m-%d}" for moment in found][:days]


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        ({"every": "week", "on": ["tue", "thu"]}, "RRULE:FREQ=WEEKLY;BYDAY=TH,TU;INTERVAL=1"),
        ({"every": "week", "on": "tue, thu", "interval": "2"}, "freq=weekly;interval=2;byday=TU,TH;"),
        ({"every": "month", "on": ["wed"], "position": "2"}, "FREQ=MONTHLY;BYDAY=WE;BYSETPOS=2"),
        ({"every": "month", "monthDays": ["1", "-1"]}, "FREQ=MONTHLY;BYMONTHDAY=-1,1"),
        ({"every": "day", "count": "3"}, "FREQ=DAILY;COUNT=3;WKST=MO"),
        ({"every": "week", "until": "2027-03-31"}, "FREQ=WEEKLY;UNTIL=20270331"),
    ],
)
def test_a_mapping_and_its_text_are_one_rule(mapping: dict[str, str], text: str) -> None:
    assert rule_of(mapping) == rule_of(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FREQ=HOURLY", "FREQ=HOURLY is finer than a day"),
        ("every week", "`EVERY WEEK` in the rule: write NAME=VALUE parts"),
        ("weekly", "or what you mean as {every: week, on: tue}"),
        ("BYDAY=MO", "a rule needs FREQ="),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ stands twice"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY=XX: write MO to SU"),
        ("FREQ=WEEKLY;BYDAY=2TU", "the n-th weekday has a meaning by month or year only"),
        ("FREQ=MONTHLY;BYDAY=6TU", "BYDAY=6TU is out of range"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32 is out of range: 1 to 31"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY has no meaning with FREQ=WEEKLY"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "exclude each other"),
        ("FREQ=DAILY;BYSETPOS=1", "picks among days"),
        ("FREQ=DAILY;UNTIL=tomorrow", "write a date (20270331)"),
        ("FREQ=DAILY;X-NAME=1", "X-NAME is not a part of a recurrence rule"),
    ],
)
def test_a_bad_rule_is_refused_with_its_part(text: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:
        rule_of(text)
    assert message in str(refused.value)


def test_the_last_day_counts_whole() -> None:
    assert starts("FREQ=DAILY;UNTIL=20261203") == ["2026-12-01", "2026-12-02", "2026-12-03"]


def test_an_end_in_utc_is_an_instant() -> None:
    assert starts("FREQ=DAILY;UNTIL=20261203T170000Z")[-1] == "2026-12-03"
    assert starts("FREQ=DAILY;UNTIL=20261203T165959Z")[-1] == "2026-12-02"


def test_an_end_in_utc_is_exact_while_the_clocks_are_put_back() -> None:
    start, zone = datetime(2026, 10, 30, 1, 30), ANGELES
    for until, days in (("20261101T083000Z", 3), ("20261101T082900Z", 2), ("20261101T091500Z", 3)):
        rule = f"FREQ=DAILY;UNTIL={until}"
        assert len(occurrences(rule, start, zone, start, datetime(2026, 12, 1), 99)) == days


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYSETPOS=2",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=-2",
        "FREQ=MONTHLY;BYDAY=2MO;BYSETPOS=2",
    ],
)
def test_a_position_that_no_period_has_is_refused_at_once(rule: str) -> None:
    with pytest.raises(ValueError, match=r"is beyond the 1 that a (day|week|month) can give"):
        rule_of(rule)


def test_the_start_occurs_only_if_the_rule_gives_it() -> None:
    assert starts("FREQ=WEEKLY;BYDAY=WE", 2) == ["2026-12-02", "2026-12-09"]


def test_a_count_is_counted_from_the_start_not_from_the_window() -> None:
    late = datetime(2026, 12, 4)
    assert len(occurrences("FREQ=DAILY;COUNT=5", START, ANGELES, late, datetime(2027, 12, 31), 10)) == 2


def test_more_occurrences_than_the_limit_are_an_error_not_a_cut() -> None:
    with pytest.raises(ValueError, match="more than 10 occurrences"):
        occurrences("FREQ=DAILY", START, ANGELES, START, datetime(2027, 12, 31), 10)


@pytest.mark.parametrize(
    "rule", ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"]
)
def test_a_rule_that_never_fires_is_an_error(rule: str) -> None:
    with pytest.raises(ValueError, match="never gives an occurrence"):
        check_fires(rule, START, ANGELES)


def test_an_end_before_the_start_is_an_error() -> None:
    with pytest.raises(ValueError, match="is before the first start"):
        check_fires("FREQ=DAILY;UNTIL=20261130", START, ANGELES)


def test_a_leap_day_that_is_a_monday_is_found() -> None:
    check_fires("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", START, ANGELES)


def test_the_period_is_frequency_times_interval() -> None:
    assert period_of("FREQ=WEEKLY;INTERVAL=2").days == 14


def test_a_day_that_no_month_has_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="its months have 29 days at most"):
        rule_of("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30,-31")
