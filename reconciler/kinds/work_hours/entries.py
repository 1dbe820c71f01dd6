"""What a person's list under `workHours` says, before anything is laid over it or compared with what is live.
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import chain, zip_longest
from typing import NamedTuple

from reconciler.dates.grammar import date_of
from reconciler.dates.hours import week_of
from reconciler.dates.week import monday_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.work_hours.layers import Layer, Origin, Unwritten
from reconciler.kinds.work_hours.periods import DAY, Period, Turns, Week, rotate
from reconciler.kinds.work_hours.rotations import turns_of
from reconciler.kinds.work_hours.shifts import DayCalendar
from reconciler.kinds.work_hours.special import overrides_in
from reconciler.model.spec import HoursSpec, place_of


def day_calendar(spec: Sequence[HoursSpec], context: Context) -> DayCalendar:
    """Read a person's list; overrides alone say nothing of the usual hours. Problems go to the findings."""
    special = [item for item in spec if "override" in item]
    plain = (item for item in spec if "override" not in item)
    usual = _bounded([entry for item in plain if (entry := Entry.read(item, context))], context)
    return DayCalendar(
        usual=_ascending(entry.pieces(context) for entry in usual) if usual or not special else None,
        statements=overrides_in(special, bool(usual), context),
        unwritten=tuple(chain.from_iterable(entry.unwritten(context) for entry in usual)),
        origins=tuple(entry.origin for entry in usual),
    )


def rotates(spec: Sequence[HoursSpec], context: Context) -> bool:
    """Whether a person's list has a rotation, which is written on and on as time passes."""
    return any("rotation" in {**context.template(item), **item} for item in spec)


def written_until(context: Context) -> date:
    """How far rotations are written: whole weeks, or the last row would grow by a day, and be written, every
    night."""
    return monday_of(context.now.date() + context.environment.hours_ahead) + 6 * DAY


class Entry(NamedTuple):
    """Usual hours, one item of a person's list: what it says, before bounds are drawn between items."""

    spec: HoursSpec
    start: date
    end: date | None
    week: Week
    turns: Turns | None

    @classmethod
    def read(cls, item: HoursSpec, context: Context) -> Entry | None:
        """Read an item with what its template adds; None where nothing says the hours."""
        spec: HoursSpec = {**context.template(item), **item}
        if "hours" in spec:
            said = _said(spec)
            message = f"`hours` are for an `override`; usual hours: write `days: {{mon-fri: {said}}}`"
            context.findings.error(place_of(spec["hours"]), message, Mistake.HOURS_OF_OVERRIDE)
        if not spec.keys() & {"days", "rotation"}:
            return None
        start = date_of(spec["from"])
        end = date_of(spec["to"]) if "to" in spec else None
        if end is not None and end < start:
            context.findings.error(
                spec["to"].source, f"`to` ({end}) is before `from` ({start})", Mistake.END_BEFORE_START
            )
        week = week_of(spec["days"], context.environment.shifts) if "days" in spec else {}
        turns = turns_of(spec, context) if "rotation" in spec else None
        if "rotation" in spec and turns is None:
            return None
        return cls(spec, start, end, week, turns)

    @property
    def period(self) -> Period:
        return Period(self.start, self.end, self.week)

    @property
    def origin(self) -> Origin:
        rotation = self.spec.get("rotation")
        named = f"rotation/{rotation}" if isinstance(rotation, str) else str(self.spec.get("template", ""))
        return Origin(
            Layer.USUAL,
            self.start,
            self.end,
            named,
            self.turns is not None,
            self.spec["from"].source,
            str(self.spec.get("reason", "")),
        )

    def pieces(self, context: Context) -> list[Period]:
        """What is written of it by now: of a rotation the weeks up to `hoursAhead`."""
        if self.turns is None:
            return [self.period] if self.end is None or self.start <= self.end else []
        since, until = context.now.date() - timedelta(days=8), written_until(context)
        return rotate(self.turns, max(self.start, since), min(self.end or until, until))

    def unwritten(self, context: Context) -> list[Unwritten]:
        """What of it follows."""
        start = max(self.start, written_until(context) + DAY)
        if self.turns is None or (self.end and self.end < start):
            return []
        return [Unwritten(start, self.end, self.turns)]


def _said(spec: HoursSpec) -> str:
    hours = spec["hours"]
    return hours if isinstance(hours, str) else f"[{', '.join(hours)}]"


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
