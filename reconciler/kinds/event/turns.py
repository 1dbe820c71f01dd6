"""Hosts in turn: who is host of which date. Pure.

Turns are counted over the dates that the rules give, before anything is left out: so taking out of the file
what is over moves nobody.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

from reconciler.dates.week import monday_of
from reconciler.kinds.event.moments import Moment, midnight
from reconciler.kinds.event.stretches import Stretch
from reconciler.model import Text

WEEK = timedelta(days=7)


class Turns:
    """The hosts of a stretch, who take turns by dates or by weeks.

    stretches: of the series, up to this one. moments: its own, which are counted on one by one.
    """

    def __init__(self, stretches: Sequence[Stretch], moments: Sequence[Moment]) -> None:
        self.stretch = stretches[-1]
        self.hosts, self.used = self.stretch.spec["hosts"], _used(stretches)
        self.keys = sorted({self._key(moment.start) for moment in moments if not moment.once})
        if self.keys:
            self.used += self.stretch.turns(self.stretch.begins, midnight(self.keys[0].date()))

    def host(self, start: datetime) -> Text:
        """Whose turn it is on a date; between two, and where `also` adds one, that of the sooner."""
        key = self._key(start)
        number = self.used + bisect_right(self.keys, key)
        if not self.keys:
            unit = WEEK if self.stretch.weekly else datetime.resolution
            number += self.stretch.turns(self.stretch.begins, key + unit)
        return self.hosts[max(number - 1, 0) % len(self.hosts)]

    def _key(self, start: datetime) -> datetime:
        return monday(start) if self.stretch.weekly else start


def monday(moment: datetime) -> datetime:
    return midnight(monday_of(moment.date()))


def _used(stretches: Sequence[Stretch]) -> int:
    """How many turns there were before the last of these stretches, since one named its hosts anew; a week
    that two of them share is one turn."""
    named = [place for place, each in enumerate(stretches) if "hosts" in each.says]
    chain = stretches[named[-1] :]
    shared = sum(_goes_on(chain[:place], chain[place]) for place in range(1, len(chain)))
    return sum(each.turns(each.begins, each.ends) for each in chain[:-1]) - shared


def _goes_on(earlier: Sequence[Stretch], stretch: Stretch) -> bool:
    """Whether a stretch begins in a week that had its turn before."""
    begins = monday(stretch.begins)
    return (
        stretch.weekly
        and earlier[-1].weekly
        and stretch.turns(begins, begins + WEEK) > 0
        and any(each.turns(begins, begins + WEEK) for each in earlier)
    )
