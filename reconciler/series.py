"""Declared series -> occurrences: which dates, which instants, which fields. Pure.

Wall clock first, instants last: a rule gives local times in the series' zone, and each becomes an instant on
its own, so a Tuesday 09:00 stays 09:00 across daylight saving (DESIGN 3; RFC 5545 3.3.5 for gaps).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any, NamedTuple

from reconciler.calendars import days_of_calendar, version
from reconciler.grammar import clock_of, duration_of, local_of, range_of
from reconciler.kind import Context
from reconciler.model import Desired, Key, Manifest, Ref, Snapshot, Source
from reconciler.recurrence import check_fires, occurrences, period_of, rule_of
from reconciler.routes import stamp
from reconciler.wording import utc_moves, words_of
from reconciler.zones import gap_or_fold, wall_to_instant, zone_of

MOST = 9_999  # occurrences of one series in the window; more is a slip of the pen (DESIGN 3)
LAST_INSTANT = timedelta(milliseconds=1)
WORDS = {"title": "eventTitle", "type": "eventType", "mode": "eventMode", "color": "eventColor"}
INFO = ("location", "remarks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence(Desired):
    """One occurrence of a series.

    occurrence: the local date the rule gave, with the time from the second one of a day on.
    start: aware, the instant it starts.
    reach: how far from its start a live event may lie and still be taken for it: half the rule's period.
    once: not from a rule, so created whatever the horizon.
    keep: where a person moved it in Welkin, it stays; not where `change` gives it a time of its own.
    rule: what gives it, in words.
    """

    series: str
    occurrence: str
    start: datetime
    reach: timedelta = timedelta(0)
    once: bool = False
    cancelled: bool = False
    restore: bool = False
    keep: bool = False
    rule: str = ""

    def staff(self) -> list[Ref]:
        """The host, who takes part by itself, and the users declared beside."""
        declared = [ref for ref in self.fields.get("participants", ()) if ref.key.kind == "user"]
        return list(dict.fromkeys([self.fields["hostId"], *declared]))

    def patients(self, live: Snapshot) -> list[str | Ref]:
        """The ids of the declared patients; a reference for one whom the same plan creates."""
        declared = [ref for ref in self.fields.get("participants", ()) if ref.key.kind != "user"]
        return [_patient_id(ref, live) or ref for ref in declared]


def _patient_id(ref: Ref, live: Snapshot) -> str:
    known = ref.key.name if ref.key.kind == "patientId" else live.patients.get(ref.key.name, "")
    return known.lower()


def expand_series(manifest: Manifest, context: Context) -> Iterator[Occurrence]:
    """Expand one entry of `events:`. Problems go to the findings; a series with one gives nothing."""
    known = len(context.findings.errors)
    found = list(_Series(manifest, context).occurrences())
    if len(context.findings.errors) == known:
        yield from found


def expand_leave(manifest: Manifest, context: Context) -> Iterator[Occurrence]:
    """Expand one person's line of `leave:` into all-day LEAVE events, in the person's zone."""
    zone = zone_of(context.zone_name(manifest.name))
    series = leave_series(manifest.name)
    for text in manifest.spec if isinstance(manifest.spec, list) else [manifest.spec]:
        first, last = range_of(text)
        start, end = wall_to_instant(_midnight(first), zone), wall_to_instant(_midnight(last + _DAY), zone)
        fields = {
            "eventTitle": "Leave",
            "eventType": "LEAVE",
            "allDayEvent": True,
            "startDateTime": stamp(start),
            "endDateTime": stamp(end - LAST_INSTANT),
            "hostId": Ref(Key("user", manifest.name)),
        }
        yield Occurrence(
            Key("event", f"{series}@{first}"), fields, text.source,
            series=series, occurrence=str(first), start=start, once=True,
        )  # fmt: skip


def leave_series(username: str) -> str:
    """The series that a person's leave makes up."""
    return f"leave-{username}"


class Outline(NamedTuple):
    """A series as its rule alone has it, for calendars that know recurrence.

    rule: canonical, None for what takes place once. zone: of the wall clock.
    ruled: the wall-clock start of every occurrence the rule gives in the window, by the occurrence's name.
    length: of an occurrence. all_day: it lasts from midnight to midnight.
    """

    rule: str | None
    zone: str
    ruled: Mapping[str, datetime]
    length: timedelta
    all_day: bool


def outline(manifest: Manifest, context: Context) -> Outline | None:
    """Say what the rule of an entry of `events:` gives in the window; None for an unsound entry."""
    return _Series(manifest, context).outline()


class _Moment(NamedTuple):
    """An occurrence in wall-clock terms; `occurrence` names it for good."""

    occurrence: str
    start: datetime
    once: bool


class _Length(NamedTuple):
    """Either an exact duration or a wall-clock one: 22:00 to 06:00 is seven hours on the night of spring."""

    exact: timedelta | None
    wall: timedelta


class _Series:
    """One entry of `events:` on its way to occurrences."""

    def __init__(self, manifest: Manifest, context: Context) -> None:
        self.name, self.spec, self.source = manifest.name, manifest.spec, manifest.source
        self.context, self.findings = context, context.findings
        self.zone_name = str(self.spec.get("timezone") or context.zone_name(self.spec["host"]))
        self.zone = zone_of(self.zone_name)
        self.all_day = self.spec.get("allDay") == "true"
        self.reach = timedelta(0)
        self.words = ""
        self.exceptions = frozenset(map(str, self.spec.get("except", ())))
        self.fields = self._fields(self.spec)
        self.holidays = frozenset(chain.from_iterable(self._holidays()))

    def occurrences(self) -> Iterator[Occurrence]:
        first = self._first_start()
        length = self._length(self.spec, first) if first else None
        if first is None or length is None:
            return
        moments = self._moments(first)
        changes = self._changes(moments)
        self.words = self._in_words(first, length, [moment.start for moment in moments if not moment.once])
        for moment in moments:
            if not self._excepted(moment):
                occurrence = self._occurrence(moment, length, changes.get(moment.occurrence))
                if occurrence and occurrence.start >= self.context.window.start:
                    yield occurrence

    def _in_words(self, first: datetime, length: _Length, walls: Sequence[datetime]) -> str:
        if not walls:
            return ""
        rule = rule_of(self.spec["repeat"], self.zone)
        words = words_of(rule, first, length.exact or length.wall, self.zone_name, self.all_day)
        starts = ((wall, wall_to_instant(wall, self.zone).astimezone(UTC)) for wall in walls)
        moves = "" if self.all_day else utc_moves(starts)
        return f"{words} ({moves})" if moves else words

    def outline(self) -> Outline | None:
        first = self._first_start()
        length = self._length(self.spec, first) if first else None
        if first is None or length is None:
            return None
        ruled = {moment.occurrence: moment.start for moment in self._moments(first) if not moment.once}
        rule = rule_of(self.spec["repeat"], self.zone) if "repeat" in self.spec else None
        return Outline(rule, self.zone_name, ruled, length.exact or length.wall, self.all_day)

    def _first_start(self) -> datetime | None:
        starts = self.spec["starts"]
        local = local_of(starts)
        if self.all_day == isinstance(local, datetime):
            say = (
                "an all-day event starts on a date, without a time" if self.all_day else "the time is missing"
            )
            advice = "" if self.all_day else f": write {starts}T09:00, or `allDay: true` beside it"
            self.findings.error(starts.source, f"`{starts}`: {say}{advice}")
            return None
        return local if isinstance(local, datetime) else _midnight(local)

    def _length(self, spec: Mapping[str, Any], start: datetime) -> _Length | None:
        if "duration" in spec and "ends" in spec:
            self.findings.error(spec["ends"].source, "`ends` and `duration` say the same: keep one")
        elif "duration" in spec:
            duration = duration_of(spec["duration"])
            return _Length(None if self.all_day else duration, duration)
        elif "ends" in spec:
            end = self._end(spec["ends"], start)
            if end > start:
                return _Length(None, end - start)
            self.findings.error(spec["ends"].source, f"`ends` ({spec['ends']}) is not after `starts`")
        elif self.all_day:
            return _Length(None, _DAY)
        return None

    def _end(self, text: str, start: datetime) -> datetime:
        """The first moment after the end, on the wall: a clock before the start means the day after."""
        if ":" in text and "T" not in text:
            end = _midnight(start.date()) + timedelta(minutes=clock_of(text))
            return end + _DAY if end < start else end
        local = local_of(text)
        return local if isinstance(local, datetime) else _midnight(local + _DAY)

    def _moments(self, first: datetime) -> list[_Moment]:
        """What the rule gives in the window, then what `also` adds; named before anything is taken out."""
        names: set[str] = set()
        ruled = (
            [_named(start, names, once=False) for start in self._ruled(first)]
            if "repeat" in self.spec
            else []
        )
        lone = [first] if "repeat" not in self.spec else []
        return ruled + [_named(start, names, once=True) for start in lone + self._also()]

    def _ruled(self, first: datetime) -> Sequence[datetime]:
        repeat = self.spec["repeat"]
        try:
            rule = rule_of(repeat, self.zone)
            reach = period_of(rule) / 2
            since = _midnight((self.context.window.start.astimezone(self.zone)).date())
            until = (self.context.window.end + reach).astimezone(self.zone).replace(tzinfo=None)
            self.reach = reach
            found = occurrences(rule, first, since, until, MOST)
            if not found:
                check_fires(rule, first)
            return found
        except ValueError as error:
            self.findings.error(repeat.source, str(error))
            return ()

    def _also(self) -> list[datetime]:
        found = []
        for text in self.spec.get("also", ()):
            local = local_of(text)
            if isinstance(local, datetime) == self.all_day:
                say = "a date" if self.all_day else "a date with a time, as in 2026-12-30T11:00"
                self.findings.error(text.source, f"`{text}`: `also` takes {say} here")
            else:
                found.append(local if isinstance(local, datetime) else _midnight(local))
        return found

    def _holidays(self) -> Iterator[frozenset[date]]:
        """The days that the series skips, of each calendar it names."""
        named: Any = self.spec.get("holidays", [])
        names: list[Any] = named if isinstance(named, list) else [named]
        for name in names:
            try:
                yield days_of_calendar(str(name), self.context.calendars)
                if name not in self.context.calendars:
                    self.findings.notes.add(f"public holidays are those of {version()}")
            except ValueError as error:
                self.findings.error(name.source, str(error))

    def _excepted(self, moment: _Moment) -> bool:
        """Whether `except` or a holiday drops it; what `also` adds, a holiday doesn't take away."""
        if not moment.once and moment.start.date() in self.holidays:
            return True
        if not self.exceptions:
            return False
        return not self.exceptions.isdisjoint((str(moment.start.date()), f"{moment.start:%Y-%m-%dT%H:%M}"))

    def _changes(self, moments: Sequence[_Moment]) -> dict[str, Any]:
        """The entries of `change:` by the occurrence they speak of; one that hits nothing is an error."""
        names = {moment.occurrence for moment in moments}
        by_time = {f"{moment.start:%Y-%m-%dT%H:%M}": moment.occurrence for moment in moments}
        found = {}
        for text, change in self.spec.get("change", {}).items():
            name = text if text in names else by_time.get(text)
            if name is not None:
                found[name] = change
            elif self._visible(text):
                self.findings.error(text.source, f"no occurrence of {self.name} falls on {text}")
        return found

    def _visible(self, text: str) -> bool:
        """Whether a date lies where all occurrences were looked at."""
        local = local_of(text)
        instant = wall_to_instant(local if isinstance(local, datetime) else _midnight(local), self.zone)
        return self.context.window.start + _DAY <= instant < self.context.window.end - _DAY

    def _occurrence(self, moment: _Moment, length: _Length, change: Any) -> Occurrence | None:
        cancelled = change == "cancelled"
        change = change if isinstance(change, Mapping) else {}
        wall = self._moved(moment.start, change)
        if change.keys() & {"duration", "ends"}:
            length = self._length(change, wall) or length
        start = self._instant(moment, wall, change.get("starts"))
        if start is None:
            return None
        end = self._end_instant(wall, start, length)
        fields = self.fields | (self._fields(change) if change else {})
        fields |= {
            "startDateTime": stamp(start),
            "endDateTime": stamp(end.astimezone(UTC) - LAST_INSTANT if self.all_day else end),
        }
        return Occurrence(
            Key("event", f"{self.name}@{moment.occurrence}"), fields, self.source,
            series=self.name, occurrence=moment.occurrence, start=start, reach=self.reach, once=moment.once,
            cancelled=cancelled, restore=self.spec.get("restore") == "true",
            keep=self.spec.get("drift") == "keep" and not change.keys() & {"starts", "ends", "duration"},
            rule="" if moment.once else self.words,
        )  # fmt: skip

    def _end_instant(self, wall: datetime, start: datetime, length: _Length) -> datetime:
        """An exact length counts from the start; a wall-clock end is that end, unless its start was moved
        out of a gap or past it: then it keeps its length."""
        end = wall_to_instant(wall + length.wall, self.zone)
        if length.exact or end <= start or gap_or_fold(wall, self.zone) == "gap":
            return start + (length.exact or length.wall)
        return end

    def _moved(self, start: datetime, change: Mapping[str, Any]) -> datetime:
        text = change.get("starts")
        if text is None:
            return start
        if "T" not in text and ":" in text:
            return _midnight(start.date()) + timedelta(minutes=clock_of(text))
        local = local_of(text)
        return local if isinstance(local, datetime) else _midnight(local)

    def _instant(self, moment: _Moment, wall: datetime, moved_by: Any) -> datetime | None:
        """The instant of a wall-clock start; None, with an error or a warning, where it doesn't exist."""
        odd = gap_or_fold(wall, self.zone)
        if odd == "gap" and self.spec.get("gap") == "skip":
            return None
        instant = wall_to_instant(wall, self.zone)
        if odd == "overlap" and self.spec.get("fold") == "second":
            instant = instant.replace(fold=1)
        if odd == "gap" and not self.all_day:
            self._report_gap(wall, instant, moment.once or moved_by is not None)
        return instant.astimezone(UTC)

    def _report_gap(self, wall: datetime, instant: datetime, single: bool) -> None:
        source: Source = self.spec["starts"].source
        lost = f"{wall:%Y-%m-%d %H:%M} does not exist in {self.zone_name} (the clocks are put forward)"
        if single:
            self.findings.error(source, f"{lost}: choose another time")
        elif instant >= self.context.now:
            later = instant.astimezone(UTC).astimezone(self.zone)
            self.findings.warn(
                source, f"{lost}: that day it starts at {later:%H:%M}; `gap: skip` leaves it out"
            )

    def _fields(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """The declared fields in the service's words; a cleared one is None."""
        fields: dict[str, Any] = {WORDS[name]: str(spec[name]) for name in WORDS if name in spec}
        info: dict[str, Any] = {name: str(spec[name]) for name in INFO if name in spec}
        for name in spec.get("clear", ()):
            target = info if name in INFO else fields
            if target.get(WORDS.get(name, name)) is not None:
                self.findings.error(name.source, f"`{name}` is both set and cleared: keep one of the two")
            target[WORDS.get(name, name)] = None
        if info:
            fields["additionalInfo"] = (
                self.fields.get("additionalInfo") or {} if spec is not self.spec else {}
            ) | info
        if "host" in spec:
            fields["hostId"] = Ref(Key("user", str(spec["host"])))
        if "participants" in spec:
            fields["participants"] = tuple(_ref(entry) for entry in spec["participants"])
        if self.all_day and spec is self.spec:
            fields["allDayEvent"] = True
        return fields


_DAY = timedelta(days=1)


def _named(start: datetime, names: set[str], *, once: bool) -> _Moment:
    """Name an occurrence by its date, or with its time where the date is taken already."""
    plain = str(start.date())
    name = f"{start:%Y-%m-%dT%H:%M}" if plain in names else plain
    names.add(name)
    return _Moment(name, start, once)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _ref(entry: Mapping[str, Any]) -> Ref:
    if "user" in entry:
        return Ref(Key("user", str(entry["user"])))
    patient = entry["patient"]
    if "id" in patient:
        return Ref(Key("patientId", str(patient["id"])))
    return Ref(Key("patient", str(patient["externalId"])))
