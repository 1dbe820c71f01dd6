"""Long lines on a terminal: broken between words, hanging below what they belong to.

On terminals only: elsewhere a fact stays a line, for `grep`, and no runner sees a line that begins with what
somebody wrote into a manifest.
"""

from __future__ import annotations

import os
import re
import unicodedata
from typing import TextIO

USUAL, LEAST = 80, 20  # columns where nobody says how many; fewer than the least are not believed
_ROW = re.compile(r" {6}(?:\S+ )*?\S+ {2,}(?=\S)")  # a label and the gap behind it: the text's own column
_WORD = re.compile(r"[^ ]+ *")


def width_of(stream: TextIO) -> int | None:
    """How many columns to keep to; None where nobody looks, and in the logs of runners."""
    if not stream.isatty() or os.environ.get("CI"):
        return None
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and len(asked) < 5 and int(asked) >= LEAST:
        return int(asked)
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return USUAL
    return columns if columns >= LEAST else USUAL


def wrapped(line: str, width: int) -> str:
    """The line in pieces no wider than this; a word that is wider stays whole, so that it can be copied."""
    if _cells(line) <= width:
        return line
    indent = len(line) - len(line.lstrip(" "))
    row = _ROW.match(line)
    hang = row.end() if row and row.end() <= width // 2 else indent + 4
    pieces, piece, taken = [], line[:indent], indent
    for word in _WORD.findall(line):
        wide = _cells(word.rstrip(" "))
        if taken + wide > width and piece.strip(" "):
            pieces.append(piece.rstrip(" "))
            piece, taken = " " * hang, hang
        piece += word
        taken += wide + len(word) - len(word.rstrip(" "))
    return "\n".join([*pieces, piece.rstrip(" ")])


def _cells(text: str) -> int:
    """The columns that a text takes: of some signs two, of combining ones none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.combining(sign) > 0 for sign in text)
