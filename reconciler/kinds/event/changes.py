"""What the occurrences of a series need: from each and its event to a change with its request. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, cast

from reconciler.dates.zones import zone_of
from reconciler.diff import diff
from reconciler.kinds import inactive, without_id
from reconciler.kinds.event.bodies import request_of
from reconciler.kinds.event.fields import (
    ATTENDED,
    TIMES,
    Fields,
    active,
    closed,
    digest,
    kept,
    normalise,
    patients_of,
    staff_of,
    starts,
)
from reconciler.kinds.event.identity import due, identity_of
from reconciler.kinds.event.marks import Mark, is_bare, mark_of
from reconciler.kinds.event.moved import Apart, moved_by_hand
from reconciler.kinds.event.occurrence import Occurrence, is_leave, past
from reconciler.kinds.event.proven import Proven
from reconciler.kinds.event.surplus import Shared
from reconciler.kinds.event.unmarked import Identity
from reconciler.kinds.event.unmarked import is_bare as is_unmarked
from reconciler.model import Action, Change, FieldDiff, Ref
from reconciler.model.spec import EventSpec

DAY = timedelta(days=1)
ADOPT_FIRST, COUNTS = "exists unowned, --adopt first", "bears no mark, and counts as it"
EDITED_FIRST = "exists unowned, otherwise than here: take the edit back, --adopt, then edit"


class Series:
    """One series with what is live of it."""

    def __init__(self, name: str, shared: Shared) -> None:
        found, self.live, self.context, self.known, self.ours, self.leavers, declared, self.neighbours = (
            shared
        )
        self.name, self.matched, self.others = name, found.series[name], found.others
        self.now, self.owner = self.context.now, self.context.environment.owner
        self.declared = declared.get(name)
        self.proven: Proven | None = None  # the last pair that was compared and is the same

    def changes(self) -> Iterator[Change]:
        """What its occurrences need."""
        last = self._reaches()
        for wish, event in self.matched.pairs:
            if event is not None:
                yield self._present(wish, event)
            elif due(wish, self.context) or self._can_be_adopted(wish):
                yield self._absent(wish)._replace(rolling=bool(last and wish.start > last) and not wish.once)

    def _can_be_adopted(self, wish: Occurrence) -> bool:
        """Whether it is there already, beyond the horizon, of what an export took in."""
        if not (self.context.adopt and self.neighbours) or wish.cancelled or past(wish.fields, self.now):
            return False
        return bool(self.others.twins(identity_of(wish, self.live)))

    def _reaches(self) -> datetime | None:
        """From when on occurrences are missing only because the horizon has moved; None: nothing says so.

        A series of which nothing is in sight is new, or was forgotten; but one of few dates, a yearly one,
        has begun before what is looked at.
        """
        live = [wish.start for wish, event in self.matched.pairs if event and not wish.once]
        if live or self.declared is None:
            return max(live, default=None)
        begun = str(cast(EventSpec, self.declared.spec)["starts"])[:10] < f"{self.now:%Y-%m-%d}"
        return self.now if begun and all(wish.start >= self.now for wish, _ in self.matched.pairs) else None

    def _absent(self, wish: Occurrence) -> Change:
        """A wished occurrence that has no event yet."""
        same = identity_of(wish, self.live)
        twins = self.others.twins(same)
        if twins:
            return self._twin(wish, twins)
        created = Change(
            wish.key,
            Action.CREATE,
            after=self._wanted(wish),
            source=wish.source,
            rule=wish.rule(),
            why=wish.why,
        )
        reason = self._refusal(wish) or self._doubled(wish, same)
        if reason:
            return created.blocked(reason)
        return created.sending(request_of(created, self.known))

    def _twin(self, wish: Occurrence, twins: Sequence[Fields]) -> Change:
        """An occurrence that people can't tell from events which bear no mark of ours: the one it is."""
        event = twins[-1]
        if self.neighbours:
            event = next((twin for twin in twins if self._equals(wish, twin)), event)
            if not self.context.adopt and self._equals(wish, event):
                self.others.take(event)
                return Change(
                    wish.key, Action.NOOP, reason=COUNTS, live_id=event.get("id"), source=wish.source
                )
        self.others.take(event)
        change = self._present(wish, event)._replace(action=Action.ADOPT)
        change = change.sending(request_of(change, self.known)) if change.request else change
        foreign = event.get("externalId") or mark_of(event)
        if foreign:
            mark = f" ({foreign})" if is_bare(str(foreign)) else ""  # or it may hold anybody's words
            return change.blocked(f"the same event exists with another owner's mark{mark}")
        advice = ADOPT_FIRST if self.neighbours else "exists unowned, --adopt takes it over"
        return change if self.context.adopt else change.blocked(advice)

    def _equals(self, wish: Occurrence, event: Fields) -> bool:
        """Whether an event without any mark shows every declared field as wished."""
        wanted = self._wanted_of(event, wish) if is_unmarked(event) else None
        if wanted is None:
            return False
        wanted.pop("externalId")
        return normalise(event, wanted, self.live) == wanted

    def _doubled(self, wish: Occurrence, same: Identity) -> str:
        """Why nothing is created where it may be there already: an export has taken in what bears no mark."""
        if self.neighbours is None:
            return ""
        said = cast(EventSpec, self.declared.spec).get("timezone") if self.declared else None
        zone = zone_of(str(said or self.context.zone_name(wish.fields["hostId"].key.name)))
        day = wish.start.astimezone(zone).date()
        doubles = self.neighbours.double(same, day, zone, self.context.adopt)
        return (EDITED_FIRST if self.context.adopt else ADOPT_FIRST) if doubles else ""

    def _present(self, wish: Occurrence, event: Fields) -> Change:
        """A wished occurrence and the live event that is it."""
        same = Change(wish.key, Action.NOOP, live_id=event.get("id"), source=wish.source, why=wish.why)
        covered = self.proven and wish.start >= self.now and self.proven.covers(wish, event, self.owner)
        if covered and not self.leavers.attend(event):
            return same
        if not self._may_touch(wish, event):
            return same.noop("past or closed: never touched")
        wanted = self._wanted_of(event, wish)
        if wanted is None:
            return same.noop("cancelled in Welkin, stays so; `restore: true` brings it back")
        before = normalise(event, wanted, self.live)
        if before != wanted and not self._is_leave_of_old(wish, event, before, wanted):
            return self._differing(same, wish, event, before, wanted)
        self.proven = Proven.of(wish, event, self.owner) or self.proven
        return same

    def _is_leave_of_old(self, wish: Occurrence, event: Fields, before: Fields, wanted: Fields) -> bool:
        """Whether no more than the date in a leave's mark is another: somebody moved it, and that is declared
        by now. It is found by its dates, too."""
        mark = mark_of(event)
        alike = {**before, "externalId": None} == {**wanted, "externalId": None}
        ours = mark is not None and (mark.owner, mark.series) == (self.owner, wish.series)
        return alike and ours and is_leave(wish.fields)

    def _wanted_of(self, event: Fields, wish: Occurrence) -> dict[str, Any] | None:
        """What a live event is to show; None for one that somebody cancelled and nobody wants back."""
        if event.get("allDayEvent") and "allDayEvent" not in wish.fields:
            wish = replace(wish, fields={**wish.fields, "allDayEvent": False})
        wished = self._wanted(wish)
        staying = self._relieved(event, wished["hostId"])
        wanted = kept(staying | self.leavers.staying(event, wished["hostId"]) | wished, event)
        # A leave that has begun: its end alone is still to come, unless it is to begin again later.
        if starts(event) < self.now and (wish.fields.get("allDayEvent") or wish.start < self.now):
            wanted["startDateTime"] = normalise(event, wanted, self.live)["startDateTime"]
        if not active(event) and not wish.cancelled:
            if not (wish.restore or self._updated_by_us(event)):
                return None
            wanted["eventStatus"] = "SCHEDULED"
        return wanted

    def _relieved(self, event: Fields, host: str) -> dict[str, Any]:
        """The staff of an event without who hosted it until now, as a field; empty if they go on doing so."""
        before = str(self.live.person(event["hostId"]))
        if before == host:
            return {}
        there = {str(self.live.person(id)) for id in staff_of(event)}
        return {"participants": sorted({host, *(there - {before})})}

    def _differing(
        self, same: Change, wish: Occurrence, event: Fields, before: Fields, wanted: Fields
    ) -> Change:
        """What makes the event of `same` as wanted, or leaves it where a person moved it to."""
        found = tuple(diff(before, wanted))
        moved = self._moved(wish, event) if any(field.path in TIMES for field in found) else ""
        if moved and wish.keep:
            wanted = {name: value for name, value in wanted.items() if name not in TIMES}
            found = tuple(field for field in found if field.path not in TIMES)
            if not found:
                return same.noop(f"{moved}; kept there (`drift: keep`)")
            before = {name: before[name] for name in wanted}
        change = same._replace(
            action=Action.UPDATE,
            before=self.ours.told(event, before),
            after=wanted,
            diff=self.ours.differences(event, found),
            live_digest=digest(event),
            rule=wish.rule(),
            reason=moved,
        )
        ends = wish.fields["hostId"].key.name in self.context.leaving
        reason = self._refusal(wish, ends) or _stranded(found, event, wish.patients(self.live))
        if not reason and patients_of(event) and self.leavers.attend(event):
            reason = ATTENDED
        if reason:
            return change.blocked(reason)
        return change.sending(request_of(change, self.known))

    def _may_touch(self, wish: Occurrence, event: Fields) -> bool:
        """Nothing closed, nothing past, and nothing into the past; but a leave that is over may go on."""
        if closed(event):
            return False
        if is_leave(event) and is_leave(wish.fields):
            return not (past(event, self.now) and past(wish.fields, self.now))
        return not past(event, self.now) and wish.start >= self.now

    def _mark(self, wish: Occurrence) -> Mark:
        return Mark(self.owner, wish.series, wish.occurrence)

    def _wanted(self, wish: Occurrence) -> dict[str, Any]:
        """The declared fields in normal form: people by name, patients by id, and our mark."""
        wanted = dict(wish.fields)
        wanted["hostId"] = str(wish.fields["hostId"].key)
        if "participants" in wanted:
            ids = wish.patients(self.live)
            patients = (str(id.key) if isinstance(id, Ref) else f"patient/{id}" for id in ids)
            wanted["participants"] = sorted({*(str(ref.key) for ref in wish.staff()), *patients})
        wanted["externalId"] = str(self._mark(wish))
        return wanted | ({"eventStatus": "CANCELLED"} if wish.cancelled else {})

    def _refusal(self, wish: Occurrence, ends: bool = False) -> str:
        """Why the service would not take this occurrence; empty if it would.

        ends: it is there, and of somebody who leaves: whatever state they are in.
        """
        for username in sorted(ref.key.name for ref in wish.staff()):
            if unknown := without_id(username, self.live):
                return unknown
        host = wish.fields["hostId"].key.name
        return "" if ends else inactive(host, self.live, "give the series another host")

    def _moved(self, wish: Occurrence, event: Fields) -> str:
        """Whether a person gave the event of this very occurrence its other time, in words."""
        if str(mark_of(event)) != str(self._mark(wish)):
            return ""
        return moved_by_hand(Apart.of(wish, event, self._updated_by_us(event)), self._apart, wish.keep)

    @cached_property
    def _apart(self) -> list[Apart]:
        """Its occurrences that are there; looked at once, however many of them an edit moves."""
        there = ((wish, event) for wish, event in self.matched.pairs if event)
        return [Apart.of(wish, event, self._updated_by_us(event)) for wish, event in there]

    def _updated_by_us(self, event: Fields) -> bool:
        by = event.get("updatedBy")
        return by in self.live.our_ids if self.live.our_ids else bool(by) and by == event.get("createdBy")


def _stranded(found: Sequence[FieldDiff], event: Fields, declared: Sequence[str | Ref]) -> str:
    """Whether a change would move or cancel an appointment of a patient whom no manifest names."""
    moves = {field.path for field in found} & {"startDateTime", "endDateTime", "eventStatus", "allDayEvent"}
    if moves and set(patients_of(event)) - set(declared):
        return ATTENDED
    return ""
