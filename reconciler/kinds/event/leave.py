"""`leave:`, an entry a person -> LEAVE events, of whole days or of hours, whatever the horizon. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from reconciler.dates.grammar import range_of, span_of, span_said
from reconciler.dates.zones import gap_or_fold, wall_to_instant, wall_to_instants, zone_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.event.marks import LEAVES, mark_for
from reconciler.kinds.event.moments import LAST_INSTANT, midnight
from reconciler.kinds.event.occurrence import LEAVE, Occurrence, key_of, timed
from reconciler.model import Key, Manifest, Ref, Source, Text
from reconciler.model.spec import AbsenceSpec, LeaveSpec, entries_of
from reconciler.model.when import Stretch, stretches_in
from reconciler.routes import stamp

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
KEEP_ONE = "leave one of the two out, or write other hours"


class Absence(NamedTuple):
    """One leave: whole days, or hours that begin on a date.

    wall: when it begins, by the person's clock. start, end: aware, from and up to when it is.
    whole: it lasts from midnight to midnight. said: its time as it is written.
    """

    wall: datetime
    start: datetime
    end: datetime
    whole: bool
    said: str
    source: Source
    title: str
    why: str


def expand_leave(manifest: Manifest, context: Context) -> Iterator[Occurrence]:
    """Expand one person's leave, by the clock of the person's zone."""
    zone = zone_of(context.zone_name(manifest.name))
    series = leave_series(manifest.name)
    found = [*_apart(_absences(cast(LeaveSpec, manifest.spec), zone, context), context)]
    plain = {wall.date(): wall for wall in sorted((each.wall for each in found), reverse=True)}
    for each in found:
        day = str(each.wall.date())
        occurrence = day if plain[each.wall.date()] == each.wall else timed(each.wall)
        key = key_of(series, occurrence)
        yield Occurrence(
            key, _fields(each, manifest.name, mark_for(context.environment.owner, key)), each.source,
            series=series, occurrence=occurrence, wall=each.wall, start=each.start, once=True, why=each.why,
        )  # fmt: skip


def leave_series(username: str) -> str:
    """The series that a person's leave makes up."""
    return f"{LEAVES}{username}"


def _fields(each: Absence, username: str, mark: str) -> dict[str, Any]:
    return {
        "eventTitle": each.title,
        "eventType": "LEAVE",
        # Of hours it is known as a leave by its mark: any other event of this type is past once it has begun.
        **({"allDayEvent": True} if each.whole else {"externalId": mark}),
        "startDateTime": stamp(each.start),
        "endDateTime": stamp(each.end - LAST_INSTANT if each.whole else each.end),
        "hostId": Ref(Key("user", username)),
    }


def _absences(spec: LeaveSpec, zone: ZoneInfo, context: Context) -> Iterator[Absence]:
    """All that an entry says, in the order in which it is written."""
    for each in entries_of(spec):
        if isinstance(each, Text):
            yield _of_days(Stretch(*range_of(each), each.source), {}, zone)
            continue
        for stretch in stretches_in(each, context.findings):
            if "between" in each:
                yield from _of_hours(stretch, each, zone, context)
            else:
                yield _of_days(stretch, each, zone)


def _of_days(stretch: Stretch, spec: AbsenceSpec, zone: ZoneInfo) -> Absence:
    first, last, source = stretch
    start, end = (wall_to_instant(midnight(day), zone) for day in (first, last + DAY))
    said = f"{first}..{last}" if first < last else str(first)
    return Absence(midnight(first), start, end, True, said, source, *_said(spec))


def _of_hours(stretch: Stretch, spec: AbsenceSpec, zone: ZoneInfo, context: Context) -> Iterator[Absence]:
    """One each date; it is whenever the clock shows these hours."""
    span = span_of(spec["between"])
    for step in range((stretch.last - stretch.first).days + 1):
        day = stretch.first + DAY * step
        begins, over = (midnight(day) + MINUTE * minutes for minutes in span)
        start, end = _shown(begins, zone)[0], _shown(over, zone)[1]
        if start < end:
            said = f"{day} {span_said(span)}"
            yield Absence(begins, start, end, False, said, stretch.source, *_said(spec))
        else:
            lost = f"{day} has no {span_said(span)} in {zone.key} (the clocks are put forward)"
            context.findings.error(spec["between"].source, f"{lost}: choose another time", Mistake.CLOCK_GAP)


def _shown(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a clock shows a time first and last; one that is left out, when it is put forward."""
    while gap_or_fold(wall, zone) == "gap":
        wall += MINUTE
    return wall_to_instants(wall, zone)


def _said(spec: AbsenceSpec) -> tuple[str, str]:
    return str(spec.get("title", LEAVE)), str(spec.get("reason", ""))


def _apart(found: Iterable[Absence], context: Context) -> Iterator[Absence]:
    """Nobody is on leave twice: said of whatever is written later, which is left out."""
    taken = list[Absence]()  # apart from each other, ascending
    for each in found:
        first = bisect_right(taken, each.start, key=lambda other: other.end)
        beyond = bisect_left(taken, each.end, key=lambda other: other.start)
        met = taken[first:beyond]
        if met:
            advice = "write one range" if each.whole and all(other.whole for other in met) else KEEP_ONE
            context.findings.error(
                each.source, f"`{each.said}` overlaps another leave: {advice}", Mistake.LEAVE_OVERLAPS
            )
        else:
            yield each
        start, end = min(one.start for one in (each, *met)), max(one.end for one in (each, *met))
        taken[first:beyond] = [each._replace(start=start, end=end)]
