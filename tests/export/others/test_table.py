"""Hours from CSV: rows to periods, and what of them is left out."""

from __future__ import annotations

import pytest

from tests.export.others.conftest import Import

HEADER = "user,from,to,days,start,end,override\n"


def test_rows_of_one_period_are_one_period(bring: Import) -> None:
    rows = (
        "ann,2026-12-01,,mon-fri,9:00,12:00,\n"
        "ANN,2026-12-01,,mon-fri,13:00,17:00,\n"
        "ann.LEE@example.org,2026-12-01,,fri,09:00,13:00,\n"
        'ann,2026-12-24,2026-12-26,,,,"Winter, closed"\n'
        "bob,2026-12-06,2027-03-31,sun-wed,22:00,6:00,\n"
        "\n"
        "bob,2027-02-11,2027-02-11,thu,12:00,16:00,Dentist\n"
        "cat,2026-12-01,,,,,\n"
    )
    done = bring({"rota.csv": HEADER + rows})
    assert done.code == 0, done
    assert done.stdout == (
        "workHours:\n"
        "  ann:\n"
        "    - {from: 2026-12-01, days: {mon-thu: [09:00-12:00, 13:00-17:00], fri: 09:00-13:00}}\n"
        '    - {override: "Winter, closed", from: 2026-12-24, to: 2026-12-26, days: off}\n'
        "  bob:\n"
        "    - {from: 2026-12-06, to: 2027-03-31, days: {sun-wed: 22:00-06:00}}\n"
        "    - {override: Dentist, from: 2027-02-11, to: 2027-02-11, days: {thu: 12:00-16:00}}\n"
        "  cat:\n"
        "    - {from: 2026-12-01, days: off}\n"
    )
    assert done.stderr == "5 periods and 0 events taken\n"


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_tables_of_any_program(bring: Import, sign: str, end: str, mark: str) -> None:
    lines = ["End,START,Days,To,From,User", "17:00,9:00,mon,,2026-12-01,ann", ""]
    done = bring({"rota.csv": mark + end.join(lines).replace(",", sign)})
    assert done.code == 0, done
    assert "    - {from: 2026-12-01, days: {mon: 09:00-17:00}}\n" in done.stdout


def test_an_unknown_column_is_a_warning(bring: Import) -> None:
    done = bring({"rota.csv": "user,from,days,start,end,note\nann,2026-12-01,mon,9:00,17:00,x\n"})
    assert done.code == 0 and "warning: rota.csv:1: the column `note` is not taken\n" in done.stderr


def test_a_line_break_in_quotes_moves_no_number(bring: Import) -> None:
    rows = 'ann,2026-12-24,2026-12-24,,,,"Winter\nbreak"\nann,2026-02-30,,mon,9:00,17:00,\n'
    done = bring({"rota.csv": HEADER + rows})
    assert done.code == 3 and "rota.csv:4: `2026-02-30` is no date" in done.stderr
    assert r'override: "Winter\nbreak"' in done.stdout


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("dan,2026-12-01,,mon,9:00,17:00,", "no user whom the environment declares"),
        (",2026-12-01,,mon,9:00,17:00,", "no user whom the environment declares"),
        ("ann,1.12.2026,,mon,9:00,17:00,", "`1.12.2026` is no date (`from`)"),
        ("ann,Jane Roe,,mon,9:00,17:00,", "this is no date (`from`)"),
        ("ann,2027-06-30,2027-06-31,mon,9:00,17:00,", "`2027-06-31` is no date (`to`)"),
        ("ann,2027-06-30,2027-06-01,mon,9:00,17:00,", "`to` (2027-06-01) is before `from`"),
        ("ann,2026-12-01,,,9:00,17:00,", "`days` names no days"),
        ("ann,2026-12-01,,Montag,9:00,17:00,", "`days` names no days"),
        ("ann,2026-12-01,,mon,9,17,", "from this to this are no hours".replace("this", "`9`", 1)),
        ("ann,2026-12-01,,mon,9:00,9:00,", "from `9:00` to `9:00` are no hours"),
        ("ann,2026-12-01,,mon,9:00,25:00,", "are no hours"),
        ("ann,2026-12-01,,mon,9:00,,", "`end` is missing"),
        ("ann,2026-12-01,,mon,,17:00,", "`start` is missing"),
        ("ann,2026-12-01,,mon,9:00,17:00,=1+1", "begins like a formula"),
        ("ann,2026-12-21,2026-12-22,sat,9:00,10:00,Duty", "the hours name only sat"),
        ("ann,2026-12-01,,mon,9:00,17:00,,more", "more cells than the first line"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named_and_the_others_are_taken(
    bring: Import, row: str, reason: str
) -> None:
    done = bring({"rota.csv": f"{HEADER}{row}\nbob,2026-12-01,,mon,9:00,17:00,\n"})
    assert done.code == 3
    reason = reason.replace("to this", "to `17`") if "`9`" in reason else reason
    line, counts = done.stderr.splitlines()
    assert line.startswith("rota.csv:2: ") and reason in line
    assert "Roe" not in done.stderr and "dan" not in done.stderr
    assert counts == "1 period and 0 events taken, 1 left out"
    assert done.stdout.startswith("workHours:\n  bob:\n")


def test_hours_of_one_day_that_clash_are_named_with_the_line_they_clash_with(bring: Import) -> None:
    rows = (
        "ann,2026-12-01,,mon-wed,9:00,13:00,\n"
        "ann,2026-12-01,,tue,,,\n"
        "ann,2026-12-01,,wed-fri,12:00,17:00,\n"
        "ann,2026-12-01,,mon-tue,,,\n"
    )
    done = bring({"rota.csv": HEADER + rows})
    assert done.code == 3
    assert done.stderr.splitlines()[:2] == [
        "rota.csv:4: the hours of wed overlap those of line 2",
        "rota.csv:5: mon is off here or on line 2, and has hours on the other",
    ]
    assert "{from: 2026-12-01, days: {mon, wed: 09:00-13:00}}" in done.stdout.replace('"', "")


def test_a_header_that_is_none_is_one_line(bring: Import) -> None:
    done = bring({"rota.csv": "ann,2026-12-01,,mon,9:00,17:00,\n" * 9})
    assert done.code == 3 and done.stdout == ""
    first = "the first line names the columns user from days start end to override: `user` is missing"
    assert done.stderr == f"rota.csv:1: {first}\n0 periods and 0 events taken, 1 left out\n"
