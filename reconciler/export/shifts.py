"""Rows of hours as what a person works date by date: nights whole again, and what repeats. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from reconciler.dates.week import monday_of
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, WEEK, Span, Spans, restrict
from reconciler.kinds.work_hours.repeating import TWICE, longest, repeats
from reconciler.kinds.work_hours.stock import LiveHours

OPEN = timedelta(weeks=6)  # as much of what goes on for ever is looked at
LONGEST = 1200  # dates; who has hours laid down further ahead than that has them row by row
# After how many days hours may begin anew: any number up to six weeks, whole weeks beyond; the fewest first.
LENGTHS = (*range(2, 43), *range(49, 92, 7))
Days = Mapping[date, Spans]


class Stretch(NamedTuple):
    """Dates that repeat after as many days as there are in `days`, the first of them on `start`."""

    start: date
    end: date | None
    days: tuple[Spans, ...]

    @property
    def is_week(self) -> bool:
        """Whether a week says it, as it repeats after one, or not at all."""
        return len(self.days) == 7 or (
            self.end is not None and (self.end - self.start).days < len(self.days) < 7
        )

    @property
    def week(self) -> dict[int, Spans]:
        """The hours by ISO weekday, of those that have some."""
        found = ((self.start + DAY * place, spans) for place, spans in enumerate(self.days))
        return dict(sorted((day.isoweekday(), spans) for day, spans in found if spans))

    def on(self, day: date) -> Spans:
        """The shifts of a date, as long as it repeats."""
        return self.days[(day - self.start).days % len(self.days)]

    @property
    def from_monday(self) -> tuple[tuple[Spans, ...], date]:
        """The days of whole weeks, and the Monday on which the first of them begins."""
        into = (7 - self.start.weekday()) % 7
        return (*self.days[into:], *self.days[:into]), monday_of(self.start + DAY * 6)


def stretches_of(live: LiveHours) -> list[Stretch] | None:
    """What somebody works, as few stretches; None for rows that overlap, or reach too far."""
    rows = [row.period for row in live.usual]
    if not rows or any(sooner.overlaps(later) for sooner, later in pairwise(rows)):
        return None
    running = rows[0].start < live.today
    begin = max(rows[0].start, live.today - DAY)
    last = rows[-1]
    limit = last.end or max(last.start, begin) + OPEN
    if (limit - begin).days > LONGEST:
        return None
    days = _without_a_night_before(_usual_shifts(live.usual, begin, limit), begin, running)
    found = _repeated([days[begin + DAY * place] for place in range((limit - begin).days + 1)], begin)
    if last.end is None and found[-1].is_week and found[-1].start + WEEK <= limit:
        found[-1] = found[-1]._replace(end=None)
    elif last.end is None:
        return None
    if running and found:
        found[0] = _from(found[0], rows[0].start)
    borders = {row.start for row in rows}
    return [each for each in _at_borders(found, borders) if any(each.days)]


def _at_borders(found: Sequence[Stretch], borders: Collection[date]) -> list[Stretch]:
    """The same, with a week ending where a row does, if the next week says the same of the days between."""
    moved = [*found]
    for place, (one, other) in enumerate(pairwise(found)):
        border = max((day for day in borders if one.start < day <= other.start), default=other.start)
        back = (other.start - border).days
        same = back < 7 and one.is_week and other.is_week and len(one.days) == len(other.days) == 7
        if same and all(one.on(border + DAY * day) == other.on(border + DAY * day) for day in range(back)):
            moved[place] = moved[place]._replace(end=border - DAY)
            moved[place + 1] = _from(other, border)
    return moved


def literal(live: LiveHours) -> list[Stretch]:
    """What somebody works, row by row as Welkin has it, nights in two."""
    found = []
    for row in live.usual:
        period = restrict(row.period)
        days = [period.week.get((period.start + DAY * place).isoweekday(), ()) for place in range(7)]
        found.append(Stretch(period.start, period.end, tuple(days)))
    return found


def _from(stretch: Stretch, start: date) -> Stretch:
    """The stretch from an earlier date on."""
    back = (stretch.start - start).days % len(stretch.days)
    if stretch.is_week and len(stretch.days) < 7:
        return stretch
    days = (*stretch.days[len(stretch.days) - back :], *stretch.days[: len(stretch.days) - back])
    return Stretch(start, stretch.end, days)


def _usual_shifts(rows: Sequence[Row], begin: date, last: date) -> dict[date, Spans]:
    """The shifts of each date, one more at either end; a night is that of the date on which it begins."""
    by_clock = clock_hours(rows, begin, last)
    found = whole_shifts(by_clock, ())
    often = Counter(span for spans in found.values() for span in spans)
    return whole_shifts(by_clock, [span for span in often if often[span] > 1 and not _is_of_two(span, often)])


def _is_of_two(span: Span, often: Mapping[Span, int]) -> bool:
    """Whether hours over a midnight are rather two shifts that meet there, each worked more often."""
    start, end = span
    halves = (start, DAY_MINUTES), (0, end - DAY_MINUTES)
    return end > DAY_MINUTES and all(often.get(half, 0) > often[span] for half in halves)


def clock_hours(rows: Sequence[Row], begin: date, last: date) -> dict[date, Spans]:
    """What rows say of each date from midnight to midnight, one more at either end."""
    hours = {begin + DAY * place: () for place in range(-1, (last - begin).days + 2)}
    found: dict[date, Spans] = {**hours}
    for row in rows:
        period = restrict(row.period)
        day = max(period.start, begin - DAY)
        while day <= min(period.end or last + DAY, last + DAY):
            found[day] = period.week.get(day.isoweekday(), ())
            day += DAY
    return found


def whole_shifts(by_clock: Days, known: Collection[Span]) -> dict[date, Spans]:
    """The shifts of dates that follow each other: what ends at a midnight and goes on from it is one.

    known: the shifts there are. What is none of them and begins or ends with one is that and
    another; two that meet at the midnight are two.
    """
    found = dict(by_clock)
    for day in sorted(found):
        night, morning = found[day], found.get(day + DAY, ())
        if (
            night
            and morning
            and _is_one(night[-1], morning[0])
            and not _are_two(night[-1], morning[0], known)
        ):
            (begin, _), (_, end) = night[-1], morning[0]
            tail = _ends(begin, end, known)
            found[day] = (*night[:-1], (begin, DAY_MINUTES + tail))
            found[day + DAY] = (*([(tail, end)] if tail < end else ()), *morning[1:])
    return found


def _ends(begin: int, end: int, known: Collection[Span]) -> int:
    """When on the next date a night ends that could be another shift from then to `end` as well."""
    nights = {over - DAY_MINUTES for start, over in known if start == begin}
    shifts = {start for start, over in known if over == end}
    if end in nights:
        return end
    return max((at for at in nights & shifts or nights | shifts if 0 < at < end), default=end)


def _is_one(night: tuple[int, int], morning: tuple[int, int]) -> bool:
    """Whether hours to midnight and from there on are one shift, of less than a day."""
    whole = (0, DAY_MINUTES) in (night, morning)
    return night[1] == DAY_MINUTES and morning[0] == 0 and morning[1] < night[0] and not whole


def _are_two(night: Span, morning: Span, known: Collection[Span]) -> bool:
    whole = (night[0], DAY_MINUTES + morning[1])
    return night in known and morning in known and whole not in known


def _without_a_night_before(days: Days, begin: date, running: bool) -> Days:
    """Without what a date that is past has only as the end of a night before it."""
    spans = days[begin]
    if running and spans and spans[0][0] == 0 and days.get(begin + WEEK) == spans[1:]:
        return {**days, begin: spans[1:]}
    return days


def _repeated(days: Sequence[Spans], begin: date) -> list[Stretch]:
    """Cut dates into as long stretches as repeat."""
    found, at = list[Stretch](), 0
    while at < len(days):
        length, lasts = _longest(days, at)
        start = begin + DAY * at
        found.append(Stretch(start, start + DAY * (lasts - 1), tuple(days[at : at + min(length, lasts)])))
        at += lasts
    return found


def _longest(days: Sequence[Spans], at: int) -> tuple[int, int]:
    """After how many days what begins here repeats, and how many days it lasts."""
    best = 7, repeats(days, at, 7)
    if at + best[1] == len(days):
        return best
    if best[1] == 7 and repeats(days, at + 1, 7) >= TWICE * 7:
        best = 1, 1  # a first day that is its own
    return longest(days, at, LENGTHS, best)


def shifts_on(stretches: Sequence[Stretch], day: date) -> Spans:
    """What somebody works on a date."""
    found = (each for each in stretches if each.start <= day and (each.end is None or day <= each.end))
    return next((each.on(day) for each in found), ())
