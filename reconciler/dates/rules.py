"""Recurrence rules (RFC 5545 3.3.10) as text: read, checked, written one way. Pure.

A rule is kept as canonical RRULE text (`FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270331`), whichever way it was
written, so that two spellings of one rule are one rule. What is wrong raises ValueError with one line for the
manifest's author.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from math import prod
from typing import Required, TypedDict

from reconciler.dates.grammar import DAYS, date_of, days_of

FREQUENCIES = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
UNITS = {frequency: unit for unit, frequency in FREQUENCIES.items()}
# What people write for a unit, for how many of them, and for a place in the month.
UNITS_MEANT = {
    spelling: unit
    for unit, adverb in (("day", "daily"), ("week", "weekly"), ("month", "monthly"), ("year", "yearly"))
    for spelling in (unit, f"{unit}s", adverb)
}
TIMES = {"other": "2", "second": "2", "third": "3", "two": "2", "three": "3", "four": "4"}
PLACES = {
    "fir": 1,
    "1st": 1,
    "sec": 2,
    "2nd": 2,
    "thi": 3,
    "3rd": 3,
    "fou": 4,
    "4th": 4,
    "fif": 5,
    "5th": 5,
    "las": -1,
}
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
LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Repeat(TypedDict, total=False):
    """A `repeat:` that is a mapping, as its schema lets it through; numbers are text."""

    every: Required[str]
    interval: str
    on: str | Sequence[str]
    monthDays: str | Sequence[str]
    months: str | Sequence[str]
    position: str | Sequence[str]
    count: str
    until: str


def rule_of(repeat: Repeat | str) -> str:
    """Return the canonical rule of a `repeat:`, given as a mapping or as RRULE text."""
    parts = _parts_of_text(repeat) if isinstance(repeat, str) else _parts_of_mapping(repeat)
    return _canonical(tuple(parts.items()))


@lru_cache(256)
def _canonical(parts: tuple[tuple[str, str], ...]) -> str:
    """The rule of parts in any order and spelling; many series of a clinic share one."""
    checked = dict(_checked(dict(parts)))
    _check_days_exist(checked)
    _check_positions_exist(checked)
    return text_of(checked)


def parts_of(rule: str) -> dict[str, str]:
    """The parts of a canonical rule by name."""
    return dict(part.split("=", 1) for part in rule.split(";"))


def weekdays_of(text: str) -> tuple[int, ...]:
    """Read what `on` may name: `tue`, `mon-thu`, `mon, wed-fri`."""
    try:
        return days_of(text)
    except ValueError as error:
        words = text.replace(",", " ").split()
        days = [word[:3].lower() for word in words if word[:3].lower() in DAYS]
        if len(words) > 1 and len(days) == len(words):
            raise ValueError(f"`{text}` is not a day: write [{', '.join(days)}]") from None
        place = PLACES.get(words[0][:3].lower()) if len(words) == 2 and len(days) == 1 else None
        if place:
            advice = f"write `on: {days[0]}, position: {place}`, with `every: month`"
            raise ValueError(f"`{text}` is not a day: {advice}") from None
        raise error


def unit_of(text: str) -> str:
    """Read an `every` as the frequency that it means."""
    if text in FREQUENCIES:
        return FREQUENCIES[text]
    raise ValueError(f"`{text}` is not one of {', '.join(FREQUENCIES)}; {_unit_meant(text)}")


def _unit_meant(text: str) -> str:
    words = re.findall(r"[a-z]+|[0-9]+", text.lower())
    unit = next((UNITS_MEANT[word] for word in words if word in UNITS_MEANT), None)
    times = next((word.lstrip("0") for word in words if word.isdigit()), "")
    times = next((TIMES[word] for word in words if word in TIMES), times)
    if unit and times:
        return f"write `every: {unit}, interval: {times}`"
    if unit:
        return f"write `every: {unit}`"
    return "days of the week stand beside it: {every: week, on: tue}"


def text_of(parts: Mapping[str, str]) -> str:
    """The rule of these parts."""
    return ";".join(f"{name}={value}" for name, value in parts.items())


@lru_cache(256)
def period_of(rule: str) -> timedelta:
    """The rule's period, frequency times interval (a month counts 30 days, a year 365)."""
    parts = parts_of(rule)
    return PERIODS[parts["FREQ"]] * int(parts.get("INTERVAL", "1"))


def numbers(text: str) -> set[int]:
    """The numbers of a part that lists some."""
    return {int(number) for number in text.split(",")}


def _check_days_exist(parts: Mapping[str, str]) -> None:
    """Say of a 30 February at once what expansion would find out after decades of looking for it."""
    if "BYMONTHDAY" in parts:
        months = numbers(parts["BYMONTH"]) if "BYMONTH" in parts else range(1, 13)
        longest = max(LONGEST_MONTHS[month - 1] for month in months)
        if min(map(abs, numbers(parts["BYMONTHDAY"]))) > longest:
            raise ValueError(f"this rule never gives an occurrence: its months have {longest} days at most")


def _check_positions_exist(parts: Mapping[str, str]) -> None:
    """Say of the 2nd Monday of a week at once that there is none."""
    if "BYSETPOS" in parts:
        times = [len(parts[name].split(",")) for name in ("BYHOUR", "BYMINUTE", "BYSECOND") if name in parts]
        most = _most_days(parts) * prod(times)
        if min(map(abs, numbers(parts["BYSETPOS"]))) > most:
            beyond = (
                f"BYSETPOS={parts['BYSETPOS']} is beyond the {most} that a {UNITS[parts['FREQ']]} can give"
            )
            raise ValueError(f"this rule never gives an occurrence: {beyond}")


def _most_days(parts: Mapping[str, str]) -> int:
    """How many days of one period a rule can give."""
    days = parts.get("BYDAY", "").split(",")
    match parts["FREQ"]:
        case "DAILY":
            return 1
        case "WEEKLY":
            return len(days)
        case "MONTHLY" if "BYDAY" in parts:
            return min(sum(1 if day[:-2] else 5 for day in days), 31)
        case "MONTHLY":
            return len(parts.get("BYMONTHDAY", "1").split(","))
        case _:
            return 366


def _parts_of_text(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.upper().removeprefix("RRULE:").rstrip(";").split(";"):
        name, equals, value = part.strip().partition("=")
        if not equals or not value:
            unit = UNITS_MEANT.get(part.strip().lower(), "week")
            meant = "{every: week, on: tue}" if unit == "week" else f"{{every: {unit}}}"
            raise ValueError(
                f"`{' '.join(part.split())}` in the rule: write NAME=VALUE parts with `;` between them, "
                f"or what you mean as {meant}"
            )
        if name in parts:
            raise ValueError(f"{name} stands twice in the rule")
        parts[name] = value
    return parts


def _parts_of_mapping(repeat: Repeat) -> dict[str, str]:
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


def _joined(value: str | Sequence[str] | None) -> str | None:
    if value is None:
        return None
    return str(value) if isinstance(value, str) else ",".join(map(str, value))


def _weekdays(on: str | Sequence[str]) -> str:
    texts = [on] if isinstance(on, str) else on
    return ",".join(WEEKDAYS[day - 1] for text in texts for day in days_of(text))


def _checked(parts: dict[str, str]) -> Iterator[tuple[str, str]]:
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
            value = _checked_part(name, parts[name], frequency, "BYWEEKNO" in parts)
            if (name, value) not in (("INTERVAL", "1"), ("WKST", "MO")):
                yield name, value


def _checked_part(name: str, value: str, frequency: str, by_week: bool) -> str:
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
            return _checked_until(value)
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


def _checked_until(value: str) -> str:
    forms = ("%Y%m%d",) if len(value) == 8 else ("%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ")
    for form in forms:
        try:
            return datetime.strptime(value, form).strftime(form)
        except ValueError:
            continue
    raise ValueError(f"UNTIL={value}: write a date (20270331), or a time in UTC (20270331T170000Z)")
