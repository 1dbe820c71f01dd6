"""Swaps: two overrides that are named after each other, and give each the shifts of the other. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.export.otherwise import Otherwise
from reconciler.export.rosters import Rosters

NAMED = "Swap with "  # how the rows of a swap are called


class Swap(NamedTuple):
    """The dates on which two people work what the other would."""

    days: tuple[date, ...]
    between: tuple[str, str]


def swaps_of(
    otherwise: Mapping[str, Sequence[Otherwise]],
    rosters: Rosters,
    zones: Mapping[str, str],
    alone: Collection[str],
) -> tuple[list[Swap], dict[str, list[Otherwise]]]:
    """Find swaps, and what else is otherwise. zones: of people. alone: who is in none."""
    swaps, left = list[Swap](), {name: [*own] for name, own in otherwise.items()}
    for name, own in otherwise.items():
        for each in own:
            partner = each.name.removeprefix(NAMED) if each.name.startswith(NAMED) else ""
            theirs = [other for other in otherwise.get(partner, ()) if other.name == NAMED + name]
            found = next(
                (other for other in theirs if _is_swap((name, each), (partner, other), rosters)), None
            )
            if found and name < partner and zones[name] == zones[partner] and not {name, partner} & {*alone}:
                swaps.append(Swap(tuple(each.days), (name, partner)))
                left[name].remove(each)
                left[partner].remove(found)
    return sorted(swaps), left


def _is_swap(one: tuple[str, Otherwise], other: tuple[str, Otherwise], rosters: Rosters) -> bool:
    pairs = (one, other), (other, one)
    return one[1].days.keys() == other[1].days.keys() and all(
        spans == rosters.shifts(partner, day)
        for (_, each), (partner, _) in pairs
        for day, spans in each.days.items()
    )
