"""Rows as JSON and YAML that stream: one document, however long, never held whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Row = Mapping[str, Any]


def json_pieces(rows: Iterable[Row]) -> Iterator[str]:
    """One array, an object a line."""
    before = "["
    for row in rows:
        yield before + json.dumps(row, ensure_ascii=False)
        before = ","
    yield "[]" if before == "[" else "]"


def yaml_pieces(rows: Iterable[Row], dump: Callable[[Any], str]) -> Iterator[str]:
    """One sequence; `dump` writes YAML, its lines ended."""
    empty = True
    for row in rows:
        empty = False
        yield dump([dict(row)]).removesuffix("\n")
    if empty:
        yield "[]"
