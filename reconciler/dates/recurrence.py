"""The occurrences of a canonical rule (RFC 5545 3.3.10) on the wall. Pure; knows no resource.

Occurrences are naive: a Tuesday 09:00 is a wall-clock fact, and instants come later. Only an UNTIL in UTC
needs the zone already here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import dropwhile, groupby, islice, takewhile
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from dateutil import rrule as dateutil_rrule

from reconciler.dates.rules import LISTS, PERIODS, WEEKDAYS, numbers, parts_of, text_of
from reconciler.dates.week import monday_of
from reconciler.dates.zones import wall_to_instant

DAY = timedelta(days=1)
BY_WEEK = frozenset(("INTERVAL", "BYWEEKNO", "BYSETPOS"))
# The Gregorian calendar repeats every 28 years between the skipped leap years of 1900 and 2100; forty covers
# a 29 February that is also a Monday across one of those.
NEVER_AFTER = timedelta(days=366 * 40)


def occurrences(
    rule: str, start: datetime, zone: ZoneInfo, since: datetime, until: datetime, limit: int
) -> list[datetime]:
    """Expand a canonical rule into naive wall-clock starts.

    Args:
        rule: what `rule_of` returned.
        zone: of the wall clock; an UNTIL in UTC is compared with instants.
        start: naive; the earliest start and the time of day. It occurs only if the rule gives it.
        since, until: naive; nothing earlier and nothing later is returned.
        limit: most starts to return; more raise rather than being cut off.
    Returns: ascending and unique.
    """
    found: list[datetime] = []
    for moment in _moments(rule, start, zone, since, until):
        if moment >= since:
            found.append(moment)
        if len(found) > limit:
            message = f"this rule gives more than {limit:,} occurrences by {until:%Y-%m-%d}: thin it out"
            raise ValueError(message)
    return found


@lru_cache(1024)
def turns(rule: str, start: datetime, zone: ZoneInfo, since: datetime, before: datetime, weekly: bool) -> int:
    """How many occurrences a rule gives from `since` up to `before` (both naive); weekly: in how many weeks
    from Monday it gives any.

    What repeats itself exactly is counted once, and multiplied: a rule may have started long ago.
    """
    since = max(since, start)
    parts = parts_of(rule)
    last = _last_of(parts, zone)
    monday = _monday(since) + 7 * DAY  # what is between is counted by itself, so that no week is torn
    period = 7 * DAY * int(parts.get("INTERVAL", "1"))
    times = max((min(before, last.wall - DAY) - monday) // period, 0) if _repeats(parts) else 0
    if times < 2:
        return _counted(rule, start, zone, since, before, weekly)
    endless = text_of({name: value for name, value in parts.items() if name != "UNTIL"})
    return (
        _counted(endless, start, zone, since, monday, weekly)
        + times * _counted(endless, start, zone, monday, monday + period, weekly)
        + _counted(rule, start, zone, monday + times * period, before, weekly)
    )


def cut(rule: str, start: datetime, zone: ZoneInfo, since: datetime, before: datetime) -> str:
    """The rule of what another gives from `since` up to `before`; `datetime.max` cuts nothing."""
    parts = parts_of(rule)
    if "COUNT" in parts:
        parts["COUNT"] = str(turns(rule, start, zone, since, before, False))
    elif before < datetime.max and before <= _last_of(parts, zone).wall:
        parts["UNTIL"] = f"{before - DAY:%Y%m%d}"
    return text_of(parts)


def _counted(
    rule: str, start: datetime, zone: ZoneInfo, since: datetime, before: datetime, weekly: bool
) -> int:
    found = (each for each in _moments(rule, start, zone, since, before) if since <= each < before)
    return len({_monday(each) for each in found}) if weekly else sum(1 for _ in found)


def _repeats(parts: Mapping[str, str]) -> bool:
    """Whether a rule gives the same again and again, whatever the month and the year."""
    return parts["FREQ"] in ("DAILY", "WEEKLY") and parts.keys().isdisjoint(
        ("COUNT", "BYMONTH", "BYMONTHDAY")
    )


def _monday(moment: datetime) -> datetime:
    return datetime.combine(monday_of(moment.date()), time())


def check_fires(rule: str, start: datetime, zone: ZoneInfo) -> None:
    """Raise ValueError for a rule that never gives an occurrence from `start` (naive) on."""
    last = _last_of(parts_of(rule), zone)
    if not last.allows(start):
        raise ValueError(f"`until` ({last.day}) is before the first start ({start:%Y-%m-%d})")
    if next(_moments(rule, start, zone, start, _far(start)), None) is None:
        raise ValueError("this rule never gives an occurrence: no date fits all of its parts")


class _Last(NamedTuple):
    """How long a rule goes on: to a moment on the wall, or to an instant, as clocks may be changing."""

    wall: datetime
    zone: ZoneInfo
    instant: datetime | None = None

    @property
    def day(self) -> date:
        return (self.instant.astimezone(self.zone) if self.instant else self.wall).date()

    @property
    def bound(self) -> datetime:
        """A moment on the wall after which nothing is allowed."""
        return self.wall + DAY if self.instant else self.wall

    def allows(self, moment: datetime) -> bool:
        if self.instant:
            return wall_to_instant(moment, self.zone) <= self.instant
        return moment <= self.wall


def _last_of(parts: Mapping[str, str], zone: ZoneInfo) -> _Last:
    text = parts.get("UNTIL", "")
    if not text:
        return _Last(datetime.max, zone)
    if text.endswith("Z"):
        instant = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return _Last(instant.astimezone(zone).replace(tzinfo=None), zone, instant)
    if len(text) == 8:
        return _Last(datetime.strptime(text, "%Y%m%d").replace(hour=23, minute=59, second=59), zone)
    return _Last(datetime.strptime(text, "%Y%m%dT%H%M%S"), zone)


def _moments(
    rule: str, start: datetime, zone: ZoneInfo, since: datetime, until: datetime
) -> Iterator[datetime]:
    """What the rule gives from `start` to `until`; without a COUNT, most before `since` is skipped."""
    parts = _explicit(parts_of(rule), start)
    most = int(parts["COUNT"]) if "COUNT" in parts else None
    begin = _beginning(parts, start, start if most else max(since, start))
    last = _last_of(parts, zone)
    until = min(last.bound, until)
    weekly = "BYWEEKNO" in parts
    moments = _in_weeks(parts, start, begin, until) if weekly else _expanded(parts, begin, until)
    sooner = takewhile(lambda moment: moment <= until, moments)
    found = dropwhile(lambda moment: moment < start, sooner)
    return islice(filter(last.allows, found) if last.instant else found, most)


def _expanded(parts: Mapping[str, str], begin: datetime, until: datetime) -> dateutil_rrule.rrule:
    options: dict[str, Any] = {name.lower(): numbers(parts[name]) for name in LISTS if name in parts}
    return dateutil_rrule.rrule(
        getattr(dateutil_rrule, parts["FREQ"]),
        dtstart=begin,
        interval=int(parts.get("INTERVAL", "1")),
        wkst=_week_start(parts),
        until=until,
        byweekday=list(_weekdays_of(parts)) if "BYDAY" in parts else None,
        **options,
    )


def _in_weeks(
    parts: Mapping[str, str], start: datetime, begin: datetime, until: datetime
) -> Iterator[datetime]:
    """A yearly rule with BYWEEKNO: the weeks of a year reach into its neighbours, which dateutil leaves to
    those, so that INTERVAL and BYSETPOS count wrong; here a day belongs to the year of its week."""
    wkst, interval = _week_start(parts), int(parts.get("INTERVAL", "1"))
    wanted, places = numbers(parts["BYWEEKNO"]), numbers(parts.get("BYSETPOS", "0"))
    every_week = {name: value for name, value in parts.items() if name not in BY_WEEK}
    # Whole sets to the last, as positions are counted from the end, too.
    beyond = until.replace(year=until.year + 2, month=1, day=1) if until.year < 9998 else until
    moments = _expanded(every_week, begin.replace(year=begin.year - 1), beyond)
    for year, of_year in groupby(moments, key=lambda moment: _year_of_week(moment, wkst)):
        if (year - start.year) % interval == 0:
            chosen = [moment for moment in of_year if not wanted.isdisjoint(_weeknumbers(moment, year, wkst))]
            for place, moment in enumerate(chosen, 1):
                if "BYSETPOS" not in parts or place in places or place - len(chosen) - 1 in places:
                    yield moment


def _weeknumbers(moment: datetime, year: int, wkst: int) -> tuple[int, int]:
    """The week's number in the year it belongs to, from its beginning and from its end."""
    first, beyond = _week_one(year, wkst), _week_one(year + 1, wkst)
    return (moment - first).days // 7 + 1, (moment - beyond).days // 7


def _year_of_week(moment: datetime, wkst: int) -> int:
    years = (moment.year + 1, moment.year)
    return next((year for year in years if moment >= _week_one(year, wkst)), moment.year - 1)


def _week_one(year: int, wkst: int) -> datetime:
    """The beginning of the first week with four days in the year or more."""
    fourth = datetime(year, 1, 4)
    return fourth - (fourth.weekday() - wkst) % 7 * DAY


def _week_start(parts: Mapping[str, str]) -> int:
    return WEEKDAYS.index(parts.get("WKST", "MO"))


def _explicit(parts: dict[str, str], start: datetime) -> dict[str, str]:
    """The parts with what a rule leaves to its start said, as a start further on doesn't say it."""
    times = {"BYHOUR": str(start.hour), "BYMINUTE": str(start.minute), "BYSECOND": str(start.second)}
    if not parts.keys() & {"BYDAY", "BYMONTHDAY", "BYYEARDAY"}:
        if parts["FREQ"] == "WEEKLY" or "BYWEEKNO" in parts:
            times["BYDAY"] = WEEKDAYS[start.weekday()]  # dateutil takes BYWEEKNO alone for seven days
        elif parts["FREQ"] != "DAILY":
            times["BYMONTHDAY"] = str(start.day)
            times |= {"BYMONTH": str(start.month)} if parts["FREQ"] == "YEARLY" else {}
    return times | parts


def _beginning(parts: Mapping[str, str], start: datetime, since: datetime) -> datetime:
    """The first moment of a period of the rule, that of `start` or one that ends before `since`.

    dateutil begins a week on the day it is given: BYSETPOS then counts in a part of the week only.
    """
    interval = int(parts.get("INTERVAL", "1"))
    if parts["FREQ"] in ("DAILY", "WEEKLY"):
        first = start
        if parts["FREQ"] == "WEEKLY":
            first -= (start.weekday() - _week_start(parts)) % 7 * DAY
        period = PERIODS[parts["FREQ"]] * interval
        return _midnight(first + max((since - first) // period - 1, 0) * period)
    months = interval * (12 if parts["FREQ"] == "YEARLY" else 1)
    passed = (since.year - start.year) * 12 + since.month - start.month
    month = start.month - 1 + max(passed // months - 1, 0) * months
    first = _midnight(start.replace(year=start.year + month // 12, month=month % 12 + 1, day=1))
    return first.replace(month=1) if parts["FREQ"] == "YEARLY" else first


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0)


def _weekdays_of(parts: Mapping[str, str]) -> Iterator[dateutil_rrule.weekday]:
    """The weekdays of BYDAY. Where numbered ones stand among them, a plain one becomes all of its numbers:
    dateutil wants a day to be both, the RFC either."""
    texts = parts["BYDAY"].split(",")
    numbered = any(text[:-2] for text in texts)
    most = 5 if parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts else 53
    for text in texts:
        day = dateutil_rrule.weekday(WEEKDAYS.index(text[-2:]))
        if text[:-2]:
            yield day(int(text[:-2]))
        elif numbered:
            yield from (day(number) for number in range(1, most + 1))
        else:
            yield day


def _far(start: datetime) -> datetime:
    """How far a rule is followed: one that never fires would else be tried until the year 9999."""
    return start + NEVER_AFTER if start.year < 9000 else datetime.max
