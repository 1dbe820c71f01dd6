"""Working time as periods of weekly hours. Pure; knows dates and minutes, no resource and no time zone.

A *span* is (start, end) in minutes of a day; an end beyond 1440 runs into the next day. A *week* maps ISO
weekdays (1 Monday … 7 Sunday) to spans. A *period* holds one week between two dates, both inclusive, end None
meaning open. What is settled has no span beyond midnight, no overlap, and no two neighbours alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

DAY_MINUTES = 1440
DAY, WEEK = timedelta(days=1), timedelta(days=7)
EVERY_DAY = frozenset(range(1, 8))

Span = tuple[int, int]
Spans = tuple[Span, ...]
Week = Mapping[int, Spans]


class Period(NamedTuple):
    """Weekly hours from `start` to `end`, both inclusive; a weekday that is absent is not worked."""

    start: date
    end: date | None
    week: Week

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)

    def overlaps(self, other: Period) -> bool:
        return (other.end is None or self.start <= other.end) and (
            self.end is None or other.start <= self.end
        )


class Turns(NamedTuple):
    """Hours of dates that begin anew after the last; the first are those of `first`; for ever, both ways."""

    days: Sequence[Spans]
    first: date

    def on(self, day: date) -> Spans:
        return self.days[(day - self.first).days % len(self.days)]


def rotate(turns: Turns, start: date, end: date) -> list[Period]:
    """Lay turns out over the dates `start` to `end`, both inclusive: a period for each calendar week."""
    periods, day = [], start
    while day <= end:
        last = min(day + (7 - day.isoweekday()) * DAY, end)
        days = (day + DAY * step for step in range((last - day).days + 1))
        periods.append(Period(day, last, {each.isoweekday(): turns.on(each) for each in days}))
        day = last + DAY
    return periods


def _never(day: date) -> bool:
    return False


def settle(periods: Iterable[Period], whole: Callable[[date], bool] = _never) -> list[Period]:
    """Return periods that say the same with no span over midnight, ascending, equal neighbours merged.

    periods: disjoint. The hours after midnight of a period's last day become a period of one day, or join
    the first day of the period that follows; periods without any hours are left out.
    whole: whether a period of a week that begins on a date is not to be parted.
    """
    ordered = sorted(periods, key=_start)
    pieces = _split(ordered, whole) if any(map(_has_a_night, ordered)) else ordered
    return _merged(restricted for piece in pieces if (restricted := restrict(piece)).week)


def _has_a_night(period: Period) -> bool:
    return any(end > DAY_MINUTES for spans in period.week.values() for _, end in spans)


def restrict(period: Period, since: date = date.min, days_off: bool = False) -> Period:
    """Keep only weekdays that have hours and occur in the period from `since` on; spans united and sorted.

    days_off: keep weekdays without hours too, where naming them is the statement (overrides).
    """
    occurring = _weekdays(max(period.start, since), period.end)
    week = {
        day: unite(spans)
        for day, spans in sorted(period.week.items())
        if (spans or days_off) and day in occurring
    }
    return period._replace(week=week)


@lru_cache(1024)  # people's days are alike
def unite(spans: Spans) -> Spans:
    """Join spans that overlap or touch: 09:00-12:00 and 12:00-17:00 are one working day."""
    united: list[Span] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return tuple(united)


@lru_cache(1024)
def by_the_clock(own: Spans, before: Spans) -> Spans:
    """What is worked on a date whose shifts are `own`, those of the date before `before`."""
    begun = [(start, min(end, DAY_MINUTES)) for start, end in own]
    return unite((*begun, *((0, end - DAY_MINUTES) for _, end in before if end > DAY_MINUTES)))


def shared_day(one: Period, other: Period, since: date = date.min) -> date | None:
    """The first date from `since` on for which two overrides both name hours."""
    first = max(one.start, other.start, since)
    days = (first + DAY * step for step in range(7))
    named = one.week.keys() & other.week.keys()
    return next((d for d in days if d.isoweekday() in named and one.covers(d) and other.covers(d)), None)


def override(periods: Sequence[Period], overrides: Iterable[Period]) -> list[Period]:
    """Cut overrides into the periods: each weekday an override names takes its shifts, on its dates only.

    overrides: in the order in which they are laid. Nights are to be whole still, spans beyond midnight: they
    go, or stay, with the date on which they begin.
    """
    return settle(laid(periods, overrides))


def laid(periods: Sequence[Period], overrides: Iterable[Period]) -> Sequence[Period]:
    """The same with nights still whole."""
    for over in overrides:
        periods = [piece for period in periods for piece in _around(period, over)] + _inside(periods, over)
    return periods


def replaced(periods: Sequence[Period], others: Iterable[Period]) -> Sequence[Period]:
    """Periods with others in place of all that they said of the dates of those."""
    for other in others:
        periods = [*(piece for period in periods for piece in _around(period, other)), other]
    return sorted(periods, key=_start)


def _around(period: Period, over: Period) -> Iterator[Period]:
    """What of a period lies before and after an override's dates."""
    if not period.overlaps(over):
        yield period
        return
    if period.start < over.start:
        yield period._replace(end=over.start - DAY)
    if over.end is not None and (period.end is None or period.end > over.end):
        yield period._replace(start=over.end + DAY)


def _inside(periods: Sequence[Period], over: Period) -> list[Period]:
    """An override's dates, each stretch with the week it lies on, replaced where the override speaks."""
    pieces, day = [], over.start
    for period in sorted(periods, key=_start):
        if not period.overlaps(over):
            continue
        if period.start > day:
            pieces.append(Period(day, period.start - DAY, over.week))
        last = _earlier(period.end, over.end)
        pieces.append(Period(max(day, period.start), last, {**period.week, **over.week}))
        if last is None:
            return pieces
        day = last + DAY
    if over.end is None or day <= over.end:
        pieces.append(Period(day, over.end, over.week))
    return pieces


def _split(ordered: Sequence[Period], whole: Callable[[date], bool]) -> Iterator[Period]:
    """Turn spans over midnight into spans of the day after, exact on every period's first and last day."""
    before: Period | None = None
    said: Week = {}  # of the period before
    for period in ordered:
        if before:
            yield from _tail(before, period.start)
        carried = before.week if before and before.end == period.start - DAY else {}
        steady = {day: _hours(period.week, period.week, day) for day in range(1, 8)}
        first = period.start.isoweekday()
        opening = _hours(period.week, carried, first)
        is_short = period.end is not None and period.end - period.start < WEEK
        # A week can say each of its dates by itself. Parted, its first date goes to the week before where
        # that has no hours then; if it had, it would depend on yet earlier weeks where rows begin, and all
        # of a rotation would be written again as time passes.
        stays = bool(carried and opening and said.get(first)) or whole(period.start)
        if opening == steady[first] or (is_short and stays):
            yield period._replace(week={**steady, first: opening})
        else:
            yield Period(period.start, period.start, {first: opening})
            if period.end is None or period.start < period.end:
                yield Period(period.start + DAY, period.end, steady)
        before, said = period, {**steady, first: opening} if is_short else steady
    if before:
        yield from _tail(before, None)


def _tail(period: Period, following: date | None) -> Iterator[Period]:
    """The night after a period's last day, where no other period takes it in."""
    if period.end is None or following == period.end + DAY:
        return
    day = period.end + DAY
    yield Period(day, day, {day.isoweekday(): _hours({}, period.week, day.isoweekday())})


def _hours(own: Week, before: Week, day: int) -> Spans:
    """The hours of a weekday: its own up to midnight, and those begun the day before under `before`."""
    return by_the_clock(own.get(day, ()), before.get((day - 2) % 7 + 1, ()))


def _merged(periods: Iterable[Period]) -> list[Period]:
    merged: list[Period] = []
    for period in periods:
        last = merged[-1] if merged else None
        if last and last.end == period.start - DAY and _alike(last, period):
            merged[-1] = last._replace(end=period.end, week={**last.week, **period.week})
        else:
            merged.append(period)
    return merged


def _alike(one: Period, other: Period) -> bool:
    """Whether one week describes both: each, on its own dates, works as the two weeks together say."""
    together = {**one.week, **other.week}
    return restrict(one._replace(week=together)) == one and restrict(other._replace(week=together)) == other


def _weekdays(start: date, end: date | None) -> AbstractSet[int]:
    if end is None or end - start >= WEEK:
        return EVERY_DAY
    return _days_from(start.weekday(), (end - start).days + 1)


@lru_cache
def _days_from(first: int, count: int) -> frozenset[int]:
    """Some weekdays one after the other; first: counted from 0."""
    return frozenset((first + step) % 7 + 1 for step in range(count))


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((end for end in (one, other) if end is not None), default=None)


def _start(period: Period) -> date:
    return period.start
