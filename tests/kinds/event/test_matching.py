"""Which event is which occurrence: the cheapest pairing there is, against all there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.kinds.event.matching import Slot, match_in_order

starts = st.lists(st.integers(0, 40), max_size=5, unique=True).map(
    lambda steps: [datetime(2026, 12, 1, tzinfo=UTC) + timedelta(hours=6 * step) for step in sorted(steps)]
)
reaches = st.integers(1, 20).map(lambda steps: timedelta(hours=6 * steps))


@settings(max_examples=200)
@given(starts, starts, reaches, st.lists(st.booleans(), min_size=5, max_size=5))
def test_occurrences_find_their_events_at_the_least_cost_there_is(
    wished: list[datetime], live: list[datetime], within: timedelta, due: list[bool]
) -> None:
    slots = [Slot(start, within, is_due) for start, is_due in zip(wished, due, strict=False)]
    _check_cheapest(slots, live, list(_pairings(slots, live)))


@settings(max_examples=200)
@given(starts, starts, st.lists(st.tuples(reaches, st.booleans()), min_size=5, max_size=5))
def test_where_reaches_differ_it_is_the_least_of_what_keeps_the_order(
    wished: list[datetime], live: list[datetime], more: list[tuple[timedelta, bool]]
) -> None:
    slots = [Slot(start, *rest) for start, rest in zip(wished, more, strict=False)]
    in_order = [pairs for pairs in _pairings(slots, live) if pairs == sorted(pairs, key=lambda p: p[1])]
    _check_cheapest(slots, live, in_order)


def _check_cheapest(
    wished: Sequence[Slot], live: Sequence[datetime], all_there_are: Sequence[Sequence[tuple[int, int]]]
) -> None:
    pairs = match_in_order(wished, live)
    assert pairs in all_there_are
    assert _burden(pairs, wished, live) == min(_burden(each, wished, live) for each in all_there_are)


def _burden(
    pairs: Sequence[tuple[int, int]], wished: Sequence[Slot], live: Sequence[datetime]
) -> tuple[int, int, timedelta]:
    """What has to be created, what has to be deleted, and how far the rest is moved."""
    taken = {want for want, _ in pairs}
    created = sum(slot.due for place, slot in enumerate(wished) if place not in taken)
    moved = sum((abs(wished[want].start - live[have]) for want, have in pairs), timedelta(0))
    return created, len(live) - len(pairs), moved


def _pairings(
    wished: Sequence[Slot], live: Sequence[datetime], first: int = 0, taken: frozenset[int] = frozenset()
) -> Iterator[list[tuple[int, int]]]:
    """Every way to pair, order or no order."""
    if first == len(wished):
        yield []
        return
    yield from _pairings(wished, live, first + 1, taken)
    for have in set(range(len(live))) - taken:
        if abs(wished[first].start - live[have]) < wished[first].within:
            for rest in _pairings(wished, live, first + 1, taken | {have}):
                yield [(first, have), *rest]
