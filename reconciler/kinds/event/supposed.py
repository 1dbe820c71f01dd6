"""Events of a service that nobody has asked: those that manifests would have made, as it would show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from reconciler.kinds import Context, settled, supposed_id
from reconciler.kinds.event.fields import starts
from reconciler.kinds.event.occurrence import Occurrence, instant
from reconciler.kinds.event.part import Events, where
from reconciler.kinds.event.reads import KEPT
from reconciler.kinds.event.windows import windows_beyond, windows_elsewhere
from reconciler.model import Change, Desired, Window
from reconciler.model.typed import Event, JsonObject
from reconciler.routes import stamp


def events_after(changes: Iterable[Change], part: Events, author: str, context: Context) -> Events:
    """The events with those that changes create; `author` is who writes them."""
    at = stamp(context.now)
    by = {"createdAt": at, "createdBy": author, "updatedAt": at, "updatedBy": author}
    made = [_event(change, by) for change in changes if change.request and change.live_id is None]
    found = (*part.found, *made)
    return Events(found=found, marks=where(found))


def events_in_sight(part: Events, wishes: Sequence[Desired], context: Context) -> Events:
    """Those of the events that planning these wishes would read."""
    wished = [wish for wish in wishes if isinstance(wish, Occurrence)]
    earlier, later = windows_beyond(wished, context)
    windows = [*earlier, context.window, *later]
    seen = list(_within(part.found, windows))
    windows += windows_elsewhere(wished, cast(Sequence[JsonObject], seen), context)
    found = tuple(_within(part.found, windows))
    return Events(found=found, marks=where(found))


def _event(change: Change, by: JsonObject) -> Event:
    body = cast(JsonObject, settled(change.request.body if change.request else {}))
    shown = {**dict.fromkeys(KEPT), "allDayEvent": False, "participants": [], **body, **by}
    return cast(Event, shown | {"id": supposed_id(change.key)})


def _within(events: Iterable[Event], windows: Sequence[Window]) -> Iterator[Event]:
    """By start, those that lie in one of the windows, if only with a part."""
    for event in sorted(events, key=starts):
        start, end = starts(event), instant(event["endDateTime"])
        if any(start <= window.end and end >= window.start for window in windows):
            yield event
