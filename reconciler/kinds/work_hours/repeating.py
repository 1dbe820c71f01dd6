"""After how many days a list of days begins anew, and how far it goes on so. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.kinds.work_hours.periods import Spans

Days = Sequence[Spans | None]  # of dates that follow each other; None: not known, so it fits whatever repeats
TWICE = 2  # what repeats has come round as often


def longest(days: Days, at: int, periods: Iterable[int], best: tuple[int, int]) -> tuple[int, int]:
    """After how many days what begins at a day repeats for longest, and how many days it lasts.

    periods: how many days are looked at, the fewest first. best: what any of them has to outlast.
    """
    for period in periods:
        lasts = repeats(days, at, period)
        if lasts >= TWICE * period and lasts > best[1]:
            best = period, lasts
    return best


def repeats(days: Days, at: int, period: int) -> int:
    """For how many days each is as the one so many days before it."""
    end = min(at + period, len(days))
    while end < len(days) and (days[end] == days[end - period] or _fits(days, at, end, period)):
        end += 1
    return end - at


def _fits(days: Days, at: int, place: int, period: int) -> bool:
    """Whether a day is as the last one known of those that it repeats, so far as any is."""
    before = (days[earlier] for earlier in range(place - period, at - 1, -period))
    known = next((spans for spans in before if spans is not None), None)
    return days[place] is None or known is None or known == days[place]


def turns(days: Days, at: int, period: int, end: int) -> tuple[Spans, ...]:
    """The days from one on that repeat up to another: of each the first that is known."""
    each = (days[place:end:period] for place in range(at, min(at + period, end)))
    return tuple(next((spans for spans in alike if spans is not None), ()) for alike in each)
