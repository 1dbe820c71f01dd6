"""Stretches of real time: (start, end) in epoch seconds, the end not included. Pure.

A sequence of them is ascending, and no two meet: whatever touches is one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

Stretch = tuple[int, int]
Stretches = Sequence[Stretch]


def united(found: Iterable[Stretch]) -> list[Stretch]:
    """Put stretches in order, and those that overlap or touch together; empty ones go."""
    whole: list[Stretch] = []
    for start, end in sorted(found):
        if end <= start:
            continue
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((start, end))
    return whole


def meeting(found: Stretches, start: int, end: int) -> Stretches:
    """Those stretches, whole, that have something in common with the time between two instants."""
    first, beyond = bisect_right(found, (start, start)), bisect_left(found, (end, end))
    if first and found[first - 1][1] > start:
        first -= 1
    return found[first:beyond] if start < end else ()


def between(found: Stretches, start: int, end: int) -> list[Stretch]:
    """What of the stretches lies between two instants."""
    return [(max(begin, start), min(stop, end)) for begin, stop in meeting(found, start, end)]


def common(one: Stretches, other: Stretches) -> list[Stretch]:
    """What both have; quick where `other` is short."""
    return [piece for start, end in other for piece in between(one, start, end)]


def without(one: Stretches, other: Stretches) -> list[Stretch]:
    """What the first have and the others don't."""
    return [piece for start, end in one for piece in _rest(start, end, between(other, start, end))]


def _rest(start: int, end: int, taken: Stretches) -> Iterator[Stretch]:
    for begin, stop in taken:
        if begin > start:
            yield start, begin
        start = stop
    if start < end:
        yield start, end


def seconds(found: Iterable[Stretch]) -> int:
    """How long they last, together."""
    return sum(end - start for start, end in found)
