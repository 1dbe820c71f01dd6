"""Reviews as one comment on a pull request: the verdict, what is lost, people, and all changes folded.

Whatever comes from manifests or the service stands in code, a span or a fenced block: nothing in there is a
mention, a link, a reference or a tag to any forge, and it reads letter by letter as it is. Tags used are
`details`, `summary` and `br`, without attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from reconciler.errors.escape import Printable, page, visible
from reconciler.model.told import Block
from reconciler.report.review import Review
from reconciler.report.text import block_lines

MOST = 65_000  # characters of one comment
_ROOM = 200  # kept for saying how much was left out
_TICKS = re.compile("`+")
_UNNAMED = re.compile(r"[^A-Za-z0-9._/-]")


def markdown_of(reviews: Sequence[Review], failures: Mapping[str, str] = MappingProxyType({})) -> Printable:
    """One comment for one environment or several.

    failures: the environments that could not be planned, by path, each with its error.
    """
    marker = marker_of((*(review.place for review in reviews), *failures))
    telling = [review for review in reviews if not is_quiet(review)]
    if not (telling or failures):
        return page([marker, "No changes."])
    failed = list(_failed(failures))
    room = (MOST - sum(len(line) + 1 for line in (marker, *failed))) // max(len(telling), 1)
    named = len(reviews) + len(failures) > 1
    return page([marker, *failed, *(line for review in telling for line in _told(review, room, named))])


def _failed(failures: Mapping[str, str]) -> Iterator[str]:
    """What could not be planned, with as many of its problems as a third of the room takes."""
    if failures:
        number = len(failures)
        yield f"**{number} environment{'s' * (number != 1)} could not be planned**"
        fitting, more = _fitting(
            [f"- {code(path)}: {code(error)}" for path, error in failures.items()], MOST // 3
        )
        yield from [*fitting, *([f"- and {more} more"] if more else []), ""]


def marker_of(places: Iterable[str]) -> str:
    """The first line, by which a comment is found again."""
    return f"<!-- welkin-reconcile: {', '.join(_UNNAMED.sub('_', place) for place in places)} -->"


def is_quiet(review: Review) -> bool:
    """Whether there is nothing to say."""
    return not (review.plan.differs or review.stranded or review.rules)


def code(text: str) -> str:
    """A text as a code span, whatever is in it."""
    shown = visible(text) or " "
    ticks = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def _told(review: Review, room: int, named: bool) -> Iterator[str]:
    """An environment's part as far as there is room; what doesn't fit is left out whole, and counted."""
    head = [f"### {code(review.place)}"] * named + [*review.counts, "", *review.summary]
    looked = f"looked until {review.looked_until}" if review.looked_until else ""
    head += [f"Times in {code(review.plan.timezone)}{f', {looked}' if looked else ''}.", ""]
    yield from head
    left = room - sum(len(line) + 1 for line in head) - 4 * _ROOM
    for title, lines in _sections(review):
        fitting, more = _fitting([title, *lines], left // 2)
        left -= sum(len(line) + 1 for line in fitting) + _ROOM
        yield from [*fitting, *([f"- and {more} more"] if more else []), ""] if lines else ()
    yield from _changes(review, left)


def _sections(review: Review) -> Iterator[tuple[str, list[str]]]:
    yield "**Rules**", [f"- {code(rule)}" for rule in review.rules]
    yield (
        "**Stranded appointments**",
        [
            f"- {code(lost.when)} {code(lost.host)}: {lost.why}, appointment {code(lost.event)}"
            + (f"; free instead: {', '.join(map(code, lost.others))}" if lost.others else "")
            for lost in review.stranded
        ],
    )
    lost = [block for block in review.blocks if block.sign == "-" or block.blocked]
    yield "**Taken away, or blocked**", [_bullet(block) for block in lost]
    people = [block for block in review.blocks if block.name.startswith(("workHours", "template/", "user/"))]
    rows = [f"| {_cell(block.name)} | {_cell(block.head)} | {_cell(_place(block))} |" for block in people]
    yield "| Who | What | Where |", ["| --- | --- | --- |", *rows] if rows else []
    yield "**To mind**", [f"- {code(text)}" for text in (*review.brakes, *review.warnings)]


def _bullet(block: Block) -> str:
    lines = "; ".join(f"{line.label} {line.text}".strip() for line in block.lines)
    said = " · ".join(part for part in (block.head, lines) if part)
    return f"- {code(block.name)} {code(said)} {code(_place(block))}"


def _cell(text: str) -> str:
    return code(text).replace("|", r"\|")


def _place(block: Block) -> str:
    return f"{block.source.path}:{block.source.line}" if block.source else "–"


def _changes(review: Review, room: int) -> Iterator[str]:
    """All blocks, folded, in a fence that nothing in them can end."""
    blocks = ["\n".join(map(visible, block_lines(block))) for block in review.blocks]
    fitting, more = _fitting(blocks, room)
    if fitting:
        longest = max((len(ticks) for text in fitting for ticks in _TICKS.findall(text)), default=0)
        fence = "`" * max(3, longest + 1)
        number = len(review.blocks)
        yield f"<details><summary>{'The change' if number == 1 else f'All {number} changes'}</summary>"
        yield from ["", f"{fence}text", *"\n".join(fitting).split("\n")]
        yield from [f"and {more} more"] if more else []
        yield from [fence, "", "</details>", ""]
    elif more:
        yield f"and {more} changes more"
    yield from [review.routine] if review.routine else []


def _fitting(texts: Sequence[str], room: int) -> tuple[list[str], int]:
    """As many texts as there is room for, and how many are left out."""
    taken = []
    for text in texts:
        room -= len(text) + 1
        if room < 0:
            break
        taken.append(text)
    return taken, len(texts) - len(taken)
