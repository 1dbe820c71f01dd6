"""Rotations, by name or as they stand in a period: which hours each date has, for one person. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from reconciler.dates.grammar import date_of, length_of
from reconciler.dates.hours import Shifts, cycle_of, week_of
from reconciler.dates.week import monday_of
from reconciler.errors.mistakes import Mistake
from reconciler.errors.nearest import did_you_mean
from reconciler.kinds import Context
from reconciler.kinds.work_hours.periods import Turns
from reconciler.model import Text
from reconciler.model.spec import HoursSpec, NamedRotation, Week


def turns_of(spec: HoursSpec, context: Context) -> Turns | None:
    """What a period's `rotation` and `offset` say; None where the rotation of that name isn't there."""
    rotation = spec["rotation"]
    if not isinstance(rotation, Text):
        if "offset" in spec:
            message = "`offset` goes with the name of a `rotation`: write another `starts`, or name this one"
            context.findings.error(spec["offset"].source, f"{message} under `rotations:`", Mistake.OFFSET)
        return _of_weeks(rotation["weeks"], rotation["starts"], context.environment.shifts)
    named = _named(rotation, context)
    if named is None:
        return None
    later = _later(spec["offset"], "weeks" in named, context) if "offset" in spec else timedelta(0)
    turns = turns_named(named, context.environment.shifts)
    return turns._replace(first=turns.first + later)


def turns_named(named: NamedRotation, shifts: Shifts) -> Turns:
    """What a rotation with a name says, for whoever has it without an offset."""
    if "weeks" in named:
        return _of_weeks(named["weeks"], named["starts"], shifts)
    return Turns(cycle_of(named["cycle"], shifts), date_of(named["starts"]))


def _of_weeks(weeks: Iterable[Week], starts: str, shifts: Shifts) -> Turns:
    """Weeks run from Monday to Sunday: the first is the one in which `starts` lies."""
    read = (week_of(week, shifts, again=False) for week in weeks)
    return Turns([week.get(day, ()) for week in read for day in range(1, 8)], monday_of(date_of(starts)))


def _named(name: Text, context: Context) -> NamedRotation | None:
    if name in context.rotations or not context.whole:
        return context.rotations.get(name)
    known = ", ".join(sorted(context.rotations))
    hint = did_you_mean(name, context.rotations, f"those are {known}" if known else "none is declared")
    context.findings.error(name.source, f"no rotation is called `{name}`{hint}", Mistake.UNKNOWN_ROTATION)
    return None


def _later(offset: Text, weekly: bool, context: Context) -> timedelta:
    days, rest = length_of(offset)
    if rest or (weekly and days.days % 7):
        unit = "weeks, `1 week`" if weekly else "days, `2 days`"
        message = f"`offset: {offset}` lies between two turns: write whole {unit}"
        context.findings.error(offset.source, message, Mistake.OFFSET)
    return days
