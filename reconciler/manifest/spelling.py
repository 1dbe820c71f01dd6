"""Plain data as manifests in our style: short things on one line, texts that read back as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from reconciler.errors.escape import page

WIDEST = 110
_EMPTY = ("", "~", "null")
_SPECIAL = re.compile(r"[,\[\]{}#&*!|>'\"%@`]|[?:]|-(?:\s|$)|---|\.\.\.|<<$")  # what begins something else
_ENDING = re.compile(r": | #|:$|^ | $")
_BRACKETS = re.compile(r"[,\[\]{}?]|:(?![\w./])")

Data = str | Mapping[str, "Data"] | Sequence["Data"]


def spelled(text: str, in_brackets: bool = True) -> str:
    """A text as a scalar: plain where it can be, else in double quotes."""
    odd = text in _EMPTY or _SPECIAL.match(text) or _ENDING.search(text) or page([text]) != text
    return in_quotes(text) if odd or (in_brackets and _BRACKETS.search(text)) else text


def in_quotes(text: str) -> str:
    """A text in double quotes: what can't be printed as it is stands there as our escape spells it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return page([f'"{escaped}"'])


def literal(text: str) -> str:
    """A text from elsewhere, in which nothing is a reference to a variable."""
    return text.replace("$(", "$$(")


def on_one_line(value: Data) -> str:
    """Data in brackets."""
    if isinstance(value, str):
        return spelled(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{spelled(key)}: {on_one_line(each)}' for key, each in value.items())}}}"
    return f"[{', '.join(map(on_one_line, value))}]"


def manifest_lines(sections: Mapping[str, Mapping[str, Data]]) -> Iterator[str]:
    """Sections by name, with their entries by name: each begins a line, and so does each of its parts."""
    for number, (section, entries) in enumerate(sections.items()):
        if number:
            yield ""
        yield f"{spelled(section)}:"
        for name, entry in entries.items():
            yield from _entry(f"  {spelled(name, in_brackets=False)}:", entry, 4)


def _entry(head: str, value: Data, indent: int) -> Iterator[str]:
    """What stands below a key, part by part; an empty list or a text beside it."""
    if isinstance(value, str):
        yield f"{head} {spelled(value, in_brackets=False)}"
    elif not value:
        yield f"{head} {on_one_line(value)}"
    else:
        yield head
        yield from _parts(value, indent)


def _parts(value: Data, indent: int) -> Iterator[str]:
    blanks = " " * indent
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _part(f"{blanks}{spelled(key, in_brackets=False)}:", each, indent + 2)
    else:
        for each in value:
            line = f"{blanks}- {on_one_line(each)}"
            if len(line) <= WIDEST or isinstance(each, str):
                yield line
            else:
                first, *rest = _parts(each, indent + 2)
                yield from (f"{blanks}- {first.lstrip(' ')}", *rest)


def _part(head: str, value: Data, indent: int) -> Iterator[str]:
    """On the key's own line where that is not too long."""
    line = f"{head} {spelled(value, in_brackets=False) if isinstance(value, str) else on_one_line(value)}"
    if isinstance(value, str) or not value or len(line) <= WIDEST:
        yield line
    else:
        yield head
        yield from _parts(value, indent)
