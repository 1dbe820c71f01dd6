"""Bytes of a manifest to text that YAML can read: UTF-8, no control characters, no tabs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice

from reconciler.errors.mistakes import Mistake
from reconciler.model import Findings, Source

MOST_REPORTED = 1000  # problems of one kind in a file

# What YAML 1.1 forbids (5.1), its exotic line breaks, which nobody can see, and what turns text round, to be
# read as something else than it is.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff]"
)
_INDENT_TAB = re.compile(r"^ *\t", re.MULTILINE)
_BREAK = re.compile(r"\r\n|\r|\n")


def decode(data: bytes, path: str, findings: Findings) -> str | None:
    """Return the text, its lines ended by `\\n`, every character where it stood; None if YAML can't follow.

    Tabs (as blanks) and control characters (as U+FFFD) are reported and kept, so that more can be found.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        findings.error(Source(path, 1, 1), "this file is UTF-16: save it as UTF-8", Mistake.NOT_UTF8)
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        findings.error(_place_of(data, error.start, path), _bad_byte(data[error.start]), Mistake.NOT_UTF8)
        return None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text = _without_controls(text, path, findings)
    return _without_tabs(text, path, findings)


def _place_of(data: bytes, offset: int, path: str) -> Source:
    before = _BREAK.split(data[:offset].decode("utf-8").removeprefix("\ufeff"))
    return Source(path, len(before), len(before[-1]) + 1)


def _bad_byte(byte: int) -> str:
    return f"the byte {byte:#04x} here is not UTF-8: save the file as UTF-8"


def _without_controls(text: str, path: str, findings: Findings) -> str:
    if not _FORBIDDEN.search(text):
        return text
    places = (
        (Source(path, number, found.start() + 1), _invisible(found[0]))
        for number, line in enumerate(text.split("\n"), 1)
        for found in _FORBIDDEN.finditer(line)
    )
    _report(places, Mistake.INVISIBLE_CHARACTER, findings)
    return _FORBIDDEN.sub("\ufffd", text)


def _report(problems: Iterable[tuple[Source, str]], mistake: Mistake, findings: Findings) -> None:
    """Report these, or the first of very many: a file of nothing else has them by the million."""
    for source, message in islice(problems, MOST_REPORTED):
        findings.error(source, message, mistake)


def invisible_in(text: str) -> str:
    """What is said of the first invisible character of a text; empty where all show."""
    signs = (char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp"))
    return next((_invisible(char) for char in signs if char not in "\t\n\r"), "")


def _invisible(char: str) -> str:
    name = unicodedata.name(char, "control character").lower()
    return f"an invisible character stands here (U+{ord(char):04X}, {name}): delete it"


def _without_tabs(text: str, path: str, findings: Findings) -> str | None:
    if "\t" not in text:
        return text
    lines = ((number, line) for number, line in enumerate(text.split("\n"), 1) if "\t" in line)
    places = ((Source(path, number, line.index("\t") + 1), _advice(line)) for number, line in lines)
    _report(places, Mistake.TAB, findings)
    return None if _INDENT_TAB.search(text) else text.replace("\t", " ")


def _advice(line: str) -> str:
    indent = not line[: line.index("\t")].strip()
    return "indent with spaces, not with tabs" if indent else "write spaces instead of this tab"
