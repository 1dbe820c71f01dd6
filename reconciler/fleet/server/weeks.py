"""The coming weeks as pages tell them: of an environment, of one of its dates, of a whole tenant. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from reconciler.dates.said import day_said, hours_said
from reconciler.dates.week import monday_of
from reconciler.dates.zones import wall_to_instant, zone_of
from reconciler.fleet.server.looks import Ahead
from reconciler.model.impact import Outlook, Thinness
from reconciler.report.heat_map import Heat, heat_of

MOST, FEW = 10, 3
DAY = timedelta(days=1)


class Thin(NamedTuple):
    """A date of an environment. short: how many fewer than agreed."""

    name: str
    date: str
    said: str
    words: str
    short: float


class Gap(NamedTuple):
    date: str
    said: str
    message: str


class Lost(NamedTuple):
    """A patient appointment whose host is taken away; nothing of it but when it is, and its id."""

    when: str
    host: str
    event: str


class Hours(NamedTuple):
    said: str
    before: str
    after: str


class Ahead4(NamedTuple):
    """The next four weeks of an environment. differs: whether what is open changes who is on duty."""

    heat: Heat | None
    differs: bool
    gaps: Sequence[Gap]
    stranded: Sequence[Lost]
    thin: Sequence[Thin]
    weeks: Sequence[Hours]


class OnDuty(NamedTuple):
    user: str
    said: str


class Day(NamedTuple):
    said: str
    words: str
    gaps: Sequence[Gap]
    people: Sequence[OnDuty]
    numbers: str


class Cell(NamedTuple):
    """look: `gap`, `thinner` or nothing."""

    date: str
    least: int
    usual: str
    short: str
    look: str


class Line(NamedTuple):
    name: str
    cells: Sequence[Cell | None]


class Monday(NamedTuple):
    date: str
    said: str
    current: bool


class Week(NamedTuple):
    """A week of a tenant. thin: the thinnest days of all. gaps: how many have fewer people than agreed."""

    monday: str
    mondays: Sequence[Monday]
    heads: Sequence[str]
    rows: Sequence[Line]
    thin: Sequence[Thin]
    gaps: int


def four_weeks(name: str, seen: Outlook, today: date) -> Ahead4:
    zone = seen["coverage"]["timezone"]
    return Ahead4(
        heat_of(seen["coverage"], today),
        bool(seen["changed"]),
        [_gap(each["date"] or "", each["message"], today) for each in seen["gaps"]],
        [
            Lost(_when(each["start"], zone, today), each["host"], each["eventId"])
            for each in seen["stranded"] or ()
        ],
        _thinnest([(name, day) for day in seen["days"]], today)[:FEW],
        [
            Hours(_said(each["monday"], today), hours_said(each["before"]), hours_said(each["after"]))
            for each in seen["weeks"]
        ],
    )


def one_day(name: str, seen: Outlook, asked: str, today: date) -> Day | None:
    """A date of the coming weeks; None: nothing is known of it."""
    day = next((each for each in seen["days"] if each["date"] == asked), None)
    if day is None:
        return None
    heat = heat_of(seen["coverage"], today)
    said = _said(asked, today)
    numbers = next((each.before for each in heat.numbers if each.day == said), "") if heat else ""
    return Day(
        said,
        _words(day),
        [_gap(asked, each["message"], today) for each in seen["gaps"] if each["date"] == asked],
        [*_on_duty(seen, date.fromisoformat(asked))],
        numbers,
    )


def week_of(places: Sequence[Ahead], asked: str, today: date) -> Week:
    """A tenant's week, the thinnest environment first; asked: its Monday, else this week's."""
    days = [(place.name, day) for place in places for day in place.days]
    mondays = sorted({monday_of(date.fromisoformat(day["date"])) for _, day in days}) or [monday_of(today)]
    monday = next((each for each in mondays if str(each) == asked), mondays[0])
    dates = [str(monday + DAY * number) for number in range(7)]
    lines = [
        (min((_thinness(day) for day in place.days if day["date"] in dates), default=(0.0, 9.0)), place)
        for place in places
    ]
    return Week(
        day_said(monday, today),
        [Monday(str(each), day_said(each, today), each == monday) for each in mondays],
        [_said(each, today) for each in dates],
        [Line(place.name, [*_cells(place, dates)]) for _, place in sorted(lines, key=_first)],
        _thinnest(days, today)[:MOST],
        sum(day["short"] > 0 for _, day in days),
    )


def _first(line: tuple[tuple[float, float], Ahead]) -> tuple[tuple[float, float], str]:
    return line[0], line[1].name


def _cells(place: Ahead, dates: Sequence[str]) -> Iterator[Cell | None]:
    known = {day["date"]: day for day in place.days}
    for each in dates:
        day = known.get(each)
        yield day and Cell(
            each,
            day["least"],
            f"{day['usualLeast']:g}",
            f"{day['short']:g}" if day["short"] else "",
            "gap" if day["short"] else "thinner" if day["least"] < day["usualLeast"] else "",
        )


def _thinnest(days: Sequence[tuple[str, Thinness]], today: date) -> list[Thin]:
    """Days with fewer than agreed, then those furthest below what is usual, then the first."""
    ranked = sorted(days, key=lambda pair: (_thinness(pair[1]), pair[1]["date"], pair[0]))
    return [
        Thin(name, day["date"], _said(day["date"], today), _words(day), day["short"]) for name, day in ranked
    ]


def _thinness(day: Thinness) -> tuple[float, float]:
    return -day["short"], day["hours"] / day["usualHours"] if day["usualHours"] else 1.0


def _words(day: Thinness) -> str:
    short = f"{day['short']:g} fewer than agreed, " if day["short"] else ""
    usual = f" of usually {hours_said(day['usualHours'])}" if day["hours"] != day["usualHours"] else ""
    return f"{short}{day['least']} at the thinnest moment, {hours_said(day['hours'])}{usual}"


def _gap(day: str, message: str, today: date) -> Gap:
    return Gap(day, _said(day, today), message)


def _on_duty(seen: Outlook, day: date) -> Iterator[OnDuty]:
    """Everybody by when they begin; a night by the dates on which it begins and ends."""
    zone = zone_of(seen["coverage"]["timezone"])
    begin, end = (
        wall_to_instant(datetime.combine(each, time()), zone).timestamp() for each in (day, day + DAY)
    )
    found = []
    for person in seen["people"]:
        duty = [(start, stop) for start, stop in person["before"] if start < end and begin < stop]
        if duty:
            found.append((duty, person["user"]))
    for duty, user in sorted(found):
        yield OnDuty(user, ", ".join(f"{_clock(a, day, zone)}–{_clock(b, day, zone)}" for a, b in duty))


def _clock(instant: float, day: date, zone: object) -> str:
    at = datetime.fromtimestamp(instant, UTC).astimezone(zone)  # type: ignore[arg-type]
    midnight = at.date() == day + DAY and at.hour == at.minute == 0
    if midnight:
        return "24:00"
    return f"{at:%H:%M}" if at.date() == day else f"{at:%a %H:%M}"


def _when(stamp: str, zone: str, today: date) -> str:
    at = datetime.fromisoformat(stamp).astimezone(zone_of(zone))
    return f"{day_said(at.date(), today)} {at:%H:%M}"


def _said(day: str, today: date) -> str:
    return day_said(date.fromisoformat(day), today)
