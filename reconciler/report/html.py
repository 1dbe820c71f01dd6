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

from reconciler.dates.grammar import DAYS, Spans
from reconciler.dates.hours import Shifts, words_for
from reconciler.dates.said import day_said, hours_said
from reconciler.dates.week import Span, span_text
from reconciler.dates.zones import same_zone
from reconciler.errors.escape import Printable
from reconciler.model import Plan
from reconciler.model.impact import Impact, RotaWeek
from reconciler.model.told import Block
from reconciler.report.heat_map import Heat, heat_of
from reconciler.report.letters import legend_of
from reconciler.report.review import Review
from reconciler.report.template import rendered
from reconciler.report.week_table import Cell, Row, Said, Table, bars, table_of

DAY = timedelta(days=1)


class Sheet(NamedTuple):
    """All that the page shows of one review.

    ids: of the blocks, for links. tables: the weeks that change, Monday by Monday. dated: blocks by the date
    from which on they hold. legend: of all shifts that the page names. jumps: where to go on it.
    """

    review: Review
    ids: Mapping[Block, str]
    tables: tuple[Table, ...]
    heat: Heat | None
    dated: tuple[tuple[str, list[Block]], ...]
    legend: str
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
    return rendered("review.html", sheets=sheets_of(reviews), failures=failures)


def sheets_of(reviews: Sequence[Review]) -> list[Sheet]:
    """What `review.html` draws, whatever page it stands in."""
    return [_sheet(review, place) for place, review in enumerate(reviews, 1)]


def _sheet(review: Review, place: int) -> Sheet:
    impact, shifts, weeks = review.plan.impact, review.plan.about.shifts, [*_moved(review)]
    people = {person for block in review.blocks for person in block.people}
    people |= review.differently | {lost.host for lost in review.stranded}
    names = {*_named_in(weeks, shifts)}
    return Sheet(
        review=review,
        ids={block: f"c{place}-{number}" for number, block in enumerate(review.blocks, 1)},
        tables=tuple(_tables(review, weeks)),
        heat=heat_of(impact["coverage"], review.today) if impact else None,
        dated=tuple(_dated(review)),
        legend=legend_of(names.union(*(block.shifts for block in review.blocks)), shifts),
        to_mind=(*review.rules[len(review.denied) :], *review.brakes, *review.warnings),
        people=tuple(sorted(people)),
    )


def _moved(review: Review) -> list[RotaWeek]:
    """The first weeks that change, of those who work differently."""
    moved = (week for week in review.plan.rota if week["user"] in review.differently)
    return sorted(moved, key=lambda week: (week["monday"], week["user"]))


def _tables(review: Review, weeks: Iterable[RotaWeek]) -> Iterator[Table]:
    """A table for each Monday on which somebody's first week begins."""
    hours = _hours(review.plan.impact) if review.plan.impact else {}
    for start, found in groupby(weeks, lambda week: week["monday"]):
        monday = date.fromisoformat(start)
        heads = [day_said(monday + DAY * number, review.today) for number in range(7)]
        rows = [_row(week, hours.get((week["user"], start)), review.plan) for week in found]
        yield table_of(f"Week of {heads[0]}", heads, rows)


def _hours(impact: Impact) -> Mapping[tuple[str, str], str]:
    """What becomes of somebody's hours in a week, by name and Monday."""
    return {
        (person["user"], week["monday"]): f"{hours_said(week['before'])} → {hours_said(week['after'])}"
        for person in impact["hours"]["people"]
        for week in person["weeks"]
        if week["before"] != week["after"]
    }


def _row(week: RotaWeek, hours: str | None, plan: Plan) -> Row:
    notes = (
        hours or "no change in hours",
        *([] if same_zone(week["timezone"], plan.timezone) else [week["timezone"]]),
    )
    sides = zip(_days(week["before"]), _days(week["after"]), strict=True)
    cells = (_cell(was, will, day, plan.about.shifts) for day, (was, will) in enumerate(sides))
    return Row(week["user"], notes, tuple(cells))


def _days(week: Iterable[Iterable[Sequence[int]]]) -> list[Spans]:
    return [tuple((start, end) for start, end in day) for day in week]


def _named_in(weeks: Iterable[RotaWeek], shifts: Shifts) -> Iterator[str | Span]:
    """The words of weeks, names and spans."""
    for week in weeks:
        for spans in (*_days(week["before"]), *_days(week["after"])):
            yield from words_for(spans, shifts)


def _cell(before: Spans, after: Spans, weekday: int, shifts: Shifts) -> Cell:
    was, will = (_said(spans, DAYS[(weekday + 1) % 7], shifts) for spans in (before, after))
    moved = before != after
    lines = (Said("was", was), Said("is", will)) if moved else (Said("same" if after else "off", will),)
    return Cell(lines, tuple(bars(before, after)), moved)


def _said(spans: Spans, following: str, shifts: Shifts) -> str:
    words = words_for(spans, shifts)
    said = (word if isinstance(word, str) else span_text(word, following, "–") for word in words)
    return ", ".join(said) or "off"


def _dated(review: Review) -> Iterator[tuple[str, list[Block]]]:
    dated = [(block.first, block) for block in review.blocks if block.first]
    for first, found in groupby(sorted(dated, key=lambda pair: pair[0]), lambda pair: pair[0]):
        yield day_said(first, review.today), [block for _, block in found]
