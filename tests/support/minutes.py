"""The staffing effect minute by minute, from the contract's words alone: slow, and apart from our reckoning.

A world is rows, leaves and appointments as a service shows them, each before and after. Everything is asked
of single minutes: what does the clock on the wall show, do the hours of that date name it, is there a leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

MINUTE, DAY = 60, timedelta(days=1)
BOUNDS = ("startDateTime", "endDateTime")
JSON = dict[str, Any]


@dataclass
class Side:
    """One person on one side: rows as in `details[]`, and leaves as (start, end) in epoch seconds."""

    zone: str
    rows: list[JSON]
    leaves: list[tuple[int, int]] = field(default_factory=list)


def walls(zone: str, begin: int, end: int) -> list[tuple[date, int]]:
    """What the clock shows at each minute: the date, and the minute of it."""
    first = begin // 86_400
    whole = [shown for day in range(first, end // 86_400 + 1) for shown in _walls_of(zone, day)]
    return whole[(begin - first * 86_400) // MINUTE : (end - first * 86_400) // MINUTE]


@lru_cache(maxsize=2000)
def _walls_of(zone: str, day: int) -> list[tuple[date, int]]:
    there, minutes = ZoneInfo(zone), range(day * 86_400, (day + 1) * 86_400, MINUTE)
    moments = (datetime.fromtimestamp(instant, UTC).astimezone(there) for instant in minutes)
    return [(moment.date(), moment.hour * 60 + moment.minute) for moment in moments]


def of_date(rows: Sequence[JSON], day: date) -> set[int]:
    """The minutes that the hours of a date name: an override that states its weekday beats the usual rows."""
    stated = {"OVERRIDE": False, "DEFAULT": False}
    found: dict[str, set[int]] = {"OVERRIDE": set(), "DEFAULT": set()}
    for row in rows:
        kind = row.get("ruleType") or "DEFAULT"
        first, last = (date.fromisoformat((row[name] or "9999-12-31")[:10]) for name in BOUNDS)
        if row.get("type", "WORKING_HOURS") != "WORKING_HOURS" or not first <= day <= last:
            continue
        for info in row["daysInfo"]:
            if info["day"] == day.isoweekday():
                stated[kind] = True
                if info["startTime"]:
                    end = 1440 if info["endTime"] == "23:59:59" else minute(info["endTime"])
                    found[kind] |= set(range(minute(info["startTime"]), end))
    return found["OVERRIDE"] if stated["OVERRIDE"] else found["DEFAULT"]


def minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:5])


def by_hours(side: Side, begin: int, end: int) -> list[bool]:
    """Minute by minute: whether the hours say that the person works."""
    dates: dict[date, set[int]] = {}
    found = []
    for day, shown in walls(side.zone, begin, end):
        if day not in dates:
            dates[day] = of_date(side.rows, day)
        found.append(shown in dates[day])
    return found


def away(side: Side, begin: int, end: int) -> list[bool]:
    """Minute by minute: whether a leave covers it."""
    found = [False] * len(range(begin, end, MINUTE))
    for start, stop in side.leaves:
        for instant in range(max(start, begin), min(stop, end), MINUTE):
            found[(instant - begin) // MINUTE] = True
    return found


def on_duty(side: Side, begin: int, end: int) -> list[bool]:
    pairs = zip(by_hours(side, begin, end), away(side, begin, end), strict=True)
    return [works and not left for works, left in pairs]


def weekly(zone: str, duties: Sequence[bool], mondays: Sequence[date], begin: int, end: int) -> list[float]:
    """Hours on duty in the week of each Monday, by the clock of a zone."""
    found = dict.fromkeys(mondays, 0)
    for (day, _), duty in zip(walls(zone, begin, end), duties, strict=True):
        monday = day - DAY * day.weekday()
        if duty and monday in found:
            found[monday] += 1
    return [round(minutes / 60, 2) for minutes in found.values()]


def coverage(duties: Sequence[Sequence[bool]], zone: str, begin: int, end: int) -> dict[date, list[int]]:
    """The least number on duty in each real half hour of each date; `duties`: of each person."""
    numbers = [sum(each) for each in zip(*duties, strict=True)]
    dates: dict[date, list[int]] = {}
    for number, (day, _) in zip(numbers, walls(zone, begin, end), strict=True):
        dates.setdefault(day, []).append(number)
    return {
        day: [min(own[start : start + 30]) for start in range(0, len(own), 30)] for day, own in dates.items()
    }


def reasons(before: Side, after: Side, start: int, end: int) -> list[str]:
    """Why an appointment loses its host, if it does."""
    hours = zip(by_hours(before, start, end), by_hours(after, start, end), strict=True)
    leave = zip(away(before, start, end), away(after, start, end), strict=True)
    lost = {"hours": any(was and not will for was, will in hours)}
    lost["leave"] = any(will and not was for was, will in leave)
    return [reason for reason, so in lost.items() if so]


def suggestions(
    after: Side, start: int, end: int, now: int, busy: Iterable[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The first three quarter hours of the host's clock, on duty and free, apart from one another."""
    begin, last = start, start + 14 * 86_400
    stop = last + (end - start) + MINUTE
    free = on_duty(after, begin, stop)
    for one, other in busy:
        for instant in range(max(one, begin), min(other, stop), MINUTE):
            free[(instant - begin) // MINUTE] = False
    found: list[tuple[int, int]] = []
    for place, (_, shown) in enumerate(walls(after.zone, begin, stop)):
        instant = begin + place * MINUTE
        taken = found and instant < found[-1][1]
        if shown % 15 or instant <= max(now, start) or instant > last or taken:
            continue
        if all(free[place : place + (end - start) // MINUTE]) and len(found) < 3:
            found.append((instant, instant + end - start))
    return found


def midnight(zone: str, day: date) -> int:
    """The first minute at which the clock shows a date."""
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())
    begin = noon - 2 * 86_400
    return begin + MINUTE * next(
        place for place, (shown, _) in enumerate(walls(zone, begin, noon + 86_400)) if shown == day
    )
