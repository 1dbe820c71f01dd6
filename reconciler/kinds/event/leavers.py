"""What becomes of the events of those who leave: who hosts and attends them then, when a leave ends. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reconciler.dates.zones import wall_to_instant, zone_of
from reconciler.diff import diff
from reconciler.kinds import Context, Known, inactive, without_id
from reconciler.kinds.event.bodies import request_of
from reconciler.kinds.event.fields import ATTENDED, Fields, digest, normalise, patients_of, starts
from reconciler.kinds.event.marks import Mark
from reconciler.kinds.event.moments import LAST_INSTANT, midnight
from reconciler.kinds.event.occurrence import Occurrence, instant, is_leave, key_of
from reconciler.model import Action, Change, Desired, Key, Ref, Snapshot, Users
from reconciler.model.typed import User
from reconciler.routes import stamp

# What is said of an event beside the fields that change: by these a plan read again knows it.
TELLING = ("hostId", "startDateTime", "endDateTime", "eventType", "allDayEvent", "externalId")
DAY = timedelta(days=1)
Live = Mapping[str, User]  # users by name


def without_leavers(wish: Desired, context: Context, users: Live) -> Desired:
    """A wish as it is once those have gone who are gone when it starts."""
    assert isinstance(wish, Occurrence)
    if wish.fields.get("eventType") == "LEAVE":
        return _shortened(wish, context, users)
    name = wish.fields["hostId"].key.name
    host = context.host_at(name, wish.start, users)
    if host is None:
        return replace(wish, absent=True)
    fields = dict(wish.fields)
    if host != name:
        fields["hostId"] = Ref(Key("user", host))
    if "participants" in fields:
        fields["participants"] = tuple(
            ref
            for ref in fields["participants"]
            if ref.key.kind != "user" or not _is_gone(ref.key.name, wish.start, context, users)
        )
    return wish if fields == wish.fields else replace(wish, fields=fields)


def _is_gone(name: str, start: datetime, context: Context, users: Live) -> bool:
    gone = context.gone_from(name, users.get(name))
    return gone is not None and gone <= start


def _shortened(wish: Occurrence, context: Context, users: Live) -> Occurrence:
    """A leave up to its host's last day, or yesterday, whichever is later: nobody rewrites what is past. One
    of hours stays whole, as the shift of that date does."""
    name = wish.fields["hostId"].key.name
    gone = context.gone_from(name, users.get(name))
    if gone is None:
        return wish
    if gone <= wish.start:
        return replace(wish, absent=True)
    ends = max(gone, _today(name, context, users))
    if not wish.fields.get("allDayEvent") or instant(wish.fields["endDateTime"]) < ends:
        return wish
    return replace(wish, fields={**wish.fields, "endDateTime": stamp(ends - LAST_INSTANT)})


def _today(name: str, context: Context, users: Live) -> datetime:
    """The midnight with which somebody's today begins."""
    zone = context.zone_name(name, users.get(name))
    return wall_to_instant(midnight(context.today(zone)), zone_of(zone))


class Leavers:
    """Those who leave, as events know them."""

    def __init__(self, live: Snapshot, context: Context, known: Known) -> None:
        self.live, self.context, self.known = live, context, known
        self.users = live.of(Users).by_name
        self.gone = dict(self._gone())

    def host(self, event: Fields) -> bool:
        """Whether the host of an event is gone when it starts."""
        return bool(self.gone) and self._is_gone(event["hostId"], event)

    def attend(self, event: Fields) -> bool:
        """Whether anybody is to take part who is gone when it starts."""
        return bool(self.gone) and (self.host(event) or len(self._staying(event)) < len(_staff(event)))

    def outlasts(self, event: Fields) -> bool:
        """Whether an event is a leave of days that has begun by the time its host is gone, and goes on."""
        gone = self.gone.get(str(event["hostId"]).lower())
        if gone is None or not (is_leave(event) and event.get("allDayEvent")):
            return False
        return starts(event) < max(gone, self.context.now) and gone <= instant(event["endDateTime"])

    def staying(self, event: Fields, host: str) -> dict[str, Any]:
        """The staff of an event without them, as a field; empty if none of them takes part.

        host: as plans name it, who is host from now on.
        """
        if not self.gone:
            return {}
        stay = self._staying(event)
        if len(stay) == len(_staff(event)):
            return {}
        return {"participants": sorted({host, *(str(self.live.person(id)) for id in stay)})}

    def left(self, mark: Mark, event: Fields) -> Change | None:
        """An event that no manifest describes, once they take no part in it; None if none of them does."""
        staying = self.staying(event, str(self.live.person(event["hostId"])))
        return self._unless_attended(self._edited(mark, event, staying), event) if staying else None

    def handed_over(self, mark: Mark, event: Fields) -> Change | None:
        """An event that no manifest describes, hosted by the successor; None if there is none."""
        heir = self.heir(event)
        if heir is None:
            return None
        host = f"user/{heir}"
        change = self._edited(mark, event, {"hostId": host} | self.staying(event, host))
        refused = without_id(heir, self.live) or inactive(heir, self.live, "name another successor")
        return change.blocked(refused) if refused else self._unless_attended(change, event)

    def heir(self, event: Fields) -> str | None:
        """Who hosts an event in place of a host who is gone when it starts; nobody is on leave for them."""
        if event.get("eventType") == "LEAVE":
            return None
        name = str(self.live.person(event["hostId"])).removeprefix("user/")
        return self.context.host_at(name, starts(event), self.users)

    def ended(self, mark: Mark, event: Fields) -> Change:
        """A leave that outlasts its host: it ends with the last day, but not before yesterday or the day on
        which it began."""
        name = str(self.live.person(event["hostId"])).removeprefix("user/")
        zone = zone_of(self.context.zone_name(name, self.users.get(name)))
        begun, today, gone = (
            at.astimezone(zone).date()
            for at in (starts(event), self.context.now, self.gone[event["hostId"].lower()])
        )
        ends: datetime = wall_to_instant(midnight(max(begun + DAY, today, gone)), zone) - LAST_INSTANT
        if instant(event["endDateTime"]) <= ends:
            return Change(key_of(mark.series, mark.occurrence), Action.NOOP, live_id=event["id"])
        return self._unless_attended(self._edited(mark, event, {"endDateTime": stamp(ends)}), event)

    def _gone(self) -> Iterator[tuple[str, datetime]]:
        """By id, from when on each is gone."""
        for name in self.context.leaving:
            gone = self.context.gone_from(name, self.users.get(name))
            if name in self.live.ids and gone is not None:
                yield self.live.ids[name].lower(), gone

    def _is_gone(self, id: str, event: Fields) -> bool:
        gone = self.gone.get(str(id).lower())
        return gone is not None and gone <= starts(event)

    def _staying(self, event: Fields) -> list[str]:
        return [id for id in _staff(event) if not self._is_gone(id, event)]

    def _unless_attended(self, change: Change, event: Fields) -> Change:
        return change.blocked(ATTENDED) if patients_of(event) else change

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


def _staff(event: Fields) -> list[str]:
    return [
        each["participantId"] for each in event.get("participants") or () if each["participantRole"] == "psm"
    ]
