"""What the schemas of rotas refuse, keyword by keyword: at its place, in a few words."""

from __future__ import annotations

import pytest

from tests.manifest.test_series import problems

LIST, TEXT = "expected text, found a list", "expected a list, found text"
NAME = "a username has no blanks and no slashes, and at most 128 characters"
EMPTY = "an empty text: write something, or delete the line"
DAY = "write year-month-day, as in 2026-12-01"
WEEKS = ", ".join(["off"] * 54)
EVENT = "events: {e: {title: T, host: jo, starts: 2027-01-04T09:00, duration: 30m, "
ODD = [
    ("closures: {}", "1:11 expected a list, found a mapping (`key: value`)"),
    ("closures: [x]", "1:12 expected a mapping (`key: value`), found text"),
    ("closures: [{from: 24.12., to: 2026-12-25}]", f"1:19 `24.12.` is not a date: {DAY}"),
    ("closures: [{from: [2026-12-24], to: 2026-12-25}]", f"1:19 {LIST}"),
    ("closures: [{from: 2026-12-24, to: 25.12.}]", f"1:35 `25.12.` is not a date: {DAY}"),
    ("closures: [{from: 2026-12-24, to: [2026-12-25]}]", f"1:35 {LIST}"),
    ('closures: [{holidays: ""}]', f"1:23 {EMPTY}"),
    ("closures: [{holidays: {US: x}}]", "1:23 expected text or a list, found a mapping (`key: value`)"),
    ('closures: [{holidays: [""]}]', f"1:24 {EMPTY}"),
    ("closures: [{holidays: [[US]]}]", f"1:24 {LIST}"),
    ("closures: [{on: 2026-12-24, name: [x]}]", f"1:35 {LIST}"),
    ("closures: [{on: {}}]", "1:17 expected text or a list, found a mapping (`key: value`)"),
    ("closures: [{on: [[2026-12-24]]}]", f"1:18 {LIST}"),
    ("leave: {jo: x}", "1:13 `x` is not a date or range: write 2027-07-05 or 2027-07-05..2027-07-16"),
    ("leave: {jo: []}", "1:13 an empty list: write something, or delete the line"),
    ("leave: {j o: [2027-07-05]}", f"1:9 {NAME}"),
    ("roster: []", "1:9 expected a mapping (`key: value`), found a list"),
    ("roster: {2027-W05: {j o: E E E E E E E}}", f"1:21 {NAME}"),
    ("rotations: []", "1:12 expected a mapping (`key: value`), found a list"),
    ("rotations: {a: x}", "1:16 expected a mapping (`key: value`), found text"),
    ("rotations: {a: {starts: 4 Jan, cycle: 06:00-14:00 .}}", f"1:25 `4 Jan` is not a date: {DAY}"),
    ("rotations: {a: {starts: [2027-01-04], cycle: 06:00-14:00 .}}", f"1:25 {LIST}"),
    ("rotations: {a: {starts: 2027-01-04, weeks: off}}", f"1:44 {TEXT}"),
    (
        "rotations: {a: {starts: 2027-01-04, cycle: 06:00-14:00 ., days: 2}}",
        "1:59 unknown key `days`; it may be `starts`, `weeks`, `cycle`",
    ),
    ("shifts: []", "1:9 expected a mapping (`key: value`), found a list"),
    ("shifts: {E: [[06:00-14:00]]}", f"1:14 {LIST}"),
    ("swaps: {}", "1:8 expected a list, found a mapping (`key: value`)"),
    ("swaps: [x]", "1:9 expected a mapping (`key: value`), found text"),
    ("swaps: [{on: 2027-01-04, between: x}]", f"1:35 {TEXT}"),
    ("swaps: [{on: 2027-01-04, between: [[x], y]}]", f"1:36 {LIST}"),
    ("swaps: [{from: 4 Jan, to: 2027-01-05, between: [x, y]}]", f"1:16 `4 Jan` is not a date: {DAY}"),
    ("swaps: [{from: [x], to: 2027-01-05, between: [x, y]}]", f"1:16 {LIST}"),
    ("swaps: [{from: 2027-01-04, to: 5 Jan, between: [x, y]}]", f"1:32 `5 Jan` is not a date: {DAY}"),
    ("swaps: [{from: 2027-01-04, to: [x], between: [x, y]}]", f"1:32 {LIST}"),
    ("teams: {a: x}", f"1:12 {TEXT}"),
    ("workHours: []", "1:12 expected a mapping (`key: value`), found a list"),
    ("workHours: {jo: [x]}", "1:18 expected a mapping (`key: value`), found text"),
    ("workHours: {j o: []}", f"1:13 {NAME}"),
    ("workHours: {jo: [{from: 2027-01-04, rotation: a, offset: [1]}]}", f"1:58 {LIST}"),
    ('workHours: {jo: [{override: "", on: 2027-01-04, hours: off}]}', f"1:29 {EMPTY}"),
    ("workHours: {jo: [{override: [], on: 2027-01-04, hours: off}]}", f"1:29 {LIST}"),
    ('workHours: {jo: [{from: 2027-01-04, template: ""}]}', f"1:47 {EMPTY}"),
    ("workHours: {jo: [{from: 2027-01-04, template: [a]}]}", f"1:47 {LIST}"),
    ("workHours: {jo: [{from: 2027-01-04, to: 5 Jan, days: off}]}", f"1:41 `5 Jan` is not a date: {DAY}"),
    ("workHours: {jo: [{from: 2027-01-04, to: [5], days: off}]}", f"1:41 {LIST}"),
    (
        "workHours: {jo: [{from: 2027-01-04, rotation: {starts: 4 Jan, weeks: [off]}}]}",
        f"1:56 `4 Jan` is not a date: {DAY}",
    ),
    ("workHours: {jo: [{from: 2027-01-04, rotation: {starts: [4], weeks: [off]}}]}", f"1:56 {LIST}"),
    (
        "workHours: {jo: [{from: 2027-01-04, rotation: {starts: 2027-01-04, weeks: []}}]}",
        "1:75 an empty list: write something, or delete the line",
    ),
    ("workHours: {jo: [{from: 2027-01-04, rotation: {starts: 2027-01-04, weeks: off}}]}", f"1:75 {TEXT}"),
    (
        "workHours: {jo: [{from: 2027-01-04, rotation: {starts: 2027-01-04, "
        "weeks: [{mon: 22:00-08:00, tue: 07:00-09:00}]}}]}",
        "1:95 mon 22:00-08:00 runs into tue 07:00-09:00",
    ),
    ("workHours: {jo: [{override: X, on: 2027-01-04, hours: [[06:00-14:00]]}]}", f"1:56 {LIST}"),
    ("workHours: {jo: [{override: X, on: [[2027-01-04]], hours: off}]}", f"1:37 {LIST}"),
    (
        "{EVENT}change: {2027-01-04: {}}}}",
        "1:84 nothing stands in this mapping: write something, or delete the line",
    ),
    ("{EVENT}change: {2027-01-04: {host: [jo]}}}}", f"1:103 {LIST}"),
    ('{EVENT}change: {2027-01-04: {title: ""}}}}', f"1:104 {EMPTY}"),
    ("{EVENT}change: {2027-01-04: {title: [x]}}}}", f"1:104 {LIST}"),
    ('{EVENT}change: {2027-01-04: {location: ""}}}}', f"1:107 {EMPTY}"),
    ("{EVENT}change: {2027-01-04: {location: [x]}}}}", f"1:107 {LIST}"),
    ("{EVENT}change: {2027-01-04: {starts: [10:00]}}}}", f"1:105 {LIST}"),
    ("{EVENT}change: {2027-01-04: {ends: 9am}}}}", "1:103 `9am` is not a time of day: write 09:00"),
    ("{EVENT}change: {2027-01-04: {ends: [10:00]}}}}", f"1:103 {LIST}"),
    ("{EVENT}repeat: {every: day}, from: {2027-01-05: {ends: [10:00]}}}}", f"1:123 {LIST}"),
    ("events: {e: {title: T, host: j o, starts: 2027-01-04T09:00, duration: 30m}}", f"1:30 {NAME}"),
    ("closures: [{on: 2027-01-04, for: x}]", f"1:34 {TEXT}"),
    (
        "closures: [{on: 2027-01-04, except: {team: x}}]",
        "1:37 expected a list, found a mapping (`key: value`)",
    ),
    (
        "workHours: {jo: [{from: 2027-01-04, rotation: {starts: 2027-01-04, weeks: [{WEEKS}]}}]}",
        "1:75 more than 53 items",
    ),
]


@pytest.mark.parametrize(("text", "said"), ODD)
def test_what_a_schema_refuses_is_told_at_its_place(text: str, said: str) -> None:
    place, _, message = said.partition(" ")
    assert problems(text.replace("{EVENT}", EVENT).replace("{WEEKS}", WEEKS))[0] == f"{place}: {message}"
