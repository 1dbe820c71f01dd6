"""Who hosts the meetings of a series: one, several in turn, or now and then. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from reconciler.dates.week import monday_of
from reconciler.export.series import Series

MOST = 12  # hosts that take turns


class Hosts(NamedTuple):
    """names: one, or those who take turns. weekly: a turn is a week.

    others: who hosts instead, by the time that the entry gives. turns: the number of the turn of each time.
    """

    names: Sequence[str]
    weekly: bool
    others: Mapping[datetime, str]
    turns: Mapping[datetime, int] = {}

    @property
    def cost(self) -> float:
        """How much there is to write."""
        return len(self.others) + len(self.names) / 100

    def host(self, wall: datetime) -> str:
        """Whose turn it is at a time that the rule gives."""
        return self.names[self.turns.get(wall, 0) % len(self.names)]

    def spec(self) -> dict[str, object]:
        if len(self.names) == 1:
            return {"host": self.names[0]}
        return {"hosts": [*self.names], **({"turn": "week"} if self.weekly else {})}


def hosts_of(series: Series) -> Hosts:
    """Find whose turn it is; turns are those of all dates that the rule gives, held or not."""
    held = {wall: point.meeting.host for wall, point in series.held.items()}
    ((usual, _),) = Counter(held.values()).most_common(1)
    best = Hosts([usual], False, {wall: host for wall, host in held.items() if host != usual})
    for weekly in (False, True) if best.others and series.legs else ():
        turns = _turns(series.ruled, weekly)
        for count in range(2, MOST + 1):
            found = _in_turn(held, turns, count, weekly)
            if found and found.cost < best.cost:
                best = found
    return best


def _turns(ruled: Sequence[datetime], weekly: bool) -> dict[datetime, int]:
    """The number of the turn at each time that a rule gives."""
    if not weekly:
        return {wall: number for number, wall in enumerate(ruled)}
    weeks = list[date](dict.fromkeys(monday_of(wall.date()) for wall in ruled))
    return {wall: weeks.index(monday_of(wall.date())) for wall in ruled}


def _in_turn(
    held: Mapping[datetime, str], turns: Mapping[datetime, int], count: int, weekly: bool
) -> Hosts | None:
    """So many hosts in turn; None where one of the turns isn't seen for a second time."""
    seen = [Counter[str]() for _ in range(count)]
    for wall, host in held.items():
        if wall in turns:
            seen[turns[wall] % count][host] += 1
    if any(each.total() < 2 for each in seen):
        return None
    names = [max(sorted(each), key=each.__getitem__) for each in seen]
    others = {
        wall: host for wall, host in held.items() if wall not in turns or names[turns[wall] % count] != host
    }
    return Hosts(names, weekly, others, turns)
