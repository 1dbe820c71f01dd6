"""How long an occurrence lasts: along the wall, then exactly. Pure.

Days and weeks are lengths of the calendar, as is what lies between a start and a declared end: a duty from
nine to nine is an hour longer when the clocks go back. Hours and minutes are exact (RFC 5545 3.3.6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from reconciler.dates.grammar import clock_of, duration_of, length_of, local_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.event.moments import midnight, wall_of
from reconciler.model import Text
from reconciler.model.spec import ChangeSpec, EventSpec

DAY = timedelta(days=1)


class Length(NamedTuple):
    """First so far along the wall clock, then so long exactly; one of the two may be nothing."""

    wall: timedelta
    exact: timedelta = timedelta(0)

    @property
    def total(self) -> timedelta:
        """As a day of 24 hours has it."""
        return self.wall + self.exact


def read_length(
    spec: EventSpec | ChangeSpec, start: datetime, all_day: bool, context: Context
) -> Length | None:
    """What `duration` or `ends` says of an occurrence that starts then; None, with an error, for nonsense."""
    if "duration" in spec and "ends" in spec:
        context.findings.error(
            spec["ends"].source, "`ends` and `duration` say the same: keep one", Mistake.EXCLUDE_EACH_OTHER
        )
    elif "duration" in spec:
        length = Length(*length_of(spec["duration"]))
        if not all_day or not length.total % DAY:
            return Length(length.total) if all_day else length
        message = f"`{spec['duration']}`: an all-day event lasts whole days"
        context.findings.error(spec["duration"].source, message, Mistake.LENGTH)
    elif "ends" in spec:
        end = _end_of(spec["ends"], start) if fits(spec["ends"], "ends on", all_day, context) else None
        if end and end > start:
            return Length(end - start)
        if end:
            context.findings.error(
                spec["ends"].source, f"`ends` ({spec['ends']}) is not after `starts`", Mistake.LENGTH
            )
    elif all_day:
        return Length(DAY)
    return None


def fits(text: Text, does: str, all_day: bool, context: Context) -> bool:
    """Whether a moment is of a day where whole days are meant, and has a time where they are not."""
    if all_day != (":" in text):
        return True
    if all_day:
        context.findings.error(
            text.source, f"`{text}`: an all-day event {does} a date, without a time", Mistake.WHOLE_DAYS
        )
    else:
        advice = f"write {text}T09:00, or `allDay: true` beside it"
        context.findings.error(text.source, f"`{text}`: the time is missing: {advice}", Mistake.WHOLE_DAYS)
    return False


def is_clock(text: str) -> bool:
    return ":" in text and "T" not in text


def looked_from(spec: EventSpec, length: Length, since: datetime) -> datetime:
    """The earliest start on the wall of an occurrence that may go on at `since`: what has begun before shows,
    too, and what `change` puts there."""
    changed = (wall_of(text) for text, change in _changes(spec) if _latest(text, change, length) > since)
    return min([since - length.total, *changed])


def _changes(spec: EventSpec) -> Iterator[tuple[Text, ChangeSpec]]:
    for text, change in spec.get("change", {}).items():
        if isinstance(change, Mapping) and change.keys() & {"starts", "ends", "duration"}:
            yield text, change


def _latest(text: str, change: ChangeSpec, length: Length) -> datetime:
    """No changed occurrence ends later than this."""
    start = change.get("starts", text)
    begins = midnight(_date(text if is_clock(start) else start)) + DAY
    if "ends" in change and not is_clock(change["ends"]):
        return midnight(_date(change["ends"])) + DAY
    return begins + (duration_of(change["duration"]) if "duration" in change else length.total)


def _date(text: str) -> date:
    return wall_of(text).date()


def _end_of(text: str, start: datetime) -> datetime:
    """The first moment after the end, on the wall: a clock before the start means the day after."""
    if is_clock(text):
        end = midnight(start.date()) + timedelta(minutes=clock_of(text))
        return end + DAY if end < start else end
    local = local_of(text)
    return local if isinstance(local, datetime) else midnight(local + DAY)
