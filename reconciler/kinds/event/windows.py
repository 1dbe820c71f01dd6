"""Where live events are looked for: what the manifests speak of, and where people may have put it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from reconciler.kinds import BEYOND, Context
from reconciler.kinds.event.identity import due
from reconciler.kinds.event.marks import mark_for, mark_of
from reconciler.kinds.event.occurrence import Occurrence, is_leave, past
from reconciler.model import Window
from reconciler.model.typed import JsonObject

PUT_OFF = timedelta(days=92)  # how far off people's doing is looked for, where something is missing


def windows_beyond(wishes: Iterable[Occurrence], context: Context) -> tuple[list[Window], list[Window]]:
    """Where events are looked for before and after the common window: as far as the farthest single event.

    Read without a gap and a month beyond, so that a single event that was moved is found where it is; and
    from the beginning of a leave that lasts, however long ago that was.
    """
    once = [wish for wish in wishes if wish.once]
    ends = [datetime.fromisoformat(wish.fields["endDateTime"]) + BEYOND for wish in once]
    absences = [wish.start for wish in once if is_leave(wish.fields) and not past(wish.fields, context.now)]
    begin = min(absences, default=context.now) - timedelta(days=1)
    end = max(ends, default=context.now)
    window = context.window
    return (
        [Window(begin, window.start)] if begin < window.start else [],
        [Window(window.end, end)] if end > window.end else [],
    )


def windows_elsewhere(
    wishes: Sequence[Occurrence], found: Sequence[JsonObject], context: Context
) -> list[Window]:
    """Where else an occurrence may be that is missing though later ones of its series are there.

    People may have brought it forward and held it since, or put it off for months: not seeing it there would
    make it a second time.
    """
    marks = {event.get("externalId") or str(mark_of(event)) for event in found}
    expected = {mark_for(context.environment.owner, wish.key): wish for wish in wishes}
    missing = [expected[mark] for mark in expected.keys() - marks if due(expected[mark], context)]
    first = {wish.series: wish.start for wish in sorted(missing, key=lambda wish: wish.start, reverse=True)}
    there = [expected[mark] for mark in expected.keys() & marks] if first else []
    if any(wish.start > first.get(wish.series, wish.start) for wish in there):
        begin, end = context.window.start, context.window.end
        before = context.now - max(context.environment.horizon, PUT_OFF)
        return [Window(before, begin), Window(end, end + PUT_OFF)]
    return []


def joined_windows(windows: Iterable[Window], apart: timedelta = timedelta()) -> Iterator[Window]:
    """The windows ascending; as one, together with what lies between, those no farther `apart`."""
    last: Window | None = None
    for window in sorted(windows, key=lambda window: window.start):
        if last and window.start <= last.end + apart:
            last = Window(last.start, max(last.end, window.end))
            continue
        if last:
            yield last
        last = window
    if last:
        yield last


def gaps(window: Window, read: Iterable[Window]) -> list[Window]:
    """What of a window lies in none of those that were read."""
    found, start = list[Window](), window.start
    for each in joined_windows(read):
        if start < each.start and start < window.end:
            found.append(Window(start, min(each.start, window.end)))
        start = max(start, each.end)
    return [*found, Window(start, window.end)] if start < window.end else found
