"""Recurrence rules (RFC 5545 3.3.10) as wall-clock times. Pure; knows no resource and no time zone.

A rule is kept as canonical RRULE text (`FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270331`), whichever way it was
written, so that two spellings of one rule are one rule. Occurrences are naive: zones come later, because a
Tuesday 09:00 is a wall-clock fact. What is wrong raises ValueError with one line for the manifest's author.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import dropwhile, groupby, islice, takewhile
from typing import Any

from dateutil import rrule as dateutil_rrule

from reconciler.grammar import date_of, days_of

FREQUENCIES = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
PERIODS = {
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
    "MONTHLY": timedelta(days=30),
    "YEARLY": timedelta(days=365),
}
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LISTS = {  # part: lowest and highest absolute value; whether negatives count from the end
    "BYMONTH": (1, 12, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYSETPOS": (1, 366, True),
    "BYHOUR": (0, 23, False),
    "BYMINUTE": (0, 59, False),
    "BYSECOND": (0, 59, False),
}
ORDER = ("FREQ", "INTERVAL", "BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY", "BYHOUR", "BYMINUTE",
         "BYSECOND", "BYSETPOS", "WKST", "COUNT", "UNTIL")  # fmt: skip
# RFC 5545 3.3.10, the table of BYxxx parts: what a frequency has no meaning for.
MEANINGLESS = {
    "DAILY": {"BYWEEKNO", "BYYEARDAY"},
    "WEEKLY": {"BYMONTHDAY", "BYWEEKNO", "BYYEARDAY"},
    "MONTHLY": {"BYWEEKNO", "BYYEARDAY"},
    "YEARLY": set[str](),
}
DAY = timedelta(days=1)
BY_WEEK = frozenset(("INTERVAL", "BYWEEKNO", "BYSETPOS"))
LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# The Gregorian calendar repeats every 28 years between the skipped leap years of 1900 and 2100; forty covers
# a 29 February that is also a Monday across one of those.
NEVER_AFTER = timedelta(days=366 * 40)


def rule_of(repeat: Mapping[str, Any] | str, zone: tzinfo) -> str:
    """Return the canonical rule of a `repeat:`, given as a mapping or as RRULE text.

    `zone` turns an UNTIL in UTC into the last wall-clock moment it allows.
    """
    parts = _parts_of_text(repeat) if isinstance(repeat, str) else _parts_of_mapping(repeat)
    checked = dict(_checked(parts, zone))
    _check_days_exist(checked)
    return ";".join(f"{name}={value}" for name, value in checked.items())


def _check_days_exist(parts: Mapping[str, str]) -> None:
    """Say of a 30 February at once what expansion would find out after decades of looking for it."""
    if "BYMONTHDAY" in parts:
        months = _numbers(parts["BYMONTH"]) if "BYMONTH" in parts else range(1, 13)
        longest = max(LONGEST_MONTHS[month - 1] for month in months)
        if min(map(abs, _numbers(parts["BYMONTHDAY"]))) > longest:
            raise ValueError(f"this rule never gives an occurrence: its months have {longest} days at most")


def occurrences(rule: str, start: datetime, since: datetime, until: datetime, limit: int) -> list[datetime]:
    """Expand a canonical rule into naive wall-clock starts.

    Args:
        rule: what `rule_of` returned.
        start: naive; the earliest start and the time of day. It occurs only if the rule gives it.
        since, until: naive; nothing earlier and nothing later is returned.
        limit: most starts to return; more raise rather than being cut off.
    Returns: ascending and unique.
    """
    found: list[datetime] = []
    for moment in takewhile(lambda moment: moment <= until, _moments(rule, start, since)):
        if moment >= since:
            found.append(moment)
        if len(found) > limit:
            message = f"this rule gives more than {limit:,} occurrences by {until:%Y-%m-%d}: thin it out"
            raise ValueError(message)
    return found


def check_fires(rule: str, start: datetime) -> None:
    """Raise ValueError for a rule that never gives an occurrence from `start` (naive) on."""
    last = _until_of(rule)
    if last and last < start:
        raise ValueError(f"`until` ({last:%Y-%m-%d}) is before the first start ({start:%Y-%m-%d})")
    first = next(_moments(rule, start), None)
    if first is None:
        raise ValueError("this rule never gives an occurrence: no date fits all of its parts")


def period_of(rule: str) -> timedelta:
    """The rule's period, frequency times interval (a month counts 30 days, a year 365)."""
    parts = _split(rule)
    return PERIODS[parts["FREQ"]] * int(parts.get("INTERVAL", "1"))


def _moments(rule: str, start: datetime, since: datetime = datetime.min) -> Iterator[datetime]:
    """What the rule gives from `start` on; without a COUNT, most of what lies before `since` is skipped."""
    parts = _explicit(_split(rule), start)
    most = int(parts["COUNT"]) if "COUNT" in parts else None
    begin = _beginning(parts, start, start if most else max(since, start))
    until = min(_until_of(rule) or datetime.max, _far(max(start, since)))
    weekly = "BYWEEKNO" in parts
    moments = _in_weeks(parts, start, begin, until) if weekly else _expanded(parts, begin, until)
    sooner = takewhile(lambda moment: moment <= until, moments)
    return islice(dropwhile(lambda moment: moment < start, sooner), most)


def _expanded(parts: Mapping[str, str], begin: datetime, until: datetime) -> dateutil_rrule.rrule:
    options: dict[str, Any] = {name.lower(): _numbers(parts[name]) for name in LISTS if name in parts}
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
    wanted, places = _numbers(parts["BYWEEKNO"]), _numbers(parts.get("BYSETPOS", "0"))
    every_week = {name: value for name, value in parts.items() if name not in BY_WEEK}
    moments = _expanded(every_week, begin.replace(year=begin.year - 1), until)
    for year, of_year in groupby(moments, key=lambda moment: _year_of_week(moment, wkst)):
        if (year - start.year) % interval == 0:
            chosen = [
                moment for moment in of_year if not wanted.isdisjoint(_week_numbers(moment, year, wkst))
            ]
            for place, moment in enumerate(chosen, 1):
                if "BYSETPOS" not in parts or place in places or place - len(chosen) - 1 in places:
                    yield moment


def _week_numbers(moment: datetime, year: int, wkst: int) -> tuple[int, int]:
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


def _numbers(text: str) -> set[int]:
    return {int(number) for number in text.split(",")}


def _far(start: datetime) -> datetime:
    """How far a rule is followed: one that never fires would else be tried until the year 9999."""
    return start + NEVER_AFTER if start.year < 9000 else datetime.max


def _until_of(rule: str) -> datetime | None:
    text = _split(rule).get("UNTIL")
    if text is None:
        return None
    if len(text) == 8:
        return datetime.strptime(text, "%Y%m%d").replace(hour=23, minute=59, second=59)
    return datetime.strptime(text, "%Y%m%dT%H%M%S")


def _split(rule: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in rule.split(";"))


def _parts_of_text(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.upper().removeprefix("RRULE:").rstrip(";").split(";"):
        name, equals, value = part.strip().partition("=")
        if not equals or not value:
            raise ValueError(f"`{part}` in the rule: write NAME=VALUE parts with `;` between them")
        if name in parts:
            raise ValueError(f"{name} stands twice in the rule")
        parts[name] = value
    return parts


def _parts_of_mapping(repeat: Mapping[str, Any]) -> dict[str, str]:
    spelled = {
        "FREQ": FREQUENCIES.get(repeat["every"], ""),
        "INTERVAL": repeat.get("interval"),
        "BYDAY": _weekdays(repeat["on"]) if "on" in repeat else None,
        "BYMONTHDAY": _joined(repeat.get("monthDays")),
        "BYMONTH": _joined(repeat.get("months")),
        "BYSETPOS": _joined(repeat.get("position")),
        "COUNT": repeat.get("count"),
        "UNTIL": f"{date_of(repeat['until']):%Y%m%d}" if "until" in repeat else None,
    }
    return {name: str(value) for name, value in spelled.items() if value is not None}


def _joined(value: Any) -> str | None:
    if value is None:
        return None
    return ",".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _weekdays(on: Any) -> str:
    texts = on if isinstance(on, list) else [on]
    return ",".join(WEEKDAYS[day - 1] for text in texts for day in days_of(text))


def _checked(parts: dict[str, str], zone: tzinfo) -> Iterator[tuple[str, str]]:
    """Yield the parts in canonical order, each checked and spelled one way."""
    frequency = parts.get("FREQ", "")
    if frequency in ("HOURLY", "MINUTELY", "SECONDLY"):
        raise ValueError(f"FREQ={frequency} is finer than a day: rules repeat by day, week, month or year")
    if frequency not in PERIODS:
        raise ValueError(
            "a rule needs FREQ=DAILY, WEEKLY, MONTHLY or YEARLY (every: day, week, month or year)"
        )
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("`count` and `until` exclude each other: keep one")
    for name in parts:
        if name not in ORDER:
            raise ValueError(f"{name} is not a part of a recurrence rule; those are {', '.join(ORDER)}")
        if name in MEANINGLESS[frequency]:
            raise ValueError(f"{name} has no meaning with FREQ={frequency} (RFC 5545)")
    if "BYSETPOS" in parts and not any(name.startswith("BY") and name != "BYSETPOS" for name in parts):
        raise ValueError(
            "`position` (BYSETPOS) picks among days: say which with `on`, `monthDays` or `months`"
        )
    for name in ORDER:
        if name in parts:
            value = _checked_part(name, parts[name], frequency, "BYWEEKNO" in parts, zone)
            if (name, value) not in (("INTERVAL", "1"), ("WKST", "MO")):
                yield name, value


def _checked_part(name: str, value: str, frequency: str, by_week: bool, zone: tzinfo) -> str:
    match name:
        case "FREQ":
            return value
        case "INTERVAL" | "COUNT":
            return str(_number(name, value, 1, 10_000))
        case "BYDAY":
            return _checked_days(value, frequency, by_week)
        case "WKST":
            if value not in WEEKDAYS:
                raise ValueError(f"WKST={value}: one of {', '.join(WEEKDAYS)}")
            return value
        case "UNTIL":
            return _checked_until(value, zone)
        case _:
            least, most, negative = LISTS[name]
            numbers = {_number(name, text, least, most, negative) for text in value.split(",")}
            return ",".join(map(str, sorted(numbers)))


def _number(name: str, text: str, least: int, most: int, negative: bool = False) -> int:
    number = int(text) if re.fullmatch(r"[+-]?\d{1,5}", text) else None
    if number is None or not (least <= (abs(number) if negative else number) <= most):
        also = f" (or -{most} to -{least}, from the end)" if negative else ""
        raise ValueError(f"{name}={text} is out of range: {least} to {most}{also}")
    return number


def _checked_days(value: str, frequency: str, by_week: bool) -> str:
    days = set()
    for text in value.split(","):
        found = re.fullmatch(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", text)
        if not found:
            raise ValueError(
                f"BYDAY={text}: write MO to SU, with a number before it for the n-th (2TU, -1FR)"
            )
        number = int(found[1] or 0)
        if found[1] and (frequency not in ("MONTHLY", "YEARLY") or by_week):
            raise ValueError(f"BYDAY={text}: the n-th weekday has a meaning by month or year only")
        if found[1] and not 1 <= abs(number) <= (5 if frequency == "MONTHLY" else 53):
            raise ValueError(f"BYDAY={text} is out of range: a month has at most 5 of a weekday, a year 53")
        days.add((WEEKDAYS.index(found[2]), number))
    return ",".join(f"{number or ''}{WEEKDAYS[day]}" for day, number in sorted(days))


def _checked_until(value: str, zone: tzinfo) -> str:
    try:
        if value.endswith("Z"):
            instant = datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return f"{instant.astimezone(zone):%Y%m%dT%H%M%S}"
        return f"{_day_or_moment(value)}"
    except ValueError:
        raise ValueError(
            f"UNTIL={value}: write a date (20270331), or a time in UTC (20270331T170000Z)"
        ) from None


def _day_or_moment(value: str) -> str:
    form = "%Y%m%d" if len(value) == 8 else "%Y%m%dT%H%M%S"
    return datetime.strptime(value, form).strftime(form)
