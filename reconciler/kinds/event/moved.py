"""Whether a person gave an event of ours its other time. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from reconciler.kinds.event.fields import Fields, starts
from reconciler.kinds.event.occurrence import Occurrence, instant

Shift = tuple[timedelta, timedelta]  # by how much an event starts and ends later than wished


class Apart(NamedTuple):
    """How far an event is from its wish, and whether we wrote it last."""

    event: Fields
    stretch: int
    by_us: bool
    shift: Shift

    @classmethod
    def of(cls, wish: Occurrence, event: Fields, by_us: bool) -> Apart:
        end = instant(event["endDateTime"]) - instant(str(wish.fields["endDateTime"]))
        return cls(event, wish.stretch, by_us, (starts(event) - wish.start, end))


def moved_by_hand(own: Apart, series: Sequence[Apart], keep: bool) -> str:
    """Whether somebody else than us gave an event the time it has, in words; empty if not, or not known.

    The last to write it was somebody else, and it stands apart from the rest of its series, which an edit of
    the manifest moves alike. A later write of ours hides who moved it: standing apart is then enough where
    it is to be kept.

    Args:
        series: its occurrences that are there.
        keep: as `drift: keep` says, unless `change` gives it its own time.
    """
    others = [each for each in series if each.event is not own.event and each.stretch == own.stretch]
    ours = [each for each in others if each.by_us]
    usual = Counter(each.shift for each in ours or others).most_common(1)
    if usual and usual[0][0] == own.shift:
        return ""
    by_us = own.by_us or not own.event.get("updatedBy")
    return "" if by_us and not (keep and others) else "moved by hand in Welkin"
