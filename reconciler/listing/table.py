"""Rows of `get` as a table: which columns, how wide, and lines that come while the rows do. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest

from reconciler.errors.columns import broken, cells, padded
from reconciler.errors.escape import Printable, page, visible
from reconciler.listing.cells import Cells, Teller
from reconciler.model.typed import JsonObject

MEASURED = 200  # rows that widths are measured by: a table streams, however long it gets
GAP = 2
WHOLE = 24  # columns: what is no wider, as names and times, is never broken


def table_lines(
    thing: str,
    rows: Iterable[JsonObject],
    tell: Teller,
    width: int | None = None,
    too_many: Callable[[Sequence[str]], None] = lambda headings: None,
) -> Iterator[Printable]:
    """Yield a line of headings and a line a row; columns that stay empty at the beginning are left out.

    Args:
        width: what a terminal takes: cells are broken at words, and where that is not enough the last
            columns are left out; None: a row is a line.
        too_many: told of columns that are.
    """
    lines = (line for row in rows for line in tell.cells(thing, row))
    first = list(islice(lines, MEASURED))
    columns = [name for name in dict.fromkeys(chain(*first)) if any(line.get(name) for line in first)]
    texts = [[_heading(name), *(line.get(name, "") for line in first)] for name in columns]
    widths = [max(map(cells, column)) for column in texts]
    if width:
        widths = _fitting(widths, [_least(column) for column in texts], width)
    shown, left_out = columns[: len(widths)], columns[len(widths) :]
    if left_out:
        too_many([_heading(name) for name in left_out])
    if shown:
        yield _row({name: _heading(name) for name in shown}, shown, widths)
    for line in chain(first, lines):
        yield _row(line, shown, widths)


def _fitting(widths: Sequence[int], least: Sequence[int], width: int) -> list[int]:
    """The widths of as many columns as there is room for, each as wide as it would be as far as there is."""
    kept = len(widths)
    while kept > 1 and _all(least[:kept]) > width:
        kept -= 1
    room, fitted = width - _all(least[:kept]), []
    for natural, at_least in zip(widths[:kept], least[:kept], strict=True):
        fitted.append(at_least + max(0, min(natural - at_least, room)))
        room -= fitted[-1] - at_least
    return fitted


def _all(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _least(column: Sequence[str]) -> int:
    """How narrow a column may get: short cells stay whole, and so do words."""
    widest = max(map(cells, column))
    return (
        widest if widest <= WHOLE else max(WHOLE, *(cells(word) for text in column for word in text.split()))
    )


def _row(line: Cells, columns: Sequence[str], widths: Sequence[int]) -> Printable:
    pieces = [broken(line.get(name, ""), width, 0) for name, width in zip(columns, widths, strict=True)]
    gap = " " * GAP
    return page(
        gap.join(padded(text, width) for text, width in zip(texts, widths, strict=True)).rstrip()
        for texts in zip_longest(*pieces, fillvalue="")
    )


def _heading(name: str) -> str:
    return visible(name).upper()
