"""What a person's list under `workHours` says, before anything is compared with what is live. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import chain, combinations, zip_longest
from typing import NamedTuple

from reconciler.dates.grammar import DAYS, date_of, span_said
from reconciler.dates.hours import week_of
from reconciler.dates.week import monday_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.work_hours.periods import (
    DAY,
    DAY_MINUTES,
    Period,
    Turns,
    Week,
    restrict,
    rotate,
    shared_day,
)
from reconciler.kinds.work_hours.rotations import turns_of
from reconciler.kinds.work_hours.shifts import Clash, DayCalendar, Origin, Override
from reconciler.model import Source
from reconciler.model.spec import HoursSpec, place_of


def day_calendar(spec: Sequence[HoursSpec], context: Context) -> DayCalendar:
    """Read a person's list; overrides alone say nothing of the usual hours. Problems go to the findings."""
    entries = [entry for item in spec if (entry := Entry.read(item, context))]
    usual = _bounded([entry for entry in entries if entry.name is None], context)
    special = sorted((entry for entry in entries if entry.name is not None), key=lambda entry: entry.start)
    _check_overrides(special, bool(usual), context)
    beyond = max((entry.end for entry in special if entry.end), default=date.min)
    calendar = DayCalendar(
        usual=_ascending(entry.pieces(context) for entry in usual) if usual or not special else None,
        overrides=tuple(Override(str(entry.name), entry.period, entry.why) for entry in special),
        further=_ascending(entry.unwritten(beyond, context) for entry in usual),
        origins=tuple(entry.origin for entry in usual),
    )
    _warn_of_clashes(calendar, usual, special, context)
    return calendar


def rotates(spec: Sequence[HoursSpec], context: Context) -> bool:
    """Whether a person's list has a rotation, which is written on and on as time passes."""
    return any("rotation" in {**context.template(item), **item} for item in spec)


class Entry(NamedTuple):
    """One item of a person's list: what it says, before bounds are drawn between items."""

    spec: HoursSpec
    start: date
    end: date | None
    name: str | None
    week: Week
    turns: Turns | None

    @classmethod
    def read(cls, item: HoursSpec, context: Context) -> Entry | None:
        """Read an item with what its template adds; None where the template is not there to say the hours."""
        spec: HoursSpec = {**context.template(item), **item}
        if not spec.keys() & {"days", "rotation"}:
            return None
        start = date_of(spec["from"])
        end = date_of(spec["to"]) if "to" in spec else None
        if end is not None and end < start:
            context.findings.error(
                spec["to"].source, f"`to` ({end}) is before `from` ({start})", Mistake.END_BEFORE_START
            )
        if "override" in spec and "rotation" in spec:
            message = "an override says its hours itself: write `days`, not a rotation"
            context.findings.error(place_of(item), message, Mistake.OVERRIDE_ROTATES)
            return None
        week = week_of(spec["days"], context.environment.shifts) if "days" in spec else {}
        turns = turns_of(spec, context) if "rotation" in spec else None
        if "rotation" in spec and turns is None:
            return None
        return cls(spec, start, end, spec.get("override"), week, turns)

    @property
    def period(self) -> Period:
        return Period(self.start, self.end, self.week)

    @property
    def why(self) -> str:
        return str(self.spec.get("reason", ""))

    @property
    def origin(self) -> Origin:
        rotation = self.spec.get("rotation")
        named = f"rotation/{rotation}" if isinstance(rotation, str) else str(self.spec.get("template", ""))
        return Origin(self.start, self.end, named, self.turns is not None, self.why)

    def pieces(self, context: Context) -> list[Period]:
        """What is written of it by now: of a rotation the weeks up to `hoursAhead`."""
        if self.turns is None:
            return [self.period] if self.end is None or self.start <= self.end else []
        since = context.now.date() - timedelta(days=8)
        return self._laid_out(self.turns, since, self._written_until(context))

    def unwritten(self, beyond: date, context: Context) -> list[Period]:
        """The weeks that follow, up to two days after the last override, as a night reaches one further."""
        if self.turns is None or beyond < (until := self._written_until(context)):
            return []
        return self._laid_out(self.turns, until + DAY, beyond + 2 * DAY)

    def _written_until(self, context: Context) -> date:
        """Whole weeks of the rotation, or the last row would grow by a day, and be written, every night."""
        return monday_of(context.now.date() + context.environment.hours_ahead) + 6 * DAY

    def _laid_out(self, turns: Turns, since: date, until: date) -> list[Period]:
        last = until if self.end is None else min(self.end, until)
        return rotate(turns, max(self.start, since), last)


def _ascending(found: Iterable[Sequence[Period]]) -> tuple[Period, ...]:
    return tuple(sorted(chain.from_iterable(found), key=lambda period: period.start))


def _bounded(entries: list[Entry], context: Context) -> list[Entry]:
    """End an entry without `to` where the next one begins; to name the same dates twice is an error."""
    ordered = sorted(entries, key=lambda entry: entry.start)
    bounded = []
    for entry, following in zip_longest(ordered, ordered[1:]):
        if following and (entry.start == following.start or (entry.end and entry.end >= following.start)):
            message = f"these hours begin on {following.start}, when those from {entry.start} still hold"
            context.findings.error(
                following.spec["from"].source, f"{message}: end those the day before", Mistake.HOURS_OVERLAP
            )
        elif following and entry.end is None:
            entry = entry._replace(end=following.start - DAY)
        bounded.append(entry)
    return bounded


def _check_overrides(entries: Sequence[Entry], usual: bool, context: Context) -> None:
    """entries: ascending. usual: whether the usual hours are declared, so that a morning can be stated."""
    starts: set[date] = set()
    for entry in entries:
        if not usual and any(end > DAY_MINUTES for spans in entry.period.week.values() for _, end in spans):
            message = "these hours run over midnight, into a date of which nobody says the usual hours"
            context.findings.error(
                place_of(entry.spec["days"]),
                f"{message}: declare the usual hours",
                Mistake.NIGHT_NOBODY_DECLARES,
            )
        _check_weekdays(entry, context)
        if entry.start in starts:
            context.findings.error(
                entry.spec["from"].source,
                f"a second override that begins on {entry.start}: merge the two",
                Mistake.OVERRIDES_OVERLAP,
            )
        starts.add(entry.start)
    for one, other in combinations(entries, 2):
        shared = shared_day(one.period, other.period)
        if shared and one.start != other.start:
            message = f"two overrides speak of {shared}: `{one.name}` from {one.start}, and this one"
            context.findings.warn(
                other.spec["from"].source, f"{message}, which is meant to hold", Mistake.OVERRIDES_OVERLAP
            )


def _check_weekdays(entry: Entry, context: Context) -> None:
    """An override that names no weekday of its dates says nothing: some other day was meant."""
    dates = entry.period
    if restrict(dates, days_off=True).week or (dates.end and dates.end < dates.start):
        return
    first, last = dates.start, dates.end or dates.start
    named = ", ".join(DAYS[day - 1] for day in sorted(dates.week))
    when = f"{first} is a {first:%A}"
    if first < last:
        when = f"{first} to {last} are {first:%A} to {last:%A}"
    own = DAYS[first.isoweekday() - 1]
    context.findings.error(
        place_of(entry.spec["days"]),
        f"{when}, the hours name only {named}: write `{own}: …`, or other dates",
        Mistake.OVERRIDE_OTHER_DAY,
    )


def _warn_of_clashes(
    calendar: DayCalendar, usual: Sequence[Entry], special: Sequence[Entry], context: Context
) -> None:
    """Say where a night runs into what another entry says of the date after; once for each entry."""
    told = set[Source]()
    for clash in calendar.clashes():
        place = _place(clash, usual, special)
        if place and place not in told:
            told.add(place)
            night, morning = span_said(clash.night), span_said(clash.morning)
            said = f"{night} on {clash.day - DAY} runs into {morning} on {clash.day}"
            context.findings.warn(place, f"{said}: they are worked as one", Mistake.NIGHT_RUNS_INTO_HOURS)


def _place(clash: Clash, usual: Sequence[Entry], special: Sequence[Entry]) -> Source | None:
    """Where the later of the two is written, or the override of them."""
    if clash.override:
        found = (entry for entry in special if entry.start == clash.override.period.start)
    else:
        found = (entry for entry in usual if entry.start <= clash.day <= (entry.end or date.max))
    return next((entry.spec["from"].source for entry in found), None)
