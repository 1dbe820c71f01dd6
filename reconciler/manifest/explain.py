"""What the YAML parser's complaints mean to somebody who doesn't know YAML, and where to look.

Places are (line, column) from 0, as the parser counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, Protocol

import yaml

from reconciler.dates.grammar import DAYS
from reconciler.model import Text

Place = tuple[int, int]

_QUOTES = ("'", '"')
_WORD = re.compile(r"[-.]|[A-Za-z][A-Za-z0-9]{0,11}|[0-9]{1,2}:[0-9]{2}[-–][0-9]{1,2}:[0-9]{2}")  # of a row

# What `clear` may name, of users, events and invented patients.
CLEARED = frozenset(
    """
addressLine1 addressLine2 attributes city color country credentials email firstName lastName locale location
middleName mode phone remarks secondaryEmail secondaryLanguage secondaryPhone state timezone type zip
""".split()  # noqa: SIM905  # as a list it is a screen of quotes
)
_OF_ROWS = re.compile(r"\b(cycle|days)\s*:$")
DASH_FIRST = "a row that begins with a dash: put it in quotes, or write `.` for a free day"


class Mark(Protocol):
    """A place in the text; the parser in C and the one in Python have each their own."""

    index: int
    line: int
    column: int


class _Complaint(NamedTuple):
    """A parser error: what it says, where it stopped, where the thing it was reading began."""

    problem: str
    place: Place
    opened: Place
    lines: list[str]
    scalar: yaml.ScalarEvent | None

    @property
    def line(self) -> str:
        return self.lines[self.place[0]] if self.place[0] < len(self.lines) else ""

    @property
    def before(self) -> str:
        return self.line[: self.place[1]].rstrip()

    @property
    def char(self) -> str:
        return self.line[self.place[1] : self.place[1] + 1]

    def opener(self) -> str:
        line, column = self.opened
        return self.lines[line][column : column + 1] if line < len(self.lines) else ""


def explain(error: yaml.MarkedYAMLError, text: str, scalar: yaml.ScalarEvent | None) -> tuple[Place, str]:
    """Translate a MarkedYAMLError into a place and what to do there.

    Args:
        scalar: the last scalar event before the error, or None.
    """
    complaint = _Complaint(
        f"{error.context or ''}: {error.problem or ''}",
        _place(error.problem_mark or error.context_mark),
        _place(error.context_mark or error.problem_mark),
        text.split("\n"),
        scalar,
    )
    for fragment, tell in _EXPLAIN:
        if fragment in complaint.problem:
            return tell(complaint)
    return (
        complaint.place,
        "YAML can't be read from here on: put the text in quotes, or check the indentation",
    )


def _place(mark: Mark | None) -> Place:
    return (mark.line, mark.column) if mark else (0, 0)


def _row(at: _Complaint) -> tuple[Place, str] | None:
    """A row of hours whose first date is free: YAML takes its dash for a list's."""
    words = re.split(r"[],}]| #", at.line[at.place[1] :])[0].split()
    if words[:1] != ["-"] or not all(map(_WORD.fullmatch, words)):
        return None
    free = {"-", "."} & {*words[1:]}
    if not (len(words) >= len(DAYS) or free or _OF_ROWS.search(at.before)):
        return None
    dotted = " ".join("." if word == "-" else word for word in words)
    return at.place, f"{DASH_FIRST}, `{dotted}`"


def _forbidden_start(at: _Complaint) -> tuple[Place, str]:
    if row := _row(at):
        return row
    char = "a backquote" if at.char == "`" else f"`{at.char}`"
    return at.place, f"{char} cannot begin a value: put this in quotes"


def _colon(at: _Complaint) -> tuple[Place, str]:
    swallowed = _swallowed(at)
    if swallowed:
        return swallowed
    if re.search(r":(\s|$)|^\s*- \S", at.before):
        return at.place, "a `: ` inside a value: put the value in quotes"
    column = len(at.line) - len(at.line.lstrip())
    advice = "indent it like its neighbours, or end the line above with `:`"
    return (at.place[0], column), f"this line is indented deeper than the line above allows: {advice}"


def _swallowed(at: _Complaint) -> tuple[Place, str] | None:
    """A quoted text of several lines that ends where the error is: another's opening quote closed it."""
    scalar = at.scalar
    if not scalar or scalar.style not in _QUOTES or _place(scalar.end_mark)[0] != at.place[0]:
        return None
    opened = _place(scalar.start_mark)
    return _unclosed_quote(opened) if opened[0] < at.place[0] else None


def _unclosed_quote(opened: Place) -> tuple[Place, str]:
    return opened, f"a quote is not closed: it opened on line {opened[0] + 1}"


def _quote(at: _Complaint) -> tuple[Place, str]:
    return _unclosed_quote(at.opened)


def _key(at: _Complaint) -> tuple[Place, str]:
    swallowed = _swallowed(at)
    if swallowed:
        return swallowed
    if at.char in ("]", "}"):
        return at.place, f"`{at.char}` closes nothing: delete it, or put the value in quotes"
    if at.before.endswith(_QUOTES):
        return at.place, "text goes on after the closing quote: put the whole value in one pair of quotes"
    if at.before.endswith(("]", "}")):
        bracket = "[" if at.before.endswith("]") else "{"
        return at.place, f"text goes on after a value that `{bracket}` began: put the whole value in quotes"
    if not at.before or at.before.lstrip() == "-":
        return (
            at.place,
            "this line is indented differently from its neighbours: give them the same indentation",
        )
    return at.place, "this cannot stand here: put the whole value in quotes"


def _flow(at: _Complaint) -> tuple[Place, str]:
    opener = at.opener()
    closer = "}" if opener == "{" else "]"
    if _indent(at.line) <= _indent(at.lines[at.opened[0]]) and at.place[0] > at.opened[0]:
        return at.opened, f"this `{opener}` is not closed: `{closer}` is missing"
    where = f"the `{opener}` opened on line {at.opened[0] + 1}"
    return at.place, f"`,` or `{closer}` is missing before this ({where}), or quotes around the value"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _no_colon(at: _Complaint) -> tuple[Place, str]:
    return at.opened, "`:` is missing after this key"


def _sequence(at: _Complaint) -> tuple[Place, str]:
    if row := _row(at):
        return row
    if at.before:
        return (
            at.place,
            "`- ` cannot stand here: put the value in quotes, or begin the list on a line of its own",
        )
    return at.place, "this `-` is indented differently from its neighbours: give them the same indentation"


def _item(at: _Complaint) -> tuple[Place, str]:
    return at.place, "expected the next item of the list, `- …`: check the indentation"


def _name(at: _Complaint) -> tuple[Place, str]:
    return at.opened, f"`{at.opener()}` cannot begin a value: put this in quotes"


def _text_block(at: _Complaint) -> tuple[Place, str]:
    return at.opened, f"`{at.opener()}` begins a text of several lines: put the value in quotes"


def _escape(at: _Complaint) -> tuple[Place, str]:
    return at.place, "`\\` has a meaning in double quotes: put the text in single quotes"


def _tag(at: _Complaint) -> tuple[Place, str]:
    return at.opened, "`!` begins a YAML tag, and manifests have none: put the text in quotes"


def _content(at: _Complaint) -> tuple[Place, str]:
    if row := _row(at):
        return row
    if at.char and at.char not in ",]}":
        return at.place, f"`{at.char}` cannot begin a value: put this in quotes"
    return at.place, "a value is missing before this: write one, or delete the comma"


def _directive(at: _Complaint) -> tuple[Place, str]:
    return at.place, "`%` cannot begin a line: put this in quotes"


def _explicit_key(at: _Complaint) -> tuple[Place, str]:
    return at.place, "`?` cannot begin a value: put this in quotes"


def _belongs_nowhere(at: _Complaint) -> tuple[Place, str]:
    if at.char in ("]", "}"):
        return at.place, f"`{at.char}` closes nothing: delete it"
    return at.place, "this doesn't belong to what stands above: check indentation, quotes and brackets"


# Fragments of libyaml's (and PyYAML's own) messages, the more telling ones first.
_EXPLAIN: tuple[tuple[str, Callable[[_Complaint], tuple[Place, str]]], ...] = (
    ("cannot start any token", _forbidden_start),
    ("mapping values are not allowed", _colon),
    ("mapping keys are not allowed", _explicit_key),
    ("block sequence entries are not allowed", _sequence),
    ("sequence entries are not allowed", _sequence),
    ("unknown escape character", _escape),
    ("hexdecimal", _escape),
    ("escape sequence", _escape),
    ("Unicode character code", _escape),
    ("scanning a quoted scalar", _quote),
    ("could not find expected ':'", _no_colon),
    ("scanning a block scalar", _text_block),
    ("scanning an alias", _name),
    ("scanning an anchor", _name),
    (" tag", _tag),
    ("%", _directive),
    ("directive", _directive),
    ("incompatible YAML document", _directive),
    ("flow mapping", _flow),
    ("flow sequence", _flow),
    ("parsing a block mapping", _key),
    ("parsing a block collection", _item),
    ("document start", _belongs_nowhere),
    ("parsing a flow node", _content),
    ("parsing a block node", _content),
    ("node content", _content),
)


def empty_cause(text: str, line: int, anchored: bool, key: Text | None, depth: int, flow: bool) -> str:
    """Say why a value is likely empty, and what to write.

    Args:
        line: on which it stands, from 1.
        anchored: it is empty but for an anchor.
        key: whose value is empty; None in a list.
        depth: how many mappings and lists are open around it.
    """
    if key is None and text.split("\n")[line - 1].split().count("-") >= len(DAYS):
        return "a row of free days only: write off"
    if key is None:
        return "an empty item: write something after `-`, or delete it"
    rest = text.split("\n")[key.source.line - 1][key.source.column - 1 + len(key) :]
    if re.match(r"[\"']?\s*:\s+#", rest):
        return f"`{key}` is empty, for `#` begins a comment: put the {key} in quotes"
    if anchored:
        return f"`{key}` is empty, for `&` begins a YAML anchor: put the {key} in quotes"
    if flow and key in DAYS:
        following = re.match(r":?\s*,\s*(?:[a-z]{3}\s*,\s*)*([a-z]{3})\b", rest)
        last = following[1] if following and following[1] in DAYS else "fri"
        return f'`{key}` has no hours: write {key}-{last}: …, or "{key}, {last}": … for single days'
    if depth == 1:
        return f"`{key}` is empty: write something below it, or delete the line"
    if depth == 2:  # a person, a series, a setting: none that could be cleared
        return f"`{key}` is empty: write its value, or indent deeper what belongs to it"
    if key in CLEARED:
        return f"`{key}` is an empty value: to clear a field write `clear: [{key}]`"
    return f"`{key}` is an empty value: write one, or delete the line"
