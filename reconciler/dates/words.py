"""A recurrence rule in words: `every Tue and Thu 09:00–09:30 Europe/Berlin, until 31 Mar 2027`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from reconciler.dates.zones import zone_of

UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
DAYS = {"MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat", "SU": "Sun"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

FOLLOWS = "; from "  # between a rule and the next one


def words_of(rule: str, start: datetime, length: timedelta, zone: str, all_day: bool = False) -> str:
    """Say a canonical rule.

    start: naive; gives the time of day, and the day where the rule leaves it open.
    """
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    said = [_unit(parts), *_days(parts, start)]
    if "BYMONTH" in parts:
        said.append(f"in {_listed(MONTHS[int(number) - 1] for number in parts['BYMONTH'].split(','))}")
    clock = "all day" if all_day else f"{_clocks(parts, start, length)} {zone}"
    return f"{' '.join(said)} {clock}{_end(parts, zone)}"


def one_after_the_other(rules: Iterable[tuple[date, str]]) -> str:
    """Say rules that follow each other, each from its date on: `every Tue; from 3 Mar 2027 every Thu`."""
    first, *more = rules
    return "".join([first[1], *(f"{FOLLOWS}{_day(day)} {words}" for day, words in more)])


def utc_moves(starts: Iterable[tuple[datetime, datetime]]) -> str:
    """Say when the UTC time of a series moves: `17:00 UTC, from 16 Mar 2027 16:00 UTC`; empty if it doesn't.

    starts: (wall clock, naive; instant, UTC), ascending. Two times of one day are told by the first.
    """
    said: list[str] = []
    offset: timedelta | None = None
    for wall, instant in starts:
        lag = instant.replace(tzinfo=None) - wall
        if lag != offset:
            said.append(f"{f'from {_day(wall)} ' if said else ''}{instant:%H:%M} UTC")
            offset = lag
    return ", ".join(said) if len(said) > 1 else ""


def _unit(parts: Mapping[str, str]) -> str:
    interval, unit = int(parts.get("INTERVAL", "1")), UNITS[parts["FREQ"]]
    if unit == "week" and interval == 1 and "BYDAY" in parts and "BYSETPOS" not in parts:
        return f"every {_weekdays(parts['BYDAY'].split(','))}"
    return f"every {unit}" if interval == 1 else f"every {interval} {unit}s"


def _days(parts: Mapping[str, str], start: datetime) -> list[str]:
    """Which days of each period, as far as the unit hasn't said them."""
    said = []
    if "BYDAY" in parts and (parts["FREQ"] != "WEEKLY" or "INTERVAL" in parts or "BYSETPOS" in parts):
        if parts["FREQ"] == "MONTHLY" and parts["BYDAY"] in DAYS and _only_picks(parts):
            number = _listed(map(_ordinal, parts["BYSETPOS"].split(",")))
            return [f"on the {number} {DAYS[parts['BYDAY']]}"]
        said.append(f"on {_weekdays(parts['BYDAY'].split(','))}")
    if "BYMONTHDAY" in parts:
        said.append(f"on {_listed(map(_month_day, parts['BYMONTHDAY'].split(',')))}")
    if "BYYEARDAY" in parts:
        said.append(f"on day {_listed(parts['BYYEARDAY'].split(','))} of the year")
    if "BYWEEKNO" in parts:
        said.append(f"in week {_listed(parts['BYWEEKNO'].split(','))}")
    if not said and parts["FREQ"] != "DAILY" and "BYDAY" not in parts:
        said.append(_implied(parts, start))
    if "BYSETPOS" in parts:
        said.append(f"(only the {_listed(map(_ordinal, parts['BYSETPOS'].split(',')))} of these)")
    return said


def _implied(parts: Mapping[str, str], start: datetime) -> str:
    if parts["FREQ"] == "WEEKLY":
        return f"on {start:%a}"
    month = "" if parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts else f" {start:%b}"
    return f"on {'day ' if not month else ''}{start.day}{month}"


def _only_picks(parts: Mapping[str, str]) -> bool:
    """Whether BYSETPOS counts the days of BYDAY and nothing else."""
    return "BYSETPOS" in parts and not parts.keys() & {"BYMONTHDAY", "BYHOUR", "BYMINUTE", "BYSECOND"}


def _weekdays(texts: Sequence[str]) -> str:
    """Days in words; three in a row and more as a range."""
    codes = list(DAYS)
    run = codes[codes.index(texts[0]) :][: len(texts)] if texts[0] in DAYS else []
    if len(texts) > 2 and run == list(texts):
        return f"{DAYS[texts[0]]}–{DAYS[texts[-1]]}"
    return _listed(map(_weekday, texts))


def _weekday(text: str) -> str:
    number, day = text[:-2], DAYS[text[-2:]]
    return f"the {_ordinal(number)} {day}" if number else day


def _month_day(text: str) -> str:
    return f"day {text}" if int(text) > 0 else "the last day" if text == "-1" else f"the {_ordinal(text)} day"


def _ordinal(text: str) -> str:
    number = int(text)
    if number == -1:
        return "last"
    tens = abs(number) % 100 // 10
    ending = {1: "st", 2: "nd", 3: "rd"}.get(abs(number) % 10, "th") if tens != 1 else "th"
    return f"{abs(number)}{ending}" + (" to last" if number < 0 else "")


def _clocks(parts: Mapping[str, str], start: datetime, length: timedelta) -> str:
    """From when to when, for each time of day the rule names."""
    named = ((start.hour, "BYHOUR"), (start.minute, "BYMINUTE"), (start.second, "BYSECOND"))
    hours, minutes, seconds = ([*map(int, parts.get(name, str(own)).split(","))] for own, name in named)
    begins = [start.replace(hour=h, minute=m, second=s) for h in hours for m in minutes for s in seconds]
    return _listed(f"{begin:%H:%M}–{begin + length:%H:%M}{_days_on(begin, length)}" for begin in begins)


def _days_on(begin: datetime, length: timedelta) -> str:
    """How many days on it ends, where the clocks alone would read as less."""
    if length < timedelta(days=1):
        return ""
    days = ((begin + length).date() - begin.date()).days
    return f" ({days} day{'s' * (days != 1)} later)"


def _end(parts: Mapping[str, str], zone: str) -> str:
    if "COUNT" in parts:
        return f", {parts['COUNT']} times"
    if "UNTIL" not in parts:
        return ""
    last = datetime.fromisoformat(parts["UNTIL"])
    return f", until {_day(last.astimezone(zone_of(zone)) if last.tzinfo else last)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _listed(texts: Iterable[str]) -> str:
    *most, last = texts
    return f"{', '.join(most)} and {last}" if most else last
