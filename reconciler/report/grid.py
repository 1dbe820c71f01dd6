"""A table of people and dates that keeps to a width. Pure; texts are to be visible ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest
from typing import NamedTuple

from reconciler.errors.columns import cells, cut, padded

Cell = Sequence[str]  # lines of it, one below the other
LEAST_NAME = 12  # columns; a longer name may have to go on below


class Column(NamedTuple):
    """A date: its heading, and a cell a person."""

    heading: Cell
    cells: Sequence[Cell]

    @property
    def width(self) -> int:
        return max(cells(line) for cell in (self.heading, *self.cells) for line in cell)


def grid_lines(names: Sequence[str], columns: Sequence[Column], width: int) -> Iterator[str]:
    """The table, in as few bands of dates as the width takes: a week, or its two halves below each other."""
    room = max(LEAST_NAME, width // 4)
    people = [list(cut(name, room)) for name in names]
    margin = max((cells(line) for name in people for line in name), default=0)
    for number in range(1, len(columns) + 1):
        edges = [-(-len(columns) * part // number) for part in range(number + 1)]
        bands = [columns[start:end] for start, end in pairwise(edges)]
        for gap in (2, 1):
            if number == len(columns) or all(_width(margin, band, gap) <= width for band in bands):
                for place, band in enumerate(bands):
                    yield from [""] * (place > 0)
                    yield from _band(people, band, margin, gap)
                return


def _width(margin: int, band: Sequence[Column], gap: int) -> int:
    return margin + sum(gap + column.width for column in band)


def _band(people: Sequence[Cell], band: Sequence[Column], margin: int, gap: int) -> Iterator[str]:
    widths = [margin, *(column.width for column in band)]
    rows = [[[""], *(column.heading for column in band)]]
    rows += [[name, *(column.cells[place] for column in band)] for place, name in enumerate(people)]
    for row in rows:
        for line in zip_longest(*row, fillvalue=""):
            texts = (padded(text, wide) for text, wide in zip(line, widths, strict=True))
            yield (" " * gap).join(texts).rstrip(" ")
