"""Declared series -> occurrences: which instants, which fields. Pure.

Wall clock first, instants last: moments are local times in the series' zone, and each becomes an instant on
its own, so a Tuesday 09:00 stays 09:00 across daylight saving (RFC 5545 3.3.5 for gaps).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any, cast

from reconciler.dates.grammar import clock_of
from reconciler.dates.rules import parts_of
from reconciler.dates.zones import wall_to_instant, zone_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.event.attending import Attending, attending
from reconciler.kinds.event.fields import FIELDS, INSIDE
from reconciler.kinds.event.legs import Leg, Outline, words_of_legs
from reconciler.kinds.event.length import fits, is_clock, looked_from, read_length
from reconciler.kinds.event.moments import (
    LAST_INSTANT,
    Moment,
    Portion,
    midnight,
    moments,
    taking_place,
    wall_of,
)
from reconciler.kinds.event.occurrence import Occurrence, key_of, timed
from reconciler.kinds.event.stretches import Stretch, is_all_day, read_stretches
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


def outlines(manifest: Manifest, context: Context) -> Sequence[Outline]:
    """Say what the rules of an entry of `events:` give in the window; nothing for an unsound entry."""
    series = _Series.read(manifest, context)
    return series.outlines() if series else ()


class _Series:
    """One entry of `events:` on its way to occurrences; sound as far as its start, length and rule go."""

    def __init__(self, manifest: Manifest, context: Context, stretches: Sequence[Stretch]) -> None:
        self.name, self.source = manifest.name, manifest.source
        self.spec = cast(EventSpec, manifest.spec)
        self.context, self.findings = context, context.findings
        self.stretches, self.all_day = stretches, is_all_day(self.spec)
        self.borders = [stretch.begins for stretch in stretches[1:]]
        self.moments = moments(self.spec, [*self._portions()], context)
        self.legs = (*self._legs(),)
        self.changes = self._changes()
        self.taking_place = taking_place(self.spec, self.moments, self._is_closed, context)
        self.words = self._in_words()
        self.restore, self.keep = self.spec.get("restore") == "true", self.spec.get("drift") == "keep"

    @classmethod
    def read(cls, manifest: Manifest, context: Context) -> _Series | None:
        stretches = read_stretches(cast(EventSpec, manifest.spec), context)
        return cls(manifest, context, stretches) if stretches else None

    def _portions(self) -> Iterator[Portion]:
        """What the rules give in the window, and within a period of its end."""
        window = self.context.window
        periods = [stretch.rule.period for stretch in self.stretches if stretch.rule.text]
        end = window.end + max(periods, default=DAY)
        for stretch in self.stretches:
            begin = _on_the_wall(window.start, stretch.zone)
            since = midnight(looked_from(self.spec, stretch.length, begin).date())
            yield stretch.portion(since, _on_the_wall(end, stretch.zone))

    def _legs(self) -> Iterator[Leg]:
        usual: Mapping[str, Any] = {}
        for place, stretch in enumerate(self.stretches):
            own = self.moments
            if self.borders:
                own = [moment for moment in own if self._place(moment) == place]
            usual = _fields(stretch.says, usual, self.context)
            yield Leg(place, self.stretches, own, usual, self.context)

    def _place(self, moment: Moment) -> int:
        """Which of its stretches an occurrence is of, by the date that the rule gave it."""
        return bisect_right(self.borders, moment.start)

    def _is_closed(self, moment: Moment) -> bool:
        """Whether the house is closed for whoever hosts an occurrence, the successor of one who has left."""
        leg, change = self.legs[self._place(moment)], self.changes.get(moment.occurrence, {})
        named = leg.host(moment) if isinstance(change, str) else change.get("host") or leg.host(moment)
        host = self.context.host_at(str(named), leg.clock.read(moment.start)[0], {})
        return host is not None and self.context.closures.on(moment.start.date(), host) is not None

    def outlines(self) -> Sequence[Outline]:
        return [leg.outline(self.name) for leg in self.legs]

    def occurrences(self) -> Iterator[Occurrence]:
        self._check_exceptions()
        begin, leg = _stamp(self.context.window.start), self.legs[0]
        for moment in self.taking_place:
            if self.borders:
                leg = self.legs[self._place(moment)]
            occurrence = self._occurrence(moment, leg, self.changes.get(moment.occurrence))
            if occurrence and occurrence.fields["endDateTime"] > begin:
                yield occurrence

    def say_if_idle(self, found: Iterable[Occurrence]) -> None:
        """Warn where nothing is made of a series now: it is over, or begins beyond the horizon."""
        now, ahead = self.context.now, self.context.environment.horizon
        over = _stamp(now)
        if any(each.fields["endDateTime"] > over for each in found if each.once or each.start < now + ahead):
            return
        first = self.stretches[0]
        begins = self.legs[0].clock.read(first.first)[0]
        if first.rule.text and begins >= now + ahead:
            said = f"begins on {first.first:%Y-%m-%d}, beyond the horizon ({now + ahead:%Y-%m-%d})"
            self.findings.warn(
                self.source,
                f"{self.name} {said}: created from {begins - ahead:%Y-%m-%d} on",
                Mistake.NOTHING_CREATED,
            )
        elif self._ends() and all(self._start(each) < now for each in self.moments):
            self.findings.warn(
                self.source,
                f"{self.name} is over: nothing of it is created any more",
                Mistake.NOTHING_CREATED,
            )

    def _start(self, moment: Moment) -> datetime:
        return self.legs[self._place(moment)].clock.read(moment.start)[0]

    def _ends(self) -> bool:
        """Whether there is a last occurrence, and nothing changes before it."""
        rule, last = self.stretches[-1].rule.text, self.legs[-1]
        ends = not rule or not parts_of(rule).keys().isdisjoint(("COUNT", "UNTIL"))
        return ends and last.clock.read(last.stretch.begins)[0] < self.context.now

    def _in_words(self) -> Callable[[], str]:
        """The rules in words, for those who ask: a plan in which nothing changes doesn't."""
        ruled = any(not moment.once for moment in self.moments)
        return partial(words_of_legs, self.legs) if ruled else str

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
        instant = wall_to_instant(wall_of(text), zone_of(self.stretches[0].zone))
        return self.context.window.start + DAY <= instant < self.context.window.end - DAY

    def _occurrence(self, moment: Moment, leg: Leg, said: ChangeSpec | str | None) -> Occurrence | None:
        cancelled = said == "cancelled"
        change: ChangeSpec = {} if said is None or isinstance(said, str) else said
        wall = _moved(moment.start, change, self.all_day, self.context) if change else moment.start
        single = change["starts"].source if "starts" in change else moment.source
        length = leg.length
        if change and change.keys() & {"duration", "ends"}:
            length = read_length(change, wall, self.all_day, self.context) or length
        span = leg.clock.span(wall, length, single, quiet=cancelled)
        if span is None:
            return None
        start, end = span
        usual = leg.usual(moment)
        fields = _fields(change, usual, self.context) if change else dict(usual)
        if isinstance(fields.get("participants"), Attending):
            fields["participants"] = fields["participants"].on(wall.date())
        fields["startDateTime"] = _stamp(start)
        fields["endDateTime"] = _stamp(end - LAST_INSTANT if self.all_day else end)
        return Occurrence(
            key_of(self.name, moment.occurrence), fields, self.source,
            series=self.name, occurrence=moment.occurrence, wall=moment.start, start=start,
            stretch=leg.place, reach=leg.reach, once=moment.once, cancelled=cancelled,
            restore=self.restore,
            keep=self.keep and not change.keys() & {"starts", "ends", "duration"},
            why="" if cancelled else str(change["reason"]) if "reason" in change else leg.why,
            rule=str if moment.once else self.words,
        )  # fmt: skip


@lru_cache(256)  # of the window's ends, which all series look at
def _on_the_wall(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(zone_of(zone)).replace(tzinfo=None)


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

    Participants of whom some come and go stand as who they are on which date.
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
        fields["participants"] = attending(spec["participants"], context)
    if said.get("allDay") == "true":
        fields["allDayEvent"] = True
    return {**usual, **fields}
