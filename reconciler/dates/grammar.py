"""The small languages inside manifests: days, hours, dates, durations. Text in, value out; no I/O.

Every function raises ValueError with one line that says what is wrong and what to write instead.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

Span = tuple[int, int]
Spans = tuple[Span, ...]

DAY = 24 * 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEARS = range(1900, 2200)  # beyond it a slipped digit is likelier than a plan
LONGEST = timedelta(days=3660)

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_LOOSE_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.h]?([0-9]{2}))?(?::[0-9]{2})?\s*([ap]m)?", re.IGNORECASE)
_APART = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) +([0-9]{1,2}:[0-9]{2})")
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2}) ?(?:-|–|—|/|:|\.{1,3}|to|until|till) ?(\d{4}-\d{2}-\d{2})")
_DURATION = re.compile(
    r"(?:([0-9]+) ?w(?:eeks?)?)? ?(?:([0-9]+) ?d(?:ays?)?)? ?"
    r"(?:([0-9]+) ?h(?:ours?)?)? ?(?:([0-9]+) ?m(?:in(?:utes?)?)?)?"
)
_SECONDS = re.compile(r"(.*?) ?([0-9]{1,7}) ?s(?:ec(?:onds?)?)?")


class SameTime(ValueError):
    """Hours that end where they begin; `said`: without what to write for those of a weekday."""

    def __init__(self, text: str, start: int) -> None:
        self.said = f"`{text}` starts and ends at the same time: 00:00-24:00 is the whole day"
        clock = clock_said(start)
        pieces = f"mon: {clock}-24:00, tue: 00:00-{clock}"
        more = f"; 24 hours from {clock}: {pieces}, or a name under `shifts:`" if start % DAY else ""
        super().__init__(f"{self.said}{more}")


@lru_cache(maxsize=4096)
def date_of(text: str) -> date:
    """Read a date, `2026-12-01` and nothing else."""
    if _DATE.fullmatch(text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"`{text}` is no day of the calendar") from None
        if day.year in YEARS:
            return day
        raise ValueError(f"the year of `{text}` is not between {YEARS[0]} and {YEARS[-1]}")
    raise ValueError(f"`{text}` is not a date: write year-month-day, as in 2026-12-01")


@lru_cache(maxsize=4096)
def local_of(text: str) -> date | datetime:
    """Read a date, or a date with a wall-clock time (`2026-12-01T09:00`, returned without a zone)."""
    day, mark, clock = text.partition("T")
    if not mark and _DATE.fullmatch(day):
        return date_of(day)
    if not (_DATE.fullmatch(day) and re.fullmatch(r"[0-9]{2}:[0-9]{2}", clock)):
        advice = "2026-12-01 or 2026-12-01T09:00"
        if _CLOCK.fullmatch(text):
            advice = f"the date before it, as in 2027-01-04T{clock_said(clock_of(text) % DAY)}"
        elif apart := _APART.fullmatch(text):
            advice = f"{apart[1]}T{apart[2]:0>5}"
        raise ValueError(f"`{text}` is not a date or a date with a time: write {advice}")
    minutes = clock_of(clock)
    if minutes == DAY:
        raise ValueError(f"`{text}`: nothing starts at 24:00, write T00:00 of the next day")
    return datetime.combine(date_of(day), datetime.min.time()) + timedelta(minutes=minutes)


def start_of(text: str) -> int:
    """Read a time of day at which something starts, as minutes since midnight."""
    day, mark, clock = text.partition("T")
    if mark and _DATE.fullmatch(day) and _CLOCK.fullmatch(clock):
        raise ValueError(f"`{text}`: only the time of day is said here, write {clock}")
    minutes = clock_of(text)
    if minutes == DAY:
        raise ValueError(f"`{text}`: nothing starts at 24:00, write 00:00")
    return minutes


@lru_cache(maxsize=4096)
def clock_of(text: str) -> int:
    """Read a time of day as minutes since midnight, 0 to 1440 (`24:00`)."""
    found = _CLOCK.fullmatch(text)
    if found:
        minutes = int(found[1]) * 60 + int(found[2])
        if minutes <= DAY and int(found[2]) < 60:
            return minutes
        raise ValueError(f"`{text}` is no time of day: they run from 00:00 to 24:00")
    raise ValueError(f"`{text}` is not a time of day: write {_guess_clock(text) or '09:00'}")


def _guess_clock(text: str) -> str | None:
    """Spell in our grammar what `9am`, `9.30` or `17` probably mean."""
    minutes, _ = _loosely(text) or (None, False)
    return None if minutes is None else clock_said(minutes)


def _guess_span(text: str) -> str | None:
    """Spell the working day that `9-5`, `7am-3pm`, `0700-1500` or `9 to 17` probably mean.

    One over midnight only where both halves of the day are said: a guess makes nobody work at night.
    """
    first, last, *more = [*map(_loosely, re.split(r"[-–—]|\bto\b|\.\.", text)), None]
    if more != [None] or not first or not last:
        return None
    (start, start_known), (end, end_known) = first, last
    if not end_known and end <= start and end < DAY // 2:
        end += DAY // 2  # 9-5
    early = start < 5 * 60 and not start_known
    if early and end_known and start + DAY // 2 < end:
        start += DAY // 2  # 1-5pm
    elif early and not end_known and end < DAY // 2:
        start, end = start + DAY // 2, end + DAY // 2  # 1-5
    night = start > end and re.search("pm.*am", text, re.IGNORECASE)
    return span_said((start, end)) if start < end or night else None


def _loosely(text: str) -> tuple[int, bool] | None:
    """Minutes since midnight of `9am`, `9.30` or `0930`, and whether the half of the day is clear."""
    found = _LOOSE_CLOCK.fullmatch(text.strip())
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    minutes = hour * 60 + minute
    return (minutes, bool(half) or found[1].startswith("0")) if minute < 60 and minutes <= DAY else None


@lru_cache(maxsize=4096)
def span_of(text: str) -> Span:
    """Read `09:00-18:00` as minutes (start, end); an end past 1440 lies on the next day."""
    parts = [part.strip() for part in re.split("[-–]", text)]
    if len(parts) != 2 or not all(map(_CLOCK.fullmatch, parts)):
        advice = _guess_span(text) or "09:00-17:00, with hours and minutes"
        raise ValueError(f"`{text}` is not a range of hours: write {advice}")
    start, end = map(clock_of, parts)
    if start == end:
        raise SameTime(text, start)
    if start == DAY:
        raise ValueError(f"`{text}`: 24:00 only ends a day, write 00:00 for its start")
    return (start, end) if end > start else (start, end + DAY)


def between_of(text: str) -> Span:
    """Read hours that aren't those of a weekday, as `span_of` does."""
    try:
        return span_of(text)
    except SameTime as error:
        raise ValueError(error.said) from None


def span_said(span: Span) -> str:
    """A span as it is written in a manifest."""
    start, end = span
    return f"{clock_said(start)}-{clock_said(end if end <= DAY else end - DAY)}"


def clock_said(minutes: int) -> str:
    """A time of day as it is written in a manifest."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


@lru_cache(maxsize=1024)
def days_of(text: str) -> tuple[int, ...]:
    """Read `mon`, `mon-thu`, `sat-mon`, `mon, wed-fri` as ISO weekdays, ascending."""
    days = [day for part in parts_of(text) for day in part]
    for day in days:
        if days.count(day) > 1:
            raise ValueError(f"`{text}` names {DAYS[day - 1]} twice")
    return tuple(sorted(days))


@lru_cache(maxsize=1024)
def parts_of(text: str) -> tuple[tuple[int, ...], ...]:
    """The days of each part between commas; a part of one day was written as a single day."""
    return tuple(_day_range(part.strip(), text) for part in text.split(","))


def _day_range(part: str, text: str) -> tuple[int, ...]:
    ends = [_day(name.strip(), text) for name in re.split("[-–]", part, maxsplit=1)]
    if len(ends) == 1:
        return (ends[0],)
    first, last = ends
    if first == last:
        name = DAYS[first - 1]
        raise ValueError(f"`{part}` is one day: write {name}, or mon-sun for the whole week")
    return tuple((first - 1 + step) % 7 + 1 for step in range((last - first) % 7 + 1))


def _day(name: str, text: str) -> int:
    if name in DAYS:
        return DAYS.index(name) + 1
    short = name[:3].lower()
    advice = f"write {short}" if short in DAYS else "write mon, mon-thu or mon, wed-fri"
    raise ValueError(f"`{name or text}` is not a day: {advice}")


def duration_of(text: str) -> timedelta:
    """Read a length of time with units, largest first: `30m`, `1h30m`, `1 hour 15 minutes`, `8 weeks`."""
    days, rest = length_of(text)
    return days + rest


@lru_cache(maxsize=1024)
def length_of(text: str) -> tuple[timedelta, timedelta]:
    """Read a length of time as its weeks and days, and its hours and minutes."""
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        bare = re.fullmatch(r"[0-9]{1,4}", text)
        advice = f"write its unit, as in {text}m or {text} weeks" if bare else "write 30m, 1h30m or 8 weeks"
        raise ValueError(f"`{text}` is not a duration: {advice}")
    numbers = [min(int(number[-9:] or 0), 10**6) if number else 0 for number in found.groups()]
    weeks, days, hours, minutes = numbers
    length = timedelta(weeks=weeks, days=days), timedelta(hours=hours, minutes=minutes)
    total = sum(length, timedelta(0))
    if not timedelta(0) < total <= LONGEST:
        raise ValueError(f"`{text}` is {'longer than ten years' if total else 'no time at all'}")
    return length


def wait_of(text: str) -> timedelta:
    """Read how long a program waits: a length of time that may have seconds, as in `90s`."""
    found = _SECONDS.fullmatch(text)
    if not found:
        return duration_of(text)
    rest = duration_of(found[1]) if found[1] else timedelta(0)
    wait = rest + timedelta(seconds=int(found[2]))
    if not wait:
        raise ValueError(f"`{text}` is no time at all")
    return wait


def interval_of(text: str) -> timedelta:
    """Read how often something is done for ever: each minute at most."""
    interval = wait_of(text)
    if interval < timedelta(minutes=1):
        raise ValueError(f"`{text}` is faster than a minute: write 1m, or longer")
    return interval


def duration_said(length: timedelta, days: int = 0) -> str:
    """A length of time as it is written in a manifest: days of the calendar, then what is exact."""
    minutes = int(length.total_seconds()) // 60
    parts = ((days, "d"), (minutes // 60, "h"), (minutes % 60, "m"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def range_of(text: str) -> tuple[date, date]:
    """Read `2027-07-05..2027-07-16` (both inclusive), or one date as a range of one day."""
    first, dots, last = (part.strip() for part in text.partition(".."))
    if not dots and not _DATE.fullmatch(text):
        raise ValueError(f"`{text}` is not a date or range: write {_guess_range(text)}")
    start, end = date_of(first), date_of(last if dots else first)
    if end < start:
        raise ValueError(f"`{text}` ends before it starts")
    return start, end


def sheet_of(text: str) -> date:
    """Read how a sheet of a roster is called, an ISO week (`2027-W05`) or a date, as its first date."""
    found = _WEEK.fullmatch(text)
    if not found:
        if _DATE.fullmatch(text):
            return date_of(text)
        raise ValueError(f"`{text}` is no week: write 2027-W05, or the date on which the sheet begins")
    year, week = int(found[1]), int(found[2])
    if year not in YEARS:
        raise ValueError(f"the year of `{text}` is not between {YEARS[0]} and {YEARS[-1]}")
    weeks = date(year, 12, 28).isocalendar().week
    if not 1 <= week <= weeks:
        raise ValueError(f"`{text}`: {year} has {weeks} weeks, 01 to {weeks}")
    return date.fromisocalendar(year, week, 1)


def _guess_range(text: str) -> str:
    """Spell in our grammar what `2027-07-05 to 2027-07-16` means."""
    meant = _RANGE.fullmatch(text)
    try:
        first, last = range_of(f"{meant[1]}..{meant[2]}") if meant else (None, None)
    except ValueError:
        first = None
    return f"{first} or {first}..{last}" if first else "2027-07-05 or 2027-07-05..2027-07-16"


def dates_between(first: date, last: date) -> frozenset[date]:
    """All dates of a range, both ends included."""
    return frozenset(first + timedelta(days=offset) for offset in range((last - first).days + 1))
