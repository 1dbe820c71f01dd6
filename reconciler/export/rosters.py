"""Sheets: weeks in which several people work otherwise than they did before, and do again. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.dates.week import monday_of
from reconciler.export.shifts import Stretch, shifts_on
from reconciler.kinds.work_hours.periods import DAY, WEEK, Spans

MOST_WEEKS = 8  # that somebody is on sheets in a row
SHORT, FEWEST = 13, 3  # days of what is a week or two by itself; how many of those in a row are sheets
Row = tuple[Spans, ...]


class Rosters(NamedTuple):
    """stretches: what everybody works but for the sheets. sheets: the rows of each week, by its Monday."""

    stretches: Mapping[str, Sequence[Stretch]]
    sheets: Mapping[date, Mapping[str, Row]]

    def is_on(self, name: str, day: date) -> bool:
        """Whether a sheet says what somebody works on a date."""
        return name in self.sheets.get(monday_of(day), ())

    def shifts(self, name: str, day: date) -> Spans:
        """What somebody works on a date by usual hours and sheets."""
        row = self.sheets.get(monday_of(day), {}).get(name)
        return row[day.weekday()] if row else shifts_on(self.stretches.get(name, ()), day)


class _Cut(NamedTuple):
    """What sheets of some weeks would make of somebody's stretches."""

    stretches: Sequence[Stretch]
    weeks: frozenset[date]


def rosters_of(stretches: Mapping[str, Sequence[Stretch]], alone: Collection[str]) -> Rosters:
    """Find the weeks for which a sheet of two people or more is shorter. alone: who is on none."""
    cuts = {name: cut for name, own in stretches.items() if name not in alone and (cut := _cut(own)).weeks}
    while True:
        people = Counter(week for cut in cuts.values() for week in cut.weeks)
        lonely = [name for name, cut in cuts.items() if any(people[week] < 2 for week in cut.weeks)]
        if not lonely:
            break
        for name in lonely:
            del cuts[name]
    sheets: dict[date, dict[str, Row]] = {}
    for name, cut in sorted(cuts.items()):
        for week in sorted(cut.weeks):
            row = tuple(shifts_on(stretches[name], week + DAY * place) for place in range(7))
            sheets.setdefault(week, {})[name] = row
    left = {name: cuts[name].stretches if name in cuts else own for name, own in stretches.items()}
    return Rosters(left, dict(sorted(sheets.items())))


def called(week: date) -> str:
    """How the sheet of a week is called: `2027-W05`."""
    year, number, _ = week.isocalendar()
    return f"{year}-W{number:02}"


def _cut(own: Sequence[Stretch]) -> _Cut:
    """Take out of somebody's stretches what sheets may say."""
    found, weeks = [*own], set[date]()
    for first, last in _parenthetic(found):
        merged = found[first]._replace(end=found[last].end)
        gap = (found[first].end or date.max) + DAY, found[last].start
        days = (gap[0] + DAY * place for place in range((gap[1] - gap[0]).days))
        weeks |= {monday_of(day) for day in days if merged.on(day) != shifts_on(own, day)}
        found[first : last + 1] = [merged]
    for first, beyond in _runs(found):
        begins, ends = monday_of(found[first].start), found[beyond - 1].end or date.max
        weeks |= {begins + WEEK * place for place in range((ends - begins).days // 7 + 1)}
        found[first:beyond] = []
    return _Cut(found, frozenset(weeks))


def _parenthetic(found: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
    """The first and last of stretches between which somebody works otherwise for a while; from the end."""
    last = len(found) - 1
    while last > 0:
        for first in range(last - 1, -1, -1):
            end = found[first].end
            if end is None or (found[last].start - end).days > 7 * MOST_WEEKS:
                break
            if _says_the_same(found[first], found[last]):
                yield first, last
                last = first + 1
                break
        last -= 1


def _says_the_same(one: Stretch, other: Stretch) -> bool:
    """Whether a stretch, continued, is what another one says."""
    repeats = one.end is not None and (one.end - one.start).days + 1 >= max(7, len(one.days))
    if not repeats or len(one.days) != len(other.days):
        return False
    return all(one.on(other.start + DAY * place) == spans for place, spans in enumerate(other.days))


def _runs(found: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
    """Where a run of stretches of a week or so begins, and where it has ended; from the end."""
    beyond = len(found)
    while beyond:
        first = beyond
        while (
            first
            and _is_short(found[first - 1])
            and (first == beyond or _touch(*found[first - 1 : first + 1]))
        ):
            first -= 1
        if beyond - first >= FEWEST:
            yield first, beyond
        beyond = first if first < beyond else beyond - 1


def _is_short(stretch: Stretch) -> bool:
    return stretch.end is not None and (stretch.end - stretch.start).days < SHORT


def _touch(one: Stretch, other: Stretch) -> bool:
    return one.end is not None and (other.start - one.end).days <= 7
