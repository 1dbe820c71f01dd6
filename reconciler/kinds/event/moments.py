"""The dates of a declared series, on the wall: what its rule gives, what `also` adds, what is left out. Pure.

Every occurrence gets its name, the date that the rule gave it, before anything is taken out; so an exception
or a holiday doesn't rename its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from zoneinfo import ZoneInfo

from reconciler.dates.grammar import local_of
from reconciler.dates.recurrence import check_fires, occurrences
from reconciler.dates.rules import parts_of, period_of, rule_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Closed, Context, free_days
from reconciler.kinds.event.occurrence import ANYWHERE, timed
from reconciler.model import Source
from reconciler.model.spec import EventSpec, FromSpec, place_of

MOST = 9_999  # occurrences of one series in the window; more is a slip of the pen
LAST_INSTANT = timedelta(milliseconds=1)  # of a day, before the next one begins


class Moment(NamedTuple):
    """An occurrence on the wall. `occurrence` names it for good; `source`: where it stands, if no rule gives
    it."""

    occurrence: str
    start: datetime
    source: Source | None

    @property
    def once(self) -> bool:
        return self.source is not None


class Rule(NamedTuple):
    """What `repeat` says: the canonical rule, its period, its start on the wall and the zone of that.

    None and any period for what takes place once.
    """

    text: str | None
    period: timedelta
    first: datetime
    zone: ZoneInfo


class Portion(NamedTuple):
    """What a rule gives, from one moment on the wall to another, both included.

    clock: the time of day that its moments have instead of the rule's. place: of the rule in the manifests.
    """

    rule: Rule
    since: datetime
    until: datetime
    clock: time | None
    place: Source


def midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def wall_of(text: str) -> datetime:
    """A date with a time, or the midnight a date begins with."""
    local = local_of(text)
    return local if isinstance(local, datetime) else midnight(local)


def read_rule(spec: EventSpec | FromSpec, first: datetime, zone: ZoneInfo, context: Context) -> Rule | None:
    """Read `repeat`, of which `first` is the start; None, with an error at its place, for an unsound one."""
    if "repeat" not in spec:
        return Rule(None, ANYWHERE, first, zone)
    try:
        rule = rule_of(spec["repeat"])
        return Rule(rule, period_of(rule), first, zone)
    except ValueError as error:
        context.findings.error(place_of(spec["repeat"]), str(error), Mistake.REPEAT)
        return None


def moments(spec: EventSpec, portions: Sequence[Portion], context: Context) -> Sequence[Moment]:
    """What takes place in the window, or within a period of its end, ascending, before anything is left out.

    portions: what the rules of the series give, one after the other. Problems go to the findings.
    """
    also = dict(_also(spec, context))
    first, *more = (_ruled(portion, context) for portion in portions)
    ruled = [*first, *chain.from_iterable(more)] if more else first
    if not portions[0].rule.text:
        also = {portions[0].rule.first: spec["starts"].source} | also
    if not also:
        return ruled
    names = {moment.occurrence for moment in ruled}
    added = sorted(also.keys() - {moment.start for moment in ruled})
    found = [*ruled, *(_named(start, names, also[start]) for start in added)]
    return sorted(found, key=lambda moment: moment.start)


def _ruled(portion: Portion, context: Context) -> Sequence[Moment]:
    rule = portion.rule
    if rule.text is None:
        return ()
    try:
        found = _moments_of(rule.text, rule.first, rule.zone, portion.since, portion.until, portion.clock)
        if not found:
            check_fires(rule.text, rule.first, rule.zone)
        return found
    except ValueError as error:
        context.findings.error(portion.place, str(error), Mistake.REPEAT)
        return ()


@lru_cache(256)
def _moments_of(
    rule: str, first: datetime, zone: ZoneInfo, since: datetime, until: datetime, clock: time | None
) -> tuple[Moment, ...]:
    """What a rule gives. A clinic's series share few rules and hours: each is expanded once, for all of them.

    Raises: ValueError.
    """
    names: set[str] = set()
    found = occurrences(rule, first, zone, since, until, MOST)
    starts = (datetime.combine(each.date(), clock) for each in found) if clock else found
    return tuple(_named(start, names, None) for start in starts)


def _also(spec: EventSpec, context: Context) -> Iterator[tuple[datetime, Source]]:
    all_day = spec.get("allDay") == "true"
    for text in spec.get("also", ()):
        if isinstance(local_of(text), datetime) == all_day:
            say = "a date" if all_day else "a date with a time, as in 2026-12-30T11:00"
            context.findings.error(text.source, f"`{text}`: `also` takes {say} here", Mistake.WHOLE_DAYS)
        else:
            yield wall_of(text), text.source


def _named(start: datetime, names: set[str], source: Source | None) -> Moment:
    """Name an occurrence by its date, or with its time where the date is taken already."""
    plain = str(start.date())
    name = timed(start) if plain in names else plain
    names.add(name)
    return Moment(name, start, source)


def taking_place(
    spec: EventSpec, found: Sequence[Moment], is_closed: Callable[[Moment], bool], context: Context
) -> Sequence[Moment]:
    """The moments left by `except`, `holidays` and closures; of these the first alone takes away what `also`
    adds.

    is_closed: whether the date is closed for the host.
    """
    exceptions = frozenset(map(str, spec.get("except", ())))
    free = frozenset(chain.from_iterable(_free(spec, context)))
    closures = bool(context.closures.each)
    if not (exceptions or free or closures):
        return found

    def is_left_out(moment: Moment) -> bool:
        day = moment.start.date()
        excepted = not exceptions.isdisjoint((str(day), timed(moment.start)))
        return excepted or (not moment.once and (day in free or (closures and is_closed(moment))))

    return [moment for moment in found if not is_left_out(moment)]


def why_left_out(
    spec: EventSpec, occurrence: str, closed: Closed | None, context: Context
) -> tuple[str, str]:
    """Why a date that a series had is none of its dates any more, in a few words, and why that was decided.

    closed: what closes it for whoever hosts it.
    """
    day = date.fromisoformat(occurrence[:10])
    if not {occurrence, str(day)}.isdisjoint(map(str, spec.get("except", ()))):
        return "except", ""
    names = [days[day] for days in _free(spec, context) if day in days]
    if names:
        return names[0], ""
    if closed:
        return closed.name, closed.why
    until = parts_of(rule_of(spec["repeat"])).get("UNTIL") if "repeat" in spec else None
    return "until" if until and f"{day:%Y%m%d}" > until[:8] else "not in the series any more", ""


def _free(spec: EventSpec, context: Context) -> Iterator[Mapping[date, str]]:
    """The days that the series skips, of each calendar it names."""
    found = free_days(spec.get("holidays", ()), context.calendars, context.findings)
    return (days for _, days in found)
