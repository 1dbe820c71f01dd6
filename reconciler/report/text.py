"""Reviews as text. Prints nothing; a line's first sign is its colour."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors.escape import Printable, page
from reconciler.model.told import Block
from reconciler.report.review import Lost, Review

WIDEST = 36  # names beyond are not waited for


def plan_text(review: Review, details: bool = False, verbose: bool = False) -> Printable:
    """What happens to people, a block for each, what is lost, routine, what to mind, and the counts.

    details: with the rows and occurrences below each block. verbose: with facts that nobody can change.
    """
    warnings = (*review.warnings, *(review.standing if verbose else ()))
    sections = [
        [_title(review)],
        [" ".join(review.summary)] if review.summary else [],
        [f"Shifts: {review.legend}"] if review.legend else [],
        _blocks(review.blocks, details),
        [f"  = {line}" for line in review.unchanged],
        _stranded(review),
        review.rules if details else review.few_rules,
        [review.routine] if review.routine else [],
        [f"{key}: no longer managed: stays in Welkin" for key in review.unmanaged],
        [f"warning: {warning}" for warning in warnings] + [f"brake: {brake}" for brake in review.brakes],
        review.counts,
    ]
    return page([line for section in sections if section for line in ("", *section)][1:])


def calls_text(reads: int, writes: int) -> Printable:
    """The calls made, as the last line of every report."""
    return page([f"{reads} read{'s' * (reads != 1)}, {writes} write{'s' * (writes != 1)}"])


def _title(review: Review) -> str:
    plan = review.plan
    looked = f", looked until {review.looked_until}" if review.looked_until else ""
    return f"{review.place} as `{plan.owner}`, times in {plan.timezone}{looked}"


def _blocks(blocks: tuple[Block, ...], details: bool) -> list[str]:
    width = min(max((len(block.name) for block in blocks), default=0), WIDEST)
    return [line for block in blocks for line in block_lines(block, width, details)]


def block_lines(block: Block, width: int = 0, details: bool = False) -> Iterator[str]:
    """A block as lines, not escaped yet; width: what its name is padded to."""
    place = f"   {block.source.path}:{block.source.line}" if block.source else ""
    head = f"{block.name:<{width}}  {block.head}" if block.head else block.name
    yield f"  {block.sign} {head}{place}"
    label = max((len(line.label) for line in block.lines), default=0)
    yield from (f"      {line.label:<{label}}  {line.text}" for line in block.lines)
    yield from (f"        {line}" for line in block.details if details)


def _stranded(review: Review) -> list[str]:
    if not review.stranded:
        return []
    lines = [f"Stranded ({len(review.stranded)}), looked until {review.looked_until}:"]
    return [*lines, *map(_appointment, review.stranded)]


def _appointment(lost: Lost) -> str:
    others = f"; free instead: {', '.join(lost.others)}" if lost.others else ""
    return f"  {lost.when}  {lost.host}  {lost.why}  appointment {lost.event}{others}"
