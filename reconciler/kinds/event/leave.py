"""`leave:`, one line a person -> all-day LEAVE events, whatever the horizon. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import cast

from reconciler.dates.grammar import dates_between, range_of
from reconciler.dates.zones import wall_to_instant, zone_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.event.freetext import LEAVE
from reconciler.kinds.event.moments import LAST_INSTANT, midnight
from reconciler.kinds.event.occurrence import Occurrence, key_of
from reconciler.model import Key, Manifest, Ref, Text
from reconciler.model.spec import LeaveSpec
from reconciler.routes import stamp

DAY = timedelta(days=1)
LEAVES = "leave-"  # of the names of series


def expand_leave(manifest: Manifest, context: Context) -> Iterator[Occurrence]:
    """Expand one person's leave, from midnight to midnight in the person's zone."""
    zone = zone_of(context.zone_name(manifest.name))
    series = leave_series(manifest.name)
    spec = cast(LeaveSpec, manifest.spec)
    texts = [spec] if isinstance(spec, Text) else spec
    days = set[date]()
    for text in texts:
        first, last = range_of(text)
        if not days.isdisjoint(dates_between(first, last)):
            context.findings.error(
                text.source, f"`{text}` overlaps another leave: write one range", Mistake.LEAVE_OVERLAPS
            )
        days |= dates_between(first, last)
        start, end = (wall_to_instant(midnight(day), zone) for day in (first, last + DAY))
        fields = {
            "eventTitle": LEAVE,
            "eventType": "LEAVE",
            "allDayEvent": True,
            "startDateTime": stamp(start),
            "endDateTime": stamp(end - LAST_INSTANT),
            "hostId": Ref(Key("user", manifest.name)),
        }
        yield Occurrence(
            key_of(series, str(first)), fields, text.source,
            series=series, occurrence=str(first), wall=midnight(first), start=start, once=True,
        )  # fmt: skip


def leave_series(username: str) -> str:
    """The series that a person's leave makes up."""
    return f"{LEAVES}{username}"
