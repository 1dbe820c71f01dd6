"""What becomes of somebody's usual hours, as lines: date by date, as weeks, or as rotations. Pure.

Rows are pieces of a calendar: only those that change are seen here, so nothing is said of dates that none of
them covers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain, islice, pairwise
from types import MappingProxyType
from typing import NamedTuple

from reconciler.dates.hours import Shifts
from reconciler.dates.said import day_said, days_said, span_said
from reconciler.dates.week import joined, monday_of, ranges
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.patterns import ROTATIONS, Duties, Stretch, spans_said, stretches
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, Spans
from reconciler.kinds.work_hours.rows import LONG_AGO
from reconciler.kinds.work_hours.shifts import dates
from reconciler.model.told import Line

LONGEST = timedelta(weeks=60)  # looked at of hours without an end
FAR = timedelta(weeks=20)
WEEK = 7 * DAY
ONCE = "hours"  # the label of a line that may as well stand in the head
FEW_PAIRS, FEW_DATES, FEW_STRETCHES, MOST_PAIRS = 2, 3, 4, 7
Days = Mapping[date, Spans]
_Lines = tuple[Line, ...]


class Changed(NamedTuple):
    """A date on which other duties begin than before."""

    day: date
    before: Spans
    after: Spans


class Becoming(NamedTuple):
    """Lines, and the dates from the first to the last that differ; `last` None: from then on.

    changed: the dates that differ, each with its duties before and after. was: the lines of what was before.
    had, has: the duties of the dates that the rows cover, before and after, without those told `elsewhere`.
    """

    lines: tuple[Line, ...]
    first: date
    last: date | None
    changed: tuple[Changed, ...]
    was: tuple[Line, ...] = ()
    had: Duties = MappingProxyType({})
    has: Duties = MappingProxyType({})
    elsewhere: Collection[date] = ()


class _Both(NamedTuple):
    """Somebody's duties on the dates that changed rows cover, before and after.

    covered: by those rows, but for the dates that are told `elsewhere`.
    begins: the first dates of rows as they will be. alone: whether there are no other hours between.
    shifts: the names that hours go by.
    """

    before: Duties
    after: Duties
    covered: Collection[date]
    begins: tuple[date, ...]
    alone: bool
    today: date
    shifts: Shifts
    elsewhere: Collection[date]

    def begins_at(self, changed: date) -> date:
        """From when on it is said to hold: the first date of the period, if what comes first is free."""
        starts = (start for start in self.begins if self.today < start <= changed)
        start = max(starts, default=changed)
        return start if changed - start < WEEK else changed


def compared(
    before: Sequence[Row],
    after: Sequence[Row],
    today: date,
    works: Callable[[date], bool],
    shifts: Shifts,
    elsewhere: Collection[date] = (),
) -> Becoming:
    """Say what rows that change make of the dates.

    works: whether somebody has hours in the week of a Monday that no change touches.
    shifts: the names that hours go by. elsewhere: dates that are told by themselves.
    """
    since, until, open_ended = _bounds([*before, *after], today)
    raw = [_laid(rows, since, until + DAY) for rows in (before, after)]
    sides = [
        _without_a_night_before(_duties(own, other, until + DAY, shifts), since)
        for own, other in (raw, raw[::-1])
    ]
    had, has = ({day: its[day] for day in its if day not in elsewhere} for its in sides)
    changed = [day for day in dates(since, until + DAY) if had.get(day, ()) != has.get(day, ())]
    if not changed:
        return Becoming((Line(ONCE, "the same on every date, kept in other rows"),), since, None, ())
    # What reaches so far goes on: rotations are written up to a date, and further as time passes.
    goes_on = changed[-1] > today + FAR or (open_ended and changed[-1] + 2 * WEEK > until)
    covered = frozenset(chain(*(_covered(rows, since, until) for rows in (before, after))))
    gaps = {monday_of(day) for day in dates(changed[0], changed[-1] + DAY) if day not in covered}
    covered = covered.difference(elsewhere)
    begins = tuple(row.period.start for row in after)
    both = _Both(had, has, covered, begins, not any(map(works, gaps)), today, shifts, elsewhere)
    last = None if goes_on else changed[-1]
    differ = tuple(Changed(day, *_apart(both, day)) for day in changed)
    was, becomes = _lines(both, changed, last)
    return Becoming((*was, *becomes), both.begins_at(changed[0]), last, differ, was, had, has, elsewhere)


def _lines(both: _Both, changed: Sequence[date], last: date | None) -> tuple[_Lines, _Lines]:
    """What was and what is: date by date or weekday by weekday where that is short and true, else as weeks
    before and after."""
    first, end = both.begins_at(changed[0]), last or changed[-1]
    span = [*dates(first, end + DAY)]
    had, has = (any(map(side.get, span)) for side in (both.before, both.after))
    if not both.alone or (had and has and _is_plain(both, changed, span)):
        return (), tuple(_date_by_date(both, changed))
    if had and has:
        return tuple(_before(both, first, span)), tuple(_after(both, first, end, last))
    # Nothing to tell apart: the head says from when on.
    either = [*_first_few(both, both.before if had else both.after, first, end)]
    label = ONCE if len(either) == 1 else "no more" if had else ""
    no_more = "no more " if had and label == ONCE else ""
    return (), tuple(
        Line(label or _from(both, stretch, last), f"{no_more}{stretch.said(both.shifts)}")
        for stretch in either
    )


def _before(both: _Both, first: date, span: Sequence[date]) -> Iterator[Line]:
    until = max(day for day in span if both.before.get(day))  # their rows end there
    label = f"until {day_said(first - DAY, both.today, weekday=False)}" if first > both.today else "until now"
    yield from (
        Line(label, stretch.said(both.shifts)) for stretch in _first_few(both, both.before, first, until)
    )


def _after(both: _Both, first: date, end: date, last: date | None) -> Iterator[Line]:
    for stretch in _as_far_as_written(_first_few(both, both.after, first, end), both.today):
        yield Line(_from(both, stretch, last), stretch.said(both.shifts))


def _from(both: _Both, stretch: Stretch, last: date | None) -> str:
    """`from 1 Jan 2027`; where an end is near, with it."""
    if last:
        return span_said(stretch.first, stretch.last, both.today)
    return f"from {day_said(both.begins_at(stretch.first), both.today, weekday=False)}"


def _is_plain(both: _Both, changed: Sequence[date], span: Sequence[date]) -> bool:
    """Whether a few dates differ, or what each weekday had becomes the same on all of its dates."""
    pairs = _pairs(both, changed)
    if len(changed) <= FEW_DATES or (len(pairs) <= FEW_PAIRS and all(map(_are_few, pairs.values()))):
        return True
    if len(pairs) > FEW_PAIRS:
        return False
    becomes = dict[tuple[int, Spans], Spans]()
    known = ((day.isoweekday(), *_apart(both, day)) for day in span if day in both.covered)
    return all(becomes.setdefault((weekday, old), new) == new for weekday, old, new in known)


def _pairs(both: _Both, changed: Iterable[date]) -> dict[tuple[Spans, Spans], list[date]]:
    """The dates on which the same becomes of the same."""
    pairs: dict[tuple[Spans, Spans], list[date]] = {}
    for day in changed:
        pairs.setdefault(_apart(both, day), []).append(day)
    return pairs


def _are_few(days: Sequence[date]) -> bool:
    """Whether dates are named one by one, or as spans."""
    return sum(later - day > DAY for day, later in pairwise(days)) < FEW_DATES


def _date_by_date(both: _Both, changed: Sequence[date]) -> Iterator[Line]:
    pairs = _pairs(both, changed)
    by_dates = all(map(_are_few, pairs.values()))
    ordered = sorted(pairs.items(), key=lambda pair: pair[1] if by_dates else [*map(date.weekday, pair[1])])
    for (old, new), days in ordered[:MOST_PAIRS]:
        label = days_said(days, both.today) if _are_few(days) else _weekdays(days, both.alone)
        was, becomes = (spans_said(spans, days[0].isoweekday(), both.shifts) for spans in (old, new))
        yield Line(label, f"{was} → {becomes}")
    left = sum(len(days) for _, days in ordered[MOST_PAIRS:])
    if left:
        yield Line("and", f"{left} more dates differ")


def _weekdays(days: Sequence[date], each_week: bool) -> str:
    """`mon-thu`; where other weeks lie between that are unknown here: `tue, every 3 weeks`."""
    said = ranges(sorted({day.isoweekday() for day in days}))
    mondays = sorted({monday_of(day) for day in days})
    steps = {later - monday for monday, later in pairwise(mondays)}
    if each_week or len(steps) != 1 or steps == {WEEK}:
        return said
    return f"{said}, every {steps.pop() // WEEK} weeks"


def _first_few(both: _Both, duties: Duties, first: date, last: date) -> Iterator[Stretch]:
    return islice(stretches(duties, first, last, both.elsewhere), FEW_STRETCHES)


def _as_far_as_written(found: Iterable[Stretch], today: date) -> Iterator[Stretch]:
    """The stretches without what follows a rotation only because nobody has written it any further yet."""
    rotates = False
    for stretch in found:
        if not (rotates and stretch.is_off and stretch.first > today + FAR):
            yield stretch
        rotates = len(stretch.weeks) > 1


def _without_a_night_before(duties: Duties, first: date) -> Duties:
    """The duties without what a first date has from midnight on only as the end of a night before it."""
    spans = duties.get(first, ())
    later = {duties.get(first + weeks * WEEK) for weeks in ROTATIONS}
    if spans and spans[0][0] == 0 and spans not in later and spans[1:] in later:
        return {**duties, first: spans[1:]}
    return duties


def _apart(both: _Both, day: date) -> tuple[Spans, Spans]:
    """A date's duties before and after, without what both have from midnight on: the end of a night before
    that stays as it is."""
    old, new = both.before.get(day, ()), both.after.get(day, ())
    if old and new and old[0][0] == new[0][0] == 0:
        shared = min(old[0][1], new[0][1])
        if shared < DAY_MINUTES // 2:
            return _without(old, shared), _without(new, shared)
    return old, new


def _without(spans: Spans, minutes: int) -> Spans:
    _, end = spans[0]
    return spans[1:] if end == minutes else ((minutes, end), *spans[1:])


def _bounds(rows: Sequence[Row], today: date) -> tuple[date, date, bool]:
    """From which date to which one rows are looked at, and whether one goes on without an end."""
    starts = [row.period.start for row in rows if row.period.start != LONG_AGO]
    ends = [row.period.end for row in rows if row.period.end and row.period.end >= today]
    since = max(min(starts, default=today), today)
    open_ended = any(row.period.end is None and row.period.week for row in rows)
    last = max(chain(starts, ends, (since,))) + (4 * WEEK if open_ended else 0 * DAY)
    return since, min(last, since + LONGEST), open_ended


def _covered(rows: Iterable[Row], first: date, last: date) -> Iterator[date]:
    for row in rows:
        yield from dates(max(row.period.start, first), min(row.period.end or last, last) + DAY)


def _laid(rows: Iterable[Row], first: date, last: date) -> Days:
    """What rows say of each date; a night of the day before the last goes on into it."""
    found: dict[date, Spans] = {}
    for row in rows:
        for day in _covered([row], first, last):
            found[day] = (*found.get(day, ()), *row.period.week.get(day.isoweekday(), ()))
    return found


def _duties(own: Days, other: Days, last: date, shifts: Shifts) -> Duties:
    """The duties of each date, each on the date on which it begins; own, other: before and after, or so."""
    found = {day: _parted(spans, other.get(day, ())) for day, spans in own.items()}
    days = sorted(found)
    neighbours = [(day, next) for day, next in pairwise(days) if next - day == DAY]
    return {day: tuple(spans) for day, spans in joined(found, neighbours, shifts).items() if day < last}


def _parted(spans: Spans, others: Spans) -> Spans:
    """What a night before has grown together with is a duty of its own where the other side has it alone."""
    for start, end in others:
        if spans and spans[0] == (0, end) and start > 0:
            return ((0, start), (start, end), *spans[1:])
    return spans
