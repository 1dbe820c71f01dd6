"""What hangs on the wall: usual hours, sheets, closures, swaps, and what else is otherwise. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.export.closures import Closure, Looked, Names, closures_of
from reconciler.export.otherwise import Otherwise, otherwise_of
from reconciler.export.rosters import Rosters, rosters_of
from reconciler.export.rotations import worked_until
from reconciler.export.shifts import Stretch
from reconciler.export.swaps import Swap, swaps_of
from reconciler.export.unsaid import Unsaid
from reconciler.kinds.work_hours.stock import LiveHours


class Wall(NamedTuple):
    """All that is said of hours. closures: in the order in which they are to stand."""

    rosters: Rosters
    closures: Sequence[Closure]
    swaps: Sequence[Swap]
    otherwise: Mapping[str, Sequence[Otherwise]]

    @property
    def stretches(self) -> Mapping[str, Sequence[Stretch]]:
        return self.rosters.stretches

    @property
    def together(self) -> frozenset[str]:
        """Who is on a sheet, in a swap or in a closure."""
        on_sheets = (name for row in self.rosters.sheets.values() for name in row)
        swapping = (name for swap in self.swaps for name in swap.between)
        return frozenset((*on_sheets, *swapping)).union(*(each.people for each in self.closures))

    def is_closed(self, host: str, day: date) -> bool:
        """Whether a date is closed for a host."""
        return any(host in each.people and day in each.days for each in self.closures)


def wall_of(
    people: Mapping[str, LiveHours],
    stretches: Mapping[str, Sequence[Stretch]],
    unsaid: Unsaid,
    zones: Mapping[str, str],
    calendars: Callable[[], Mapping[str, Names]],
    looked: Looked,
) -> Wall:
    """Find what people share.

    stretches: what each works. zones: theirs. calendars: gives those that there are, by name.
    """
    known = sorted({span for own in stretches.values() for each in own for day in each.days for span in day})
    otherwise: Mapping[str, Sequence[Otherwise]] = {
        name: [
            each
            for each in otherwise_of(live, known, name in unsaid.rows, name in unsaid.rows | unsaid.plain)
            if (name, each.began) not in unsaid.overrides
        ]
        for name, live in people.items()
    }
    rosters = rosters_of(stretches, _alone("roster", people, unsaid))
    swaps, otherwise = swaps_of(otherwise, rosters, zones, _alone("swaps", people, unsaid))
    named = calendars() if any(each.takes_away for own in otherwise.values() for each in own) else {}
    closures, otherwise = closures_of(otherwise, rosters, named, looked, _alone("closures", people, unsaid))
    return Wall(rosters, closures, swaps, otherwise)


def rotations_until(stretches: Mapping[str, Sequence[Stretch]]) -> date:
    """The last date on which anybody works by a rotation."""
    ends = (worked_until(each) for own in stretches.values() for each in own if not each.is_week)
    return max(filter(None, ends), default=date.min)


def _alone(section: str, people: Mapping[str, LiveHours], unsaid: Unsaid) -> Collection[str]:
    """Of whom no such fact is looked for."""
    return people.keys() if section in unsaid.sections else unsaid.alone | unsaid.rows
