"""Rotations that people have: those that are alike but for when they begin are one, with offsets. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from reconciler.dates.week import monday_of
from reconciler.export.entries import Entry, Spec
from reconciler.export.shifts import Stretch
from reconciler.export.words import Words, free_name
from reconciler.kinds.work_hours.periods import DAY, Spans

Days = tuple[Spans, ...]


class _Rotation(NamedTuple):
    """A rotation that somebody has; `first`: the date on which `days` begin for this person."""

    days: Days
    first: date

    @property
    def phase(self) -> int:
        return self.first.toordinal() % len(self.days)


class Rotations:
    """The rotations in stretches of hours, each with a name."""

    def __init__(self, stretches: Iterable[Stretch]) -> None:
        found = [_standing(each) for each in stretches]
        counts = Counter((each.days, each.phase) for each in found)
        self._first: dict[Days, date] = {}
        for each in sorted(found, key=lambda each: -counts[each.days, each.phase]):
            self._first.setdefault(each.days, each.first)
        users = Counter(each.days for each in found)
        self.names: dict[Days, str] = {}
        for days in sorted(self._first, key=lambda days: (-users[days], len(days), days)):
            self.names[days] = free_name(_kind(days), self.names.values())

    def entries(self, words: Words) -> Iterator[Entry]:
        for days, name in self.names.items():
            spec: Spec = {"starts": str(self._first[days])}
            if len(days) % 7:
                spec["cycle"] = words.row(days)
            else:
                weeks = (days[place : place + 7] for place in range(0, len(days), 7))
                spec["weeks"] = [words.row(week) if any(week) else "off" for week in weeks]
            yield Entry("rotations", name, spec)

    def of(self, stretch: Stretch) -> Mapping[str, object]:
        """What a period says of its rotation."""
        own = _standing(stretch)
        later = (own.first - self._first[own.days]).days % len(own.days)
        unit, count = ("day", later) if len(own.days) % 7 else ("week", later // 7)
        offset = f"{count} {unit}{'s' * (count != 1)}"
        spec: Spec = {"rotation": self.names[own.days]}
        return {**spec, "offset": offset} if count else spec


def worked_until(stretch: Stretch) -> date | None:
    """The last date of a stretch that somebody works on."""
    if stretch.end is None:
        return None
    days = (stretch.end - DAY * place for place in range(len(stretch.days)))
    return next((day for day in days if stretch.on(day)), stretch.end)


def goes_on(stretch: Stretch, until: date, written_until: date) -> bool:
    """Whether a rotation may as well go on for ever: as far as any is written it has no further shift."""
    left = (written_until - until).days
    return not any(stretch.on(until + DAY * step) for step in range(1, min(left, len(stretch.days)) + 1))


def _kind(days: Days) -> str:
    return f"days-of-{len(days)}" if len(days) % 7 else f"weeks-of-{len(days) // 7}"


def _standing(stretch: Stretch) -> _Rotation:
    """A rotation in the one of its phases that stands for all of them, so that the same ones are found: it
    begins after the longest time off."""
    days, first = (stretch.days, stretch.start) if len(stretch.days) % 7 else stretch.from_monday
    step = 1 if len(days) % 7 else 7
    phases = (((*days[place:], *days[:place]), place) for place in range(0, len(days), step))
    best, place = max(phases, key=lambda phase: (_free_before(phase[0]), phase[0]))
    begin = first + DAY * place
    since = stretch.start if step == 1 else monday_of(stretch.start)
    return _Rotation(best, since - DAY * ((since - begin).days % len(days)))


def _free_before(days: Days) -> int:
    """How many days are free before the first of them; 0 where that is free as well."""
    worked = [place for place, spans in enumerate(days) if spans]
    return len(days) - 1 - worked[-1] if worked and worked[0] == 0 else 0
