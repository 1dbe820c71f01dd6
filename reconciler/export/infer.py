"""The rule behind dates: which recurrence gives them, what of it is missing, what lies beside it. Pure.

Guesses come from counting: which weekdays, days or places in a month most periods have. Each guess is laid
out over the dates, and the one that leaves the fewest of them unexplained is taken, if its expansion by the
code that expands manifests gives back the same dates. The number of guesses is bounded, so the cost is linear
in the dates.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from reconciler.dates.grammar import DAYS
from reconciler.dates.recurrence import occurrences
from reconciler.dates.rules import Repeat, rule_of
from reconciler.dates.week import ranges

LEAST = 3  # dates that make a rule
DEEPEST = 4  # rules that are looked for in what other rules leave
FEWEST_DAYS = 28  # that a rule by months spans
WEEKS, MONTHS, LONGEST_STEP = range(1, 13), (1, 2, 3, 4, 6), 31
_ZONE = ZoneInfo("UTC")


class Recurrence(NamedTuple):
    """A rule with the dates that it gives from its first to its last one, and those of them that are missing.

    repeat: as a manifest says it, without an end.
    """

    repeat: Repeat
    dates: tuple[date, ...]
    missing: tuple[date, ...]

    @property
    def rule(self) -> str:
        """In canonical form, without an end."""
        return rule_of(self.repeat)

    def further(self, beyond: date) -> list[date]:
        """What the rule gives after its last date, up to and with another one."""
        after = self.dates[-1] + timedelta(days=1)
        return _given(self.rule, self.dates[0], after, beyond) if after <= beyond else []


class _Guess(NamedTuple):
    """weight: below 1; of two that explain as much the lighter one is taken."""

    repeat: dict[str, object]
    weight: float
    days: Sequence[int]  # ordinals, ascending


def recurrences_of(
    dates: Iterable[date], least: int = LEAST, depth: int = DEEPEST
) -> tuple[list[Recurrence], list[date]]:
    """Find rules that give these dates, one beside the other, and the dates that none of them gives.

    least: how many dates make a rule.
    """
    ordered = sorted({*dates})
    if len(ordered) < least or not depth:
        return [], ordered
    found = recurrence_of(ordered, least)
    if found:
        given = {*found.dates}
        left = [day for day in ordered if day not in given]
        others, rest = recurrences_of(left, max(least, LEAST), depth - 1)
        return [found, *others], rest
    parts = _parted(ordered)
    if len(parts) == 1:
        return [], ordered
    ends = [recurrences_of(part, least, depth - 1) for part in parts]
    return [each for found, _ in ends for each in found], sorted(day for _, rest in ends for day in rest)


def _parted(dates: Sequence[date]) -> list[list[date]]:
    """Dates of several rules apart: by weekday; of one weekday where the distance between two changes."""
    by_weekday: dict[int, list[date]] = {}
    for day in dates:
        by_weekday.setdefault(day.weekday(), []).append(day)
    if len(by_weekday) > 1:
        return [by_weekday[day] for day in sorted(by_weekday)]
    parts, step = [[dates[0]]], timedelta()
    for day in dates[1:]:
        distance = day - parts[-1][-1]
        if len(parts[-1]) > 1 and distance != step:
            parts.append([day])
        else:
            step = distance
            parts[-1].append(day)
    return parts


def recurrence_of(dates: Sequence[date], least: int = LEAST) -> Recurrence | None:
    """The rule that gives half of these dates or more, and few others; `dates`: ascending, each once."""
    days = [day.toordinal() for day in dates]
    there, best = frozenset(days), list[tuple[float, int, _Guess]]()
    for place, guess in enumerate(_guesses(dates, days)):
        hits = [day for day in guess.days if day in there]
        if len(hits) < least or 2 * len(hits) < len(days):
            continue
        within = [day for day in guess.days if hits[0] <= day <= hits[-1]]
        missing = len(within) - len(hits)
        if missing * 2 <= len(hits):
            unexplained = missing + len(days) - len(hits)
            best.append((unexplained + guess.weight, place, guess._replace(days=within)))
    for _, _, guess in sorted(best, key=lambda each: each[:2]):
        found = _proven(guess, there)
        if found:
            return found
    return None


def _proven(guess: _Guess, there: Collection[int]) -> Recurrence | None:
    """A guess whose rule gives these very dates."""
    given = tuple(date.fromordinal(day) for day in guess.days)
    repeat = cast(Repeat, guess.repeat)
    if _given(rule_of(repeat), given[0], given[0], given[-1]) != [*given]:
        return None
    return Recurrence(repeat, given, tuple(day for day in given if day.toordinal() not in there))


def _given(rule: str, first: date, since: date, until: date) -> list[date]:
    """What a rule that starts on `first` gives between two dates, both included."""
    begin, since_at, until_at = (datetime.combine(day, time()) for day in (first, since, until))
    most = (until - since).days + 1
    return [found.date() for found in occurrences(rule, begin, _ZONE, since_at, until_at, most)]


def _guesses(dates: Sequence[date], days: Sequence[int]) -> Iterator[_Guess]:
    yield from _by_days(days)
    yield from _by_weeks(days)
    yield from _by_months(dates)


def _every(unit: str, interval: int) -> dict[str, object]:
    return {"every": unit, "interval": str(interval)} if interval > 1 else {"every": unit}


def _by_days(days: Sequence[int]) -> Iterator[_Guess]:
    """Every so many days, of which none is a week."""
    steps = Counter(later - day for day, later in pairwise(days))
    for step, _ in steps.most_common(2):
        if step % 7 and step <= LONGEST_STEP:
            ((phase, _),) = Counter(day % step for day in days).most_common(1)
            first = days[0] + (phase - days[0]) % step
            yield _Guess(_every("day", step), 0.05 if step == 1 else 0.35, range(first, days[-1] + 1, step))


def _by_weeks(days: Sequence[int]) -> Iterator[_Guess]:
    """Every so many weeks on the weekdays that most of these weeks have."""
    placed = [((day - 1) // 7, (day - 1) % 7) for day in days]  # the first of all days was a Monday
    for interval in WEEKS:
        ((phase, _),) = Counter(week % interval for week, _ in placed).most_common(1)
        own = [(week, weekday) for week, weekday in placed if week % interval == phase]
        weeks = range(own[0][0], own[-1][0] + 1, interval)
        counts = Counter(weekday for _, weekday in own)
        for least in dict.fromkeys((len(weeks) / 2, (len(weeks) + 1) / 2)):
            on = sorted(weekday for weekday, count in counts.items() if count >= least)
            if on:
                repeat = _every("week", interval) | {"on": _days_said(on)}
                weight = (0.1, 0.15, 0.3)[min(interval, 3) - 1] + (0.2 if interval > 3 else 0) + len(on) / 100
                found = [week * 7 + weekday + 1 for week in weeks for weekday in on]
                yield _Guess(repeat, weight, [day for day in found if days[0] <= day <= days[-1]])


def _days_said(weekdays: Sequence[int]) -> str | list[str]:
    """Weekdays (0 Monday) as a manifest names them."""
    said = ranges([weekday + 1 for weekday in weekdays]).split(", ")
    return said[0] if len(said) == 1 and len(weekdays) != 2 else [DAYS[weekday] for weekday in weekdays]


class _Sort(NamedTuple):
    """A way to name days of a month: `names` of a date, and the date of a name in a month, if it has one."""

    repeat: Mapping[str, str]
    key: str
    weight: float
    weekday: int | None = None
    from_end: bool = False
    workdays: bool = False

    def name(self, day: date) -> int | None:
        """What a date is called in its month, so counted; None: nothing."""
        if self.weekday is not None and day.weekday() != self.weekday:
            return None
        length = monthrange(day.year, day.month)[1]
        if self.workdays:
            return (-1 if self.from_end else 1) if day in (self.day(day, 1), self.day(day, -1)) else None
        if self.weekday is not None:
            return -((length - day.day) // 7 + 1) if self.from_end else (day.day - 1) // 7 + 1
        return day.day - length - 1 if self.from_end else day.day

    def day(self, month: date, name: int) -> date | None:
        """The date of this name in the month of a date."""
        length = monthrange(month.year, month.month)[1]
        first = month.replace(day=1)
        if self.workdays:
            order = range(1, 8) if name > 0 else range(length, length - 7, -1)
            return next(day for each in order if (day := month.replace(day=each)).weekday() < 5)
        if self.weekday is None:
            number = name if name > 0 else length + name + 1
        else:
            begin = (self.weekday - first.weekday()) % 7 + 1
            last = begin + (length - begin) // 7 * 7
            number = begin + 7 * (name - 1) if name > 0 else last + 7 * (name + 1)
        return month.replace(day=number) if 1 <= number <= length else None


def _sorts(dates: Sequence[date]) -> Iterator[_Sort]:
    ((weekday, _),) = Counter(day.weekday() for day in dates).most_common(1)
    on = {"on": DAYS[weekday]}
    yield _Sort(on, "position", 0.22, weekday)
    yield _Sort(on, "position", 0.24, weekday, from_end=True)
    yield _Sort({}, "monthDays", 0.2)
    yield _Sort({}, "monthDays", 0.3, from_end=True)
    yield _Sort({"on": "mon-fri"}, "position", 0.32, workdays=True)
    yield _Sort({"on": "mon-fri"}, "position", 0.32, from_end=True, workdays=True)


def _by_months(dates: Sequence[date]) -> Iterator[_Guess]:
    """Every so many months on the days, counted from one end, that most of these months have."""
    if (dates[-1] - dates[0]).days < FEWEST_DAYS:
        return
    for sort in _sorts(dates):
        named = [(day.year * 12 + day.month - 1, sort.name(day)) for day in dates]
        placed = [(month, name) for month, name in named if name is not None]
        for interval in MONTHS if len(placed) > 1 else ():
            ((phase, _),) = Counter(month % interval for month, _ in placed).most_common(1)
            own = [(month, name) for month, name in placed if month % interval == phase]
            months = range(own[0][0], own[-1][0] + 1, interval)
            counts = Counter(name for _, name in own)
            names = sorted(name for name, count in counts.items() if count * 2 > len(months))
            if names and len(names) <= 2 and (not sort.from_end or names == [-1]):
                yield _of_months(sort, interval, months, names, dates)


def _of_months(
    sort: _Sort, interval: int, months: Iterable[int], names: Sequence[int], dates: Sequence[date]
) -> _Guess:
    firsts = (date(month // 12, month % 12 + 1, 1) for month in months)
    found = sorted({day for first in firsts for name in names if (day := sort.day(first, name))})
    said = [str(name) for name in names]
    repeat = _every("month", interval) | {**sort.repeat, sort.key: said[0] if len(said) == 1 else said}
    within = [day.toordinal() for day in found if dates[0] <= day <= dates[-1]]
    return _Guess(repeat, sort.weight + len(names) / 20 + (0.1 if interval > 1 else 0), within)
