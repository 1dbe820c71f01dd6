"""Calendar events: occurrences of declared series, of an instance (reference, Calendar Events; api-facts 7).

The service knows no recurrence: a series is expanded, and each occurrence carries our mark, which says whose
it is and which occurrence of which series (DESIGN 4).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler import routes
from reconciler.diff import diff
from reconciler.kind import Context, Dialect, digest_of
from reconciler.marks import Mark, mark_of, remarks_without, with_mark
from reconciler.matching import match_nearest
from reconciler.model import Action, Change, Desired, FieldDiff, Key, Live, Manifest, Ref, Request, Snapshot
from reconciler.series import Occurrence, expand_leave, expand_series, leave_series

# Beyond the reference: what its samples don't show. A service that has never shown such a key keeps none.
BEYOND_REFERENCE = frozenset(("externalId", "eventColor", "timezone"))
DEFAULTS = {"eventType": "APPOINTMENT", "eventMode": "IN-PERSON", "eventStatus": "SCHEDULED"}
# An event without a colour is next to invisible in the service's calendar (api-facts 7).
COLOURS = {"LEAVE": "grey"}
DIGESTED = ("eventTitle", "eventDescription", "startDateTime", "endDateTime", "allDayEvent", "eventType",
            "eventMode", "eventColor", "hostId", "externalId", "additionalInfo")  # fmt: skip
TIMES = frozenset(("startDateTime", "endDateTime"))
ELEMENT_KEYS = ("id", "participantId", "participantRole", "participationStatus", "attended")
REPLACED = ("eventTitle", "eventDescription", "startDateTime", "endDateTime", "allDayEvent", "eventType",
            "eventStatus", "eventMode", "eventColor", "hostId", "additionalInfo", "externalId",
            "timezone")  # fmt: skip


class Event:
    """One occurrence of one series is one object."""

    name = "event"
    after: tuple[str, ...] = ("user", "workHours", "patient")

    def expand(self, manifest: Manifest, context: Context) -> Iterator[Desired]:
        return (
            expand_leave(manifest, context) if manifest.kind == "leave" else expand_series(manifest, context)
        )

    def plan(self, desired: Sequence[Desired], live: Snapshot, context: Context) -> Iterator[Change]:
        wishes: dict[str, list[Occurrence]] = defaultdict(list)
        for wish in desired:
            assert isinstance(wish, Occurrence)
            wishes[wish.series].append(wish)
        owned, unmarked = _sorted_out(live, context)
        planner = _Planner(live, context, unmarked)
        declared = {manifest.name for manifest in context.environment.of_kind("event")}
        declared |= {leave_series(manifest.name) for manifest in context.environment.of_kind("leave")}
        for series in sorted(wishes.keys() | owned.keys()):
            if series in declared:
                yield from planner.changes(series, wishes[series], owned.get(series, []))
            else:
                yield from planner.undeclared(series, owned[series])

    def locate(self, changes: Sequence[Change], live: Snapshot) -> list[Live | None]:
        by_id = {event.get("id"): event for event in live.events}
        by_mark = {str(mark_of(event)): event for event in live.events}
        marks = ((change.after or {}).get("externalId", "") for change in changes)
        found = [
            by_id.get(change.live_id) if change.live_id else by_mark.get(mark)
            for change, mark in zip(changes, marks, strict=True)
        ]
        return [None if event is None else Live(event.get("id"), event) for event in found]

    def remaining(self, change: Change, found: Live | None, live: Snapshot) -> list[FieldDiff]:
        if change.after is None:
            gone = found is None or not _active(found.fields)
            return [] if gone else [FieldDiff("", "present", None)]
        if found is None:
            return [FieldDiff("", None, "present")]
        after = _kept(change.after, found.fields)
        return diff(normalise(found.fields, after, live), after)

    def digest(self, fields: Mapping[str, Any]) -> str:
        people = sorted(
            [str(element.get(name)) for name in ("participantId", "participantRole", "participationStatus")]
            for element in fields.get("participants") or ()
        )
        return digest_of([{name: fields.get(name) for name in DIGESTED}, _status(fields), people])

    def adapt(self, body: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        """Carry the mark where this service keeps it, in both places while that is unknown."""
        plain = self.name in dialect.plain
        adapted = {name: value for name, value in body.items() if not plain or name not in BEYOND_REFERENCE}
        mark = Mark.parse(body.get("externalId"))
        if mark and (plain or dialect.external_id is not True):
            adapted["additionalInfo"] = with_mark(body.get("additionalInfo"), mark)
        if dialect.external_id is False:
            adapted.pop("externalId", None)
        return adapted

    def replacement(self, change: Change, body: Mapping[str, Any], found: Live) -> Request | None:
        """PUT of the whole event (reference, Update Calendar Event): a key left out may be erased."""
        if change.request is None or change.request.method != "PATCH":
            return None
        event = found.fields
        whole = {name: event[name] for name in REPLACED if event.get(name) is not None}
        whole["participants"] = [_element(element) for element in event.get("participants") or ()]
        return replace(change.request, method="PUT", body=whole | dict(body))

    def undo(self, change: Change) -> Request | None:
        return None


class _Planner:
    """Matches one series' occurrences with its live events."""

    def __init__(
        self,
        live: Snapshot,
        context: Context,
        unmarked: dict[tuple[str, str, str], Mapping[str, Any]],
    ) -> None:
        self.live, self.context, self.unmarked = live, context, unmarked
        self.now = context.now
        self.pairs: Sequence[tuple[Occurrence, Mapping[str, Any] | None]] = ()  # of the series at hand
        self.owner = context.environment.owner

    def changes(
        self,
        series: str,
        wishes: Sequence[Occurrence],
        owned: Sequence[tuple[Mark, Mapping[str, Any]]],
    ) -> Iterator[Change]:
        """A declared series: what its occurrences need, then what of it is left over."""
        by_name: dict[str, Mapping[str, Any]] = {}
        surplus: list[Mapping[str, Any]] = []
        for mark, event in owned:
            if mark.occurrence in by_name:
                surplus.append(event)
            else:
                by_name[mark.occurrence] = event
        pairs = [(wish, by_name.pop(wish.occurrence, None)) for wish in wishes]
        surplus += by_name.values()
        self.pairs = pairs
        nearest = self._nearest([wish for wish, same in pairs if same is None], surplus)
        last = max((wish.start for wish, same in pairs if same and not wish.once), default=self.now)
        for wish, same in pairs:
            match = same or nearest.get(wish.key)
            if match is not None:
                yield self._present(wish, match)
            elif self._due(wish):
                yield replace(self._absent(wish), rolling=wish.start > last and not wish.once)
        moved = {id(event) for event in nearest.values()}
        left = (event for event in surplus if id(event) not in moved and self._removable(event))
        declared = {id for wish in wishes for id in wish.patients(self.live)}
        for event in sorted(left, key=_occurrence_of):
            if self._looked_at(event, wishes):
                yield self._surplus(series, event, declared)
            else:
                key = Key("event", f"{series}@{_occurrence_of(event)}")
                reason = "moved by hand from a date that is out of sight: left alone"
                yield Change(key, Action.NOOP, reason=reason, live_id=event["id"])

    def _looked_at(self, event: Mapping[str, Any], wishes: Sequence[Occurrence]) -> bool:
        """Whether the date in an event's mark lies where occurrences were expanded.

        Only then does a missing wish mean that nobody wants it any more: what people postponed from last
        month carries a date of last month.
        """
        reach = max((wish.reach for wish in wishes), default=timedelta(0))
        window, name = self.context.window, _occurrence_of(event)
        last = f"{window.end + reach - _DAY:%Y-%m-%d}" if reach else "9999"
        return f"{window.start + _DAY:%Y-%m-%d}" < name < last

    def _due(self, wish: Occurrence) -> bool:
        """Whether a missing occurrence is to be created: not past, and no repeat beyond the horizon."""
        within = wish.once or wish.start < self.now + self.context.environment.horizon
        return self.now <= wish.start and within and not wish.cancelled

    def _nearest(
        self, wishes: Sequence[Occurrence], events: Sequence[Mapping[str, Any]]
    ) -> dict[Key, Mapping[str, Any]]:
        """What no key matches is matched by start: a meeting moved to another day keeps people's answers."""
        lone = sorted((wish for wish in wishes if wish.start >= self.now), key=lambda wish: wish.start)
        left = sorted((event for event in events if self._removable(event) and _active(event)), key=_by_start)
        if not lone or not left:
            return {}
        pairs = match_nearest(
            [wish.start for wish in lone], [_starts(event) for event in left], lone[0].reach
        )
        return {lone[want].key: left[have] for want, have in pairs}

    def _removable(self, event: Mapping[str, Any]) -> bool:
        return not _untouchable(event, self.now)

    def undeclared(self, series: str, owned: Sequence[tuple[Mark, Mapping[str, Any]]]) -> Iterator[Change]:
        """A series that no manifest names any more: its future goes by `prune` only."""
        events = sorted((event for _, event in owned), key=_occurrence_of)
        removable = [event for event in events if self._removable(event) and _active(event)]
        changes = [self._surplus(series, event, set()) for event in removable]
        if self.context.environment.prune:
            yield from changes
        elif changes:
            yield from (change.noop("no longer declared; prune is off") for change in changes)
            message = f"event/{series}: nobody declares it any more, yet {len(removable)} of its events stay"
            self.context.findings.warn(
                self.context.environment.source, f"{message}; `prune: true` deletes them"
            )

    def _surplus(self, series: str, event: Mapping[str, Any], declared: set[str | Ref]) -> Change:
        """An event of ours that no occurrence claims; `declared`: the patients its series names."""
        key = Key("event", f"{series}@{_occurrence_of(event)}")
        if not _active(event):
            return Change(key, Action.NOOP, reason="cancelled", live_id=event["id"])
        change = Change(
            key,
            Action.DELETE,
            before=_shown(event, self.live),
            live_id=event["id"],
            live_digest=KIND.digest(event),
        )
        if set(_patients(event)) - declared:
            return change.blocked("a patient attends: move or cancel the appointment in Welkin first")
        return change.sending(routes.delete_event(self.context.scope, event["id"]))

    def _absent(self, wish: Occurrence) -> Change:
        """A wished occurrence that has no event yet."""
        after = self._wanted(wish)
        host = str(wish.fields["hostId"].key.name)
        identity = (self.live.ids.get(host, "").lower(), after["eventTitle"], after["startDateTime"])
        twin = self.unmarked.pop(identity, None)  # one event can be the twin of one occurrence only
        if twin is not None:
            return self._twin(wish, twin)
        created = Change(wish.key, Action.CREATE, after=after, source=wish.source, rule=wish.rule)
        reason = self._refusal(wish)
        if reason:
            return created.blocked(reason)
        return created.sending(routes.create_event(self.context.scope, self._new_body(wish)))

    def _twin(self, wish: Occurrence, event: Mapping[str, Any]) -> Change:
        change = replace(self._present(wish, event), action=Action.ADOPT)
        foreign = event.get("externalId") or mark_of(event)
        if foreign:
            return change.blocked(f"the same event exists with another owner's mark ({foreign})")
        return change if self.context.adopt else change.blocked("exists unowned, --adopt takes it over")

    def _present(self, wish: Occurrence, event: Mapping[str, Any]) -> Change:
        """A wished occurrence and the live event that is it."""
        same = Change(wish.key, Action.NOOP, live_id=event.get("id"), source=wish.source)
        if _untouchable(event, self.now) or wish.start < self.now:
            return same.noop("past or closed: never touched")
        wanted = _kept(self._wanted(wish), event)
        if not _active(event) and not wish.cancelled:
            if not (wish.restore or self._updated_by_us(event)):
                return same.noop("cancelled in Welkin, stays so; `restore: true` brings it back")
            wanted["eventStatus"] = "SCHEDULED"
        before = normalise(event, wanted, self.live)
        if before == wanted:
            return same
        found = tuple(diff(before, wanted))
        moved = self._moved_by_hand(wish, event, found)
        if moved and wish.keep:
            wanted = {name: value for name, value in wanted.items() if name not in TIMES}
            found = tuple(field for field in found if field.path not in TIMES)
            if not found:
                return same.noop(f"{moved}; kept there (`drift: keep`)")
            before = {name: before[name] for name in wanted}
        change = replace(
            same,
            action=Action.UPDATE,
            before=before,
            after=wanted,
            diff=found,
            live_digest=KIND.digest(event),
            rule=wish.rule,
            reason=moved,
        )
        reason = self._refusal(wish) or _stranded(found, event, wish.patients(self.live))
        if reason:
            return change.blocked(reason)
        body = self._changed_body(wish, event, {field.path.partition(".")[0] for field in found})
        return change.sending(routes.update_event(self.context.scope, event["id"], body))

    def _wanted(self, wish: Occurrence) -> dict[str, Any]:
        """The declared fields in normal form: people by name, patients by id, and our mark."""
        wanted = dict(wish.fields)
        wanted["hostId"] = str(wish.fields["hostId"].key)
        if "participants" in wanted:
            ids = wish.patients(self.live)
            patients = (str(id.key) if isinstance(id, Ref) else f"patient/{id}" for id in ids)
            wanted["participants"] = sorted({*(str(ref.key) for ref in wish.staff()), *patients})
        wanted["externalId"] = str(Mark(self.owner, wish.series, wish.occurrence))
        return wanted | ({"eventStatus": "CANCELLED"} if wish.cancelled else {})

    def _refusal(self, wish: Occurrence) -> str:
        """Why the service would not take this occurrence; empty if it would."""
        for username in sorted(ref.key.name for ref in wish.staff()):
            if username in self.live.users and username not in self.live.ids:
                return (
                    f"the service tells no id for {username}: write `id:` (a UUID) beside the user's e-mail"
                )
        host = wish.fields["hostId"].key.name
        if self.live.users.get(host, {}).get("userState") == "INACTIVE":
            return f"{host} is INACTIVE: activate the user in Admin, or give the series another host"
        return ""

    def _moved_by_hand(self, wish: Occurrence, event: Mapping[str, Any], found: Sequence[FieldDiff]) -> str:
        """Whether a person gave an event of ours its other time, in words; empty if not, or not known.

        Its mark names this very occurrence, the last to write it was somebody else, and it stands apart from
        the rest of its series, which an edit of the manifest moves alike. A later write of ours hides who
        moved it: with `drift: keep`, standing apart is then enough, unless `change` gives it its own time.
        """
        same = str(mark_of(event)) == str(Mark(self.owner, wish.series, wish.occurrence))
        if not same or not any(field.path in TIMES for field in found):
            return ""
        others = Counter(_shift(other, live) for other, live in self.pairs if live and live is not event)
        if others and others.most_common(1)[0][0] == _shift(wish, event):
            return ""
        by_us = not event.get("updatedBy") or self._updated_by_us(event)
        kept = wish.keep and bool(others)
        return "" if by_us and not kept else "moved by hand in Welkin"

    def _updated_by_us(self, event: Mapping[str, Any]) -> bool:
        by = event.get("updatedBy")
        return by in self.live.our_ids if self.live.our_ids else bool(by) and by == event.get("createdBy")

    def _id(self, ref: Ref) -> str | Ref:
        return self.live.ids.get(ref.key.name, ref)

    def _new_body(self, wish: Occurrence) -> dict[str, Any]:
        fields = {name: value for name, value in wish.fields.items() if value is not None}
        fields |= {
            "hostId": self._id(wish.fields["hostId"]),
            "participants": self._elements(wish, ()),
            "externalId": str(Mark(self.owner, wish.series, wish.occurrence)),
        }
        colour = COLOURS.get(str(fields.get("eventType")), "green")
        return DEFAULTS | {"eventColor": colour} | fields

    def _changed_body(self, wish: Occurrence, event: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
        """The changed keys; lists and objects whole, as nobody knows whether the service merges them."""
        body: dict[str, Any] = {}
        for name in sorted(names):
            body[name] = wish.fields.get(name)
        if "eventStatus" in names:
            body["eventStatus"] = "CANCELLED" if wish.cancelled else "SCHEDULED"
        if "hostId" in names:
            body["hostId"] = self._id(wish.fields["hostId"])
        if names & {"participants", "hostId"}:
            body["participants"] = self._elements(wish, event.get("participants") or ())
        mark = Mark(self.owner, wish.series, wish.occurrence)
        if "externalId" in names:
            body["externalId"] = str(mark)
        in_remarks = self.live.marks != "externalId"
        if "additionalInfo" in names or ("externalId" in names and in_remarks):
            body["additionalInfo"] = _additional_info(wish, event, mark if in_remarks else None)
            body.update({"externalId": str(mark)} if in_remarks and "externalId" in event else {})
        return body

    def _elements(self, wish: Occurrence, had: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Participants to send: who stays keeps id, attendance and answer; patients are only ever added."""
        elements: list[dict[str, Any]] = []
        wanted = {_folded(id): (id, "psm") for id in map(self._id, wish.staff())}
        wanted |= {_folded(id): (id, "patient") for id in wish.patients(self.live)}
        for element in sorted(had, key=lambda element: str(element.get("id"))):
            stays = element["participantRole"] != "psm" or "participants" not in wish.fields
            if wanted.pop(_folded(element["participantId"]), None) or stays:
                elements.append(_element(element))
        new = wanted.values()
        return elements + [
            {"participantId": id, "participantRole": role, "attended": False} for id, role in new
        ]


def normalise(event: Mapping[str, Any], declared: Mapping[str, Any], live: Snapshot) -> dict[str, Any]:
    """A live event in the words of the declared fields; missing, null and "" are one."""
    return {name: _normal(name, event, wanted, live) for name, wanted in declared.items()}


def _normal(name: str, event: Mapping[str, Any], wanted: Any, live: Snapshot) -> Any:
    value = event.get(name)
    match name:
        case "startDateTime" | "endDateTime":
            return None if value is None else _stamp(value)
        case "hostId":
            return live.person(value)
        case "participants":
            return _people(value or (), wanted, live)
        case "eventStatus":
            return _status(event)
        case "allDayEvent":
            return bool(value)
        case "externalId":
            mark = mark_of(event)
            return str(mark) if mark else None
        case "additionalInfo":
            info = remarks_without(value or {})
            return {key: info.get(key) or None for key in wanted}
        case _:
            return value or None


def _people(elements: Sequence[Mapping[str, Any]], wanted: Sequence[str], live: Snapshot) -> list[str]:
    """Participants by name: all staff, and of the patients those declared: others are not ours to judge."""
    people = set()
    for element in elements:
        if element.get("participantRole") == "patient":
            id = element["participantId"].lower()
            created = (name for name, known in live.patients.items() if known.lower() == id)
            # By external id where the plan had no other name, as it creates the patient itself.
            people |= {f"patient/{id}", *(f"patient/{name}" for name in created)}
        else:
            people.add(str(live.person(element["participantId"])))
    return sorted(name for name in people if not name.startswith("patient/") or name in wanted)


def _kept(wanted: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """The declared fields without those this service shows no sign of keeping (DESIGN 5).

    The mark is left in: a service without `externalId` keeps it in the remarks.
    """
    lost = BEYOND_REFERENCE - {"externalId"} - event.keys()
    return {name: value for name, value in wanted.items() if name not in lost}


def _sorted_out(
    live: Snapshot, context: Context
) -> tuple[dict[str, list[tuple[Mark, Mapping[str, Any]]]], dict[tuple[str, str, str], Mapping[str, Any]]]:
    """Our events by series (under its present name), and everybody else's by host, title and start."""
    renamed = {
        old.removeprefix("event/"): new.removeprefix("event/")
        for old, new in context.environment.renamed.items()
    }
    owned: dict[str, list[tuple[Mark, Mapping[str, Any]]]] = defaultdict(list)
    others: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    marked = [(mark_of(event), event) for event in live.events]
    for mark, event in sorted(marked, key=lambda pair: _precedence(pair[0], pair[1], renamed)):
        if mark and mark.owner == context.environment.owner:
            owned[renamed.get(mark.series, mark.series)].append((mark, event))
        elif _active(event) and not _untouchable(event, context.now):
            host, title = (event.get("hostId") or "").lower(), event.get("eventTitle") or ""
            others[host, title, _stamp(event["startDateTime"])] = event
    return owned, others


def _precedence(
    mark: Mark | None, event: Mapping[str, Any], renamed: Mapping[str, str]
) -> tuple[bool, bool, str, str]:
    """Of two events of one occurrence: the active one, the one under the present name, the older."""
    old_name = mark is not None and mark.series in renamed
    return not _active(event), old_name, event.get("createdAt") or "", event["id"]


def _additional_info(wish: Occurrence, event: Mapping[str, Any], mark: Mark | None) -> dict[str, Any]:
    info = remarks_without(event.get("additionalInfo") or {})
    declared = wish.fields.get("additionalInfo") or {}
    info |= {name: value if value is not None else "" for name, value in declared.items()}
    return with_mark(info, mark) if mark else info


def _stranded(found: Sequence[FieldDiff], event: Mapping[str, Any], declared: Sequence[str | Ref]) -> str:
    """Whether a change would move or cancel an appointment of a patient whom no manifest names."""
    moves = {field.path for field in found} & {"startDateTime", "endDateTime", "eventStatus", "allDayEvent"}
    if moves and set(_patients(event)) - set(declared):
        return "a patient attends: move or cancel the appointment in Welkin first"
    return ""


def _element(element: Mapping[str, Any]) -> dict[str, Any]:
    """A live participant as it is sent back: with its id, attendance and answer."""
    return {name: element[name] for name in ELEMENT_KEYS if element.get(name) not in (None, "")}


def _folded(id: str | Ref) -> str | Ref:
    """Ids are UUIDs, and those are the same in capitals."""
    return id if isinstance(id, Ref) else id.lower()


def _occurrence_of(event: Mapping[str, Any]) -> str:
    mark = mark_of(event)
    return mark.occurrence if mark else ""


def _patients(event: Mapping[str, Any]) -> list[str]:
    elements = event.get("participants") or ()
    return [e["participantId"].lower() for e in elements if e.get("participantRole") == "patient"]


def _status(event: Mapping[str, Any]) -> str:
    """The status in capitals; none at all, and RESCHEDULED, are active ones (api-facts 7)."""
    status = (event.get("eventStatus") or "SCHEDULED").upper()
    return "SCHEDULED" if status == "RESCHEDULED" else str(status)


def _active(event: Mapping[str, Any]) -> bool:
    return _status(event) == "SCHEDULED"


def _begun(event: Mapping[str, Any], now: datetime) -> bool:
    return _starts(event) < now


def _untouchable(event: Mapping[str, Any], now: datetime) -> bool:
    closed = _status(event) in ("COMPLETED", "MISSED") or event.get("eventType") == "ENCOUNTER"
    return closed or _begun(event, now)


def _shift(wish: Occurrence, event: Mapping[str, Any]) -> tuple[timedelta, timedelta]:
    """By how much a live event starts and ends later than wished."""
    end = _instant(event["endDateTime"]) - _instant(str(wish.fields["endDateTime"]))
    return _starts(event) - wish.start, end


def _by_start(event: Mapping[str, Any]) -> tuple[datetime, str]:
    return _starts(event), event["id"]


def _starts(event: Mapping[str, Any]) -> datetime:
    return _instant(event["startDateTime"])


def _instant(text: str) -> datetime:
    """A timestamp without a zone is in UTC, as all of the service's are."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _stamp(text: str) -> str:
    """One spelling for one instant; the service's own is the common case and costs nothing."""
    if len(text) == 24 and text[19] == "." and text[23] == "Z":
        return text
    return routes.stamp(_instant(text))


def _shown(event: Mapping[str, Any], live: Snapshot) -> dict[str, Any]:
    """What a plan shows of an event that goes: no participants, as patients may be among them."""
    names = ("eventTitle", "startDateTime", "endDateTime", "hostId")
    return normalise(event, dict.fromkeys(names), live)


_DAY = timedelta(days=1)
KIND = Event()
