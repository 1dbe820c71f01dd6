"""People by dates as a page draws them: what stands in each cell, and its hours as bars. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from reconciler.dates.week import Span

FULL, QUARTER = 1440, 360  # minutes


class Bar(NamedTuple):
    """A piece of a day, in minutes; look: `kept`, `lost` or `won`."""

    start: int
    end: int
    look: str

    @property
    def width(self) -> int:
        return self.end - self.start


class Said(NamedTuple):
    """A line of a cell; look: `was`, `is`, `same`, `off`, `leave` or `note`."""

    look: str
    text: str


class Cell(NamedTuple):
    """One date of one person."""

    lines: tuple[Said, ...]
    bars: tuple[Bar, ...]
    moved: bool = False
    today: bool = False


class Row(NamedTuple):
    name: str
    notes: tuple[str, ...]
    cells: tuple[Cell, ...]


class Table(NamedTuple):
    """A week. heads: of its dates; reach: the minutes that a cell's width stands for, nights included."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    reach: int


def table_of(title: str, heads: Iterable[str], rows: Iterable[Row]) -> Table:
    """A week as wide as its longest night asks for, in whole quarters of a day."""
    rows = tuple(rows)
    latest = max((bar.end for row in rows for cell in row.cells for bar in cell.bars), default=FULL)
    return Table(title, tuple(heads), rows, max(FULL, -(-latest // QUARTER) * QUARTER))


def bars(before: Sequence[Span], after: Sequence[Span]) -> Iterator[Bar]:
    """The pieces of a day by what becomes of them."""
    edges = sorted({edge for spans in (before, after) for span in spans for edge in span})
    for start, end in pairwise(edges):
        was, will = (any(a <= start and end <= b for a, b in spans) for spans in (before, after))
        if was or will:
            yield Bar(start, end, "kept" if was and will else "lost" if was else "won")
