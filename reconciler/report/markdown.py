"""Reviews as one comment on a pull request: the verdict, what is lost, people, and all changes folded.

Whatever comes from manifests or the service stands in code, a span or a fenced block: nothing in there is a
mention, a link, a reference or a tag to any forge, and it reads letter by letter as it is. Tags used are
`details` and `summary`, without attributes. What doesn't fit is left out whole, and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote

from reconciler.errors.escape import Printable, page, visible
from reconciler.model import Source
from reconciler.model.told import Block
from reconciler.report.people import PersonLine
from reconciler.report.review import Lost, Review
from reconciler.report.text import block_lines

MOST = 65_000  # characters of one comment
MARKED = 10_000  # of these for the first line
LEAST = 400  # what an environment needs to say anything
_MORE = 40  # for saying how much was left out
_TICKS = re.compile("`+")


def markdown_of(reviews: Sequence[Review], failures: Mapping[str, str] = MappingProxyType({})) -> Printable:
    """One comment for one environment or several; those with nothing to say come last.

    failures: the environments that could not be planned, by path, each with its error.
    """
    marker = marker_of((*(review.place for review in reviews), *failures))
    if not failures and all(map(is_quiet, reviews)):
        return page([marker, "No changes."])
    comment = _Comment(MOST - len(marker) - _MORE)
    failed = [f"- {code(path)}: {code(error)}" for path, error in failures.items()]
    title = f"{len(failures)} environment{'s' * (len(failures) != 1)} could not be planned"
    comment.put_listed([f"**{title}**"], failed, "- ", share=3)
    several = len(reviews) + len(failures) > 1
    told = sorted(reviews, key=is_quiet)[: comment.room // LEAST]
    for place, review in enumerate(told):
        part = _Comment(comment.room // (len(told) - place))
        _tell(review, several, part)
        comment.put(part.lines)
    if left := len(reviews) - len(told):
        comment.lines.append(f"and {left} environment{'s' * (left > 1)} more")
    return page([marker, *comment.lines])


def marker_of(places: Iterable[str]) -> str:
    """The first line, by which a comment is found again."""
    names, more = _fitting([quote(place, safe="/") for place in places], MARKED)
    return f"<!-- welkin-reconcile: {', '.join([*names, *([f'{more} more'] if more else [])])} -->"


def is_quiet(review: Review) -> bool:
    """Whether there is nothing to say."""
    return not (review.blocks or review.routine or review.stranded or review.rules or review.unmanaged)


def code(text: str) -> str:
    """A text as a code span, whatever is in it."""
    shown = visible(text) or " "
    ticks = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    odd = shown.startswith(("`", " ")) or shown.endswith(("`", " "))
    pad = " " if odd and shown.strip(" ") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


class _Comment:
    """Lines as long as there is room for them."""

    def __init__(self, room: int) -> None:
        self.room, self.lines = room, list[str]()

    def put(self, lines: Sequence[str]) -> bool:
        """Take these lines, all or none."""
        size = _size(lines)
        if size > self.room:
            return False
        self.room -= size
        self.lines += (line for text in lines for line in text.split("\n"))
        return True

    def put_listed(
        self,
        head: Sequence[str],
        items: Sequence[str],
        more: str,
        close: Sequence[str] = ("",),
        share: int = 2,
    ) -> None:
        """Take as many items as there is room for.

        head, close: the lines around them. more: how it begins to be said that some are left out.
        share: of what room there is they get only a part, so that what follows is seen as well.
        """
        around = _size([*head, *close]) + _MORE
        taken, left = _fitting(items, self.room // share - around)
        if items:
            self.put([*head, *taken, *([f"{more}and {left} more"] if left else []), *close])


def _tell(review: Review, named: bool, part: _Comment) -> None:
    """An environment: its verdict, what is lost, what happens to people, all changes."""
    heading = [f"### {code(review.place)}"] if named else []
    if not part.put([*heading, *review.counts, ""]) or is_quiet(review):
        return
    looked = f", looked until {review.looked_until}" if review.looked_until else ""
    for title, items in _lost(review, looked):
        part.put_listed([f"**{title}**"], [f"- {item}" for item in items], "- ")
    shifts = f" Shifts: {code(review.legend)}." if review.legend else ""
    part.put([*review.summary, f"Times in {code(review.plan.timezone)}{looked}.{shifts}", ""])
    part.put_listed(["| Who | What | Where |", "| --- | --- | --- |"], [*map(_row, review.people)], "\n")
    minded = [
        f"- {code(text)}" for text in (*review.rules[len(review.denied) :], *review.brakes, *review.warnings)
    ]
    part.put_listed([f"**To mind ({len(minded)})**"], minded, "- ")
    routine = [review.routine, ""] if review.routine else []
    if review.blocks:
        _tell_changes(review.blocks, routine, part)
    else:
        part.put(routine)


def _lost(review: Review, looked: str) -> Iterator[tuple[str, list[str]]]:
    number = len(review.stranded)
    stranded = f"{number} patient appointment{'s' * (number != 1)} stranded{looked}"
    yield f"Denied by a rule ({len(review.denied)})", [*map(code, review.denied)]
    yield stranded, [*map(_appointment, review.stranded)]
    yield f"Taken away ({len(review.taken)})", [*map(_item, review.taken)]
    yield f"Blocked ({len(review.blocked)})", [*map(_item, review.blocked)]
    yield f"No longer managed: stays in Welkin ({len(review.unmanaged)})", [*map(code, review.unmanaged)]


def _appointment(lost: Lost) -> str:
    others = f"; free instead: {', '.join(map(code, lost.others))}" if lost.others else ""
    return f"{code(lost.when)} {code(lost.host)}: {lost.why}, appointment {code(lost.event)}{others}"


def _item(block: Block) -> str:
    lines = "; ".join(f"{line.label} {line.text}".strip() for line in block.lines)
    said = " · ".join(part for part in (block.head, lines) if part)
    return " ".join(code(text) for text in (block.name, said, _place(block.source)) if text)


def _row(line: PersonLine) -> str:
    """One person; a bar would end its cell, also in code."""
    cells = ([line.user], line.what, [*map(_place, line.places)])
    said = ("; ".join(map(_in_cell, texts)) or "–" for texts in cells)
    return f"| {' | '.join(said)} |"


def _in_cell(text: str) -> str:
    return "&#124;".join(code(part) if part else "" for part in visible(text).split("|"))


def _place(source: Source | None) -> str:
    return f"{source.path}:{source.line}" if source else ""


def _tell_changes(blocks: Sequence[Block], routine: Sequence[str], part: _Comment) -> None:
    """All blocks, folded, in a fence that nothing in them can end; below them what is routine."""
    texts = ["\n".join(map(visible, block_lines(block))) for block in blocks]
    longest = max((len(ticks) for text in texts for ticks in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    title = "The change" if len(blocks) == 1 else f"All {len(blocks)} changes"
    opened = [f"<details><summary>{title}</summary>", "", f"{fence}text"]
    part.put_listed(opened, texts, "", [fence, "", "</details>", "", *routine], share=1)


def _fitting(texts: Sequence[str], room: int) -> tuple[list[str], int]:
    """As many texts as there is room for, and how many are left out."""
    taken = []
    for text in texts:
        size = _size([text])
        if size <= room:
            room -= size
            taken.append(text)
    return taken, len(texts) - len(taken)


def _size(texts: Iterable[str]) -> int:
    """How many characters they are as printed, each with the end of its line."""
    return sum(len(page([line])) + 1 for text in texts for line in text.split("\n"))
