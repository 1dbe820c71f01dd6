"""What becomes of the events of those who are to be gone: who stays in them, when a leave ends. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reconciler import routes
from reconciler.dates.zones import wall_to_instant, zone_of
from reconciler.diff import diff
from reconciler.kinds import Context, Known
from reconciler.kinds.event.bodies import request_of
from reconciler.kinds.event.fields import Fields, digest, normalise, starts
from reconciler.kinds.event.marks import Mark
from reconciler.kinds.event.moments import LAST_INSTANT, midnight
from reconciler.kinds.event.occurrence import Occurrence, instant, key_of
from reconciler.model import Action, Change, Desired, Snapshot, Users

# What is said of an event beside the fields that change: by these a plan read again knows it.
TELLING = ("hostId", "startDateTime", "endDateTime", "eventType", "allDayEvent", "externalId")
DAY = timedelta(days=1)


def without(wish: Desired, leaving: frozenset[str]) -> Desired:
    """A wish as it is once those have gone who are to go: what they host isn't held, nor do they attend."""
    assert isinstance(wish, Occurrence)
    if not leaving:
        return wish
    if wish.fields["hostId"].key.name in leaving:
        return replace(wish, absent=True)
    people = wish.fields.get("participants", ())
    staying = tuple(ref for ref in people if ref.key.kind != "user" or ref.key.name not in leaving)
    same = len(staying) == len(people)
    return wish if same else replace(wish, fields={**wish.fields, "participants": staying})


class Leavers:
    """Those who are to be gone, as events know them."""

    def __init__(self, live: Snapshot, context: Context, known: Known) -> None:
        self.live, self.context, self.known = live, context, known
        self.ids = frozenset(live.ids[name].lower() for name in context.leaving if name in live.ids)

    def host(self, event: Fields) -> bool:
        """Whether the host of an event is one of them."""
        return bool(self.ids) and str(event.get("hostId")).lower() in self.ids

    def staying(self, event: Fields, host: str) -> dict[str, Any]:
        """The staff of an event without them, as a field; empty if none of them takes part.

        host: as plans name it, who is host from now on.
        """
        if not self.ids:
            return {}
        staff = [e["participantId"] for e in event.get("participants") or () if e["participantRole"] == "psm"]
        stay = [id for id in staff if id.lower() not in self.ids]
        if len(stay) == len(staff):
            return {}
        return {"participants": sorted({host, *(str(self.live.person(id)) for id in stay)})}

    def left(self, mark: Mark, event: Fields) -> Change | None:
        """An event that no manifest describes, once they take no part in it; None if none of them does."""
        staying = self.staying(event, str(self.live.person(event["hostId"])))
        return self._edited(mark, event, staying) if staying else None

    def ended(self, mark: Mark, event: Fields) -> Change:
        """A leave of theirs that has begun: it ends yesterday, or on the day on which it began."""
        name = str(self.live.person(event["hostId"])).removeprefix("user/")
        zone = zone_of(self.context.zone_name(name, self.live.of(Users).by_name.get(name)))
        begun, today = (at.astimezone(zone).date() for at in (starts(event), self.context.now))
        ends: datetime = wall_to_instant(midnight(max(begun + DAY, today)), zone) - LAST_INSTANT
        if instant(event["endDateTime"]) <= ends:
            return Change(key_of(mark.series, mark.occurrence), Action.NOOP, live_id=event["id"])
        return self._edited(mark, event, {"endDateTime": routes.stamp(ends)})

    def _edited(self, mark: Mark, event: Fields, fields: Mapping[str, Any]) -> Change:
        """A change of these fields of an event, which no manifest describes any more."""
        same = normalise(event, dict.fromkeys(TELLING), self.live)
        before, after = same | normalise(event, fields, self.live), same | dict(fields)
        change = Change(
            key_of(mark.series, mark.occurrence),
            Action.UPDATE,
            before=before,
            after=after,
            diff=tuple(diff(before, after)),
            live_id=event["id"],
            live_digest=digest(event),
        )
        return change.sending(request_of(change, self.known))
