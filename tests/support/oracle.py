"""RFC 5545 3.3.10 read literally: every day of every period is tried against the table of BYxxx parts.

Slow and simple on purpose, and apart from our code and from every library: what it shares with them is the
text of the standard alone.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
Parts = dict[str, str]


def instants(rule: str, start: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """What a rule gives from `start` to `until` (naive), as instants; its own UNTIL is in UTC or a day.

    Two starts that a gap makes one instant are one: a recurrence set holds nothing twice.
    """
    kept = [part for part in rule.split(";") if not part.startswith("UNTIL=")]
    last = dict(part.split("=") for part in rule.split(";")).get("UNTIL", "")
    beyond = datetime.strptime(last[:8], "%Y%m%d") + 3 * DAY if last else until
    walls = occurrences(";".join(kept), start, min(until, beyond))
    return sorted({instant(wall, zone) for wall in walls if not last or _within(wall, last, zone)})


def _within(wall: datetime, last: str, zone: ZoneInfo) -> bool:
    if "T" not in last:
        return f"{wall:%Y%m%d}" <= last
    return f"{instant(wall, zone):%Y%m%dT%H%M%SZ}" <= last


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """RFC 5545 3.3.5: in an overlap the first of the two, in a gap with the offset before it."""
    shown = readings(wall, zone)
    return shown[0] if shown else (wall - offset(wall - DAY, zone)).replace(tzinfo=UTC)


def readings(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants at which clocks show a time: none in a gap, two in an overlap.

    Found by trying the offsets of the day before and after, not by asking zoneinfo about local times.
    """
    offsets = {offset(wall - DAY, zone), offset(wall + DAY, zone)}
    tried = sorted((wall - ahead).replace(tzinfo=UTC) for ahead in offsets)
    return [moment for moment in tried if moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall]


def offset(utc: datetime, zone: ZoneInfo) -> timedelta:
    """How far the clocks of a zone are ahead of UTC at a moment of it (naive)."""
    ahead = utc.replace(tzinfo=UTC).astimezone(zone).utcoffset()
    assert ahead is not None
    return ahead


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
        if len(found) >= most:
            break
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
        weekly = "BYWEEKNO" in parts
        yield _weeks_of(begin.year, parts) if weekly else _days(begin, end)


def _days(begin: date, end: date) -> list[date]:
    return [date.fromordinal(number) for number in range(begin.toordinal(), end.toordinal())]


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
    if "BYMONTHDAY" in parts and _numbers(parts, "BYMONTHDAY").isdisjoint(_from_both_ends(*_in_month(day))):
        return False
    if "BYYEARDAY" in parts and _numbers(parts, "BYYEARDAY").isdisjoint(_from_both_ends(*_in_year(day))):
        return False
    if "BYDAY" in parts:
        return any(_is_weekday(parts, text, day) for text in parts["BYDAY"].split(","))
    return _implied(parts, day, start)


def _in_month(day: date) -> tuple[int, int]:
    """Which day of its month it is, and of how many."""
    return day.day, monthrange(day.year, day.month)[1]


def _in_year(day: date) -> tuple[int, int]:
    return day.timetuple().tm_yday, 365 + isleap(day.year)


def _from_both_ends(place: int, length: int) -> tuple[int, int]:
    return place, place - length - 1


def _implied(parts: Parts, day: date, start: date) -> bool:
    if {"BYMONTHDAY", "BYYEARDAY"} & parts.keys():
        return True
    if parts["FREQ"] == "WEEKLY" or "BYWEEKNO" in parts:
        return day.weekday() == start.weekday()
    if parts["FREQ"] == "MONTHLY" or ("BYMONTH" in parts and parts["FREQ"] == "YEARLY"):
        return day.day == start.day
    return parts["FREQ"] == "DAILY" or (day.month, day.day) == (start.month, start.day)


def _is_weekday(parts: Parts, text: str, day: date) -> bool:
    if CODES[day.weekday()] != text[-2:]:
        return False
    if len(text) == 2:
        return True
    number = int(text[:-2])
    by_month = parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts
    place, length = _in_month(day) if by_month else _in_year(day)
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


def _numbers(parts: Parts, name: str) -> frozenset[int]:
    return _listed(parts[name]) if name in parts else frozenset()


@cache
def _listed(text: str) -> frozenset[int]:
    return frozenset(int(number) for number in text.split(","))


def _until(parts: Parts) -> datetime | None:
    text = parts.get("UNTIL")
    if text is None:
        return None
    day = datetime.strptime(text[:8], "%Y%m%d")
    return datetime.strptime(text, "%Y%m%dT%H%M%S") if "T" in text else day + DAY - timedelta(seconds=1)
