"""Calendar events: occurrences of declared series, of an instance (reference, Calendar Events).

The service knows no recurrence: a series is expanded, and each occurrence carries our mark, which says whose
it is and which occurrence of which series.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from reconciler.client import Client
from reconciler.diff import diff
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Asked, Context, Dialect, Kind, Known, Survey, Words
from reconciler.kinds.event.bodies import carried, element, only_marks, request_of
from reconciler.kinds.event.changes import Series
from reconciler.kinds.event.fields import BEYOND_REFERENCE, FIELDS, active, digest, kept, normalise
from reconciler.kinds.event.freetext import Ours, declared_in, said_in
from reconciler.kinds.event.identity import match_all, neighbours_of
from reconciler.kinds.event.inverse import inverse_of
from reconciler.kinds.event.leave import expand_leave, leave_series
from reconciler.kinds.event.leavers import Leavers, without_leavers
from reconciler.kinds.event.legs import Outline
from reconciler.kinds.event.marks import Mark, mark_for, mark_of, with_mark
from reconciler.kinds.event.occurrence import Occurrence, instant, is_leave, key_of, past, series_of
from reconciler.kinds.event.part import Events
from reconciler.kinds.event.reads import observe_events, read_events, read_on, survey_events
from reconciler.kinds.event.series import expand_series, outlines
from reconciler.kinds.event.supposed import events_after, events_in_sight
from reconciler.kinds.event.surplus import Shared, Surplus
from reconciler.model import (
    About,
    Action,
    Change,
    Desired,
    Environment,
    FieldDiff,
    Inverse,
    Key,
    Landed,
    Live,
    Looked,
    Manifest,
    Parts,
    Request,
    Snapshot,
    Source,
)
from reconciler.model.edits import Edit, Past, Untold
from reconciler.model.told import Block, Telling
from reconciler.model.typed import JsonObject, User, objects_in

if TYPE_CHECKING:
    from reconciler.kinds.event.stock import Meetings

SEEN = ("hostId", "eventTitle", "startDateTime")


class Event(Kind):
    """One occurrence of one series is one object."""

    name = "event"
    fields = FIELDS
    sections = ("leave", "events")
    words = Words("series", "occurrences")
    actions = Kind.actions | {Action.ADOPT}
    names = re.compile(r".+@\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?")
    part = Events
    after = ("user", "workHours", "patient")

    def expand(self, manifest: Manifest, context: Context) -> Iterator[Occurrence]:
        return expand_leave(manifest, context) if _is_leave(manifest) else expand_series(manifest, context)

    def outlines(self, manifest: Manifest, context: Context) -> Sequence[Outline]:
        """What the rules of an entry give, one after the other; leave has none."""
        return () if _is_leave(manifest) else outlines(manifest, context)

    def after_applying(
        self, changes: Sequence[Change], live: Snapshot, author: str, context: Context
    ) -> Events:
        return events_after(changes, live.of(Events), author, context)

    def in_sight(self, live: Snapshot, wishes: Sequence[Desired], context: Context) -> Events:
        return events_in_sight(live.of(Events), wishes, context)

    def agreed(self, wishes: Sequence[Desired], context: Context) -> list[Desired]:
        """No event can be wished twice, as by a series that is called as a person's leave is."""
        first: dict[Key, Source] = {}
        for wish in wishes:
            source = first.setdefault(wish.key, wish.source)
            if source != wish.source:
                message = f"{wish.key} is in {source.place} already: give one of them another name"
                context.findings.error(wish.source, message, Mistake.NAMED_AS_LEAVE)
        return list(wishes)

    def less_leavers(
        self, wishes: Sequence[Desired], context: Context, users: Mapping[str, User]
    ) -> list[Desired]:
        """What begins after somebody's last day goes to the successor, or to nobody, and is not attended."""
        return [without_leavers(wish, context, users) for wish in wishes]

    def read(self, client: Client, asked: Asked, known: Parts) -> Events:
        return read_events(client, asked, known)

    def read_on(
        self, client: Client, live: Snapshot, wishes: Sequence[Desired], looked: Looked, context: Context
    ) -> Events | None:
        return read_on(client, live.of(Events), wishes, looked.window, context)

    def survey(self, client: Client, survey: Survey, known: Parts) -> Events:
        return survey_events(client, survey)

    def stock(self, live: Snapshot, survey: Survey) -> Meetings:
        from reconciler.kinds.event.stock import stock_of_events

        return stock_of_events(live, survey)

    def observe(self, client: Client, changes: Sequence[Change], known: Snapshot, now: datetime) -> Events:
        return observe_events(client, [change for change in changes if change.key.kind == self.name], known)

    def plan(self, desired: Sequence[Desired], live: Snapshot, context: Context) -> Iterator[Change]:
        wishes: dict[str, list[Occurrence]] = defaultdict(list)
        for wish in desired:
            assert isinstance(wish, Occurrence)
            if not wish.absent:
                wishes[wish.series].append(wish)
        found = match_all(wishes, live, context)
        declared = {manifest.name: manifest for manifest in context.environment.under("events")}
        leave = {leave_series(manifest.name) for manifest in context.environment.under("leave")}
        ours, known = Ours.of(context.environment, live.our_ids), _known(live, context)
        neighbours = neighbours_of(found, live, context) if context.environment.match_unmarked else None
        shared = Shared(
            found, live, context, known, ours, Leavers(live, context, known), declared, neighbours
        )
        for name in sorted(found.series):
            surplus = Surplus(name, shared)
            if name in declared or name in leave:
                yield from Series(name, shared).changes()
                yield from surplus.changes()
            else:
                yield from surplus.undeclared()

    def accepted(
        self,
        changes: Sequence[Change],
        wishes: Sequence[Desired],
        live: Snapshot,
        context: Context,
        past: Past,
    ) -> Iterator[Edit | Untold]:
        from reconciler.kinds.event.accepting import accepted

        return accepted(changes, wishes, live, context, past)

    def locate(self, changes: Sequence[Change], live: Snapshot) -> list[Live | None]:
        by_id = {event.get("id"): event for event in live.of(Events).found}
        new = any(change.live_id is None for change in changes)  # only those are looked for by mark
        by_mark = {str(mark_of(event)): event for event in live.of(Events).found} if new else {}
        marks = ((change.after or {}).get("externalId", "") for change in changes)
        found = [
            by_id.get(change.live_id) if change.live_id else by_mark.get(mark)
            for change, mark in zip(changes, marks, strict=True)
        ]
        return [None if event is None else Live(event.get("id"), event) for event in found]

    def subject(self, key: Key) -> str:
        """The series."""
        return series_of(key)

    def day(self, key: Key) -> date:
        return date.fromisoformat(key.name.rpartition("@")[2][:10])

    def subject_of(self, manifest: Manifest) -> str:
        return leave_series(manifest.name) if _is_leave(manifest) else manifest.name

    def rewrites(self, change: Change) -> bool:
        """A mark alone changes nothing that people see."""
        return super().rewrites(change) and not only_marks(change)

    def people(self, wish: Desired) -> Sequence[str]:
        """The host and the staff declared beside."""
        beside = wish.fields.get("participants", ())
        users = [ref.key.name for ref in beside if ref.key.kind == "user"]
        return [wish.fields["hostId"].key.name, *users]

    def busy(self, wish: Desired) -> str:
        """The host."""
        return str(wish.fields["hostId"].key.name)

    def in_own_zone(self, wish: Desired) -> bool:
        return is_leave(wish.fields) and not wish.absent

    def whose(self, change: Change) -> frozenset[str]:
        """The hosts."""
        sides = (change.before or {}, change.after or {})
        return frozenset(str(side["hostId"]).removeprefix("user/") for side in sides if side.get("hostId"))

    def involves(self, change: Change, username: str) -> bool:
        sides = (change.before or {}, change.after or {})
        attending = (person for side in sides for person in side.get("participants") or ())
        return super().involves(change, username) or f"user/{username}" in attending

    def traceless(self, dialect: Dialect) -> str:
        if dialect.external_id is not None:
            return ""
        return "this service keeps no mark of ours: no other run could recognise the event"

    def goes_elsewhere(self, change: Change, dialect: Dialect) -> bool:
        """A mark that a service shows a place for and doesn't keep there goes into the remarks."""
        if not only_marks(change) or dialect.external_id is not None:
            return False
        dialect.external_id = False
        return True

    def begins(self, change: Change) -> datetime | None:
        return instant(change.after["startDateTime"]) if change.after else None

    def texts(self, environment: Environment) -> Iterable[tuple[str, str]]:
        return declared_in(environment)

    def texts_in(self, change: Change) -> Iterable[tuple[str, str]]:
        return said_in(change)

    def objection(self, change: Change, owner: str) -> str:
        after = change.after
        if after is None:
            return ""
        for name in ("hostId", "startDateTime", "endDateTime"):
            if change.action is Action.CREATE and not after.get(name):
                return f"an event needs `{name}`"
        unmarked = (
            change.action is Action.UPDATE and after.get("externalId", "") is None
        )  # adopted, and undone
        marked = after.get("externalId") == mark_for(owner, change.key)
        return "" if marked or unmarked else "its mark is not that of its key"

    def is_named(self, change: Change, found: Live, owner: str, live: Snapshot) -> bool:
        """An event bears its mark, or the one it loses; one to be adopted is told by what people see."""
        event, mark = found.fields, mark_of(found.fields)
        if change.action is Action.ADOPT:
            wanted = {name: (change.after or {}).get(name) for name in SEEN}
            return not event.get("externalId") and not mark and normalise(event, wanted, live) == wanted
        marks = {mark_for(owner, change.key), (change.before or {}).get("externalId")}
        ours = mark is not None and mark.owner == owner
        return ours and found.id == change.live_id and str(mark) in marks

    def remaining(self, change: Change, found: Live | None, live: Snapshot) -> list[FieldDiff]:
        if change.after is None:
            gone = found is None or not active(found.fields)
            return [] if gone else [FieldDiff("", "present", None)]
        if found is None:
            return [FieldDiff("", None, "present")]
        after = kept(change.after, found.fields)
        differing = diff(normalise(found.fields, after, live), after)
        return list(Ours(frozenset(), live.our_ids).differences(found.fields, differing))

    def digest(self, fields: JsonObject) -> str:
        return digest(fields)

    def told(self, changes: Sequence[Change], telling: Telling) -> Iterator[Block]:
        from reconciler.kinds.event.told import told

        return told(changes, telling)

    def about(self, changes: Sequence[Change], live: Snapshot, context: Context) -> About:
        from reconciler.kinds.event.told import about

        return about(changes, context)

    def routine(self, changes: Sequence[Change]) -> str:
        from reconciler.kinds.event.told import routine

        return routine(changes)

    def written_until(self, changes: Sequence[Change]) -> Mapping[str, date]:
        from reconciler.kinds.event.told import written_until

        return written_until(changes)

    def request(self, change: Change, known: Known) -> Request:
        return request_of(change, known)

    def complete(self, change: Change, request: Request, found: Live | None, dialect: Dialect) -> Request:
        if found is None or request.body is None or request.method != "PATCH":
            return request
        in_remarks = dialect.external_id is not True
        if only_marks(change) and dialect.external_id is None:
            # Whether it is kept shows at once, and a PATCH does no harm: nothing else is touched.
            in_remarks = "externalId" not in found.fields
        return replace(request, body=carried(change, request.body, found.fields, in_remarks))

    def adapt(self, body: JsonObject, dialect: Dialect) -> JsonObject:
        """Carry the mark where this service keeps it, in both places while that is unknown."""
        if body.keys() == {"externalId"} and dialect.external_id is None:
            return body
        plain = self.name in dialect.plain
        adapted = {name: value for name, value in body.items() if not plain or name not in BEYOND_REFERENCE}
        mark = Mark.parse(body.get("externalId"))
        if mark and (plain or dialect.external_id is not True):
            adapted["additionalInfo"] = with_mark(body.get("additionalInfo"), mark)
        if dialect.external_id is False:
            adapted.pop("externalId", None)
        return adapted

    def expired(self, change: Change, now: datetime) -> bool:
        sides = [side for side in (change.before, change.after) if side and side.get("startDateTime")]
        over = [past(side, now) for side in sides]
        # A leave may be cut short while it lasts, and go on when it was over.
        return bool(over) and all(over) if any(map(is_leave, sides)) else any(over)

    def replacement(self, change: Change, body: JsonObject, found: Live) -> Request | None:
        """PUT of the whole event (reference, Update Calendar Event): a key left out may be erased."""
        if change.request is None or change.request.method != "PATCH":
            return None
        event = found.fields
        whole = {name: event[name] for name in self.by_name if event.get(name) is not None}
        whole["participants"] = [element(each) for each in objects_in(event, "participants")]
        return replace(change.request, method="PUT", body=whole | dict(body))

    def inverse(self, landed: Landed, live: Snapshot, texts: frozenset[tuple[str, str]]) -> Inverse | None:
        return inverse_of(landed, live, Ours(texts, live.our_ids))

    def restored(self, key: Key, after: JsonObject) -> Key:
        """An event is called by its mark."""
        mark = Mark.parse(after.get("externalId"))
        return key_of(mark.series, mark.occurrence) if mark else key

    def learn(self, live: Snapshot, dialect: Dialect) -> None:
        marks = live.of(Events).marks
        if marks is not None:
            dialect.external_id = marks == "externalId"
            dialect.rich |= {self.name} if dialect.external_id else set()

    def proven(self, live: Snapshot) -> Iterator[bool]:
        found, marks = live.of(Events).found, live.of(Events).marks
        if marks == "externalId" and any(event.get("createdBy") in live.our_ids for event in found):
            yield False


def _known(live: Snapshot, context: Context) -> Known:
    return context.known(live)._replace(in_remarks=live.of(Events).marks != "externalId")


def _is_leave(manifest: Manifest) -> bool:
    return manifest.section == "leave"


KIND = Event()
