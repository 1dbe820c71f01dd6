"""Text in the columns of a terminal: how wide it is, filled up, broken between words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_WORD = re.compile(r"[^ ]+ *")


def cells(text: str) -> int:
    """The columns that a text takes: of some signs two, of combining ones none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.combining(sign) > 0 for sign in text)


def padded(text: str, width: int) -> str:
    """The text with blanks behind it, up to a width."""
    return text + " " * (width - cells(text))


def broken(line: str, width: int, hang: int) -> list[str]:
    """The line in pieces no wider than this, all but the first behind `hang` blanks.

    A word that is wider stays whole, so that it can be copied.
    """
    if cells(line) <= width:
        return [line]
    indent = len(line) - len(line.lstrip(" "))
    pieces, piece, taken = [], line[:indent], indent
    for word in _WORD.findall(line):
        wide = cells(word.rstrip(" "))
        if taken + wide > width and piece.strip(" "):
            pieces.append(piece.rstrip(" "))
            piece, taken = " " * hang, hang
        piece += word
        taken += wide + len(word) - len(word.rstrip(" "))
    return [*pieces, piece.rstrip(" ")]


def cut(text: str, width: int) -> Iterator[str]:
    """The text in pieces that fill a width, wherever that breaks it; at least one."""
    piece = ""
    for sign in text:
        if piece and cells(piece + sign) > width:
            yield piece
            piece = ""
        piece += sign
    yield piece
