"""Which live event is which occurrence, by their starts alone: one ordered assignment. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from itertools import accumulate
from typing import NamedTuple


class Slot(NamedTuple):
    """A wished start that looks for a live one, no further away than `within` (exclusive).

    due: it will be created if it finds none.
    """

    start: datetime
    within: timedelta
    due: bool


# Costs of a match, in seconds of distance: that no due slot is left over outweighs any distance, and so does,
# by less, that no live start is. Either is worth more than all of a series' distances together.
CREATED, LEFT = 10**24, 10**16


def match_in_order(wished: Sequence[Slot], live: Sequence[datetime]) -> list[tuple[int, int]]:
    """Pair wished with live starts: the fewest due ones left over, then the fewest live, then the nearest.

    Args: both ascending; the pairs keep the order, which makes their distance the least there is.
    Returns: (position in wished, position in live).

    Row n of the table says what the first n slots cost at the least, for each number of live starts that are
    decided on with them; only the stretch that the slot at hand can reach is kept.
    """
    reach = [(bisect_right(live, s.start - s.within), bisect_left(live, s.start + s.within)) for s in wished]
    lows = list(accumulate(reversed([low for low, _ in reach]), min))[::-1]
    highs = list(accumulate((high for _, high in reach), max))
    costs, low, choices = [0], 0, list[list[_Choice]]()
    for slot, begin, end in zip(wished, lows, highs, strict=True):
        costs, chosen = _with_one_more(slot, live, costs, low, begin, max(begin, end))
        low = begin
        choices.append(chosen)
    return _traced(choices, lows, len(live))


class _Choice(Enum):
    SKIP, LEAVE, PAIR = range(3)


def _with_one_more(
    slot: Slot, live: Sequence[datetime], before: Sequence[int], low: int, begin: int, end: int
) -> tuple[list[int], list[_Choice]]:
    """Costs and choices with one slot more, for `begin` to `end` live starts; `before` begins at `low`."""

    def without(decided: int) -> int:
        """The cost of the slots before; live starts beyond their reach are left."""
        place = min(decided - low, len(before) - 1)
        return before[place] + (decided - low - place) * LEFT

    costs: list[int] = []
    choices: list[_Choice] = []
    for decided in range(begin, end + 1):
        options = [(without(decided) + CREATED * slot.due, _Choice.SKIP)]
        if decided > begin:
            options.append((costs[-1] + LEFT, _Choice.LEAVE))
            distance = abs(live[decided - 1] - slot.start)
            if distance < slot.within:
                seconds = int(distance.total_seconds())
                options.append((without(decided - 1) + seconds, _Choice.PAIR))
        cost, choice = min(options, key=lambda option: option[0])
        costs.append(cost)
        choices.append(choice)
    return costs, choices


def _traced(choices: Sequence[Sequence[_Choice]], lows: Sequence[int], decided: int) -> list[tuple[int, int]]:
    """The pairs that the choices lead to, from the last slot back to the first."""
    pairs = []
    for place in reversed(range(len(choices))):
        decided = min(decided, lows[place] + len(choices[place]) - 1)
        while choices[place][decided - lows[place]] is _Choice.LEAVE:
            decided -= 1
        if choices[place][decided - lows[place]] is _Choice.PAIR:
            decided -= 1
            pairs.append((place, decided))
    return pairs[::-1]
