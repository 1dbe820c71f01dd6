"""Which rows of overrides are of one fact: a swap, a closure, or what several people have by one name. Pure.

Of what goes no manifest speaks any more: there the rows' names and dates have to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.dates.hours import Shifts
from reconciler.dates.said import day_said, days_said, span_said
from reconciler.dates.week import joined
from reconciler.kinds.work_hours.compared import FAR
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.patterns import CLOSURE, ROSTER, SWAP, SWAPPED, spans_said, swap_said
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, Spans
from reconciler.kinds.work_hours.rows import is_override, person_in, row_in
from reconciler.kinds.work_hours.shifts import dates
from reconciler.model import Action, Change

ON = " on "  # between a fact and its dates
NO_MORE = " no more"
LONGEST = 400  # days of a row that are looked at
_DAY = r"(?:[A-Z][a-z]{2} )?[0-9]+ [A-Z][a-z]{2}(?: [0-9]{4})?"
_DATES = re.compile(rf"{_DAY}(?: – {_DAY})?(?:, {_DAY}(?: – {_DAY})?)*")


class _Fact(NamedTuple):
    """What rows have in common that are of one fact, its dates aside.

    name: as it is declared, or as the rows are called. pair: of a swap that goes. place: of a closure.
    """

    name: str
    goes: bool = False
    pair: tuple[str, ...] = ()
    place: str = ""


class _Told(NamedTuple):
    """A row of an override that changes, and the place of its change among all."""

    place: int
    change: Change
    row: Row

    @property
    def last(self) -> date:
        return self.row.period.end or self.row.period.start


def is_fact(rule: str) -> bool:
    """Whether a change's rule names what may move several people."""
    return rule.startswith((SWAP, CLOSURE, ROSTER))


def facts_of(changes: Sequence[Change], today: date) -> list[str]:
    """The fact that each change of an override is of, in words; empty where it is the person's own."""
    said = [""] * len(changes)
    alike: dict[_Fact, list[_Told]] = {}
    for place, change in enumerate(changes):
        side = change.after if change.rule else change.before
        if side and is_override(change.key.name):
            row = row_in(change.key.name, side)
            if fact := _fact(change, row):
                alike.setdefault(fact, []).append(_Told(place, change, row))
    for fact, group in alike.items():
        for cluster in [group] if fact.pair else _meeting(group):
            words = _said(fact, cluster, today)
            for told in cluster:
                said[told.place] = words
    return said


def declared(rule: str) -> str:
    """What a rule says of a fact, without what it makes of somebody's dates; a closure may have any name."""
    return rule if rule.startswith(CLOSURE) else rule.partition(": ")[0]


def dates_declared(rule: str) -> str:
    """The dates in what a rule says of a fact."""
    return declared(rule).rpartition(ON)[2]


def _fact(change: Change, row: Row) -> _Fact | None:
    """None where nothing tells of what it is, but of the person."""
    if change.rule.startswith(CLOSURE):
        return _Fact(declared(change.rule).rpartition(ON)[0], place=str(change.source))
    if is_fact(change.rule):
        return _Fact(declared(change.rule))
    if change.rule or change.action is not Action.RETIRE or not row.name:
        return None
    partner = SWAPPED.fullmatch(row.name)
    if partner is None:
        return _Fact(row.name, goes=True)
    return _Fact(SWAP, goes=True, pair=tuple(sorted((person_in(change.key.name), partner[1]))))


def _meeting(group: Iterable[_Told]) -> Iterator[list[_Told]]:
    """Those whose rows meet, together: the same name may come again another year."""
    cluster: list[_Told] = []
    until = date.min
    for told in sorted(group, key=lambda told: told.row.period.start):
        if cluster and told.row.period.start > until:
            yield cluster
            cluster = []
        cluster.append(told)
        until = max(until, told.last)
    yield cluster


def _said(fact: _Fact, cluster: Sequence[_Told], today: date) -> str:
    if not fact.goes:
        widest = min(cluster, key=lambda told: (told.row.period.start, -told.last.toordinal()))
        return declared(widest.change.rule)
    rows = [told.row for told in cluster]
    if fact.pair:
        days = [day_said(day, today, weekday=False) for day in days_of(rows)]
        return f"{swap_said(*fact.pair)}{ON}{', '.join(days)}{NO_MORE}"
    if len({person_in(told.change.key.name) for told in cluster}) == 1:
        return ""
    return f"override ({fact.name}){ON}{days_off_said(rows, today)}{NO_MORE}"


def days_off_said(rows: Sequence[Row], today: date) -> str:
    """The dates of rows that give days off: from the first to the last of these, as far as there are some."""
    off = sorted(day for row in rows for day, spans in stated_in(row).items() if not spans)
    days = off or days_of(rows)
    return span_said(days[0], days[-1], today, weekday=False) if days else ""


def days_of(rows: Iterable[Row]) -> list[date]:
    """The dates that rows of one fact speak of, ascending, without a last one that a night only ends on."""
    stated = [stated_in(row) for row in rows]
    named = {day for days in stated for day in days}
    mornings = {day for days in stated for day in days if _ends_a_night(days, day)}
    return sorted(day for day in named if day not in mornings or day + DAY in named)


def stated_in(row: Row) -> Mapping[date, Spans]:
    """What a row of an override says of each of its dates."""
    first, week = row.period.start, row.period.week
    last = min(row.period.end or first, first + LONGEST * DAY)
    return {day: week[day.isoweekday()] for day in dates(first, last + DAY) if day.isoweekday() in week}


def _ends_a_night(days: Mapping[date, Spans], day: date) -> bool:
    night, morning = days.get(day - DAY, ()), days[day]
    return bool(night and morning) and night[-1][1] == DAY_MINUTES and morning[0][0] == 0


def duties_said(row: Row, days: Iterable[date], shifts: Shifts, today: date) -> str:
    """`Thu 10 Dec E; Mon 14 Dec N`: what begins on these dates of a row."""
    duties = _duties_of(row, shifts)
    alike: dict[str, list[date]] = {}
    for day in filter(duties.__contains__, days):
        alike.setdefault(spans_said(duties[day], day.isoweekday(), shifts), []).append(day)
    return "; ".join(f"{days_said(own, today)} {hours}" for hours, own in alike.items())


def duties_become(old: Row, new: Row, shifts: Shifts, today: date) -> str:
    """`Thu 10 Dec E → N`: what begins on dates of a row, and is otherwise now."""
    had, has = (_duties_of(row, shifts) for row in (old, new))
    said = []
    for day in sorted(had.keys() | has.keys()):
        was, becomes = (spans_said(its.get(day, ()), day.isoweekday(), shifts) for its in (had, has))
        said += [f"{day_said(day, today)} {was} → {becomes}"] if was != becomes else []
    return "; ".join(said)


def _duties_of(row: Row, shifts: Shifts) -> Mapping[date, Spans]:
    """What begins on each date of a row, with the whole of a night."""
    stated = stated_in(row)
    begun = {day: spans if day - DAY in stated else _begun(spans, shifts) for day, spans in stated.items()}
    pairs = [(day, day + DAY) for day in stated if day + DAY in stated]
    return {day: tuple(spans) for day, spans in joined(begun, pairs, shifts).items()}


def _begun(spans: Spans, shifts: Shifts) -> Spans:
    """Hours of a date without the end of a night before; what it has grown together with a name may tell."""
    if not spans or spans[0][0] > 0:
        return spans
    end = spans[0][1]
    begins = (start for its in shifts.values() for start, over in its if over == end and start > 0)
    start = next(begins, end if end < DAY_MINUTES // 2 else 0)
    return ((start, end), *spans[1:]) if start < end else spans[1:]


def when(changes: Sequence[Change], today: date) -> str:
    """The dates of what changes say, as it is declared; of usual hours from when on they are to hold."""
    special = [change for change in changes if is_override(change.key.name)]
    usual = [change for change in changes if not is_override(change.key.name)]
    said = dict.fromkeys(filter(None, (_when_declared(change, today) for change in special)))
    rows = [row_in(change.key.name, change.after).period for change in usual if change.after]
    if rows:
        first, last = min(row.start for row in rows), max(row.end or date.max for row in rows)
        open_ended = last > today + FAR
        said[f"from {day_said(first, today)}" if open_ended else span_said(first, last, today)] = None
    return ", ".join(said)


def _when_declared(change: Change, today: date) -> str:
    """What a rule says of its dates; of what no rule says any more, those of the row."""
    if is_fact(change.rule):
        return dates_declared(change.rule)
    if change.rule:
        return ", ".join(found[0] for part in change.rule.split("; ") if (found := _DATES.match(part)))
    days = days_of(row_in(change.key.name, side) for side in (change.before,) if side)
    return days_said(days, today)
