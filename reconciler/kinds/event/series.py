"""Declared series -> occurrences: which instants, which fields. Pure.

Wall clock first, instants last: moments are local times in the series' zone, and each becomes an instant on
its own, so a Tuesday 09:00 stays 09:00 across daylight saving (DESIGN 3; RFC 5545 3.3.5 for gaps).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple, cast

from reconciler.dates.grammar import clock_of
from reconciler.dates.rules import parts_of
from reconciler.dates.words import utc_moves, words_of
from reconciler.dates.zones import wall_to_instant, zone_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.event.attending import Attending
from reconciler.kinds.event.clock import Clock
from reconciler.kinds.event.fields import FIELDS, INSIDE
from reconciler.kinds.event.length import Length, fits, is_clock, looked_from, read_length
from reconciler.kinds.event.moments import (
    LAST_INSTANT,
    Moment,
    Rule,
    midnight,
    moments,
    read_rule,
    taking_place,
    wall_of,
)
from reconciler.kinds.event.occurrence import Occurrence, key_of, timed
from reconciler.model import Key, Manifest, Ref
from reconciler.model.spec import ChangeSpec, EventSpec, cleared_in
from reconciler.model.typed import JsonObject
from reconciler.routes import stamp

DAY = timedelta(days=1)
WORDS = {field.ours: field.name for field in FIELDS if field.copied}
_stamp = lru_cache(1 << 14)(stamp)  # of instants in UTC, which occurrences of many series share


def expand_series(manifest: Manifest, context: Context) -> Iterator[Occurrence]:
    """Expand one entry of `events:`. Problems go to the findings; a series with one gives nothing."""
    known = len(context.findings.errors)
    series = _Series.read(manifest, context)
    found = list(series.occurrences()) if series else []
    if series and len(context.findings.errors) == known:
        series.say_if_idle(found)
        yield from found


class Outline(NamedTuple):
    """A series as its rule alone has it, for calendars that know recurrence.

    rule: canonical, None for what takes place once. zone: of the wall clock.
    ruled: the wall-clock start of every occurrence the rule gives in the window, by the occurrence's name.
    length: of an occurrence. all_day: it lasts from midnight to midnight.
    """

    rule: str | None
    zone: str
    ruled: Mapping[str, datetime]
    length: Length
    all_day: bool


def outline(manifest: Manifest, context: Context) -> Outline | None:
    """Say what the rule of an entry of `events:` gives in the window; None for an unsound entry."""
    series = _Series.read(manifest, context)
    return series.outline() if series else None


class _Series:
    """One entry of `events:` on its way to occurrences; sound as far as its start, length and rule go."""

    def __init__(
        self, manifest: Manifest, context: Context, zone: str, first: datetime, length: Length, rule: Rule
    ) -> None:
        self.name, self.source = manifest.name, manifest.source
        self.spec = cast(EventSpec, manifest.spec)
        self.context, self.findings = context, context.findings
        self.zone_name, self.zone = zone, zone_of(zone)
        self.first, self.length, self.rule = first, length, rule
        self.all_day = _all_day(self.spec)
        begin = context.window.start.astimezone(self.zone).replace(tzinfo=None)
        since = looked_from(self.spec, length, begin)
        self.moments = moments(self.spec, first, rule, self.zone, since, context)
        self.clock = Clock(self.spec, zone, self.moments, self.all_day, context)
        self.taking_place = taking_place(self.spec, self.moments, context)
        self.fields = _fields(self.spec, {}, context)

    @classmethod
    def read(cls, manifest: Manifest, context: Context) -> _Series | None:
        spec = cast(EventSpec, manifest.spec)
        zone = str(spec.get("timezone") or context.zone_name(spec["host"]))
        first = _first_start(spec, context)
        length = read_length(spec, first, _all_day(spec), context) if first else None
        rule = read_rule(spec, context)
        if first is None or length is None or rule is None:
            return None
        return cls(manifest, context, zone, first, length, rule)

    def outline(self) -> Outline:
        ruled = {moment.occurrence: moment.start for moment in self.moments if not moment.once}
        return Outline(self.rule.text, self.zone_name, ruled, self.length, self.all_day)

    def occurrences(self) -> Iterator[Occurrence]:
        changes = self._changes()
        self._check_exceptions()
        words = self._in_words()
        begin = stamp(self.context.window.start)
        for moment in self.taking_place:
            occurrence = self._occurrence(moment, changes.get(moment.occurrence), words)
            if occurrence and occurrence.fields["endDateTime"] > begin:
                yield occurrence

    def say_if_idle(self, found: Iterable[Occurrence]) -> None:
        """Warn where nothing is made of a series now: it is over, or begins beyond the horizon."""
        now, ahead = self.context.now, self.context.environment.horizon
        over = stamp(now)
        if any(each.fields["endDateTime"] > over for each in found if each.once or each.start < now + ahead):
            return
        first = self.clock.read(self.first)[0]
        if self.rule.text and first >= now + ahead:
            said = f"begins on {self.first:%Y-%m-%d}, beyond the horizon ({now + ahead:%Y-%m-%d})"
            self.findings.warn(
                self.source,
                f"{self.name} {said}: created from {first - ahead:%Y-%m-%d} on",
                Mistake.NOTHING_CREATED,
            )
        elif self._ends() and all(self.clock.read(each.start)[0] < now for each in self.moments):
            self.findings.warn(
                self.source,
                f"{self.name} is over: nothing of it is created any more",
                Mistake.NOTHING_CREATED,
            )

    def _ends(self) -> bool:
        """Whether there is a last occurrence."""
        return not self.rule.text or not parts_of(self.rule.text).keys().isdisjoint(("COUNT", "UNTIL"))

    def _in_words(self) -> Callable[[], str]:
        """The rule in words, for those who ask: a plan in which nothing changes doesn't."""
        walls = [moment.start for moment in self.moments if not moment.once]
        if not walls or self.rule.text is None:
            return str
        said = (self.rule.text, self.first, self.length.total, self.zone_name, self.all_day)
        return cache(partial(_words, *said, walls))

    def _changes(self) -> dict[str, ChangeSpec | str]:
        """The entries of `change:` by the occurrence they speak of; one that hits nothing is an error."""
        if "change" not in self.spec:
            return {}
        names = {timed(each.start): each.occurrence for each in self.moments}
        names |= {each.occurrence: each.occurrence for each in self.moments}
        found: dict[str, ChangeSpec | str] = {}
        for text, change in self.spec["change"].items():
            if text in names:
                if names[text] in found:
                    self.findings.error(
                        text.source,
                        f"`{text}` is changed twice: write one entry for it",
                        Mistake.CHANGED_TWICE,
                    )
                found[names[text]] = change
            elif self._visible(text):
                self.findings.error(
                    text.source, f"no occurrence of {self.name} falls on {text}", Mistake.NO_OCCURRENCE
                )
        return found

    def _check_exceptions(self) -> None:
        """Warn of an exception that hits nothing: the meeting it was meant for takes place."""
        exceptions = [text for text in self.spec.get("except", ()) if self._visible(text)]
        starts = {moment.start for moment in self.moments} if exceptions else set()
        taken = starts | {midnight(start.date()) for start in starts}
        for text in exceptions:
            if wall_of(text) not in taken:
                self.findings.warn(
                    text.source,
                    f"no occurrence of {self.name} falls on {text}: nothing to leave out",
                    Mistake.NO_OCCURRENCE,
                )

    def _visible(self, text: str) -> bool:
        """Whether a date lies where all occurrences were looked at."""
        instant = wall_to_instant(wall_of(text), self.zone)
        return self.context.window.start + DAY <= instant < self.context.window.end - DAY

    def _occurrence(
        self, moment: Moment, said: ChangeSpec | str | None, words: Callable[[], str]
    ) -> Occurrence | None:
        cancelled = said == "cancelled"
        change: ChangeSpec = {} if said is None or isinstance(said, str) else said
        wall = _moved(moment.start, change, self.all_day, self.context) if change else moment.start
        single = change["starts"].source if "starts" in change else moment.source
        start = self.clock.start(wall, single, quiet=cancelled)
        if start is None:
            return None
        length = self.length
        if change and change.keys() & {"duration", "ends"}:
            length = read_length(change, wall, self.all_day, self.context) or length
        end = self.clock.end(wall, start, length)
        fields = _fields(change, self.fields, self.context) if change else dict(self.fields)
        if "participants" in fields:
            fields["participants"] = fields["participants"].on(wall.date())
        fields["startDateTime"] = _stamp(start)
        fields["endDateTime"] = _stamp(end - LAST_INSTANT if self.all_day else end)
        return Occurrence(
            key_of(self.name, moment.occurrence), fields, self.source,
            series=self.name, occurrence=moment.occurrence, wall=moment.start, start=start,
            reach=self.rule.period, once=moment.once, cancelled=cancelled,
            restore=self.spec.get("restore") == "true",
            keep=self.spec.get("drift") == "keep" and not change.keys() & {"starts", "ends", "duration"},
            why="" if cancelled else str(change.get("reason") or self.spec.get("reason", "")),
            rule=str if moment.once else words,
        )  # fmt: skip


def _words(
    rule: str, first: datetime, total: timedelta, zone: str, all_day: bool, walls: Sequence[datetime]
) -> str:
    """A rule in words, with what changes of the clocks make of its time."""
    words, at = words_of(rule, first, total, zone, all_day), zone_of(zone)
    moves = "" if all_day else utc_moves((wall, wall_to_instant(wall, at)) for wall in walls)
    return f"{words} ({moves})" if moves else words


def _all_day(spec: EventSpec) -> bool:
    return spec.get("allDay") == "true"


def _first_start(spec: EventSpec, context: Context) -> datetime | None:
    starts = spec["starts"]
    return wall_of(starts) if fits(starts, "starts on", _all_day(spec), context) else None


def _moved(start: datetime, change: ChangeSpec, all_day: bool, context: Context) -> datetime:
    """Where a `change:` puts an occurrence: to a time of its own day, or anywhere."""
    text = change.get("starts")
    if text is None or not fits(text, "starts on", all_day, context):
        return start
    if is_clock(text):
        return midnight(start.date()) + timedelta(minutes=clock_of(text))
    return wall_of(text)


def _fields(spec: EventSpec | ChangeSpec, usual: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The declared fields in the service's words, over the `usual` ones; a cleared one is None.

    Participants stand as who they are on which date.
    """
    said: JsonObject = spec
    fields: dict[str, Any] = {WORDS[name]: str(said[name]) for name in WORDS if name in said}
    info: dict[str, str | None] = {name: str(said[name]) for name in INSIDE if name in said}
    for name in cleared_in(said, context.findings):
        if name in INSIDE:
            info[name] = None
        else:
            fields[WORDS[name]] = None
    if info:
        fields["additionalInfo"] = {**(usual.get("additionalInfo") or {}), **info}
    if "host" in spec:
        fields["hostId"] = Ref(Key("user", str(said["host"])))
    if "participants" in spec:
        fields["participants"] = Attending(spec["participants"], context)  # for each date by itself
    if said.get("allDay") == "true":
        fields["allDayEvent"] = True
    return {**usual, **fields}
