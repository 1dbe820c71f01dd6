"""Teams: what is refused, where, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.manifest.test_shifts import problems

LISTED = "write a username (no blanks, no slashes, at most 128 characters), {user: NAME} or {team: NAME}; "
NAMED = "a name has letters, digits, hyphens and underscores only, at most 60"


def named(text: str) -> str:
    return f"teams: {text}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[ana]", "1:8 expected a mapping (`key: value`), found a list"),
        ("{a b: [ana]}", f"1:9 {NAMED}"),
        ("{w: ana}", "1:12 expected a list, found text"),
        ("{w: [[ana]]}", f"1:13 expected text or a mapping (`key: value`), found a list: {LISTED}"),
        ("{w: [a b]}", f"1:13 {LISTED}"),
        ("{w: [a/b]}", f"1:13 {LISTED}"),
        (f"{{w: [{'a' * 129}]}}", f"1:13 {LISTED}"),
        ("{w: [{user: a b}]}", "1:20 a username has no blanks and no slashes, and at most 128 characters"),
        ("{w: [{user: [ana]}]}", "1:20 expected text, found a list"),
        ("{w: [{team: [w]}]}", "1:20 expected text, found a list"),
        ("{w: [{team: ''}]}", f"1:20 {NAMED}"),
        ("{w: [{from: 2027-01-01}]}", "1:13 one of `user`, `team` is missing"),
        ("{w: [], v: [{user: ana, team: w}]}", "1:20 `user`, `team` exclude each other: write one"),
        ("{w: [{user: ana, to: 2027-01-01}]}", f"1:25 unknown key `to`; {LISTED}"),
        ("{w: [{user: ana, untill: 2027-01-01}]}", "1:25 unknown key `untill`; did you mean `until`?"),
        ("{w: [{user: ana, from: soon}]}", "1:31 `soon` is not a date: write year-month-day"),
        ("{w: [{user: ana, until: 2027-02-30}]}", "1:32 `2027-02-30` is no day of the calendar"),
        ("{w: [{user: ana, from: [x]}]}", "1:31 expected text, found a list"),
        ("{w: [{user: ana, until: {}}]}", "1:32 expected text, found a mapping"),
        (
            "{w: [{user: ana, from: 2027-02-01, until: 2027-01-31}]}",
            "1:50 `until` (2027-01-31) is before `from` (2027-02-01)",
        ),
        ("{wards: [ana], v: [{team: wrds}]}", "1:34 no team is called `wrds`; did you mean `wards`?"),
        ("{w: [{team: x}], v: []}", "1:20 no team is called `x`; those are v, w"),
        ("{w: [{team: w}]}", "1:20 team `w` is in itself: w > w"),
    ],
)  # fmt: skip
def test_what_is_refused_says_what_to_write(tmp_path: Path, text: str, told: str) -> None:
    (found,) = problems(tmp_path, named(text))
    assert found.startswith(told)


def test_every_team_that_is_not_there_is_told(tmp_path: Path) -> None:
    found = problems(tmp_path, named("{w: [{team: x}, {team: y}], v: [{team: z}]}"))
    assert found == [
        f"1:{at} no team is called `{name}`; those are v, w" for at, name in ((20, "x"), (31, "y"), (47, "z"))
    ]


def test_a_circle_names_its_teams_and_others_are_told_as_well(tmp_path: Path) -> None:
    circles = "a: [ana, {team: b}], b: [{team: c}], c: [{team: a}], d: [{team: e}], e: [{team: d}]"
    one, other = problems(tmp_path, named(f"{{{circles}}}"))
    assert {*one.partition(": ")[2].split(" > ")} == {"a", "b", "c"}
    assert {*other.partition(": ")[2].split(" > ")} == {"d", "e"}
    assert "is in itself" in one and "is in itself" in other


def test_what_may_be_written(tmp_path: Path) -> None:
    text = "teams:\n  w: [ana, {user: ana, from: 2027-01-01, until: 2027-01-01}]\n  empty: []\n"
    assert problems(tmp_path, text + "  all: [{team: w, until: 2027-06-30}, {team: empty}, ana]\n") == []


def test_a_team_stands_in_any_file_and_twice_in_none(tmp_path: Path) -> None:
    (found,) = problems(
        tmp_path, "teams: {w: [ana]}\ninclude: more.yaml\n", more="teams: {w: [], v: [{team: w}]}"
    )
    assert "`w` is declared twice under `teams`" in found


def test_a_member_whom_nobody_declares_is_told_where_it_stands(tmp_path: Path) -> None:
    anna, gone = problems(
        tmp_path, named("{w: [anna, {user: gone, until: 2027-01-31}, {user: old, until: 2026-01-31}]}")
    )
    assert anna.startswith(
        "1:13 no manifest declares the user `anna`: the tenant has to have it; did you mean `ana`?"
    )
    assert gone.startswith("1:26 no manifest declares the user `gone`")


def test_the_name_of_a_team_among_usernames_is_told_as_one(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, named("{w: [ana], v: [w]}"))
    assert found.endswith("; a team is called so, and is listed as {team: w}")


def test_a_chain_of_a_thousand_teams_is_as_good_as_one(tmp_path: Path) -> None:
    chain = "".join(f"  t{each}: [{{team: t{each + 1}}}, {{team: t{each + 1}}}]\n" for each in range(1000))
    assert problems(tmp_path, f"teams:\n{chain}  t1000: [ana]\n") == []


FORMS = "write `all`, a list such as [ann, {team: wards}], {team: wards} or {credentials: RN}"


@pytest.mark.parametrize(
    ("users", "told"),
    [
        ("[]", "1:37 an empty list: write something, or delete the line"),
        ("[a b]", f"1:38 {LISTED}"),
        ("[[ana]]", f"1:38 expected text or a mapping (`key: value`), found a list: {LISTED}"),
        ("[{}]", "1:38 one of `user`, `team` is missing"),
        ("[{team: w}]", "1:45 no team is called `w`; those are wards"),
        ("[{user: ana, from: jan}]", "1:56 `jan` is not a date"),
        (
            "[{user: ana, from: 2027-01-02, until: 2027-01-01}]",
            "1:75 `until` (2027-01-01) is before `from` (2027-01-02)",
        ),
        ("{}", "1:30 one of `credentials`, `team` is missing"),
        ("{team: ward}", "1:44 no team is called `ward`; did you mean `wards`?"),
        ("{team: a b}", f"1:44 {NAMED}"),
        ("{team: wards, credentials: RN}", "1:30 `credentials`, `team` exclude each other"),
        ("{team: wards, user: ana}", f"1:51 unknown key `user`; {FORMS}"),
        (
            "{credentials: RN, until: 2027-01-01}",
            "1:55 `until` goes with `user` or `team`: leave it out beside `credentials`",
        ),
        ("{team: wards, until: 2027-02-30}", "1:58 `2027-02-30` is no day of the calendar"),
    ],
)
def test_what_is_refused_in_a_policy_says_what_to_write(tmp_path: Path, users: str, told: str) -> None:
    rule = f"policies: [{{noOverlap: true, users: {users}}}]\n"
    (found,) = problems(tmp_path, rule + named("{wards: [ana]}"))
    assert found.startswith(told)
    rule = f"policies: [{{maxStranded: 0, except: [{{until: 2027-01-01, reason: x, users: {users}}}]}}]\n"
    (excepted,) = problems(tmp_path, rule + named("{wards: [ana]}"))
    assert excepted.partition(" ")[2] == found.partition(" ")[2]


@pytest.mark.parametrize(
    "users",
    ["all", "[ana, {team: wards}]", "{team: wards}", "{credentials: RN}", "{team: wards, until: 2027-01-01}"],
)
def test_what_may_be_written_in_a_policy(tmp_path: Path, users: str) -> None:
    text = named("{wards: [ana]}") + f"policies: [{{noOverlap: true, users: {users}}}]\n"
    assert problems(tmp_path, text) == []
