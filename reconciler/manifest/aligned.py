"""Values that somebody put in one column, as on a wall: which they are, and what keeps them so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

OPENING = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)
BLOCKS = (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken)


@dataclass(slots=True)
class _Entry:
    """One of a mapping: where its colon ends, how wide its key is, in which column its value is."""

    end: int
    width: int
    column: int | None = None


def pads(tokens: Sequence[yaml.Token]) -> Iterator[tuple[int, int]]:
    """Blanks beyond the first behind the colons of mappings whose values stand in one column, as on a wall.

    Yields: where the colon ends, and how many.
    """
    mappings: list[list[_Entry]] = []
    key, colon, end, depth = None, None, 0, 0
    for token in tokens:
        depth += isinstance(token, OPENING) - isinstance(token, CLOSING)
        if isinstance(token, BLOCKS):
            mappings.append([])
        elif isinstance(token, yaml.BlockEndToken):
            yield from _pads_of(mappings.pop())
        elif isinstance(token, yaml.KeyToken) and not depth:
            key = token.start_mark
        elif isinstance(token, yaml.ValueToken) and not depth and key is not None:
            colon = token.end_mark
            mappings[-1].append(_Entry(colon.index, end - key.index))
        elif colon is not None:
            if token.start_mark.line == colon.line:
                mappings[-1][-1].column = token.start_mark.column
            colon = None
        end = token.end_mark.index


def _pads_of(entries: Sequence[_Entry]) -> Iterator[tuple[int, int]]:
    columns = {entry.column for entry in entries}
    if len(entries) > 1 and len(columns) == 1 and None not in columns:
        widest = max(entry.width for entry in entries)
        yield from ((entry.end, widest - entry.width) for entry in entries)
