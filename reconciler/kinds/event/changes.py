"""What one series needs: from each occurrence and the event that is it, to a change with its request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple, cast

from reconciler.dates.zones import zone_of
from reconciler.diff import diff
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context, Known, inactive, without_id
from reconciler.kinds.event.bodies import request_of
from reconciler.kinds.event.fields import (
    ATTENDED,
    Fields,
    active,
    closed,
    digest,
    kept,
    normalise,
    patients_of,
    shown,
    staff_of,
    starts,
    untouchable,
)
from reconciler.kinds.event.freetext import Ours
from reconciler.kinds.event.identity import Found, Owned, due, identity_of, looked_at
from reconciler.kinds.event.leavers import Leavers
from reconciler.kinds.event.marks import LEAVES, Mark, is_bare, mark_for, mark_of
from reconciler.kinds.event.moments import why_left_out
from reconciler.kinds.event.occurrence import Occurrence, instant, is_leave, key_of, past
from reconciler.kinds.event.stretches import spec_on
from reconciler.kinds.event.unmarked import Identity, Neighbours
from reconciler.kinds.event.unmarked import is_bare as is_unmarked
from reconciler.model import Action, Change, FieldDiff, Manifest, Ref, Snapshot
from reconciler.model.spec import EventSpec

TIMES = frozenset(("startDateTime", "endDateTime"))
_PERSON, _SPAN = itemgetter("participantId", "participantRole"), itemgetter("startDateTime", "endDateTime")
DAY = timedelta(days=1)
ADOPT_FIRST, COUNTS = "exists unowned, --adopt first", "bears no mark, and counts as it"
EDITED_FIRST = "exists unowned, otherwise than here: take the edit back, --adopt, then edit"


class Shared(NamedTuple):
    """What all series of a plan share.

    neighbours: where events without a mark may count as declared ones.
    """

    found: Found
    live: Snapshot
    context: Context
    known: Known
    ours: Ours
    leavers: Leavers
    declared: Mapping[str, Manifest]
    neighbours: Neighbours | None


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
        said = wish.fields.keys() - TIMES
        names = (*(said - {"participants"}), "eventStatus", "eventType")
        if not event.keys() >= {*names, "externalId"} or not _to_the_letter(wish, event, owner):
            return None
        told, judged = itemgetter(*said), itemgetter(*names)
        return cls(wish, told, told(wish.fields), judged, judged(event), _people(event))

    def covers(self, wish: Occurrence, event: Fields, owner: str) -> bool:
        """Whether this wish and its event are the same: asked of each occurrence there is, so in one step."""
        fields, proven = wish.fields, self.wish
        try:
            return (
                _SPAN(event) == _SPAN(fields)
                and self.raw == self.judged(event)
                and self.wished == self.told(fields)
                and event["externalId"] == mark_for(owner, wish.key)
                and self.people == _people(event)
                and len(fields) == len(proven.fields)
                and (wish.cancelled, wish.restore) == (proven.cancelled, proven.restore)
                and not event.get("allDayEvent")
            )
        except KeyError:
            return False


Shift = tuple[timedelta, timedelta]  # by how much an event starts and ends later than wished


class Apart(NamedTuple):
    """How far an event is from its wish, and whether we wrote it last."""

    event: Fields
    stretch: int
    by_us: bool
    shift: Shift


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
        """A declared series: what its occurrences need, then what of it is left over."""
        pairs, left = self.matched
        last = self._reaches()
        for wish, event in pairs:
            if event is not None:
                yield self._present(wish, event)
            elif due(wish, self.context) or self._can_be_adopted(wish):
                yield self._absent(wish)._replace(rolling=bool(last and wish.start > last) and not wish.once)
        declared = {id for wish, _ in pairs for id in wish.patients(self.live)} if left else set()
        for mark, event in sorted(left, key=_by_name):
            if not untouchable(event, self.now):
                change = self._surplus(mark, event, declared)
                yield (self._of_leaver(mark, event) if change.action is Action.NOOP else None) or change
        self._warn_of_running()

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

    def undeclared(self) -> Iterator[Change]:
        """A series that no manifest names any more: its future goes by `prune` only."""
        self._warn_of_running()
        kept = 0
        for mark, event in sorted(self.matched.left, key=_by_name):
            prune = self.context.environment.prune and self._removable(Owned(mark, event))
            leaving = None if prune else self._of_leaver(mark, event)
            if leaving is None and not self._removable(Owned(mark, event)):
                continue
            change = leaving or self._removal(mark, event, set())
            if leaving is None and not prune:
                kept += 1
                change = self.leavers.left(mark, event) or change.noop("no longer declared; prune is off")
            yield change
        if kept:
            message = f"event/{self.name}: nobody declares it any more, yet {kept} of its events stay"
            self.context.findings.warn(
                self.context.environment.source, f"{message}; `prune: true` deletes them", Mistake.STAYS
            )

    def _of_leaver(self, mark: Mark, event: Fields) -> Change | None:
        """What becomes of an event whose host is gone by then: the successor hosts it, or it goes; a leave
        that has begun ends."""
        if not active(event) or untouchable(event, self.now):
            return None
        if self.leavers.outlasts(event):
            return self.leavers.ended(mark, event)
        if not self.leavers.host(event) or not self._removable(Owned(mark, event)):
            return None
        return self.leavers.handed_over(mark, event) or self._removal(mark, event, set())

    def _removable(self, owned: Owned) -> bool:
        event = owned.event
        return active(event) and not untouchable(event, self.now) and starts(event) >= self.now

    def _warn_of_running(self) -> None:
        """A leave that has begun is not deleted: say how it is ended."""
        for mark, event in self.matched.left:
            running = active(event) and not untouchable(event, self.now) and starts(event) < self.now
            if running and not self.leavers.outlasts(event):
                zone = zone_of(self.context.zone_name(self.name.removeprefix(LEAVES)))
                begun, ends = (
                    instant(event[name]).astimezone(zone) for name in ("startDateTime", "endDateTime")
                )
                until, written = f"{ends:%Y-%m-%d}", f"{mark.occurrence}..DATE"
                if not event.get("allDayEvent"):
                    until += f"{ends: %H:%M}"
                    written = f"{{on: {begun:%Y-%m-%d}, between: {begun:%H:%M}-TIME}}"
                message = f"{key_of(self.name, mark.occurrence)} has begun and stays until {until}"
                self.context.findings.warn(
                    self.context.environment.source,
                    f"{message}; to end it sooner, declare it as {written}",
                    Mistake.RUNNING_LEAVE,
                )

    def _surplus(self, mark: Mark, event: Fields, declared: set[str | Ref]) -> Change:
        """An event of ours that no occurrence claims; `declared`: the patients its series names."""
        idle = Change(key_of(mark.series, mark.occurrence), Action.NOOP, live_id=event["id"])
        if not looked_at(mark.occurrence, self.matched, self.context):
            return idle.noop("moved by hand from a date that is out of sight: left alone")
        if not active(event):
            return idle.noop("cancelled")
        if not self._removable(Owned(mark, event)):
            return idle.noop("has begun: never deleted")
        return self._removal(mark, event, declared)

    def _removal(self, mark: Mark, event: Fields, declared: set[str | Ref]) -> Change:
        reason, why = self._why_gone(mark, event)
        change = Change(
            key_of(mark.series, mark.occurrence),
            Action.DELETE,
            before=self.ours.told(event, shown(event, self.live)),
            reason=reason,
            why=why,
            source=self.declared.source if self.declared else None,
            live_id=event["id"],
            live_digest=digest(event),
        )
        if set(patients_of(event)) - (set() if self.leavers.host(event) else declared):
            return change.blocked(ATTENDED)
        return change.sending(request_of(change, self.known))

    def _why_gone(self, mark: Mark, event: Fields) -> tuple[str, str]:
        """What it is that takes an event away, and why somebody has decided that, if they say so."""
        if self.leavers.host(event) and self.leavers.heir(event) is None:
            return "the host leaves", ""
        if self.declared is None:
            return "no longer declared", ""
        day = date.fromisoformat(mark.occurrence[:10])
        spec = spec_on(cast(EventSpec, self.declared.spec), day)
        host = str(self.live.person(event["hostId"])).removeprefix("user/")
        closed = self.context.closures.on(day, host)
        return why_left_out(spec, mark.occurrence, closed, self.context)

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
        moved = self._moved_by_hand(wish, event, found)
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

    def _moved_by_hand(self, wish: Occurrence, event: Fields, found: Sequence[FieldDiff]) -> str:
        """Whether a person gave an event of ours its other time, in words; empty if not, or not known.

        Its mark names this very occurrence, the last to write it was somebody else, and it stands apart from
        the rest of its series, which an edit of the manifest moves alike. A later write of ours hides who
        moved it: with `drift: keep`, standing apart is then enough, unless `change` gives it its own time.
        """
        same = str(mark_of(event)) == str(self._mark(wish))
        if not same or not any(field.path in TIMES for field in found):
            return ""
        others = [each for each in self._apart if each.event is not event and each.stretch == wish.stretch]
        ours = [each for each in others if each.by_us]
        usual = Counter(each.shift for each in ours or others).most_common(1)
        if usual and usual[0][0] == _shift(wish, event):
            return ""
        by_us = not event.get("updatedBy") or self._updated_by_us(event)
        kept = wish.keep and bool(others)
        return "" if by_us and not kept else "moved by hand in Welkin"

    @cached_property
    def _apart(self) -> list[Apart]:
        """Its occurrences that are there; looked at once, however many of them an edit moves."""
        return [
            Apart(event, wish.stretch, self._updated_by_us(event), _shift(wish, event))
            for wish, event in self.matched.pairs
            if event
        ]

    def _updated_by_us(self, event: Fields) -> bool:
        by = event.get("updatedBy")
        return by in self.live.our_ids if self.live.our_ids else bool(by) and by == event.get("createdBy")


def _to_the_letter(wish: Occurrence, event: Fields, owner: str) -> bool:
    """Whether an event, not of whole days, has its times and its mark spelled as wished."""
    spelled = _SPAN(event) == _SPAN(wish.fields) and event["externalId"] == mark_for(owner, wish.key)
    return spelled and not (event.get("allDayEvent") or "allDayEvent" in wish.fields)


def _people(event: Fields) -> list[tuple[str, str]]:
    return list(map(_PERSON, event.get("participants") or ()))


def _stranded(found: Sequence[FieldDiff], event: Fields, declared: Sequence[str | Ref]) -> str:
    """Whether a change would move or cancel an appointment of a patient whom no manifest names."""
    moves = {field.path for field in found} & {"startDateTime", "endDateTime", "eventStatus", "allDayEvent"}
    if moves and set(patients_of(event)) - set(declared):
        return ATTENDED
    return ""


def _shift(wish: Occurrence, event: Fields) -> Shift:
    end = instant(event["endDateTime"]) - instant(str(wish.fields["endDateTime"]))
    return starts(event) - wish.start, end


def _by_name(owned: Owned) -> str:
    return owned.mark.occurrence
