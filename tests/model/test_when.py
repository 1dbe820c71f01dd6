"""When something is: dates, ranges, lists of both, or `from` and `to`, as entries say it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifest.reader import read
from reconciler.model import Block, Findings, Source
from reconciler.model.when import Stretch, stretches_in, united


def said(text: str) -> tuple[list[tuple[str, str, str]], list[str]]:
    findings = Findings()
    tree = read(text.encode(), "staff.yaml", findings)
    assert isinstance(tree, Block)
    stretches = stretches_in(tree, findings)
    found = [(str(first), str(last), f"{place.line}:{place.column}") for first, last, place in stretches]
    return found, [f"{error.line}:{error.column}: {error.message}" for error in findings.errors]


def test_a_date_a_range_and_a_list_of_both_are_read_with_their_places() -> None:
    one = [("2027-02-11", "2027-02-11", "1:5")]
    assert said("on: 2027-02-11") == (one, [])
    assert said("on: 2027-02-11..2027-02-12")[0] == [("2027-02-11", "2027-02-12", "1:5")]
    both = [("2027-03-01", "2027-03-01", "1:6"), ("2027-02-11", "2027-02-12", "1:18")]
    assert said("on: [2027-03-01, 2027-02-11..2027-02-12]")[0] == both


def test_from_and_to_are_one_stretch_and_stand_in_order() -> None:
    assert said("from: 2027-02-11\nto: 2027-02-12") == ([("2027-02-11", "2027-02-12", "1:7")], [])
    wrong = said("from: 2027-02-11\nto: 2027-02-10")
    assert wrong == ([], ["2:5: `to` (2027-02-10) is before `from` (2027-02-11)"])


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=6))
def test_united_stretches_hold_the_same_dates_each_once(ranges: list[tuple[int, int]]) -> None:
    first, day, place = date(2027, 1, 1), timedelta(days=1), Source("staff.yaml", 1)
    stretches = [Stretch(first + day * at, first + day * (at + more), place) for at, more in ranges]
    found = united(stretches)
    dates = [first + day * at for at in range(50)]
    for one in dates:
        assert sum(stretch.covers(one) for stretch in found) == any(each.covers(one) for each in stretches)
    assert all(later.first - one.last > day for one, later in pairwise(found))
