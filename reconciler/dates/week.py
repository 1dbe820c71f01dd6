"""Weeks and their hours in words: days that work alike together, each duty once, where it begins. Pure.

Rows of the service end at midnight. What goes on from there is one duty, told where it begins; a whole day is
a day of its own. No hour is lost on the way, and none is told twice.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import TypeVar

from reconciler.dates.grammar import DAY, DAYS, clock_said
from reconciler.dates.hours import NO_SHIFTS, Shifts

Span = tuple[int, int]
_Day = TypeVar("_Day", bound=Hashable)
_SPAN = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})", re.ASCII)


def monday_of(day: date) -> date:
    """The Monday of a date's week."""
    return day - timedelta(days=day.weekday())


def week_text(days: Mapping[str, str], start: str, end: str | None) -> str:
    """The week of a row: `mon-thu 22:00-06:00; fri off; sat 07:00 – sun 07:00`.

    days: hours by weekday, as a plan has them. start, end: the row's dates; open without an end.
    """
    try:
        week = {DAYS.index(day) + 1: [] if hours == "off" else _spans(hours) for day, hours in days.items()}
        last = date.fromisoformat(end) if end else None
        neighbours = _neighbours(date.fromisoformat(start), last)
    except ValueError:  # of a file that was not written by us: as it stands
        return "; ".join(f"{day} {hours}" for day, hours in days.items())
    alike: dict[tuple[str, ...], list[int]] = {}
    for day, spans in joined(week, neighbours).items():
        if spans or not week[day]:
            texts = tuple(span_text(span, DAYS[day % 7], "-") for span in spans)
            alike.setdefault(texts or ("off",), []).append(day)
    if set(alike) == {("off",)}:
        return "off"
    return "; ".join(f"{ranges(same)} {', '.join(texts)}" for texts, same in alike.items())


def joined(
    hours: Mapping[_Day, Sequence[Span]], neighbours: Iterable[tuple[_Day, _Day]], shifts: Shifts = NO_SHIFTS
) -> dict[_Day, list[Span]]:
    """Put what ends at a midnight and what goes on from it together, on the day before.

    neighbours: days that follow each other, ascending. Ends beyond 24:00 lie on the day after.
    shifts: names tell where one shift ends and the next begins: those that meet at midnight are two, and a
    night ends where it does, though somebody works on.
    """
    named, pairs = frozenset(chain.from_iterable(shifts.values())), [*neighbours]
    hours = _parted(hours, pairs, named) if named else hours
    found = {day: list(spans) for day, spans in hours.items()}
    for day, following in pairs:
        for night, morning in zip(hours.get(day, ())[-1:], hours.get(following, ())[:1], strict=False):
            goes_on = _goes_on(night, morning) and (0, DAY) not in (night, morning)
            if goes_on and not _are_two(night, morning, named):
                found[day][-1] = (night[0], DAY + morning[1])
                del found[following][0]
    return found


def _goes_on(night: Span, morning: Span) -> bool:
    return night[1] == DAY and morning[0] == 0


def _are_two(night: Span, morning: Span, named: Collection[Span]) -> bool:
    """Whether both have names, and what they are together has none."""
    return night in named and morning in named and (night[0], DAY + morning[1]) not in named


def _parted(
    hours: Mapping[_Day, Sequence[Span]], neighbours: Iterable[tuple[_Day, _Day]], named: Collection[Span]
) -> dict[_Day, Sequence[Span]]:
    """Hours in which a night and the shift that begins as it ends are two."""
    found = dict(hours)
    for day, following in neighbours:
        for night, morning in zip(found.get(day, ())[-1:], found.get(following, ())[:1], strict=False):
            border = _border(night, morning, named) if _goes_on(night, morning) else None
            if border:
                found[following] = ((0, border), (border, morning[1]), *found[following][1:])
    return found


def _border(night: Span, morning: Span, named: Collection[Span]) -> int | None:
    """When a night with a name ends, if it is before the morning does and a shift begins then."""
    start, last = night[0], morning[1]
    if (start, DAY + last) in named:
        return None
    ends = (end - DAY for begin, end in named if begin == start and DAY < end < DAY + last)
    nightly = {begin for begin, end in named if end > DAY and last == DAY}
    return next((end for end in ends if (end, last) in named or end in nightly), None)


def span_text(span: Span, following: str, dash: str) -> str:
    """`22:00-06:00`; where that could be read as less, the day on which it ends: `07:00 – tue 07:00`."""
    start, end = span
    if end - start >= DAY and end > DAY:
        return f"{clock_said(start)} – {following} {clock_said(end - DAY)}"
    return f"{clock_said(start)}{dash}{clock_said(end if end <= DAY else end - DAY)}"


def short_text(span: Span, following: str) -> str:
    """The same as briefly as a cell needs it: `22-6`, `8:30-12`; `7-tue 7`."""
    text = span_text(span, following, "-").replace(" – ", "-")
    return re.sub(r"0?([0-9]+):([0-9]{2})", lambda at: at[1] + f":{at[2]}" * (at[2] != "00"), text)


def ranges(days: Sequence[int]) -> str:
    """ISO weekdays in words, neighbours as a range, which may wrap: `mon-thu, sat`."""
    taken = set(days)
    if len(taken) == 7:
        return "mon-sun"
    starts = [day for day in sorted(taken) if (day - 2) % 7 + 1 not in taken]
    texts = []
    for first in starts:
        last = first
        while last % 7 + 1 in taken:
            last = last % 7 + 1
        texts.append(DAYS[first - 1] if first == last else f"{DAYS[first - 1]}-{DAYS[last - 1]}")
    return ", ".join(texts)


def _spans(hours: str) -> list[Span]:
    found = [_SPAN.fullmatch(text) for text in hours.split(", ")]
    if None in found:
        raise ValueError(hours)
    clocks = [[int(number) for number in match.groups()] for match in found if match]
    return [(h * 60 + m, hours_to * 60 + minutes_to) for h, m, hours_to, minutes_to in clocks]


def _neighbours(start: date, end: date | None) -> list[tuple[int, int]]:
    """The weekdays that follow each other within a row."""
    steps = 7 if end is None else min((end - start).days, 7)
    firsts = ((start + timedelta(days=step)).isoweekday() for step in range(steps))
    return [(day, day % 7 + 1) for day in firsts]
