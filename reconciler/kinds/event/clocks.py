"""When an event is, in words: its day and clock in a reader's zone, or its whole days. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from reconciler.dates.said import day_said, span_said

DAY, LAST_INSTANT = timedelta(days=1), timedelta(milliseconds=1)


class When(NamedTuple):
    """first, last: the days; clock: from when to when, or `all day`."""

    first: date
    last: date
    clock: str


def when_of(fields: Mapping[str, Any], zone: tzinfo) -> When | None:
    """When an event is whose fields these are; None where they don't say."""
    start, end = fields.get("startDateTime"), fields.get("endDateTime")
    if not start or not end:
        return None
    if fields.get("allDayEvent"):
        return When(_whole(start, ends=False), _whole(end, ends=True), "all day")
    begin, over = (datetime.fromisoformat(text).astimezone(zone) for text in (start, end))
    last = (over - LAST_INSTANT).date() if over > begin else over.date()
    if over - begin < DAY:
        return When(begin.date(), begin.date(), f"{begin:%H:%M}-{over:%H:%M}")
    return When(begin.date(), last, f"{begin:%H:%M} – {over:%a %H:%M}")


def when_said(when: When, today: date) -> str:
    """`Tue 8 Dec 12:00-12:45`; of whole days `Mon 21 Dec – Sat 2 Jan 2027`."""
    if when.clock == "all day":
        return span_said(when.first, when.last, today)
    return f"{day_said(when.first, today)} {when.clock}"


def _whole(text: str, ends: bool) -> date:
    """The day that begins, or ends, at a midnight of whatever zone from Hawaii to New Zealand."""
    instant = datetime.fromisoformat(text)
    return (instant + timedelta(hours=13.5) - (DAY - LAST_INSTANT if ends else timedelta())).date()
