"""Several environments at the end of a report: a table of what became of each, and what could not be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from reconciler.errors.columns import cells, padded
from reconciler.errors.escape import visible
from reconciler.model import Action
from reconciler.report.review import Review

FAILED = "failed"


class Row(NamedTuple):
    """One environment: by the path it was given by, or its name."""

    environment: str
    state: str
    people: str = "–"
    changes: str = "–"
    stranded: str = "–"


HEAD = Row("Environment", "State", "People", "Changes", "Stranded")


def row_of(name: str, review: Review, state: str) -> Row:
    """What a plan comes to in numbers; what nobody has looked for is none."""
    people = {person for block in review.blocks if not block.blocked for person in block.people}
    changes = sum(change.action is not Action.NOOP for change in review.plan.changes)
    looked = review.plan.impact is not None and review.plan.impact["stranded"] is not None
    stranded = str(len(review.stranded)) if looked else "–" if changes else "0"
    return Row(name, state, str(len(people)), str(changes), stranded)


def state_of(review: Review) -> str:
    """What a plan leaves to do, in a word."""
    plan = review.plan
    if plan.denied:
        return "denied"
    if not plan.differs:
        return "no changes"
    if not plan.pending:
        return "blocked" if plan.is_pending else "accepted"
    return "changes"


def table_lines(rows: Iterable[Row]) -> Iterator[str]:
    """The rows below their headings, numbers to the right."""
    shown = [Row(*map(visible, row)) for row in (HEAD, *rows)]
    widths = [max(map(cells, column)) for column in zip(*shown, strict=True)]
    for name, state, *numbers in shown:
        named = [padded(name, widths[0]), padded(state, widths[1])]
        counts = (text.rjust(width) for text, width in zip(numbers, widths[2:], strict=True))
        yield "  ".join([*named, *counts])


def failed_lines(failures: Mapping[str, str]) -> Iterator[str]:
    """What could not be done, with all that is wrong."""
    if failures:
        yield f"Failed ({len(failures)}):"
    for path, error in failures.items():
        first, *rest = error.split("\n")
        yield f"  {first if first.startswith(path) else f'{path}: {first}'}"
        yield from (f"    {line}" for line in rest)
