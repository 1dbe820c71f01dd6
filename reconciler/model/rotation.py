"""A rotation as a plan tells it: what it says of dates, and how much later it comes for whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from reconciler.dates.grammar import Spans


class Rotation(NamedTuple):
    """Hours of dates that begin anew after the last.

    days: the hours of `starts` and of the dates after it. weekly: they are whole weeks from Monday.
    offsets: by username, how many days later everything comes for those of whom hours change.
    """

    starts: date
    days: tuple[Spans, ...]
    weekly: bool
    offsets: Mapping[str, int]

    def turn(self, day: date, username: str) -> int:
        """Which of the days a date is for somebody."""
        return ((day - self.starts).days - self.offsets[username]) % len(self.days)

    def on(self, day: date, username: str) -> Spans:
        return self.days[self.turn(day, username)]
