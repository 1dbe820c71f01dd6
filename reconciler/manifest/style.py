"""One style for manifests: what a file says stays word for word, its lines, quotes and comments too.

Only blanks are moved: two for each level, items below their key, one between words, none inside brackets, no
empty line beside another. Works on the tokens of PyYAML's C scanner: between two of them are blanks and
comments, nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml

from reconciler.errors.mistakes import Mistake
from reconciler.manifest.aligned import BLOCKS, CLOSING, OPENING, pads
from reconciler.manifest.decode import decode
from reconciler.manifest.reader import LOADER, read
from reconciler.model import Findings, Source

STEP = 2
CLOSE = 2  # a comment no farther from its line than this stays as near
_HEADER = re.compile(r"[|>]([+-]?)([1-9]?)([+-]?)")
_ENDS_LINE = re.compile(r" *(?:$| #)", re.MULTILINE)
_APART = (yaml.DocumentStartToken, yaml.DocumentEndToken, yaml.DirectiveToken)
_HEADS = (yaml.BlockEntryToken, yaml.KeyToken, yaml.ValueToken)


def styled(data: bytes, path: str, findings: Findings) -> str | None:
    """A manifest file in our style; None, reported, if it can't be read."""
    before = len(findings.errors)
    text, tree = decode(data, path, Findings()), read(data, path, findings)
    if text is None or tree is None or len(findings.errors) > before:
        return None
    result = _Printer(text).printed()
    unread = Findings()
    if json.dumps(read(result.encode(), path, unread)) == json.dumps(tree) and not unread.errors:
        return result
    message = "in our style this file would say something else, so it is left as it is: please report it"
    findings.error(Source(path, 1), message, Mistake.SYNTAX)
    return None


class _Line(NamedTuple):
    """A line between two words: a comment, or nothing."""

    comment: str
    column: int


@dataclass(frozen=True, slots=True)
class _Level:
    """A collection that is still open.

    column: where it stands in the file. indent: where its entries go; in brackets, further lines of it.
    closing: where the end of brackets goes that has a line of its own.
    implied: a list as far left as its key, which no token opens or closes.
    """

    kind: type[yaml.Token]
    column: int
    indent: int
    closing: int | None = None
    implied: bool = False

    @property
    def content(self) -> int:
        """Where a value begins that has a line of its own."""
        return self.indent if self.closing is not None else self.indent + STEP


@dataclass(slots=True)
class _Printer:
    text: str
    lines: list[str] = field(default_factory=list)
    line: str = ""
    levels: list[_Level] = field(default_factory=list)
    then: tuple[_Level, ...] = ()  # those that were open at the last word
    last: yaml.Token | None = None  # word
    end: int = 0  # of the last word, in the file
    shift: int = 0  # how far the beginning of this line has moved
    at_key: bool = False
    pads: dict[int, int] = field(default_factory=dict)

    def printed(self) -> str:
        tokens = list(yaml.scan(self.text, Loader=LOADER))
        self.pads = dict(pads(tokens))
        for token in tokens:
            if token.end_mark.index > token.start_mark.index:
                self._word(token)
            else:
                self._structure(token)
        self._between(self.text[self.end :], None)
        block = isinstance(self.last, yaml.ScalarToken) and self.last.style in ("|", ">")
        unended = not self.lines or (
            block and "\n" not in self.text[self.end :]
        )  # another end is another text
        return "\n".join(self.lines) + "\n" * (not unended)

    def _structure(self, token: yaml.Token) -> None:
        if isinstance(token, BLOCKS):
            indent = self.levels[-1].content if self.levels else 0
            self.levels.append(_Level(type(token), token.start_mark.column, indent))
        elif isinstance(token, yaml.BlockEndToken):
            self._end_implied()
            self.levels.pop()
        elif isinstance(token, yaml.KeyToken):
            self._end_implied()
            self.at_key = True

    def _word(self, token: yaml.Token) -> None:
        self._follow(token)
        begin, end = token.start_mark.index, token.end_mark.index
        gap = self.text[self.end : begin]
        if "\n" in gap or self.last is None:
            self._between(gap, token)
            self.line = " " * self._column_of(token)
            self.shift = len(self.line) - token.start_mark.column
        elif not self._is_tight(token):
            self.line += " " * (1 + self.pads.get(self.end, 0))
        self.end = end
        if isinstance(token, yaml.ScalarToken):
            self._scalar(token)
        else:
            self.line += self.text[begin:end]
        if isinstance(token, OPENING):
            self._open_brackets(token)
        elif isinstance(token, CLOSING):
            self.levels.pop()
        self.last, self.then, self.at_key = token, tuple(self.levels), False

    def _follow(self, token: yaml.Token) -> None:
        """Open or close what no token does: a list as far left as its key."""
        level = self.levels[-1] if self.levels else None
        in_mapping = level is not None and level.kind is yaml.BlockMappingStartToken
        if isinstance(token, yaml.BlockEntryToken) and level is not None and in_mapping:
            kind = yaml.BlockSequenceStartToken
            self.levels.append(_Level(kind, level.column, level.indent + STEP, implied=True))
        elif isinstance(token, yaml.KeyToken):
            self._end_implied()

    def _end_implied(self) -> None:
        if self.levels and self.levels[-1].implied:
            self.levels.pop()

    def _open_brackets(self, token: yaml.Token) -> None:
        """Further lines go below the first word in them; a step in, where it has a line of its own."""
        if _ENDS_LINE.match(self.text, self.end):
            closing = self._entry()
            inside = closing + STEP
        else:
            closing = len(self.line) - 1
            inside = closing + 1
        self.levels.append(_Level(type(token), token.start_mark.column, inside, closing))

    def _entry(self) -> int:
        """Where the entry begins that brackets are the value of."""
        if not self.levels:
            return 0
        level = self.levels[-1]
        return level.content if level.kind is yaml.BlockSequenceStartToken else level.indent

    def _is_tight(self, token: yaml.Token) -> bool:
        if isinstance(token, yaml.ValueToken):
            return not isinstance(self.last, yaml.AliasToken)
        closes = isinstance(token, (*CLOSING, yaml.FlowEntryToken))
        return closes or isinstance(self.last, OPENING)

    def _column_of(self, token: yaml.Token) -> int:
        """Where a word goes that is the first of its line."""
        if not self.levels or isinstance(token, _APART):
            return 0
        level = self.levels[-1]
        if level.closing is not None:
            return level.closing if isinstance(token, CLOSING) else level.indent
        return level.indent if self.at_key or isinstance(token, _HEADS) else level.content

    # Comments and empty lines.

    def _between(self, gap: str, token: yaml.Token | None) -> None:
        """End the line, with the comment beside it, and print those that stand before the next word's."""
        beside, *lines = gap.split("\n")
        if self.last is None:
            lines = [beside, *lines]
        else:
            self.lines.append(self.line + self._beside(beside))
        for line in _collapsed(lines[:-1] if token else [line.rstrip() for line in lines], token is None):
            if line.comment:
                self.lines.append(" " * self._column_of_comment(line, token) + line.comment)
            elif self.lines and self.lines[-1]:
                self.lines.append("")

    def _beside(self, gap: str) -> str:
        """The comment at the end of a line: in the column in which it stood, or as near as it was."""
        comment = gap.strip(" ")
        blanks = len(gap) - len(gap.lstrip(" "))
        if blanks > CLOSE:
            column = self.end - self.text.rfind("\n", 0, self.end) - 1 + blanks + self.shift
            blanks = max(column - len(self.line), 1)
        return " " * blanks + comment if comment else ""

    def _column_of_comment(self, line: _Line, token: yaml.Token | None) -> int:
        """It belongs to what follows; to the end of a level that ends here if it stood as far in."""
        if self.levels and self.levels[-1].closing is not None:
            return self.levels[-1].indent
        own = self.levels[-1].column if self.levels else 0
        ended = self.then[len(self.levels) :]
        columns = [level.column for level in ended if own < level.column <= line.column]
        if columns:
            return next(level.indent for level in ended if level.column == max(columns))
        return self._column_of(token) if token else 0

    # Texts.

    def _scalar(self, token: yaml.ScalarToken) -> None:
        raw = self.text[token.start_mark.index : self.end]
        if token.style in ("|", ">"):
            self._block(raw, token.start_mark.index)
            return
        first, *further = raw.split("\n")
        column = self._continued(further, token.start_mark.column)
        self.line += first
        for line in further:
            words = line.lstrip(" ")
            self.lines.append(self.line if token.style else self.line.rstrip(" "))
            self.line = " " * column + words if words else ""
            self.shift = column - (len(line) - len(words))

    def _continued(self, further: Sequence[str], column: int) -> int:
        """Where further lines of a text go: below its beginning if they stood there, else a step in."""
        offsets = {len(line) - len(line.lstrip(" ")) - column for line in further if line.strip(" ")}
        if offsets in ({0}, {1}):
            return len(self.line) + offsets.pop()
        return self.levels[-1].content if self.levels else STEP

    def _block(self, raw: str, begin: int) -> None:
        """A text that keeps its lines (`|`) or folds them (`>`)."""
        header, *lines = raw.split("\n")
        found = _HEADER.match(header)
        signs, digit = (found[1] + found[3], int(found[2] or 0)) if found else ("", 0)
        level = self.levels[-1] if self.levels else _Level(yaml.Token, 0, 0)
        new = level.indent + (digit or STEP)
        old = level.column + digit if digit else _indent_of(lines)
        if lines and not lines[-1]:
            lines.pop()
        while "+" not in signs and lines and len(lines[-1]) <= old and not lines[-1].strip(" "):
            lines.pop()
        self.line += header.rstrip(" ")
        for line in lines:
            self.lines.append(self.line)
            self.line = " " * new + line[old:] if line[old:] else ""
        self.end = begin + len("\n".join([header, *lines]))


def _indent_of(lines: Sequence[str]) -> int:
    """Of a block of text, by its first line that isn't empty."""
    indents = [len(line) - len(line.lstrip(" ")) for line in lines]
    own = [indent for indent, line in zip(indents, lines, strict=True) if line.strip(" ")]
    return own[0] if own else max(indents, default=0)


def _collapsed(lines: Iterable[str], at_end: bool) -> list[_Line]:
    """Comments, and one empty line where there were more; none at the end of a file."""
    found = [_Line(line.strip(" "), len(line) - len(line.lstrip(" "))) for line in lines]
    while at_end and found and not found[-1].comment:
        found.pop()
    return found
