"""Coverage as a page draws it: a date a line, a half hour a column; before, after, difference. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import NamedTuple

from reconciler.dates.grammar import clock_said
from reconciler.dates.said import day_said
from reconciler.dates.week import monday_of
from reconciler.dates.zones import wall_to_instant, zone_of
from reconciler.model.impact import Coverage, DateCoverage

DAY, HALF_HOUR, COLUMNS = timedelta(days=1), timedelta(minutes=30), 48
SHADES = 6
Look = Callable[[int], str]


class Ink(NamedTuple):
    """All half hours of a week that look alike, as one path."""

    look: str
    path: str


class Panel(NamedTuple):
    """A week of one of the three maps, drawn and in words."""

    said: str
    inks: tuple[Ink, ...]


class Band(NamedTuple):
    """A week: before, after, difference."""

    monday: str
    panels: tuple[Panel, Panel, Panel]


class Numbers(NamedTuple):
    """A date's coverage in words."""

    day: str
    before: str
    after: str
    change: str


class Shade(NamedTuple):
    """What a colour means."""

    look: str
    text: str


class Heat(NamedTuple):
    shades: tuple[Shade, ...]
    bands: tuple[Band, ...]
    numbers: tuple[Numbers, ...]


class _Date(NamedTuple):
    """clocks: what the clock shows when each half hour begins, in minutes; not even where clocks change."""

    date: date
    clocks: Sequence[int]
    before: Sequence[int]
    after: Sequence[int]

    @property
    def change(self) -> list[int]:
        return [will - was for was, will in zip(self.before, self.after, strict=False)]


def heat_of(coverage: Coverage, today: date) -> Heat | None:
    """The map, if there is anything to map."""
    dates = [_date(each, coverage["timezone"]) for each in coverage["dates"]]
    if not dates:
        return None
    most = max(max((*each.before, *each.after), default=0) for each in dates)
    weeks = groupby(dates, lambda each: monday_of(each.date))
    return Heat(
        tuple(_shades(most)),
        tuple(_band(monday, list(week), most, today) for monday, week in weeks),
        tuple(
            Numbers(day_said(each.date, today), *(_runs_said(each, side) for side in _sides(each)))
            for each in dates
        ),
    )


def _date(each: DateCoverage, zone: str) -> _Date:
    day, count = date.fromisoformat(each["date"]), len(each["before"])
    if count == COLUMNS:
        clocks = list(range(0, 1440, 30))
    else:
        there = zone_of(zone)
        midnight = wall_to_instant(datetime.combine(day, time()), there).astimezone(UTC)
        shown = (
            (midnight + HALF_HOUR * number).astimezone(there) for number in range(min(count, 2 * COLUMNS))
        )
        clocks = [at.hour * 60 + at.minute for at in shown]
    return _Date(day, clocks, each["before"], each["after"])


def _sides(each: _Date) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    return each.before, each.after, each.change


def _band(monday: date, week: Sequence[_Date], most: int, today: date) -> Band:
    title = day_said(monday, today)
    before, after, change = zip(*map(_sides, week), strict=True)

    def shade(number: int) -> str:
        return f"s{-(-number * SHADES // most) if most > SHADES else number}"

    def drawn(said: str, side: Sequence[Sequence[int]], look: Look) -> Panel:
        return Panel(f"Week of {title}: {said}", tuple(_inks(week, side, look)))

    panels = (
        drawn(f"before, {_extent(before)}", before, shade),
        drawn(f"after, {_extent(after)}", after, shade),
        drawn(_difference(change), change, _changed),
    )
    return Band(title, panels)


def _changed(number: int) -> str:
    if not number:
        return "s0"
    return f"{'m' if number > 0 else 'l'}{min(abs(number), 2)}"


def _extent(side: Sequence[Sequence[int]]) -> str:
    numbers = {number for date in side for number in date} or {0}
    return f"{min(numbers)} to {max(numbers)} on duty"


def _difference(change: Sequence[Sequence[int]]) -> str:
    numbers = [number for date in change for number in date]
    less, more = ([number for number in numbers if number * sign > 0] for sign in (-1, 1))
    said = []
    if less:
        said.append(f"fewer in {_halves(less)}, up to {-min(less)} fewer")
    if more:
        said.append(f"more in {_halves(more)}, up to {max(more)} more")
    return "; ".join(said) or "no difference"


def _halves(numbers: Sequence[int]) -> str:
    return f"{len(numbers)} half hour{'s' * (len(numbers) != 1)}"


def _inks(week: Sequence[_Date], side: Sequence[Sequence[int]], look: Look) -> Iterator[Ink]:
    """Half hours where the clock shows them: a skipped one stays blank, of two the lower is told."""
    paths = defaultdict[str, list[str]](list)
    for each, numbers in zip(week, side, strict=True):
        places = _places(each.clocks, numbers)
        columns = [look(places[column]) if column in places else "" for column in range(COLUMNS)]
        for name, first, width in _runs(columns):
            if name:
                paths[name].append(f"M{first} {each.date.weekday()}h{width}v.9h-{width}z")
    for name, found in sorted(paths.items()):
        yield Ink(name, "".join(found))


def _places(clocks: Sequence[int], numbers: Sequence[int]) -> Mapping[int, int]:
    places = dict[int, int]()
    for clock, number in zip(clocks, numbers, strict=False):
        place = clock // 30
        places[place] = min(number, places.get(place, number))
    return places


def _runs(looks: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """What is alike side by side: how it looks, where it begins, how far it goes."""
    first = 0
    for look, alike in groupby(looks):
        width = len(list(alike))
        yield look, first, width
        first += width


def _runs_said(each: _Date, numbers: Sequence[int]) -> str:
    """`00:00 2, 06:00 4`: from when on how many, by the clock."""
    said, last = [], None
    for clock, number in zip(each.clocks, numbers, strict=False):
        if number != last:
            said.append(f"{clock_said(clock)} {number}")
        last = number
    return ", ".join(said)


def _shades(most: int) -> Iterator[Shade]:
    steps = min(most, SHADES)
    yield Shade("s0", "nobody, or no difference")
    for step in range(1, steps + 1):
        first, last = (step - 1) * most // steps + 1, step * most // steps
        yield Shade(f"s{step}", f"{first}" if first == last else f"{first}–{last}")
    yield from (Shade("l2", "fewer"), Shade("m2", "more"))
