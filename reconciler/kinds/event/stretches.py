"""The stretches of a series: what `from` makes of it, from each of its dates to the next. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import NamedTuple, cast

from reconciler.dates.grammar import clock_of, date_of
from reconciler.dates.recurrence import cut, turns
from reconciler.dates.rules import parts_of
from reconciler.dates.zones import same_zone, zone_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.event.length import Length, fits, read_length
from reconciler.kinds.event.moments import Portion, Rule, midnight, read_rule, wall_of
from reconciler.model import Text
from reconciler.model.spec import EventSpec, FromSpec, place_of

EXCLUSIVE = (frozenset(("host", "hosts")), frozenset(("duration", "ends")))
CLOCKS = frozenset(("BYHOUR", "BYMINUTE", "BYSECOND"))


class Stretch(NamedTuple):
    """What holds of a series from one date on.

    says: what is written for it alone. spec: that, laid over what was written for those before.
    begins, ends: naive; it has the dates from the one on, up to the other.
    clock: the time of day at which its occurrences start. zone: of its wall clock.
    """

    says: EventSpec | FromSpec
    spec: EventSpec
    begins: datetime
    ends: datetime
    rule: Rule
    length: Length
    clock: time
    zone: str

    @property
    def first(self) -> datetime:
        """The start of its rule, at its own time of day."""
        return datetime.combine(self.rule.first.date(), self.clock)

    @property
    def weekly(self) -> bool:
        """Whether hosts take turns by weeks."""
        return "turn" in self.spec

    def alone(self, until: datetime) -> str | None:
        """The rule of its own dates, before a moment on the wall."""
        rule, ends = self.rule, min(self.ends, until)
        if self.begins == rule.first and ends == datetime.max:
            return rule.text
        return rule.text and cut(rule.text, rule.first, rule.zone, self.begins, ends)

    def portion(self, since: datetime, until: datetime) -> Portion:
        """What its rule gives between two moments on the wall, as far as it holds."""
        clock = None if self.first == self.rule.first else self.clock
        since, until = max(since, self.begins), min(until, self.ends - datetime.resolution)
        return Portion(self.rule, since, until, clock, place_of(self.spec.get("repeat", self.spec["starts"])))

    def turns(self, since: datetime, before: datetime) -> int:
        """How many turns of hosts its rule gives from one moment up to another."""
        since, before = max(since, self.begins), min(before, self.ends)
        rule = self.rule
        if rule.text is None:
            return int(since <= rule.first < before)
        return turns(rule.text, rule.first, rule.zone, since, before, self.weekly)


class _Layer(NamedTuple):
    """An entry of `from`: its date, what it says, and that laid over what was said before."""

    date: Text
    says: FromSpec
    spec: EventSpec


def read_stretches(spec: EventSpec, context: Context) -> Sequence[Stretch] | None:
    """Read a series, in the order of its dates. Problems go to the findings; None where nothing can be read
    of how it starts."""
    layers = [*_layers(spec)]
    zone, *zones = _zones([spec, *(layer.spec for layer in layers)], context)
    first = _first(spec, zone, context)
    if first is None:
        return None
    found = [first]
    for layer, zone in zip(layers, zones, strict=True):
        following = _following(found[-1], layer, zone, first.begins, context)
        if following:
            found[-1] = found[-1]._replace(ends=following.begins)
            found.append(following)
    if not any(stretch.rule.text for stretch in found):
        _check_dates(layers, spec, first, context)
    return found


def spec_on(spec: EventSpec, day: date) -> EventSpec:
    """What is written of a series for a date of its rule."""
    specs = [layer.spec for layer in _layers(spec) if date_of(layer.date) <= day]
    return specs[-1] if specs else spec


def _layers(spec: EventSpec) -> Iterator[_Layer]:
    """The entries of `from`, each laid over those before; of two keys that say the same the later stays."""
    for text, says in sorted(spec.get("from", {}).items()):
        replaced = frozenset[str]().union(*(keys for keys in EXCLUSIVE if keys & says.keys()))
        kept = {key: value for key, value in spec.items() if key not in replaced}
        spec = cast(EventSpec, {**kept, **says})
        yield _Layer(text, says, spec)


def _check_dates(layers: Sequence[_Layer], spec: EventSpec, first: Stretch, context: Context) -> None:
    """Say which entries of `from` change nothing: the series has its first date and those of `also` alone."""
    last = max((wall_of(text).date() for text in spec.get("also", ())), default=first.begins.date())
    for text, *_ in layers:
        if first.begins.date() < date_of(text) and last < date_of(text):
            message = f"`{text}`: nothing takes place from then on: write `repeat`, or a date of `also`"
            context.findings.warn(text.source, message, Mistake.FROM_WITHOUT_DATES)


def _zones(specs: Sequence[EventSpec], context: Context) -> Sequence[str]:
    """The zone of each: `timezone`, else that in which all hosts of those without it live."""
    hosts = [host for spec in specs if "timezone" not in spec for host in _hosts(spec)]
    shared = context.zone_name(hosts[0]) if hosts else ""
    for host in hosts:
        zone = context.zone_name(host)
        if not same_zone(zone, shared):
            lives = f"{hosts[0]} lives in {shared} and {host} in {zone}"
            message = f"{lives}: write whose clock the series goes by, as in `timezone: {shared}`"
            context.findings.error(host.source, message, Mistake.HOSTS_APART)
            break
    return [str(spec.get("timezone") or shared) for spec in specs]


def _hosts(spec: EventSpec) -> Sequence[Text]:
    return spec["hosts"] if "hosts" in spec else [spec["host"]]


def _first(spec: EventSpec, zone: str, context: Context) -> Stretch | None:
    """The series as it starts; None, with errors, for an unsound one."""
    all_day, starts = is_all_day(spec), spec["starts"]
    if not fits(starts, "starts on", all_day, context):
        return None
    first = wall_of(starts)
    length = read_length(spec, first, all_day, context)
    rule = read_rule(spec, first, zone_of(zone), context)
    if length is None or rule is None:
        return None
    return Stretch(spec, spec, first, datetime.max, rule, length, first.time(), zone)


def _following(
    before: Stretch, layer: _Layer, zone: str, start: datetime, context: Context
) -> Stretch | None:
    """The stretch that an entry of `from` begins; None, with errors, for an unsound one."""
    text, says, spec = layer
    begins = midnight(date_of(text))
    known = len(context.findings.errors)
    if begins.date() <= start.date():
        message = f"`{text}` is not after the start of the series ({start.date()}): change that itself"
        context.findings.error(text.source, f"{message}, or write a later date", Mistake.FROM_TOO_EARLY)
    _check_keys(says, spec, before, context)
    clock = _clock(says) if "starts" in says else before.clock
    first = datetime.combine(begins.date(), clock)
    all_day, length, rule = is_all_day(spec), before.length, before.rule
    if says.keys() & {"duration", "ends"}:
        length = read_length(says, first, all_day, context) or length
    if "repeat" in says:
        rule = read_rule(says, first, zone_of(zone), context) or rule
    if len(context.findings.errors) > known:
        return None
    return Stretch(says, spec, begins, datetime.max, rule, length, clock, zone)


def _check_keys(says: FromSpec, spec: EventSpec, before: Stretch, context: Context) -> None:
    """Say which keys of an entry of `from` don't go together with each other, or with the series."""
    error = context.findings.error
    if says.keys() >= {"host", "hosts"}:
        message = "`host`, `hosts` exclude each other: keep one"
        error(place_of(says["hosts"]), message, Mistake.EXCLUDE_EACH_OTHER)
    if "turn" in says and "hosts" not in spec:
        error(place_of(says["turn"]), "`hosts` is missing: `turn` needs it", Mistake.MISSING_KEY)
    if "starts" not in says:
        return
    starts = says["starts"]
    if is_all_day(spec):
        message = f"`{starts}`: an all-day event has no time of day: take `starts` out"
        error(starts.source, message, Mistake.WHOLE_DAYS)
    rule = before.rule.text
    if "repeat" not in says and rule and not CLOCKS.isdisjoint(parts_of(rule)):
        message = f"`{starts}`: the rule says at what time itself, {rule}: write `repeat` beside it"
        error(starts.source, message, Mistake.REPEAT)


def _clock(says: FromSpec) -> time:
    hours, minutes = divmod(clock_of(says["starts"]), 60)
    return time(hours, minutes)


def is_all_day(spec: EventSpec) -> bool:
    return spec.get("allDay") == "true"
