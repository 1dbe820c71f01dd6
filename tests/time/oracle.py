"""RFC 5545 3.3.10 read literally: every day of every period is tried against the table of BYxxx parts.

Slow and simple on purpose, and apart from our code and from every library: what it shares with them is the
text of the standard alone.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import count

DAY = timedelta(days=1)
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
Parts = dict[str, str]


def occurrences(rule: str, start: datetime, until: datetime) -> list[datetime]:
    """The naive starts that a rule gives from `start` to `until`."""
    parts = dict(part.split("=") for part in rule.split(";"))
    most = int(parts.get("COUNT", "1000000"))
    found: list[datetime] = []
    for days in _periods(parts, start.date(), until.date()):
        chosen = sorted(
            datetime.combine(day, clock)
            for day in days
            if _fits(parts, day, start.date())
            for clock in _clocks(parts, start.time())
        )
        found += [moment for moment in _positions(parts, chosen) if moment >= start]
    last = _until(parts)
    return [moment for moment in sorted(found)[:most] if moment <= until and (not last or moment <= last)]


def _periods(parts: Parts, start: date, until: date) -> Iterator[list[date]]:
    """The days of each period that the interval keeps, the first one that of `start`."""
    step = int(parts.get("INTERVAL", "1"))
    first, following = _SPANS[parts["FREQ"]]
    opening = first(start, CODES.index(parts.get("WKST", "MO")))
    for number in count(-step, step):
        begin, end = following(opening, number), following(opening, number + 1)
        if begin > until + 8 * DAY:
            return
        days = [begin + offset * DAY for offset in range((end - begin).days)]
        if "BYWEEKNO" in parts:
            days = _weeks_of(begin.year, parts)
        yield days


def _month_on(first: date, number: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
    return date(year, month + 1, 1)


_SPANS: dict[str, tuple[Callable[[date, int], date], Callable[[date, int], date]]] = {
    "DAILY": (lambda day, _: day, lambda first, number: first + number * DAY),
    "WEEKLY": (
        lambda day, wkst: day - (day.weekday() - wkst) % 7 * DAY,
        lambda first, number: first + number * 7 * DAY,
    ),
    "MONTHLY": (lambda day, _: day.replace(day=1), _month_on),
    "YEARLY": (lambda day, _: date(day.year, 1, 1), lambda first, number: date(first.year + number, 1, 1)),
}


def _week_one(year: int, wkst: int) -> date:
    """The first week with at least four days in the year."""
    fourth = date(year, 1, 4)
    return fourth - (fourth.weekday() - wkst) % 7 * DAY


def _weeks_of(year: int, parts: Parts) -> list[date]:
    """The days of the named weeks of a year, which may lie in its neighbours."""
    wkst = CODES.index(parts.get("WKST", "MO"))
    first, beyond = _week_one(year, wkst), _week_one(year + 1, wkst)
    weeks = (beyond - first).days // 7
    wanted = {number if number > 0 else weeks + 1 + number for number in _numbers(parts, "BYWEEKNO")}
    return [
        first + (7 * (week - 1) + offset) * DAY
        for week in sorted(wanted)
        if 1 <= week <= weeks
        for offset in range(7)
    ]


def _fits(parts: Parts, day: date, start: date) -> bool:
    """Whether a day passes all parts; what the rule leaves open is as in the start."""
    if "BYMONTH" in parts and day.month not in _numbers(parts, "BYMONTH"):
        return False
    length = monthrange(day.year, day.month)[1]
    if "BYMONTHDAY" in parts and not {day.day, day.day - length - 1} & _numbers(parts, "BYMONTHDAY"):
        return False
    year_length = date(day.year, 12, 31).timetuple().tm_yday
    of_year = day.timetuple().tm_yday
    if "BYYEARDAY" in parts and not {of_year, of_year - year_length - 1} & _numbers(parts, "BYYEARDAY"):
        return False
    if "BYDAY" in parts:
        return any(_is_weekday(parts, text, day) for text in parts["BYDAY"].split(","))
    return _implied(parts, day, start)


def _implied(parts: Parts, day: date, start: date) -> bool:
    if {"BYMONTHDAY", "BYYEARDAY"} & parts.keys():
        return True
    if parts["FREQ"] == "WEEKLY" or "BYWEEKNO" in parts:
        return day.weekday() == start.weekday()
    if parts["FREQ"] == "MONTHLY" or ("BYMONTH" in parts and parts["FREQ"] == "YEARLY"):
        return day.day == start.day
    return parts["FREQ"] == "DAILY" or (day.month, day.day) == (start.month, start.day)


def _is_weekday(parts: Parts, text: str, day: date) -> bool:
    number, code = int(text[:-2] or 0), text[-2:]
    if CODES[day.weekday()] != code:
        return False
    if not number:
        return True
    if parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts:
        place, length = day.day, monthrange(day.year, day.month)[1]
    else:
        place, length = day.timetuple().tm_yday, date(day.year, 12, 31).timetuple().tm_yday
    return number in ((place - 1) // 7 + 1, -((length - place) // 7 + 1))


def _clocks(parts: Parts, start: time) -> list[time]:
    hours = _numbers(parts, "BYHOUR") or {start.hour}
    minutes = _numbers(parts, "BYMINUTE") or {start.minute}
    seconds = _numbers(parts, "BYSECOND") or {start.second}
    return [time(hour, minute, second) for hour in hours for minute in minutes for second in seconds]


def _positions(parts: Parts, chosen: list[datetime]) -> list[datetime]:
    if "BYSETPOS" not in parts:
        return chosen
    places = {number - 1 if number > 0 else len(chosen) + number for number in _numbers(parts, "BYSETPOS")}
    return [moment for place, moment in enumerate(chosen) if place in places]


def _numbers(parts: Parts, name: str) -> set[int]:
    return {int(text) for text in parts[name].split(",")} if name in parts else set()


def _until(parts: Parts) -> datetime | None:
    text = parts.get("UNTIL")
    if text is None:
        return None
    day = datetime.strptime(text[:8], "%Y%m%d")
    return datetime.strptime(text, "%Y%m%dT%H%M%S") if "T" in text else day + DAY - timedelta(seconds=1)
