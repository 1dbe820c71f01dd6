r"""The one escape: foreign text on its way to a terminal, a log, a pull request or a CI runner. Pure.

Nothing is printed that isn't `Printable`, and text becomes that here: by `page` as lines, by `json_text` as
data, by `annotation` as a runner's command; `visible` alone is for measuring, and for formats with rules of
their own. A value isn't escaped where it is used but with the whole line it stands in, just before lines are
joined: then no line break is one of its own, and it is known what begins the line.

Spelled out, as `\n`, `\x1b`, `\u202e`, `\U000e0041`, are control characters (C0, C1), what turns text round,
separators of lines and paragraphs, halves of surrogate pairs (names of files that aren't UTF-8),
noncharacters, and all else that Unicode calls ignorable: it shows nothing, so it can make two names look
alike or hide a message to whoever reads by machine (zero widths, fillers, tags; the flag of Scotland pays
for that). Two of these stay where they change what is seen, as names and emoji are made with them: a joiner
behind a sign beyond ASCII, and one variation selector behind that or behind a digit.

A backslash stays as typed: so a text may be escaped twice, and paths and patterns read as their author wrote
them. Whether `\n` was two characters or one then misleads nobody into anything; JSON is exact.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import NewType

Printable = NewType("Printable", str)

_JOINERS = "\u200c\u200d"
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_NONCHARACTERS = "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
_NEVER = (
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction
    "\u2028\u2029\ud800-\udfff\ufdd0-\ufdef" + _NONCHARACTERS +
    # what else is ignorable: soft hyphen, fillers and vowels without a look, zero width, invisible operators,
    # marks of annotations, shorthand and music, tags
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)  # fmt: skip
_SOFT = f"[{_JOINERS}{_SELECTORS}]"
_UNSHOWN = re.compile(
    f"[{_NEVER}]{_SOFT}*"
    f"|(?<![^\x00-\x7f{_JOINERS}])[{_JOINERS}]{_SOFT}*"  # at the beginning, behind ASCII or another joiner
    f'|(?<![^\x00-"$-)+-/:-\x7f{_JOINERS}{_SELECTORS}])[{_SELECTORS}]{_SOFT}*'  # `1`, `#`, `*` are emoji
)
_PRINTABLE_UNSHOWN = re.compile(f"[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0{_SELECTORS}]")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

# Where runners look: GitHub takes `::command` behind blanks at the start of a line and `##[command]` anywhere
# in it, Azure `##vso[` and TeamCity `##teamcity[` anywhere; GitLab, Travis and Buildkite fold their logs by
# the first word of a line.
_ANYWHERE = re.compile(r"#(?=#[\w.-]*\[)")
_AT_START = re.compile(r"(\s*)(?=::|section_(?:start|end):|travis_|(?:---|\+\+\+|~~~|\^\^\^)(?:\s|$))(.)")


def visible(text: str) -> str:
    """The text as one line that shows all of its characters; not yet safe to begin a line with."""
    if _looks_clean(text):
        return text
    return _UNSHOWN.sub(lambda found: "".join(map(_spelled, found[0])), text)


def page(lines: Iterable[str]) -> Printable:
    """These lines, one below the other: each stays one, and none is a runner's command."""
    return Printable("\n".join(map(_line, lines)))


def joined(pages: Iterable[Printable]) -> Printable:
    """Pages one below the other."""
    return Printable("\n".join(pages))


def json_text(data: object, indent: int | None = 2) -> Printable:
    """The data as JSON that shows all of its characters, and reads back as what they were."""
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    if "##" in text:
        text = _ANYWHERE.sub(r"\\u0023", text)
    if text.isascii() and "\x7f" not in text:
        return Printable(text)
    # Line breaks are the document's own: those in its texts `dumps` has spelled out already.
    lines = (each if _looks_clean(each) else _UNSHOWN.sub(_in_json, each) for each in text.split("\n"))
    return Printable("\n".join(lines))


def annotation(level: str, path: str, row: int, column: int, message: str) -> Printable:
    """A workflow command of GitHub, the one line that is meant for a runner."""
    return Printable(f"::{level} file={_part(path, '%,:')},line={row},col={column}::{_part(message, '%')}")


def _looks_clean(text: str) -> bool:
    """A quick look, enough for most texts: what shows nothing and is printable to Python is rare."""
    return text.isprintable() and (text.isascii() or not _PRINTABLE_UNSHOWN.search(text))


def _line(text: str) -> str:
    shown = visible(text)
    if "##" in shown:
        shown = _ANYWHERE.sub(r"\\x23", shown)
    command = _AT_START.match(shown)
    return f"{command[1]}\\x{ord(command[2]):02x}{shown[command.end() :]}" if command else shown


def _part(text: str, special: str) -> str:
    text = _ANYWHERE.sub(r"\\x23", visible(text))
    return "".join(f"%{ord(char):02X}" if char in special else char for char in text)


def _spelled(char: str) -> str:
    code = ord(char)
    return _SHORT.get(char) or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )


def _in_json(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1].replace("\x7f", r"\u007f")
