"""A mark written is the mark read, wherever it stands."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.kinds.event.marks import Mark, mark_of, remarks_without, with_mark

QUICK = settings(max_examples=100)


LETTERS = "abcxyz019-"
owners = st.text(LETTERS, min_size=1, max_size=30)
series = st.text(LETTERS, min_size=1, max_size=60).filter(lambda name: name[0] != "-")
OLDEST, NEWEST = datetime(1900, 1, 1), datetime(2199, 12, 31)
marks = st.builds(
    Mark,
    owners,
    series,
    st.datetimes(OLDEST, NEWEST).map(lambda at: f"{at:%Y-%m-%d}")
    | st.datetimes(OLDEST, NEWEST).map(lambda at: f"{at:%Y-%m-%dT%H:%M}"),
)
remarks = st.text(max_size=40).filter(lambda text: text == text.rstrip() and mark_of_remarks(text) is None)


def mark_of_remarks(text: str) -> Mark | None:
    return mark_of({"additionalInfo": {"remarks": text}})


@QUICK
@given(marks)
def test_a_mark_read_back_is_the_mark(mark: Mark) -> None:
    assert Mark.parse(str(mark)) == mark
    assert mark_of({"externalId": str(mark), "additionalInfo": None}) == mark


@pytest.mark.parametrize("date", ["2026-13-45", "2026-02-30", "0000-01-01", "2026-12-08T25:00", "٢٠٢٦-١٢-٠٨"])
def test_what_names_no_date_of_the_calendar_is_no_mark(date: str) -> None:
    mark = f"staffing/standup@{date}"
    assert Mark.parse(mark) is None
    assert mark_of({"externalId": mark}) is mark_of_remarks(f"Bring notes\n[{mark}]") is None


@QUICK
@given(marks, remarks, st.dictionaries(st.sampled_from(["location", "attachment"]), st.text(max_size=9)))
@example(Mark("staffing", "a", "2026-12-01"), "Please wear mask\n[not/ours]", {})
def test_a_mark_in_the_remarks_is_found_and_taken_off(mark: Mark, text: str, more: dict[str, str]) -> None:
    info = more | ({"remarks": text} if text else {})
    marked = with_mark(info, mark)
    assert mark_of({"additionalInfo": marked}) == mark
    assert (remarks_without(marked).get("remarks") or "") == text
    assert with_mark(marked, mark) == marked
