"""What is live of a person's hours, date by date, nights whole again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, Span, Spans, unite
from reconciler.kinds.work_hours.rows import past, row_of
from reconciler.kinds.work_hours.shifts import DayCalendar, dates
from reconciler.model.typed import HoursRow


def coming(rows: Iterable[HoursRow], today: date) -> list[Row]:
    """The rows that aren't past, those of usual hours first."""
    found = [row_of(row) for row in rows if not past(row, today)]
    return sorted(found, key=lambda row: (row.days_off, row.period.start))


def live_shifts(rows: Iterable[Row], first: date, last: date, declared: DayCalendar) -> dict[date, Spans]:
    """The shifts of each date from one to another, nights whole again as far as the declared ones don't part
    them."""
    rows = list(rows)
    found = {day: _hours_on(day, rows) for day in dates(first - DAY, last + 2 * DAY)}
    for day in dates(first - DAY, last + DAY):
        night, morning = found[day], found[day + DAY]
        parted = any(start == 0 and end < DAY_MINUTES for start, end in declared.shifts(day + DAY))
        if night and morning and night[-1][1] == DAY_MINUTES and morning[0][0] == 0 and not parted:
            whole = (0, DAY_MINUTES) in (night[-1], morning[0])
            until = _end_of_night(morning[0], declared.shifts(day), declared.shifts(day + DAY))
            if not whole and until <= night[-1][0]:
                found[day] = (*night[:-1], (night[-1][0], DAY_MINUTES + until))
                left = [(until, morning[0][1])] if until < morning[0][1] else []
                found[day + DAY] = (*left, *morning[1:])
    said = {day: declared.shifts(day) for day in found}
    return {day: said[day] if unite(said[day]) == spans else spans for day, spans in found.items()}


def _end_of_night(morning: Span, before: Spans, after: Spans) -> int:
    """When a night ends that a shift of the next date follows at once: as is declared of either."""
    ends = [end - DAY_MINUTES for _, end in before if 0 < end - DAY_MINUTES < morning[1]]
    ends += [start for start, end in after if start > 0 and end == morning[1]]
    return next(iter(ends), morning[1])


def _hours_on(day: date, rows: Iterable[Row]) -> Spans:
    """By the clock: what an override states, else all that usual hours say."""
    spoken = [row for row in rows if row.period.covers(day) and day.isoweekday() in row.period.week]
    stated = [row for row in spoken if row.days_off][-1:]
    return unite(tuple(span for row in stated or spoken for span in row.period.week[day.isoweekday()]))


def hours_by_weekday(hours: Mapping[date, Spans]) -> dict[int, Spans] | None:
    """What the dates say by weekday; None where a weekday isn't the same on all of its dates."""
    found = dict[int, Spans]()
    same = all(found.setdefault(day.isoweekday(), spans) == spans for day, spans in hours.items())
    return found if same else None
