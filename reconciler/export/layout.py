"""Entries as text: blocks where a person would write blocks, brackets where all fits on a line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from reconciler.export.entries import Entry
from reconciler.manifest.spelling import spelled

WIDTH = 110
# Sections whose entries have a line for each key, apart from each other or not; and those that are lists.
APART, IN_BLOCKS, LISTS = (
    frozenset(("events",)),
    frozenset(("events", "roster")),
    frozenset(("swaps", "closures")),
)


def section_lines(entries: Iterable[Entry]) -> Iterator[tuple[str, Entry | None]]:
    """The lines of sections, in the order of the entries, each with the entry it belongs to."""
    for place, (section, group) in enumerate(groupby(entries, key=lambda entry: entry.section)):
        yield from [("", None)] if place else []
        yield f"{section}:", None
        for number, entry in enumerate(group):
            if section in APART and number:
                yield "", None
            yield from ((line, entry) for line in _entry(entry))


def _entry(entry: Entry) -> Iterator[str]:
    yield from (f"  # {line}" for line in entry.note.splitlines())
    if entry.section in LISTS:
        yield from _in_list(entry.spec)
    else:
        name = spelled(entry.name, in_brackets=False)
        yield from _item(f"  {name}", entry.spec, 4, entry.section in IN_BLOCKS)


def _in_list(value: object) -> Iterator[str]:
    """An item of a list: on one line, or a line for each key."""
    line = f"  - {flow(value)}"
    if len(line) <= WIDTH or not isinstance(value, Mapping):
        yield line
        return
    for place, (key, inner) in enumerate(value.items()):
        yield from _item(f"  {' ' if place else '-'} {spelled(str(key), in_brackets=False)}", inner, 6)


def _item(head: str, value: object, indent: int, block: bool = False) -> Iterator[str]:
    """A key and its value: on one line, or the value below it."""
    line = f"{head}: {flow(value, inside=False)}"
    if not isinstance(value, Mapping | list | tuple) or (len(line) <= WIDTH and not block):
        yield line
    elif isinstance(value, Mapping):
        yield f"{head}:"
        for key, inner in value.items():
            yield from _item(f"{' ' * indent}{spelled(str(key), in_brackets=False)}", inner, indent + 2)
    elif all(isinstance(item, str) for item in value):
        yield from _wrapped(f"{head}: [", [spelled(str(item)) for item in value], indent)
    else:
        yield f"{head}:"
        yield from (f"{' ' * indent}- {flow(item)}" for item in value)


def _wrapped(head: str, texts: Sequence[str], indent: int) -> Iterator[str]:
    """A list in brackets, over as many lines as it takes."""
    line = head
    for place, text in enumerate(texts):
        piece = text + (", " if place + 1 < len(texts) else "]")
        if len(line) + len(piece.rstrip()) > WIDTH and line.strip() and line != head:
            yield line.rstrip()
            line = " " * indent
        line += piece
    yield line


def flow(value: object, inside: bool = True) -> str:
    """A value on one line. inside: brackets stand around it."""
    if isinstance(value, Mapping):
        pairs = (f"{spelled(str(key))}: {flow(each)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    return spelled(str(value), inside)
