"""What is refused of series that change and of hosts in turn: at its place, with what to write."""

from __future__ import annotations

import pytest

from reconciler.manifest.reader import read
from reconciler.manifest.schema import check
from reconciler.model import Findings

ENTRY = "title: xy, starts: 2026-12-01T09:00, duration: 30m"
USERNAME = "a username has no blanks and no slashes, and at most 128 characters"
BESIDE = "it stands beside `from`, not in it"
NOTHING = "nothing stands in this mapping: write something, or delete the line"
ODD = [
    ("host: jo, hosts: [al]", ["1:10: `host`, `hosts` exclude each other: keep one"]),
    ("type: LEAVE", ["1:10: one of `host`, `hosts` is missing"]),
    ("host: jo, turn: week", ["1:10: `hosts` is missing: `turn` needs it"]),
    ("hosts: jo", ["1:73: expected a list, found text"]),
    ("hosts: []", ["1:73: an empty list: write something, or delete the line"]),
    ("hosts: [jo, a/b]", [f"1:78: {USERNAME}"]),
    ("hosts: [{user: jo}]", ["1:74: expected text, found a mapping (`key: value`)"]),
    ("hosts: [jo], turn: day", ["1:85: expected `week`, found `day`"]),
    ("host: jo, from: 2026-12-08", ["1:82: expected a mapping (`key: value`), found text"]),
    ("host: jo, from: {}", [f"1:76: {NOTHING}"]),
    ("host: jo, from: {8 Dec: {mode: CALL}}", [
        "1:83: `8 Dec` is not a date: write year-month-day, as in 2026-12-01"]),
    ("host: jo, from: {2026-12-08: {}}", [f"1:83: {NOTHING}"]),
    ("host: jo, from: {2026-12-08: cancelled}", ["1:95: expected a mapping (`key: value`), found text"]),
    ("host: jo, from: {2026-12-08: {starts: 2026-12-08T10:00}}", [
        "1:104: `2026-12-08T10:00`: only the time of day is said here, write 10:00"]),
    ("host: jo, from: {2026-12-08: {starts: 24:00}}", [
        "1:104: `24:00`: nothing starts at 24:00, write 00:00"]),
    ("host: jo, from: {2026-12-08: {starts: 9am}}", ["1:104: `9am` is not a time of day: write 09:00"]),
    ("host: jo, from: {2026-12-08: {starts: [10:00]}}", ["1:104: expected text, found a list"]),
    ("host: jo, from: {2026-12-08: {ends: 9am}}", ["1:102: `9am` is not a time of day: write 09:00"]),
    ("host: jo, from: {2026-12-08: {title: ''}}", [
        "1:103: an empty text: write something, or delete the line"]),
    ("host: jo, from: {2026-12-08: {hosts: [a/b]}}", [f"1:104: {USERNAME}"]),
    ("host: jo, from: {2026-12-08: {turn: day}}", ["1:102: expected `week`, found `day`"]),
    ("host: jo, from: {2026-12-08: {clear: [title]}}", [
        "1:104: `title` is not one of type, mode, location, remarks, color"]),
    ("host: jo, from: {2026-12-08: {room: A}}", ["1:96: unknown key `room`; write `location`"]),
    ("host: jo, from: {2026-12-08: {titel: A}}", ["1:96: unknown key `titel`; did you mean `title`?"]),
    ("host: jo, from: {2026-12-08: {except: [2026-12-15]}}", [f"1:96: unknown key `except`; {BESIDE}"]),
    ("host: jo, from: {2026-12-08: {also: [2026-12-15]}}", [f"1:96: unknown key `also`; {BESIDE}"]),
    ("host: jo, from: {2026-12-08: {change: {}}}", [f"1:96: unknown key `change`; {BESIDE}"]),
    ("host: jo, from: {2026-12-08: {holidays: US}}", [f"1:96: unknown key `holidays`; {BESIDE}"]),
    ("host: jo, room: A", ["1:76: unknown key `room`; write `location`"]),
    ("host: jo, change: {2026-12-08: {room: A}}", ["1:98: unknown key `room`; write `location`"]),
    ("host: jo, change: {2026-12-08: {host: a/b}}", [f"1:104: {USERNAME}"]),
    ("host: jo, repeat: {every: 2 days}", [
        "1:92: `2 days` is not one of day, week, month, year; write `every: day, interval: 2`"]),
    ("host: jo, repeat: {every: tue}", [
        "1:92: `tue` is not one of day, week, month, year; days of the week stand beside it: "
        "{every: week, on: tue}"]),
    ("host: jo, repeat: {every: month, on: second tue}", [
        "1:103: `second tue` is not a day: write `on: tue, position: 2`, with `every: month`"]),
    ("host: jo, repeat: {every: week, on: [sat sun]}", ["1:103: `sat sun` is not a day: write [sat, sun]"]),
    ("host: jo, repeat: monthly", [
        "1:84: `MONTHLY` in the rule: write NAME=VALUE parts with `;` between them, or what you mean as "
        "{every: month}"]),
]  # fmt: skip


@pytest.mark.parametrize(("more", "said"), ODD)
def test_what_the_schema_refuses_is_named_at_its_place(more: str, said: list[str]) -> None:
    assert problems(f"events: {{e: {{{ENTRY}, {more}}}}}") == said


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("every: 2 days", "every: day, interval: 2"),
        ("every: three weeks", "every: week, interval: 3"),
        ("every: monthly", "every: month"),
        ("every: month, on: last Friday", "every: month, on: fri, position: -1"),
        ("every: month, on: 1st mon", "every: month, on: mon, position: 1"),
        ("every: week, on: [sat sun]", "every: week, on: [sat, sun]"),
    ],
)
def test_what_is_advised_is_taken(written: str, meant: str) -> None:
    """The advice, and that it may be followed."""
    (problem,) = problems(f"events: {{e: {{{ENTRY}, host: jo, repeat: {{{written}}}}}}}")
    assert meant.removeprefix("every: month, ").removeprefix("every: week, on: ") in problem
    assert not problems(f"events: {{e: {{{ENTRY}, host: jo, repeat: {{{meant}}}}}}}")


def test_a_start_without_its_date_is_told_with_one() -> None:
    entry = ENTRY.replace("2026-12-01T09:00", "8:30")
    (problem,) = problems(f"events: {{e: {{{entry}, host: jo}}}}")
    said = "is not a date or a date with a time: write the date before it, as in 2027-01-04T08:30"
    assert problem == f"1:33: `8:30` {said}"


def problems(text: str) -> list[str]:
    findings = Findings()
    tree = read(text.encode(), "x.yaml", findings)
    assert tree is not None
    check("manifest", tree, findings)
    return [f"{each.line}:{each.column}: {each.message}" for each in findings.errors]
