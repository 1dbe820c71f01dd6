"""What of a series needs no comparing any more: others of it were, and it equals them as it came. Pure."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

from reconciler.kinds.event.fields import TIMES, Fields
from reconciler.kinds.event.marks import mark_for
from reconciler.kinds.event.occurrence import Occurrence

_PERSON, _SPAN = itemgetter("participantId", "participantRole"), itemgetter(*TIMES)


class Proven(NamedTuple):
    """A wish and its event that were compared and are the same, to the letter in their times and mark.

    Others of the series that equal them, as they came, need no comparing: they can only be the same, too.
    """

    wish: Occurrence
    told: Callable[[Fields], Any]  # what a wish says, of its fields
    wished: Any
    judged: Callable[[Fields], Any]  # what an event has there, as it came
    raw: Any
    people: list[tuple[str, str]]

    @classmethod
    def of(cls, wish: Occurrence, event: Fields, owner: str) -> Proven | None:
        """What to hold others against; None where the service leaves out one of the fields."""
        said = wish.fields.keys() - set(TIMES)
        names = (*(said - {"participants"}), "eventStatus", "eventType")
        if not event.keys() >= {*names, "externalId"} or not _to_the_letter(wish, event, owner):
            return None
        told, judged = itemgetter(*said), itemgetter(*names)
        return cls(wish, told, told(wish.fields), judged, judged(event), _people(event))

    def covers(self, wish: Occurrence, event: Fields, owner: str) -> bool:
        """Whether this wish and its event are the same; asked of each occurrence there is."""
        fields, proven = wish.fields, self.wish
        try:
            return (
                _to_the_letter(wish, event, owner)
                and self.raw == self.judged(event)
                and self.wished == self.told(fields)
                and self.people == _people(event)
                and len(fields) == len(proven.fields)
                and (wish.cancelled, wish.restore) == (proven.cancelled, proven.restore)
            )
        except KeyError:
            return False


def _to_the_letter(wish: Occurrence, event: Fields, owner: str) -> bool:
    """Whether an event, not of whole days, has its times and its mark spelled as wished."""
    spelled = _SPAN(event) == _SPAN(wish.fields) and event["externalId"] == mark_for(owner, wish.key)
    return spelled and not (event.get("allDayEvent") or "allDayEvent" in wish.fields)


def _people(event: Fields) -> list[tuple[str, str]]:
    return list(map(_PERSON, event.get("participants") or ()))
