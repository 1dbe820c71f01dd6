"""Rows as JSON and YAML that stream: one document, however long, never held whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from reconciler.errors.escape import Printable, json_text

Row = Mapping[str, Any]


def json_pieces(rows: Iterable[Row]) -> Iterator[Printable]:
    """One array, an object a line."""
    before = "["
    for row in rows:
        yield Printable(before + json_text(row, indent=None))
        before = ","
    yield Printable("[]" if before == "[" else "]")


def yaml_pieces(rows: Iterable[Row], dump: Callable[[Any], Printable]) -> Iterator[Printable]:
    """One sequence; `dump` writes YAML."""
    empty = True
    for row in rows:
        empty = False
        yield dump([dict(row)])
    if empty:
        yield Printable("[]")
