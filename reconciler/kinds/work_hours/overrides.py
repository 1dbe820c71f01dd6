"""Whose an override is, and which live row each declared one is. Pure.

Usual hours belong to whom the manifests give an entry; an override may as well be a person's doing in Welkin.
Ours is what our own client created; everybody else's is left as it is, but for one that begins on the date
of a declared one: that is the same statement, and an export may have taken it in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.part import Hours
from reconciler.kinds.work_hours.periods import shared_day
from reconciler.model import Snapshot
from reconciler.model.typed import HoursRow


class Makers(NamedTuple):
    """How this service names us in `createdBy`, where it does.

    known: our token tells our ids, and rows tell who made them; else nobody can say whose a row is.
    """

    ids: frozenset[str]
    names: frozenset[str]
    known: bool

    @classmethod
    def of(cls, live: Snapshot) -> Makers:
        ids = frozenset(id.lower() for id in live.our_ids)
        told = any(row.get("createdBy") for rows in live.of(Hours).rows.values() for row in rows)
        return cls(ids, live.our_names, bool(ids) and told)

    def made(self, row: HoursRow) -> bool:
        return self._is_ours(row.get("createdBy"))

    def wrote(self, row: HoursRow) -> bool:
        """Whether the last to write it was our client."""
        return self._is_ours(row.get("updatedBy"))

    def _is_ours(self, by: str | None) -> bool:
        return by is not None and (by.lower() in self.ids or by in self.names)


class Counterpart(NamedTuple):
    """What somebody else's overrides are to a declared one.

    other: position of the one that begins on the same date, and so is it.
    clash: the first date to come that one of the others states as well.
    """

    other: int | None
    clash: date | None


def counterparts(
    wished: Sequence[Row], ours: Iterable[Row], others: Sequence[Row], today: date
) -> list[Counterpart]:
    """Find for each declared override the one of somebody else's that it is, and one it stands against."""
    begun = {row.period.start for row in ours}
    first: dict[date, int] = {}
    for place, row in enumerate(others):
        first.setdefault(row.period.start, place)
    same = [None if row.period.start in begun else first.get(row.period.start) for row in wished]
    rest = [row for place, row in enumerate(others) if place not in same]
    return [Counterpart(place, _clash(row, rest, today)) for row, place in zip(wished, same, strict=True)]


def _clash(want: Row, others: Iterable[Row], today: date) -> date | None:
    days = (shared_day(want.period, other.period, today) for other in others)
    return min((day for day in days if day), default=None)
