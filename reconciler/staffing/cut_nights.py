"""Nights that a leave of whole days cuts at midnight: said as warnings, with what to write. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from reconciler.dates.grammar import DAY as MINUTES
from reconciler.dates.grammar import Span, span_said
from reconciler.dates.zones import zone_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.event.leave import leave_series
from reconciler.kinds.event.marks import LEAVES
from reconciler.kinds.event.occurrence import Occurrence, instant
from reconciler.kinds.work_hours.shifts import SHIFTS, DayCalendar
from reconciler.model import Desired, Source

DAY = timedelta(days=1)


class Away(NamedTuple):
    """One leave, from an instant up to another; of whole days its first and last date."""

    start: datetime
    end: datetime
    days: tuple[date, date] | None
    source: Source


def warn_of_cut_nights(desired: Sequence[Desired], context: Context) -> None:
    """Say where somebody's leave begins or ends within a night of theirs."""
    leaves = defaultdict[str, list[Away]](list)
    for wish in desired:
        if isinstance(wish, Occurrence) and wish.series.startswith(LEAVES):
            name = wish.fields["hostId"].key.name
            if wish.series == leave_series(name):
                leaves[name].append(_away(wish, context.zone_name(name)))
    for wish in desired if leaves else ():
        if SHIFTS in wish.fields and wish.key.name in leaves:
            for source, message in _cuts(leaves[wish.key.name], wish.fields[SHIFTS], context.now):
                context.findings.warn(source, message, Mistake.LEAVE_CUTS_NIGHT)


def _away(leave: Occurrence, zone: str) -> Away:
    end = instant(leave.fields["endDateTime"])
    if not leave.fields.get("allDayEvent"):
        return Away(leave.start, end, None, leave.source)
    first, last = (at.astimezone(zone_of(zone)).date() for at in (leave.start, end))
    return Away(leave.start, end + timedelta(milliseconds=1), (first, last), leave.source)


def _cuts(leaves: Sequence[Away], hours: DayCalendar, now: datetime) -> Iterator[tuple[Source, str]]:
    for start, end, days, source in leaves:
        if days is None or end <= now:
            continue
        first, last = days
        begins = not any(other.start < start <= other.end for other in leaves)
        night = _night(first - DAY, hours) if begins and start > now else None
        if night:
            rest = f"`{first + DAY}..{last}`" if first + DAY < last else f"`{last}`" if first < last else ""
            written = f"`{{on: {first}, between: {span_said((night[1] - MINUTES, MINUTES))}}}`"
            said = " and ".join(filter(None, (written, rest)))
            yield source, f"{_cut(first - DAY, night)}: to have it worked to its end, write {said}"
        ends = not any(other.start <= end < other.end for other in leaves)
        night = _night(last, hours) if ends else None
        if night:
            written = f"`{{on: {last + DAY}, between: {span_said((0, night[1] - MINUTES))}}}`"
            yield source, f"{_cut(last, night)}: to be off for all of it, add {written}"


def _night(day: date, hours: DayCalendar) -> Span | None:
    """The shift that begins on a date and ends on the next."""
    return next((span for span in hours.shifts(day) if span[1] > MINUTES), None)


def _cut(day: date, night: Span) -> str:
    return f"this leave cuts the night of {day}, {span_said(night)}, at midnight"
