"""Long lines on a terminal: broken between words, hanging below what they belong to.

On terminals only: elsewhere a fact stays a line, for `grep`, and no runner sees a line that begins with what
somebody wrote into a manifest.
"""

from __future__ import annotations

import os
import re
from typing import TextIO

from reconciler.errors.columns import broken

USUAL, LEAST = 80, 20  # columns where nobody says how many; fewer than the least are not believed
_ROW = re.compile(r" {6}(?:\S+ )*?\S+ {2,}(?=\S)")  # a label and the gap behind it: the text's own column


def width_of(stream: TextIO) -> int | None:
    """How many columns to keep to; None where nobody looks, and in the logs of runners."""
    if not stream.isatty() or os.environ.get("CI"):
        return None
    if asked := _asked():
        return asked
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return USUAL
    return columns if columns >= LEAST else USUAL


def page_width(stream: TextIO) -> int:
    """How many columns a page has that is laid out to be looked at, wherever it goes."""
    return width_of(stream) or _asked() or USUAL


def _asked() -> int | None:
    """What $COLUMNS says, if that is to be believed."""
    asked = os.environ.get("COLUMNS", "")
    return int(asked) if asked.isdecimal() and len(asked) < 5 and int(asked) >= LEAST else None


def wrapped(line: str, width: int) -> str:
    """The line in pieces no wider than this, below each other."""
    row = _ROW.match(line)
    indent = len(line) - len(line.lstrip(" "))
    hang = row.end() if row and row.end() <= width // 2 else indent + 4
    return "\n".join(broken(line, width, hang))
