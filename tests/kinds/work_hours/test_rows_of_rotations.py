"""How many rows a rotation takes: not many more than the fewest that say the same."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, timedelta

from reconciler.dates.hours import cycle_of, row_of
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, Period, Turns, replaced, rotate, settle
from reconciler.kinds.work_hours.rosters import Sheet
from reconciler.kinds.work_hours.shifts import DayCalendar
from reconciler.model import Source
from tests.kinds.work_hours.test_words import BY_CLOCK, CLASHES
from tests.support import rota

SHIFTS = {
    "E": ((390, 870),),
    "L": ((840, 1320),),
    "N": ((1320, 1830),),
    "A": ((420, 1860),),
    "D": ((480, 720), (780, 1020)),
}


def fewest(worked: dict[date, set[int]]) -> int:
    """Rows hold a week each and lie apart: one that goes on as long as it can leaves the fewest to others."""
    rows, week = 0, dict[int, set[int]]()
    for day in sorted(worked):
        hours = worked[day]
        if rows and week.setdefault(day.isoweekday(), hours) == hours:
            continue
        if hours or rows:
            week = {day.isoweekday(): hours}
            rows += 1
    return rows


def drawn(chosen: random.Random) -> list[str]:
    while True:
        length = chosen.choice((2, 3, 4, 5, 7, 8, 9, 10, 12, 14, 21))
        words = [chosen.choice(list(BY_CLOCK)) for _ in range(length)]
        if not CLASHES & set(zip(words, [*words[1:], words[0]], strict=True)):
            return words


def test_a_rotation_takes_at_most_twice_the_fewest_rows_and_two() -> None:
    chosen = random.Random(7)
    for _ in range(600):
        words, start = drawn(chosen), date(2027, 1, 1) + timedelta(days=chosen.randrange(60))
        end = start + timedelta(days=chosen.randrange(1, 21))
        first = date(2027, 1, 1) + timedelta(days=chosen.randrange(60))
        rows = settle(rotate(Turns(cycle_of(" ".join(words), SHIFTS), first), start, end))
        worked = {}
        for day in rota.days(start, end + DAY):
            own, before = (words[((each - first).days) % len(words)] for each in (day, day - DAY))
            worked[day] = rota.said(BY_CLOCK[own][0]) if day <= end else set[int]()
            worked[day] |= rota.said(BY_CLOCK[before][1]) if day > start else set()
        for day, minutes in worked.items():
            said = [row.week.get(day.isoweekday(), ()) for row in rows if row.covers(day)]
            assert {m for spans in said for span in spans for m in range(*span)} == minutes, (words, day)
        assert all(end <= DAY_MINUTES for row in rows for spans in row.week.values() for _, end in spans)
        assert len(rows) <= 2 * fewest(worked) + 2, (words, start, end, rows)


def test_a_night_into_another_week_moves_no_row_off_its_week() -> None:
    """Mondays that are alike, as the Sundays before them are, would draw row after row along."""
    monday = date(2027, 1, 4)
    cycle = cycle_of("E . . . . . N . E . . . . N . . E . . . .", SHIFTS)
    rows = settle(rotate(Turns(cycle, monday), monday, monday + timedelta(weeks=9) - DAY))
    assert [row.start for row in rows] == [monday + timedelta(weeks=number) for number in range(9)]


def rows_with(sheets: Sequence[Sheet], usual: Sequence[Period]) -> list[Period]:
    weeks = [week for sheet in sheets for week in sheet.weeks()]
    origins = tuple(sheet.origin for sheet in sheets)
    return DayCalendar(tuple(replaced(usual, weeks)), origins=origins).usual_rows()


def test_sheets_over_weeks_or_a_rotation_take_at_most_twice_the_fewest_rows_and_two() -> None:
    chosen, start = random.Random(8), date(2027, 1, 4)
    for _ in range(400):
        words = drawn(chosen) if chosen.random() < 0.5 else [chosen.choice("EL.") for _ in range(7)]
        end = start + timedelta(days=chosen.randrange(40, 80))
        usual = rotate(Turns(cycle_of(" ".join(words), SHIFTS), start), start, end)
        meant = {day: words[(day - start).days % len(words)] for day in rota.days(start, end)}
        sheets, first = list[Sheet](), start + timedelta(days=chosen.randrange(20))
        while first < end - timedelta(days=14):
            row = [chosen.choice("ELN...") for _ in range(7 * chosen.randrange(1, 3))]
            sheets.append(Sheet("", first, row_of(" ".join(row), SHIFTS), Source("staff.yaml", 1)))
            meant |= {first + DAY * place: word for place, word in enumerate(row)}
            first += timedelta(days=len(row) + chosen.choice((0, 0, 7, 3)))
        rows = rows_with(sheets, usual)
        worked = dict[date, set[int]]()
        for day in rota.days(start, end + DAY):
            own, before = (BY_CLOCK[meant.get(each, ".")] for each in (day, day - DAY))
            worked[day] = rota.said(own[0]) | rota.said(before[1])
            said = [row.week.get(day.isoweekday(), ()) for row in rows if row.covers(day)]
            assert {m for spans in said for span in spans for m in range(*span)} == worked[day], (words, day)
        assert len(rows) <= 2 * fewest(worked) + 2, (words, meant, rows)


def test_a_changed_date_of_a_sheet_moves_no_rows_but_its_own_and_their_neighbours() -> None:
    chosen, start = random.Random(9), date(2027, 1, 4)
    for _ in range(300):
        words = drawn(chosen) if chosen.random() < 0.5 else [chosen.choice("EL.") for _ in range(7)]
        usual = rotate(Turns(cycle_of(" ".join(words), SHIFTS), start), start, start + timedelta(days=90))
        first, row = (
            start + timedelta(days=chosen.randrange(20)),
            [chosen.choice("ELN...") for _ in range(49)],
        )
        place = chosen.randrange(len(row))
        edited = [*row[:place], chosen.choice("ELN."), *row[place + 1 :]]
        sheets = (Sheet("", first, row_of(" ".join(each), SHIFTS), Source("x", 1)) for each in (row, edited))
        before, after = (rows_with([each], usual) for each in sheets)
        dates = (first + DAY * place, first + DAY * (place + 1))
        for rows, others in ((before, after), (after, before)):
            own = [at for at, row in enumerate(rows) if any(map(row.covers, dates))]
            near = bisect_left(rows, dates[0], key=lambda row: row.start)
            allowed = range(min([near, *own]) - 1, max([near, *own]) + 2)
            moved = [at for at, row in enumerate(rows) if row not in others]
            assert all(at in allowed for at in moved), (words, row, edited, moved, own)
