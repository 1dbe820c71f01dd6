"""Reviews as one page without a network: verdict, what is lost, people's weeks, coverage, changes by date.

The page is `pages/review.html`, Jinja2 with everything escaped; drawings are inline SVG, each with its
numbers as text beside it. Nothing here knows a field of the service.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from types import MappingProxyType
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from reconciler.dates.grammar import DAYS, clock_said
from reconciler.dates.said import day_said, hours_said
from reconciler.errors.escape import Printable, page, visible
from reconciler.model.impact import DateCoverage, RotaWeek
from reconciler.report.review import Review

DAY = timedelta(days=1)
FULL = 1440  # minutes
SHADES = 6  # steps of a heat map's colour
LEFT, TOP, COLUMN, LINE = 90, 12, 10, 10  # where a heat map's first half hour is, and how large each


class Bar(NamedTuple):
    """A piece of a day, in minutes; look: `kept`, `lost` or `won`."""

    start: int
    end: int
    look: str

    @property
    def width(self) -> int:
        return self.end - self.start


class Cell(NamedTuple):
    """One date of one person: hours before and after in words, and as bars."""

    day: str
    before: str
    after: str
    bars: tuple[Bar, ...]

    @property
    def moved(self) -> bool:
        return self.before != self.after


class PersonWeek(NamedTuple):
    user: str
    zone: str
    week: str
    hours: str
    cells: tuple[Cell, ...]


class Ink(NamedTuple):
    """All half hours of a heat map that look alike, as one path."""

    look: str
    path: str


class Panel(NamedTuple):
    """One heat map: a date a line, a half hour a column."""

    name: str
    label: str
    inks: tuple[Ink, ...]


class Numbers(NamedTuple):
    """One date of the coverage in numbers."""

    day: str
    before: str
    after: str
    change: str


class Event(NamedTuple):
    """What happens from a date on."""

    day: str
    sign: str
    name: str
    head: str
    people: str


class Sheet(NamedTuple):
    """All that the page shows of one review."""

    review: Review
    weeks: tuple[PersonWeek, ...]
    panels: tuple[Panel, ...]
    numbers: tuple[Numbers, ...]
    most: int
    events: tuple[Event, ...]
    people: tuple[str, ...]


def html_of(reviews: Sequence[Review], failures: Mapping[str, str] = MappingProxyType({})) -> Printable:
    """One page for one environment or several; failures: those that could not be planned, by path."""
    environment = Environment(
        loader=PackageLoader("reconciler.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if isinstance(value, str) else value,
    )
    template = environment.get_template("review.html")
    text = template.render(sheets=[_sheet(review) for review in reviews], days=DAYS, failures=failures)
    return page(text.split("\n"))


def _sheet(review: Review) -> Sheet:
    impact = review.plan.impact
    dates = impact["coverage"]["dates"] if impact else []
    most = max(
        (number for day in dates for side in (day["before"], day["after"]) for number in side), default=0
    )
    weeks = tuple(_week(week, review) for week in review.plan.rota if week["user"] in review.differently)
    people = {person for block in review.blocks for person in block.people} | {week.user for week in weeks}
    return Sheet(
        review,
        weeks,
        tuple(_panels(dates, most)) if dates else (),
        tuple(_numbers(day, review.today) for day in dates),
        most,
        tuple(_events(review)),
        tuple(sorted(people)),
    )


def _week(week: RotaWeek, review: Review) -> PersonWeek:
    monday = date.fromisoformat(week["monday"])
    cells = tuple(
        Cell(
            day_said(monday + DAY * number, review.today), _spans(before), _spans(after), _bars(before, after)
        )
        for number, (before, after) in enumerate(zip(week["before"], week["after"], strict=True))
    )
    sums = [sum(end - start for day in week[side] for start, end in day) / 60 for side in ("before", "after")]
    hours = " → ".join(map(hours_said, sums)) if sums[0] != sums[1] else hours_said(sums[0])
    return PersonWeek(week["user"], week["timezone"], day_said(monday, review.today), hours, cells)


def _spans(spans: Iterable[Sequence[int]]) -> str:
    return ", ".join(f"{clock_said(start)}–{clock_said(end)}" for start, end in spans) or "off"


def _bars(before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> tuple[Bar, ...]:
    """The pieces of a day by what becomes of them."""
    edges = sorted({edge for spans in (before, after) for span in spans for edge in span})
    pieces = []
    for start, end in pairwise(edges):
        was, will = (any(a <= start and end <= b for a, b in spans) for spans in (before, after))
        if was or will:
            pieces.append(Bar(start, end, "kept" if was and will else "lost" if was else "won"))
    return tuple(pieces)


def _panels(dates: Sequence[DateCoverage], most: int) -> Iterator[Panel]:
    shade = [f"s{round(number * SHADES / most) if most else 0}" for number in range(most + 1)]
    yield Panel("before", "before", _inks([day["before"] for day in dates], shade.__getitem__))
    yield Panel("after", "after", _inks([day["after"] for day in dates], shade.__getitem__))
    change = [_change(day) for day in dates]
    yield Panel("change", "difference", _inks(change, lambda n: "more" if n > 0 else "less" if n else "s0"))


def _change(day: DateCoverage) -> list[int]:
    return [will - was for was, will in zip(day["before"], day["after"], strict=True)]


def _inks(dates: Sequence[Sequence[int]], look: Callable[[int], str]) -> tuple[Ink, ...]:
    paths = defaultdict[str, list[str]](list)
    for line, numbers in enumerate(dates):
        for column, width, number in _runs(numbers):
            x, y = LEFT + column * COLUMN, TOP + line * LINE
            paths[look(number)].append(f"M{x} {y}h{width * COLUMN}v{LINE - 1}h-{width * COLUMN}z")
    return tuple(Ink(name, "".join(found)) for name, found in sorted(paths.items()))


def _numbers(day: DateCoverage, today: date) -> Numbers:
    sides = (day["before"], day["after"], _change(day))
    return Numbers(day_said(date.fromisoformat(day["date"]), today), *map(_runs_said, sides))


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Where equal numbers begin, how many there are, and which."""
    column = 0
    for number, equal in groupby(numbers):
        width = len(list(equal))
        yield column, width, number
        column += width


def _runs_said(numbers: Sequence[int]) -> str:
    """`00:00 2, 06:00 4`: from when on how many; half hours are counted from midnight in real time."""
    return ", ".join(f"{clock_said(30 * column)} {number}" for column, _, number in _runs(numbers))


def _events(review: Review) -> Iterator[Event]:
    dated = sorted(
        (block for block in review.blocks if block.first), key=lambda block: block.first or date.min
    )
    for block in dated:
        day = day_said(block.first, review.today) if block.first else ""
        yield Event(day, block.sign, block.name, block.head, " ".join(block.people))
