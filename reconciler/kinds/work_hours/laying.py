"""What is laid over people's own lists, and where layers run into each other. Pure."""

from __future__ import annotations

from reconciler.dates.grammar import span_said
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.work_hours.periods import DAY
from reconciler.kinds.work_hours.shifts import Clash, DayCalendar
from reconciler.model import Source


def warn_of_clashes(calendar: DayCalendar, context: Context) -> None:
    """Say where a night runs into what another layer or period says of the next date; once for each place."""
    told = set[Source]()
    for clash in calendar.clashes():
        place = _place(clash, calendar)
        if place and place not in told:
            told.add(place)
            night, morning = span_said(clash.night), span_said(clash.morning)
            said = f"{night} on {clash.day - DAY} runs into {morning} on {clash.day}"
            context.findings.warn(place, f"{said}: they are worked as one", Mistake.NIGHT_RUNS_INTO_HOURS)


def _place(clash: Clash, calendar: DayCalendar) -> Source | None:
    """Where the later of the two is written, or what of them is none of the usual hours."""
    statement = clash.after or clash.before
    if statement:
        return statement.source
    origin = calendar.origin(clash.day, clash.day)
    return origin and origin.source
