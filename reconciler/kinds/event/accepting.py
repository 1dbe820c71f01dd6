"""What people did to events in Welkin, as edits of the manifests that declare them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from reconciler.dates.grammar import duration_said
from reconciler.dates.zones import gap_or_fold, wall_to_instant, zone_of
from reconciler.kinds import Context
from reconciler.kinds.event.accepting_leave import accepted_leave
from reconciler.kinds.event.fields import FIELDS, INSIDE, TIMES, Fields, active, patients_of, staff_of, starts
from reconciler.kinds.event.leave import leave_series
from reconciler.kinds.event.marks import remarks_without
from reconciler.kinds.event.occurrence import Occurrence, instant, series_of
from reconciler.kinds.event.part import Events
from reconciler.kinds.event.stretches import spec_on
from reconciler.model import Action, Change, Desired, Key, Manifest, Snapshot, Text
from reconciler.model.edits import LAST, Edit, Past, Untold, Value
from reconciler.model.spec import ChangeSpec, EventSpec
from reconciler.model.typed import JsonObject

ORDER = (
    "title", "type", "mode", "host", "hosts", "turn", "starts", "ends", "duration", "allDay", "timezone",
    "repeat", "gap", "fold", "from", "holidays", "except", "also", "change", "participants", "location",
    "remarks", "color", "clear", "restore", "drift", "reason",
)  # fmt: skip
OURS = {field.name: field.ours for field in FIELDS if field.copied}
OF_A_DATE = frozenset(("title", "mode", "location", "remarks"))  # what `change` says beside times and people
FREE = frozenset(("title", "location", "remarks"))  # what people typed, perhaps about a patient who attends
LAST_INSTANT = timedelta(milliseconds=1)


class Unsayable(Exception):
    """Why a manifest can't say what is live."""


def accepted(
    changes: Sequence[Change], wishes: Iterable[Desired], live: Snapshot, context: Context, past: Past
) -> Iterator[Edit | Untold]:
    """The edits after which the manifests say what is live of declared events.

    changes: a plan's, no-ops among them.
    """
    events = {event.get("id"): event for event in live.of(Events).found}
    wished = {wish.key: wish for wish in wishes if isinstance(wish, Occurrence)}
    declared = {manifest.name: manifest for manifest in context.environment.under("events")}
    leave = {leave_series(each.name): each for each in context.environment.under("leave")}
    by_series: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_series[series_of(change.key)].append(change)
    for name, own in by_series.items():
        if name in leave:
            yield from accepted_leave(leave[name], own, wished, events, context, past)
        elif name in declared:
            pairs = [
                _Pair(past.drifted(change), wished[change.key], events.get(change.live_id))
                for change in own
                if change.key in wished
            ]
            begun = any(pair.event for pair in pairs)
            ahead = {change.key: past.ahead(change, begun) for change in own}
            yield from filter(None, ahead.values())
            yield from _Accepting(declared[name], pairs, live, context).edits(ahead)


@dataclass(frozen=True, slots=True)
class _Pair:
    """An occurrence, what a plan makes of it, and the live event."""

    change: Change
    wish: Occurrence
    event: Fields | None

    @property
    def gone(self) -> bool:
        """Whether somebody deleted the event."""
        return self.event is None and self.change.action is Action.CREATE and not self.change.is_routine

    @property
    def differs(self) -> bool:
        return self.event is not None and self.change.action in (Action.UPDATE, Action.BLOCKED)


class _Accepting:
    """One series or one-off."""

    def __init__(self, manifest: Manifest, pairs: Sequence[_Pair], live: Snapshot, context: Context) -> None:
        self.manifest, self.pairs, self.live, self.context = manifest, pairs, live, context
        self.spec = cast(EventSpec, manifest.spec)
        self.changes: Mapping[Text, ChangeSpec | str] = self.spec.get("change", {})
        self.once = not self.spec.keys() & {"repeat", "also", "from", "change", "hosts"} and not any(
            map(self._elsewhen, pairs)
        )

    def edits(self, ahead: Mapping[Key, Untold | None]) -> Iterator[Edit | Untold]:
        """ahead: why some were only edited here."""
        common = {} if self.once else dict(self._in_common())
        for field, value in common.items():
            yield self._edit(self.pairs[0], (field,), value)
        for pair in self.pairs:
            if ahead.get(pair.change.key):
                continue
            try:
                yield from self._of(pair, frozenset(common))
            except Unsayable as error:
                yield Untold(pair.change.key, str(error))

    def _elsewhen(self, pair: _Pair) -> bool:
        """Whether an event is on another date: it goes by its own, so that is a change of it."""
        moved = pair.differs and any(field.path == TIMES[0] for field in pair.change.diff)
        return moved and self._wall(pair, starts(pair.event or {})).date() != pair.wish.wall.date()

    def _edit(self, pair: _Pair, path: tuple[str | int, ...], value: Value | None, note: str = "") -> Edit:
        return Edit("events", self.manifest.name, path, value, pair.change.key, ORDER, note)

    def _in_common(self) -> Iterator[tuple[str, str]]:
        """What all events to come say instead of what the entry says."""
        to_come = [pair for pair in self.pairs if pair.event and starts(pair.event) >= self.context.now]
        if len(to_come) < 2 or "from" in self.spec or not all(pair.differs for pair in to_come):
            return
        said = [_fields(pair) for pair in to_come]
        for field, value in said[0].items():
            plain = field in self.spec and isinstance(value, str)
            elsewhere = any(field in each for each in self.changes.values() if not isinstance(each, str))
            free = field not in FREE or not any(map(_attended, to_come))
            if plain and free and not elsewhere and all(each.get(field) == value for each in said):
                yield field, str(value)

    def _of(self, pair: _Pair, done: frozenset[str]) -> Iterator[Edit]:
        name = self._named(pair)
        if pair.gone:
            yield self._edit(pair, ("except", LAST), name)
        elif pair.event is None or starts(pair.event) < self.context.now:
            return
        elif not active(pair.event) and not pair.wish.cancelled:
            yield self._edit(pair, ("change", name), "cancelled")
        elif pair.differs and pair.wish.cancelled and active(pair.event):
            yield self._edit(pair, ("change", name), None)
        elif pair.differs:
            yield from self._differences(pair, name, done)

    def _named(self, pair: _Pair) -> str:
        """What `change` and `except` call an occurrence."""
        names = (pair.wish.occurrence, pair.wish.timed)
        return next((str(text) for text in self.changes if text in names), pair.wish.occurrence)

    def _differences(self, pair: _Pair, name: str, done: frozenset[str]) -> Iterator[Edit]:
        fields = {field: value for field, value in _fields(pair).items() if field not in done}
        changed = self.changes.get(cast(Text, name), {})
        of_date = {} if isinstance(changed, str) else changed
        way: tuple[str, ...] = () if self.once else ("change", name)
        paths = {field.path for field in pair.change.diff}
        if paths & {"allDayEvent"}:
            raise Unsayable("whole days became hours, or the other way round")
        if paths & set(TIMES):
            for key, value in self._times(pair, cast(Mapping[str, str], self.spec if self.once else of_date)):
                yield self._edit(pair, (*way, key), value)
        for field, value in fields.items():
            yield from self._field(pair, way, field, value)
        if "hostId" in paths:
            host = _username(str(self.live.person((pair.event or {})["hostId"])))
            yield self._edit(pair, (*way, "host"), host)
        if paths & {"participants", "hostId"} and "participants" in pair.wish.fields:
            yield from self._people(pair, way)

    def _field(self, pair: _Pair, way: tuple[str, ...], field: str, value: Value | None) -> Iterator[Edit]:
        if field in FREE and _attended(pair):
            raise Unsayable(f"a patient attends: its {field} isn't read into a file")
        if self.once:
            if value is None:
                yield self._edit(pair, (field,), None)
                yield self._edit(pair, ("clear", LAST), field)
            else:
                if field in self.spec.get("clear", ()):
                    yield self._edit(pair, ("clear", [*self.spec["clear"]].index(cast(Text, field))), None)
                yield self._edit(pair, (field,), value)
        elif value is None or field not in OF_A_DATE:
            raise Unsayable(f"`change` of one date can't say this of its {field}")
        else:
            yield self._edit(pair, (*way, field), value)

    def _times(self, pair: _Pair, said: Mapping[str, str]) -> Iterator[tuple[str, Value | None]]:
        """`starts` and how long: what of them differs from the times as they are wished."""
        assert pair.event is not None
        start, end = (instant(pair.event[name]) for name in TIMES)
        was, until = (instant(str((pair.change.after or {})[name])) for name in TIMES)
        if start != was:
            wall = self._wall(pair, start)
            if not self.once and wall == pair.wish.wall:
                yield "starts", None
            else:
                yield "starts", self._said(pair, wall)
        if end - start != until - was:
            yield from self._length(pair, said, start, end)

    def _length(
        self, pair: _Pair, said: Mapping[str, str], start: datetime, end: datetime
    ) -> Iterator[tuple[str, Value | None]]:
        if self.spec.get("allDay") == "true":
            first, last = self._wall(pair, start), self._wall(pair, end + LAST_INSTANT)
            yield "duration", duration_said(timedelta(0), (last - first).days)
            if "ends" in said:
                yield "ends", None
        elif "ends" in said:
            wall = self._wall(pair, end)
            same = wall.date() == self._wall(pair, start).date()
            yield "ends", f"{wall:%H:%M}" if same else f"{wall:%Y-%m-%dT%H:%M}"
        else:
            yield "duration", duration_said(end - start)

    def _wall(self, pair: _Pair, at: datetime) -> datetime:
        spec = spec_on(self.spec, pair.wish.wall.date())
        host = spec["hosts"][0] if "hosts" in spec else spec["host"]
        zone = zone_of(str(spec.get("timezone") or self.context.zone_name(host)))
        wall = at.astimezone(zone).replace(tzinfo=None, fold=0)
        if wall.second or wall.microsecond:
            raise Unsayable("its time has seconds")
        if gap_or_fold(wall, zone) and wall_to_instant(wall, zone) != at:
            raise Unsayable("its time is on the clock twice that day")
        return wall

    def _said(self, pair: _Pair, wall: datetime) -> str:
        if self.spec.get("allDay") == "true":
            return f"{wall:%Y-%m-%d}"
        same_day = not self.once and wall.date() == pair.wish.wall.date()
        return f"{wall:%H:%M}" if same_day else f"{wall:%Y-%m-%dT%H:%M}"

    # People.

    def _people(self, pair: _Pair, way: tuple[str, ...]) -> Iterator[Edit]:
        assert pair.event is not None
        host = str(self.live.person(pair.event["hostId"]))
        users = [_username(str(self.live.person(id))) for id in staff_of(pair.event)]
        there = [name for name in dict.fromkeys(users) if f"user/{name}" != host]
        declared = spec_on(self.spec, pair.wish.wall.date()).get("participants", ())
        if not isinstance(declared, str) and self.once and _is_plain(declared):
            yield from self._one_by_one(pair, declared, there)
            return
        patients = [each for each in declared if not isinstance(each, str) and "patient" in each]
        teams = [str(each["team"]) for each in declared if not isinstance(each, str) and "team" in each]
        value = [*_users(declared, there), *cast(Sequence[Value], patients)]
        note = f"instead of team {', '.join(teams)}" if teams else ""
        yield self._edit(pair, (*way, "participants"), cast(Value, value), note)

    def _one_by_one(self, pair: _Pair, declared: Sequence[object], there: Sequence[str]) -> Iterator[Edit]:
        """Who left, from the end on, then who came."""
        names = [each if isinstance(each, str) else cast(JsonObject, each).get("user") for each in declared]
        for place, name in reversed([*enumerate(names)]):
            if name is not None and name not in there:
                yield self._edit(pair, ("participants", place), None)
        for value in _users(declared, [name for name in there if name not in names]):
            yield self._edit(pair, ("participants", LAST), value)


def _users(declared: Sequence[object], names: Sequence[str]) -> Iterator[Value]:
    """Users as the list has them that they stand in: by name alone, or as `{user: …}`."""
    mapped = any(isinstance(each, Mapping) and "user" in each for each in declared)
    yield from ({"user": name} if mapped else name for name in names)


def _is_plain(declared: Sequence[object]) -> bool:
    """Whether a list names users and patients, each for all dates."""
    return all(
        isinstance(each, str) or (isinstance(each, Mapping) and each.keys() in ({"user"}, {"patient"}))
        for each in declared
    )


def _fields(pair: _Pair) -> dict[str, Value | None]:
    """What is live of the fields that differ, by our names; times and people aside."""
    found: dict[str, Value | None] = {}
    event = pair.event or {}
    info = remarks_without(event.get("additionalInfo") or {})
    for field in pair.change.diff:
        name, _, below = field.path.partition(".")
        if below in INSIDE:
            found[below] = str(info.get(below) or "") or None
        elif name in OURS:
            found[OURS[name]] = str(event.get(name) or "") or None
    return found


def _username(person: str) -> str:
    if not person.startswith("user/"):
        raise Unsayable("somebody of it is no user whose name is known")
    return person.removeprefix("user/")


def _attended(pair: _Pair) -> bool:
    return pair.event is not None and bool(patients_of(pair.event))
