"""Rotations by name: what is refused, where, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.manifest.test_shifts import SHIFTS, problems

WARDS = SHIFTS + "rotations: {wards: {starts: 2027-01-04, weeks: [E E E E E . ., off]}}\n"
CYCLE = SHIFTS + "rotations: {four: {starts: 2027-01-06, cycle: E E N N . . . .}}\n"


def said(rotations: str) -> str:
    return SHIFTS + f"rotations: {rotations}\n"


def hours(text: str, item: str) -> str:
    return text + f"workHours: {{ana: [{{from: 2027-01-04, {item}}}]}}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (said("{a b: {starts: 2027-01-04, cycle: E .}}"), "2:13 a name has letters, digits, hyphens and"),
        (said("{w: {weeks: [off]}}"), "2:13 `starts` is missing"),
        (said("{w: {starts: 2027-01-04}}"), "2:13 one of `weeks`, `cycle` is missing"),
        (said("{w: {starts: 2027-01-04, weeks: [off], cycle: E .}}"), "2:13 `weeks`, `cycle` exclude each o"),
        (said("{w: {starts: 2027-01-04, weeks: []}}"), "2:44 an empty list"),
        (said("{w: {starts: 2027-01-04, weeks: [" + "off, " * 54 + "]}}"), "2:44 more than 53 items"),
        (said("{w: {starts: 2027-01-04, weeks: [E E E]}}"), "2:45 this row has 3 words, and a week 7: none"),
        (said("{w: {starts: 2027-01-04, weeks: [off, {mon: Q}]}}"), "2:56 `Q` is no range of hours and none"),
        (said("{w: {starts: 2027-01-04, weeks: [[E]]}}"), "2:45 expected a mapping (`key: value`) or text,"),
        (
            said("{w: {starts: 2027-01-04, weeks: [. . . . . . N, 06:00-14:00 . . . . . .]}}"),
            "2:45 sun 21:30-06:30 runs into the next week's mon 06:00-14:00",
        ),
        (said("{w: {starts: 2027-01-04, weeks: [off, N 06:00-14:00 . . . . .]}}"), "2:50 mon 21:30-06:30 ru"),
        (said("{w: {starts: 2027-01-04, cycle: E E Q}}"), "2:44 `Q` is none of the `shifts` E, L, N"),
        (said("{w: {starts: 2027-01-04, cycle: E}}"), "2:44 a cycle has 2 to 371 words, one a date, and thi"),
        (
            said("{w: {starts: 2027-01-04, cycle: [E, E, N]}}"),
            "2:44 expected text, found a list: write it as a row, `E E N`",
        ),
        (said("{w: {starts: 2027-01-04, cycle: - E E .}}"), "2:44 a row that begins with a dash: put it in"),
        (said("{w: {starts: 2027-01-04, cycle: 06:00-14:00 . N}}"), "2:44 word 3, 21:30-06:30 runs into wor"),
        (hours(WARDS, "rotation: wrds"), "3:48 no rotation is called `wrds`; did you mean `wards`?"),
        (hours(WARDS, "rotation: x"), "3:48 no rotation is called `x`; those are wards"),
        (hours("", "rotation: x"), "1:48 no rotation is called `x`; none is declared"),
        (
            hours(WARDS, "rotation: wards, offset: 3 days"),
            "3:63 `offset: 3 days` lies between two turns: write whole weeks, `1 week`",
        ),
        (hours(WARDS, "rotation: wards, offset: 1"), "3:63 `1` is not a duration: write 1 week, or 3 days"),
        (hours(WARDS, "rotation: wards, offset: 0 weeks"), "3:63 `0 weeks` is no time at all"),
        (hours(CYCLE, "rotation: four, offset: 12h"), "3:62 `offset: 12h` lies between two turns: write who"),
        (hours(WARDS, "days: off, offset: 1 week"), "3:19 `rotation` is missing: `offset` needs it"),
        (
            hours(WARDS, "rotation: {starts: 2027-01-04, weeks: [off]}, offset: 1 week"),
            "3:92 `offset` goes with the name of a `rotation`",
        ),
        (
            hours("", "rotation: {starts: 2027-01-06, weeks: [off]}"),
            "1:57 weeks run from Monday: the first begins on 2027-01-04",
        ),
        (
            hours("", "rotation: {starts: 2027-01-04, weeks: [{sun: 22:00-06:00}, {mon: 05:00-13:00}]}"),
            "1:77 sun 22:00-06:00 runs into the next week's mon 05:00-13:00",
        ),
        (
            "templates: {t: {rotation: wards}}\n" + hours("", "template: t"),
            "1:27 expected a mapping (`key: value`), found text",
        ),
    ],
)  # fmt: skip
def test_what_is_refused_says_what_to_write(tmp_path: Path, text: str, told: str) -> None:
    (found,) = problems(tmp_path, text)
    assert found.startswith(told)


def test_a_night_may_meet_the_monday_of_its_own_week_where_another_follows(tmp_path: Path) -> None:
    turns = "{starts: 2027-01-04, weeks: [06:00-14:00 . . . . . N, off]}"
    assert problems(tmp_path, said(f"{{w: {turns}}}")) == []
    assert problems(tmp_path, hours(SHIFTS, f"rotation: {turns}")) == []


def test_what_the_advice_says_is_accepted(tmp_path: Path) -> None:
    assert problems(tmp_path, hours(WARDS, "rotation: wards, offset: 1 week")) == []
    assert problems(tmp_path, hours(CYCLE, "rotation: four, offset: 2 days")) == []
    assert problems(tmp_path, said("{w: {starts: 2027-01-06, cycle: E E N}}")) == []
