"""Names of shifts and rows in manifests: what is refused, where, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import HEAD, NOW
from tests.support.cli import run

SHIFTS = "shifts: {E: 06:30-14:30, L: 14:00-22:00, N: 21:30-06:30}\n"
LINE = HEAD.count("\n") + 1


def problems(folder: Path, text: str, **files: str) -> list[str]:
    """What `validate` finds, by line and column; lines are those after the head."""
    (folder / "env.yaml").write_text(HEAD + "users: {ana: {email: a@example.org}}\n" + text, encoding="utf-8")
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(content, encoding="utf-8")
    told = run("validate", "env.yaml", "--format", "json", "--now", NOW, cwd=folder).data["problems"]
    return [f"{each['line'] - LINE}:{each['column']} {each['message']}" for each in told]


def hours(days: str) -> str:
    return SHIFTS + f"workHours: {{ana: [{{from: 2026-12-01, {days}}}]}}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("shifts: {off: 06:00-14:00}", "1:10 a shift's name is a letter, then letters or digits, at most 12"),
        ("shifts: {mon: 06:00-14:00}", "1:10 a shift's name is a letter, then letters or digits, at most 12"),
        ("shifts: {1E: 06:00-14:00}", "1:10 a shift's name is a letter, then letters or digits, at most 12"),
        ("shifts: {ABCDEFGHIJKLM: 06:00-14:00}", "1:10 a shift's name is a letter, then letters or digits"),
        ("shifts: {E: off}", "1:13 a shift has hours: where nobody works, rows have `.` and days `off`"),
        ("shifts: {E: 06:00-14:00, F: E}", "1:29 `E` is not a range of hours: write 09:00-17:00"),
        ("shifts: {E: {mon: 06:00-14:00}}", "1:13 expected text or a list, found a mapping"),
        ("shifts: {E: []}", "1:13 a shift has hours"),
        ("shifts: {E: [06:00-10:00, 7-3]}", "1:27 `7-3` is not a range of hours: write 07:00-15:00"),
        ("shifts: {E: [06:00-10:00, 09:00-11:00]}", "1:13 06:00-10:00 and 09:00-11:00 overlap"),
        ("shifts: {N: 17:00-09:00}", "1:13 `17:00-09:00` lasts 16 hours, over midnight: swapped?"),
        (hours("days: E E Q . . . ."), "2:44 `Q` is none of the `shifts` E, L, N"),
        (hours("days: E E . . . ."), "2:44 this row has 6 words, and a week 7: none for sun"),
        (hours("days: E E . . . . . ."), "2:44 this row has 8 words, and a week 7, from Monday on"),
        (hours("days: E"), "2:44 `E` names no days: write off, or a mapping such as {mon-fri: E}"),
        (hours("days: [E, E, N, ., ., ., .]"), "2:44 expected a mapping (`key: value`) or text, found a"),
        (hours("days: - E E . . . ."), "2:44 a row that begins with a dash: put it in quotes, or write"),
        (hours("days: {mon: X}"), "2:50 `X` is no range of hours and none of the `shifts` E, L, N"),
        (hours("days: {mon: [E, X]}"), "2:54 `X` is no range of hours and none of the"),
        (hours("days: {mon: [E, 14:00-15:00]}"), "2:50 06:30-14:30 and 14:00-15:00 overlap"),
        (hours("days: {mon: N, tue: 06:00-14:00}"), "2:53 mon 21:30-06:30 runs into tue 06:00-14:00"),
        (
            hours("days: {mon: 07:00-07:00}"),
            "2:50 `07:00-07:00` starts and ends at the same time: 00:00-24:00 is the whole day; 24 "
            "hours from 07:00: mon: 07:00-24:00, tue: 00:00-07:00, or a name under `shifts:`",
        ),
    ],
)  # fmt: skip
def test_what_is_refused_says_what_to_write(tmp_path: Path, text: str, told: str) -> None:
    (found,) = problems(tmp_path, text)
    assert found.startswith(told)


def test_what_the_advice_says_is_accepted(tmp_path: Path) -> None:
    for days in ("'- E E . . . .'", ". E E . . . .", "'- - - E E - -'", "{mon-fri: E}"):
        assert problems(tmp_path, hours(f"days: {days}")) == []
    assert (
        problems(
            tmp_path, "shifts: {A: 07:00-07:00}\nworkHours: {ana: [{from: 2026-12-01, days: {mon: A}}]}\n"
        )
        == []
    )


def test_upper_and_lower_case_differ(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, hours("days: {mon: e}"))
    assert found.startswith(
        "2:50 `e` is no range of hours and none of the `shifts` E, L, N; did you mean `E`?"
    )


def test_names_hold_in_all_files(tmp_path: Path) -> None:
    text = "include: [wards.yaml]\nworkHours: {ana: [{from: 2026-12-01, days: D D D D D . .}]}\n"
    assert problems(tmp_path, text, wards="shifts: {D: 08:00-16:00}\n") == []
    twice = problems(
        tmp_path, "include: [wards.yaml]\nshifts: {D: 08:00-16:00}\n", wards="shifts: {D: 08:00-15:00}\n"
    )
    assert [each.partition(" ")[2] for each in twice] == [
        "`D` is declared twice under `shifts`: first in env.yaml:8:10"
    ]


def test_one_that_is_unsound_is_told_once(tmp_path: Path) -> None:
    text = "shifts: {E: 7-3}\nworkHours: {ana: [{from: 2026-12-01, days: E E E E E . .}]}\n"
    assert [each[:4] for each in problems(tmp_path, text)] == ["1:13"]
