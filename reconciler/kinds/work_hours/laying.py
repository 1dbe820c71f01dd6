"""What is laid over people's own lists, and where layers run into each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from reconciler.dates.grammar import span_said
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.work_hours.entries import written_until
from reconciler.kinds.work_hours.layers import Clash, Layer, Statement
from reconciler.kinds.work_hours.periods import DAY, EVERY_DAY, Period, replaced
from reconciler.kinds.work_hours.rosters import Sheet, sheets_of
from reconciler.kinds.work_hours.shifts import DayCalendar
from reconciler.kinds.work_hours.swaps import swapped, swaps_of
from reconciler.model import Source

OFF = dict.fromkeys(EVERY_DAY, ())
Stretch = tuple[date, date]


def laid_over(calendars: Mapping[str, DayCalendar], context: Context) -> dict[str, DayCalendar]:
    """Lay what isn't in people's own lists over those, by username; problems go to the findings."""
    sheets, swaps = sheets_of(calendars, context), swaps_of(calendars, context)
    spoken = [each.last for calendar in calendars.values() for each in calendar.statements]
    spoken += [swap.days[-1] for swap in swaps if swap.days]
    until = max([written_until(context), *spoken])
    found = {
        name: _over(name, calendar, sheets.get(name, ()), until, context)
        for name, calendar in calendars.items()
    }
    found = swapped(found, swaps, context)
    for calendar in found.values():
        _warn_of_clashes(calendar, context)
    return found


def _over(
    name: str, calendar: DayCalendar, sheets: Sequence[Sheet], until: date, context: Context
) -> DayCalendar:
    """Somebody's closures and sheets. until: the last date of which anything speaks; public holidays are
    known for ever."""
    if calendar.usual is None:
        return calendar
    closures = () if calendar.is_bare else tuple(_closures(name, sheets, until, context))
    if not (closures or sheets):
        return calendar
    weeks = (week for sheet in sheets for week in sheet.weeks())
    return replace(
        calendar,
        usual=tuple(replaced(calendar.usual, weeks)),
        statements=(*closures, *calendar.statements),
        origins=(*calendar.origins, *(sheet.origin for sheet in sheets)),
    )


def _closures(name: str, sheets: Iterable[Sheet], until: date, context: Context) -> Iterator[Statement]:
    """What closes dates of somebody that are on no sheet."""
    taken: list[Stretch] = [(sheet.first, sheet.last) for sheet in sheets]
    for each in context.closures.of(name, context.now.date() - timedelta(days=8), until):
        written = written_until(context) if each.rolls else date.max
        for first, last in _left(each.first, each.last, taken):
            period = Period(first, last, OFF)
            yield Statement(Layer.CLOSURE, each.name, (period,), each.source, each.why, written)
        taken.append((each.first, each.last))


def _left(first: date, last: date, taken: Iterable[Stretch]) -> Iterator[Stretch]:
    """What of a stretch of dates is in none of the others."""
    for begin, end in sorted(taken):
        if first < begin <= last:
            yield first, begin - DAY
        if begin <= last:
            first = max(first, end + DAY)
    if first <= last:
        yield first, last


def _warn_of_clashes(calendar: DayCalendar, context: Context) -> None:
    """Say where a night runs into what another layer or period says of the next date; once for each place."""
    told = set[Source]()
    for clash in calendar.clashes():
        place = _place(clash, calendar)
        if place and place not in told:
            told.add(place)
            night, morning = span_said(clash.night), span_said(clash.morning)
            one, other = _names(clash)
            said = f"{night} on {clash.day - DAY}{one} runs into {morning} on {clash.day}{other}"
            context.findings.warn(place, f"{said}: they are worked as one", Mistake.NIGHT_RUNS_INTO_HOURS)


def _names(clash: Clash) -> tuple[str, str]:
    """How the two are called, where it takes more than their dates to tell."""
    both = clash.before, clash.after
    if all(each is None or each.layer is Layer.OVERRIDE for each in both):
        return "", ""
    one, other = (f" ({each.name})" if each else "" for each in both)
    return one, other


def _place(clash: Clash, calendar: DayCalendar) -> Source | None:
    """Where the later of the two is written, or what of them is none of the usual hours."""
    statement = clash.after or clash.before
    if statement:
        return statement.source
    origin = calendar.origin(clash.day, clash.day)
    return origin and origin.source
