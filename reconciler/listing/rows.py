"""Rows as JSON and YAML that stream: one document, however long, never held whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from reconciler.errors.escape import Printable, json_text
from reconciler.model.typed import JsonObject


def json_pieces(rows: Iterable[JsonObject]) -> Iterator[Printable]:
    """One array, an object a line."""
    before = "["
    for row in rows:
        yield Printable(before + json_text(row, indent=None))
        before = ","
    yield Printable("[]" if before == "[" else "]")


def yaml_pieces(rows: Iterable[JsonObject], dump: Callable[[object], Printable]) -> Iterator[Printable]:
    """One sequence; `dump` writes YAML."""
    empty = True
    for row in rows:
        empty = False
        yield dump([dict(row)])
    if empty:
        yield Printable("[]")
