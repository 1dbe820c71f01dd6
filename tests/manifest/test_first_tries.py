"""What people try first, what they are told, and that what they are told to write is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import HEAD, NOW
from tests.support.cli import run

USERS = "users: {ana: {email: a@example.org}}\n"
SHIFTS = "shifts: {E: 06:00-14:00, N: 22:00-06:00}\n"
WARDS = SHIFTS + "rotations: {w: {starts: 2027-01-04, weeks: [E E E E E . ., off]}}\n"
CYCLE = SHIFTS + "rotations: {w: {starts: 2027-01-04, cycle: E E . .}}\n"
LEAVE = "leave: {ana: §}\n"
REASON = "leave: {ana: {on: 2027-02-11, reason: §}}\n"
STARTS = "events: {e: {title: E, host: ana, starts: §, duration: 1h}}\n"
COVER = "policies: [{cover: 1, of: [ana], days: mon-fri, between: §}]\n"
ZONE = "users: {bob: {email: b@example.org, timezone: §}}\n"


def days(value: str) -> str:
    return f"{SHIFTS}workHours: {{ana: [{{from: 2027-01-04, days: {value}}}]}}\n"


def override(said: str) -> str:
    return f"workHours: {{ana: [{{from: 2027-01-04, days: off}}, {{override: X, on: 2027-02-11, {said}}}]}}\n"


def leave(between: str) -> str:
    return f"leave: {{ana: {{on: 2027-02-11, between: {between}}}}}\n"


def cycle(value: str) -> str:
    return f"{SHIFTS}rotations: {{w: {{starts: 2027-01-04, cycle: {value}}}}}\n"


def week(value: str) -> str:
    return f"{SHIFTS}rotations:\n  w:\n    starts: 2027-01-04\n    weeks:\n      - {value}\n"


def turn(rotations: str, offset: str) -> str:
    return rotations + f"workHours: {{ana: [{{from: 2027-01-04, rotation: w, offset: {offset}}}]}}\n"


DASH = "a row that begins with a dash: put it in quotes, or write `.` for a free day, "
# The manifest with § where somebody wrote the second; the message has the third, and the fourth is taken.
TRIED = [
    (days("{mon-fri: §}"), "7-3", "`7-3` is not a range of hours: write 07:00-15:00", "07:00-15:00"),
    (days("{mon-fri: §}"), "8-16", "write 08:00-16:00", "08:00-16:00"),
    (days("{mon-fri: [§]}"), "9-5", "write 09:00-17:00", "09:00-17:00"),
    (days("§ . . . . . ."), "7-3", "write 07:00-15:00", "07:00-15:00"),
    (override("hours: §"), "7-3", "write 07:00-15:00", "07:00-15:00"),
    (override("days: {thu: §}"), "8-16", "write 08:00-16:00", "08:00-16:00"),
    (leave("§"), "1-5", "write 13:00-17:00", "13:00-17:00"),
    (leave("§"), "8-16", "write 08:00-16:00", "08:00-16:00"),
    ("shifts: {D: §}\n", "7-3", "write 07:00-15:00", "07:00-15:00"),
    (COVER, "9-5", "write 09:00-17:00", "09:00-17:00"),
    (days("{mon-fri: §}"), "22-6", "write 09:00-17:00, with hours and minutes", "09:00-17:00"),  # no guess
    # Equal ends.
    (days("{mon: §}"), "07:00-07:00", "00:00-24:00 is the whole day", "00:00-24:00"),
    (days("{§}"), "mon: 07:00-07:00", "24 hours from 07:00: mon: 07:00-24:00, tue: 00:00-07:00, or a name",
     "mon: 07:00-24:00, tue: 00:00-07:00"),
    (override("hours: §"), "00:00-00:00", "00:00-24:00 is the whole day", "00:00-24:00"),
    (leave("§"), "07:00-07:00", "same time: 00:00-24:00 is the whole day", "00:00-24:00"),
    (COVER, "07:00-07:00", "00:00-24:00 is the whole day", "00:00-24:00"),
    # Words of rows.
    (days("E E § N . . ."), "Q", "`Q` is none of the `shifts` E, N", "E"),
    (days("E E § N . . ."), "e", "did you mean `E`?", "E"),
    (days("E E N N § . ."), "–", "`–`: a free day is `.`, `-` or `off`", "-"),
    (days("E E N N § . ."), "OFF", "`OFF`: a free day is `.`, `-` or `off`", "off"),
    (days("§"), "EENN...", "the words of a row have blanks between them, and no commas: `E E N N . . .`",
     "E E N N . . ."),
    (days('"§"'), "E, E, N, N, -, -, -", "have blanks between them, and no commas: `E E N N . . .`",
     "E E N N . . ."),
    (cycle("§"), "E/E/././.", "have blanks between them, and no commas: `E E . . .`", "E E . . ."),
    (days("{mon: §}"), "E+N",
     "give the two a name of their own under `shifts:`, as in EN: [06:00-14:00, 22:00-06:00]",
     "[06:00-14:00, 22:00-06:00]"),
    (days("§"), "E E N . .", "this row has 5 words, and a week 7: none for sat, sun", "E E N . . . ."),
    (days("§"), "E E N . . . . .", "this row has 8 words, and a week 7, from Monday on", "E E N . . . ."),
    # Rows that YAML takes for something else.
    (days("§"), "- E E E E E -", f"{DASH}`. E E E E E .`", ". E E E E E ."),
    (days("§"), "- E E E E E -", "put it in quotes", '"- E E E E E -"'),
    (week("§"), "- E E E E E -", f"{DASH}`. E E E E E .`", ". E E E E E ."),
    (week("§"), "- - E E E E E", f"{DASH}`. . E E E E E`", ". . E E E E E"),
    (week("§"), "- - - - - - -", "a row of free days only: write off", "off"),
    (cycle("§"), "- E E", f"{DASH}`. E E`", ". E E"),
    (cycle("§"), "[-, E, E]", f"{DASH}`. E E`", ". E E"),
    (cycle("§"), "[E, E, -]", "write it as a row, `E E .`", "E E ."),
    (cycle("§"), "[E, [08:00-12:00, 13:00-17:00], .]", "several ranges on a date have a name under `shifts`",
     "E N ."),
    (days("§"), "[E, E, N, N, ., ., .]", "write it as a row, `E E N N . . .`", "E E N N . . ."),
    (week("§"), "[E E N N . . .]", "write it as a row, `E E N N . . .`", "E E N N . . ."),
    # Dates.
    (LEAVE, "2027-02-11 - 2027-02-15", "or 2027-02-11..2027-02-15", "2027-02-11..2027-02-15"),
    (LEAVE, "{on: 2027-02-11 to 2027-02-15}", "or 2027-02-11..2027-02-15", "2027-02-11..2027-02-15"),
    (LEAVE, "2027-02-15 - 2027-02-11", "write 2027-07-05 or 2027-07-05..2027-07-16", "2027-07-05"),
    (STARTS, "2027-02-11 9:00", "write 2027-02-11T09:00", "2027-02-11T09:00"),
    (REASON, "", "`reason` is an empty value: write one, or delete the line", "Concert"),
    # Offsets.
    (turn(WARDS, "§"), "3 days", "write whole weeks, `1 week`", "1 week"),
    (turn(WARDS, "§"), "2", "`2` is not a duration: write 1 week, or 3 days for a cycle", "1 week"),
    (turn(CYCLE, "§"), "-2 days", "write 1 week, or 3 days for a cycle", "3 days"),
    # Zones.
    (ZONE, "CST", "whose clocks show it, `America/Chicago`, `Asia/Shanghai`, ", "America/Chicago"),
    (ZONE, "GMT+2", "or `Etc/GMT-2`", "Etc/GMT-2"),
    (ZONE, "W. Europe Standard Time", "Windows' name for `Europe/Berlin`", "Europe/Berlin"),
    (ZONE, '"(UTC-05:00) Eastern Time (US & Canada)"', "for `America/New_York`", "America/New_York"),
    (ZONE, "Eastern", "for `America/New_York`", "America/New_York"),
    (ZONE, "PT", "for `America/Los_Angeles`", "America/Los_Angeles"),
    (ZONE, "Central Standard Time (Mexico)", "for `America/Mexico_City`", "America/Mexico_City"),
]  # fmt: skip


def validated(folder: Path, text: str) -> tuple[int, list[str]]:
    users = "" if text.startswith("users") else USERS
    (folder / "env.yaml").write_text(HEAD + users + text, encoding="utf-8")
    done = run("validate", "env.yaml", "--format", "json", "--now", NOW, cwd=folder)
    return done.code, [f"{each['line']}:{each['column']} {each['message']}" for each in done.data["problems"]]


# By how many columns beside: a value below, the last of the dashes, the key of an empty one.
ELSEWHERE = {"mon: 07:00-07:00": 5, "{on: 2027-02-11 to 2027-02-15}": 5, "- - - - - - -": 13, "": -8}


def place_of(manifest: str, tried: str) -> str:
    """Where a value begins in which § stands: of a row with its first word."""
    before = HEAD + USERS * (not manifest.startswith("users")) + manifest.partition("§")[0]
    line = before.rpartition("\n")[2]
    begins = max(line.rfind(sign) + len(sign) for sign in (": ", "{", "[", "- ") if sign in line)
    return f"{before.count(chr(10)) + 1}:{begins + 1 + ELSEWHERE.get(tried, 0)}"


@pytest.mark.parametrize(("manifest", "tried", "told", "written"), TRIED)
def test_what_is_tried_first_is_told_what_to_write_and_that_is_taken(
    tmp_path: Path, manifest: str, tried: str, told: str, written: str
) -> None:
    code, problems = validated(tmp_path, manifest.replace("§", tried))
    (found,) = [each for each in problems if told in each]
    assert code == 1
    assert found.startswith(f"{place_of(manifest, tried)} "), found
    assert validated(tmp_path, manifest.replace("§", written))[0] == 0


def test_no_more_zones_are_named_than_can_be_read(tmp_path: Path) -> None:
    for abbreviation in ("CST", "CET", "EET", "GMT+1", "UTC+3"):
        _, problems = validated(tmp_path, ZONE.replace("§", abbreviation))
        assert all(each.count("/") <= 5 for each in problems)
