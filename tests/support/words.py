"""Invented hours in the words of the language, of dates, rows, weeks and rotations; none is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.support.layers import DAY, WEEKDAYS, Reading, Shifts

JSON = dict[str, Any]
Draw = st.DrawFn
Cell = list[str]  # the words of a date; none: a free day

SHIFTS: JSON = {
    "E": "06:00-14:00",
    "L": "13:30-21:30",
    "N": "22:00-06:00",
    "D": ["08:00-12:00", "13:00-17:00"],
    "A": "07:00-07:00",
    "n": "20:15-8:30",
    "S": ["06:30-09:00", "21:00–03:15"],
    "W": "00:00-24:00",
    "M1": "12:00-24:00",
    "Q": "23:59-00:01",
    "T": "01:30-02:45",
}
RANGES = ("9:00-17:00", "22:30-05:30", "00:00-07:00", "17:00-24:00", "21:00-01:00", "00:00-24:00")
READ = Reading({"shifts": SHIFTS})


def hours_of(cell: Cell) -> Shifts:
    return READ.hours(cell)


def clash(before: Cell, after: Cell) -> bool:
    """Whether the hours of a date run into those of the next."""
    return _last(hours_of(before)) - 1440 > min((start for start, _ in hours_of(after)), default=1440)


def _last(shifts: Shifts) -> int:
    return max((end for _, end in shifts), default=0)


@st.composite
def cells(draw: Draw, night: bool = True) -> Cell:
    """The words of a date: none, one, or two whose hours lie apart."""
    words = [word for word in (*SHIFTS, *RANGES) if night or _last(READ.hours(word)) <= 1440]
    some = draw(st.lists(st.sampled_from(words), max_size=2, unique=True))
    spans = sorted(span for word in some for span in READ.hours(word))
    meet = any(before[1] >= after[0] for before, after in pairwise(spans))
    return some[:1] if meet else some


def apart(row: Sequence[Cell], endless: bool = True) -> list[Cell]:
    """The same without the words that run into the next, which after the last one may be the first."""
    kept: list[Cell] = []
    for cell in row:
        kept.append([] if kept and clash(kept[-1], cell) else cell)
    if endless and clash(kept[-1], kept[0]):
        kept[-1] = []
    return kept


def rows(length: int, endless: bool = True, single: bool = True) -> st.SearchStrategy[list[Cell]]:
    drawn = cells().map(lambda cell: cell[:1]) if single else cells()
    return st.lists(drawn, min_size=length, max_size=length).map(lambda row: apart(row, endless))


def text(draw: Draw, row: Sequence[Cell]) -> str:
    """As a row of words."""
    free = draw(st.sampled_from((".", ".", "-", "off")))
    return " ".join(cell[0] if cell else free for cell in row)


def week(draw: Draw, row: Sequence[Cell]) -> Any:
    """A week as it may be written: a row of words if there is one a date, by day, or `off`."""
    if not any(row):
        return draw(st.sampled_from(("off", ". . . . . . .", {"sat-sun": "off"})))
    if all(len(cell) < 2 for cell in row) and draw(st.booleans()):
        return text(draw, row)
    return by_day(row)


def by_day(row: Sequence[Cell]) -> JSON:
    """Neighbours of the same hours as one range of days."""
    found: JSON = {}
    place = 0
    while place < 7:
        last = place
        while last < 6 and row[last + 1] == row[place]:
            last += 1
        name = WEEKDAYS[place] if last == place else f"{WEEKDAYS[place]}-{WEEKDAYS[last]}"
        if row[place]:
            found[name] = one_or_more(row[place])
        place = last + 1
    return found


def one_or_more(cell: Cell) -> Any:
    return cell[0] if len(cell) == 1 else cell


@st.composite
def rotations(draw: Draw, near: date, weekly: bool) -> JSON:
    """Weeks or a cycle, from a date before or after."""
    starts = str(near + timedelta(days=draw(st.integers(-40, 40))))
    if not weekly:
        length = draw(st.integers(2, 17))
        return {"starts": starts, "cycle": text(draw, draw(rows(length)))}
    number = draw(st.integers(1, 3))
    row = draw(rows(7 * number, single=False))
    return {"starts": starts, "weeks": [week(draw, row[7 * place :][:7]) for place in range(number)]}


def inline(draw: Draw, near: date) -> JSON:
    """A rotation without a name: weeks only."""
    row = draw(rows(14, single=False))
    starts = near - near.weekday() * DAY + 7 * DAY * draw(st.integers(-2, 2))
    return {"starts": str(starts), "weeks": [week(draw, row[:7]), week(draw, row[7:])]}
