"""What the service has of events, as a part of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reconciler.kinds.event.marks import mark_of
from reconciler.model import Part
from reconciler.model.typed import Event, JsonObject

Marks = Literal["externalId", "remarks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Events(Part):
    """found: events of the windows read, cancelled ones included.

    marks: where this service's events keep our mark; None where no event was there to tell.
    """

    found: Sequence[Event] = ()
    marks: Marks | None = None


def where(events: Sequence[JsonObject]) -> Marks | None:
    """Where this service keeps a mark, told by its events; None if they don't tell.

    An `externalId` that is null everywhere tells nothing: none that was kept is recorded.
    """
    if any(event.get("externalId") for event in events):
        return "externalId"
    lost = any(mark_of(event) for event in events) or not any("externalId" in event for event in events)
    return "remarks" if events and lost else None
