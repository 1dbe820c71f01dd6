"""Reviews as one page without a network: verdict, what is lost, people's weeks, coverage, changes by date.

The page is `pages/review.html`; drawings are inline SVG, each with its numbers as text. Nothing here knows a
field of the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from reconciler.dates.grammar import DAYS
from reconciler.dates.said import day_said, hours_said
from reconciler.dates.week import Span, span_text
from reconciler.dates.zones import same_zone
from reconciler.errors.escape import Printable
from reconciler.model.impact import Impact, RotaWeek
from reconciler.model.told import Block
from reconciler.report.heat_map import Heat, heat_of
from reconciler.report.review import Review
from reconciler.report.template import rendered
from reconciler.report.week_table import Cell, Row, Said, Table, bars, table_of

DAY = timedelta(days=1)


class Sheet(NamedTuple):
    """All that the page shows of one review.

    ids: of the blocks, for links. tables: the weeks that change, Monday by Monday. dated: blocks by the date
    from which on they hold. jumps: where to go on the page.
    """

    review: Review
    ids: Mapping[Block, str]
    tables: tuple[Table, ...]
    heat: Heat | None
    dated: tuple[tuple[str, list[Block]], ...]
    to_mind: tuple[str, ...]
    people: tuple[str, ...]

    @property
    def is_lost(self) -> bool:
        review = self.review
        return bool(review.denied or review.stranded or review.taken or review.blocked)

    @property
    def jumps(self) -> tuple[tuple[str, str], ...]:
        parts = (
            ("lost", "What is lost", self.is_lost),
            ("changes", "Changes", self.review.blocks),
            ("weeks", "Weeks", self.tables),
            ("coverage", "Coverage", self.heat),
            ("dates", "By date", self.dated),
            ("mind", "To mind", self.to_mind),
        )
        return tuple((id, text) for id, text, there in parts if there)


def html_of(reviews: Sequence[Review], failures: Mapping[str, str] = MappingProxyType({})) -> Printable:
    """One page for one environment or several; failures: those that could not be planned, by path."""
    sheets = [_sheet(review, place) for place, review in enumerate(reviews, 1)]
    return rendered("review.html", sheets=sheets, failures=failures)


def _sheet(review: Review, place: int) -> Sheet:
    impact = review.plan.impact
    people = {person for block in review.blocks for person in block.people}
    people |= review.differently | {lost.host for lost in review.stranded}
    return Sheet(
        review=review,
        ids={block: f"c{place}-{number}" for number, block in enumerate(review.blocks, 1)},
        tables=tuple(_tables(review)),
        heat=heat_of(impact["coverage"], review.today) if impact else None,
        dated=tuple(_dated(review)),
        to_mind=(*review.rules[len(review.denied) :], *review.brakes, *review.warnings),
        people=tuple(sorted(people)),
    )


def _tables(review: Review) -> Iterator[Table]:
    """A table for each Monday on which somebody's first week begins."""
    moved = (week for week in review.plan.rota if week["user"] in review.differently)
    weeks = sorted(moved, key=lambda week: (week["monday"], week["user"]))
    hours = _hours(review.plan.impact) if review.plan.impact else {}
    for start, found in groupby(weeks, lambda week: week["monday"]):
        monday = date.fromisoformat(start)
        heads = [day_said(monday + DAY * number, review.today) for number in range(7)]
        rows = [_row(week, hours.get((week["user"], start)), review.plan.timezone) for week in found]
        yield table_of(f"Week of {heads[0]}", heads, rows)


def _hours(impact: Impact) -> Mapping[tuple[str, str], str]:
    """What becomes of somebody's hours in a week, by name and Monday."""
    return {
        (person["user"], week["monday"]): f"{hours_said(week['before'])} → {hours_said(week['after'])}"
        for person in impact["hours"]["people"]
        for week in person["weeks"]
        if week["before"] != week["after"]
    }


def _row(week: RotaWeek, hours: str | None, zone: str) -> Row:
    notes = (
        hours or "no change in hours",
        *([] if same_zone(week["timezone"], zone) else [week["timezone"]]),
    )
    sides = zip(week["before"], week["after"], strict=True)
    cells = (_cell([*map(_span, was)], [*map(_span, will)], day) for day, (was, will) in enumerate(sides))
    return Row(week["user"], notes, tuple(cells))


def _span(span: Sequence[int]) -> Span:
    start, end = span
    return start, end


def _cell(before: Sequence[Span], after: Sequence[Span], weekday: int) -> Cell:
    was, will = (_said(spans, DAYS[(weekday + 1) % 7]) for spans in (before, after))
    moved = before != after
    lines = (Said("was", was), Said("is", will)) if moved else (Said("same" if after else "off", will),)
    return Cell(lines, tuple(bars(before, after)), moved)


def _said(spans: Iterable[Span], following: str) -> str:
    return ", ".join(span_text(span, following, "–") for span in spans) or "off"


def _dated(review: Review) -> Iterator[tuple[str, list[Block]]]:
    dated = [(block.first, block) for block in review.blocks if block.first]
    for first, found in groupby(sorted(dated, key=lambda pair: pair[0]), lambda pair: pair[0]):
        yield day_said(first, review.today), [block for _, block in found]
