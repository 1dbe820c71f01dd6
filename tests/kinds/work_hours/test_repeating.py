"""What repeats in a list of days, against trying: all known days of one place in the period are alike."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds.work_hours.repeating import longest, repeats, turns

EARLY, LATE, OFF = ((420, 900),), ((840, 1320),), ()
DAYS = st.lists(st.sampled_from([EARLY, LATE, OFF, None]), min_size=1, max_size=24)


def alike(days: Sequence[object], period: int) -> bool:
    return all(len({*days[place::period]} - {None}) <= 1 for place in range(period))


@given(DAYS, st.integers(1, 9), st.data())
def test_it_goes_on_as_long_as_all_known_days_are_alike(days: list, period: int, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(days) - 1))
    lasts = repeats(days, at, period)
    assert alike(days[at : at + lasts], period)
    assert at + lasts == len(days) or not alike(days[at : at + lasts + 1], period)


@given(DAYS, st.integers(1, 9))
def test_the_days_in_turn_are_those_that_are_known(days: list, period: int) -> None:
    lasts = repeats(days, 0, period)
    found = turns(days, 0, period, lasts)
    assert all(day is None or day == found[place % period] for place, day in enumerate(days[:lasts]))


@given(DAYS)
def test_the_longest_comes_round_twice_and_the_fewest_days_win(days: list) -> None:
    period, lasts = longest(days, 0, range(2, 9), (1, repeats(days, 0, 1)))
    tried = {each: repeats(days, 0, each) for each in range(1, 9)}
    round_twice = {each: long for each, long in tried.items() if each == 1 or long >= 2 * each}
    assert lasts == max(round_twice.values())
    assert period == min(each for each, long in round_twice.items() if long == lasts)
