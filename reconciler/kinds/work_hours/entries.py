"""What a person's list under `workHours` says, before anything is compared with what is live. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations, zip_longest
from typing import Any, NamedTuple

from reconciler.grammar import date_of, week_of
from reconciler.kind import Context
from reconciler.timeline import DAY, DAY_MINUTES, Period, rotate


class Entry(NamedTuple):
    """One item of a person's list: what it says, before bounds are drawn between items."""

    spec: Mapping[str, Any]
    start: date
    end: date | None
    name: str | None

    @classmethod
    def read(cls, item: Any, context: Context) -> Entry | None:
        """Read an item with what its template adds; None where the template is not there to say the hours."""
        spec = {**context.template(item), **item}
        if not spec.keys() & {"days", "rotation"}:
            return None
        start = date_of(spec["from"])
        end = date_of(spec["to"]) if "to" in spec else None
        if end is not None and end < start:
            context.findings.error(spec["to"].source, f"`to` ({end}) is before `from` ({start})")
        return cls(spec, start, end, spec.get("override"))

    @property
    def period(self) -> Period:
        return Period(self.start, self.end, week_of(self.spec["days"]))

    def pieces(self, context: Context) -> list[Period]:
        if "rotation" not in self.spec:
            return [self.period] if self.end is None or self.start <= self.end else []
        rotation = self.spec["rotation"]
        weeks = [week_of(week) for week in rotation["weeks"]]
        phase = date_of(rotation["starts"])
        since = max(self.start, context.now.date() - timedelta(days=8))
        ahead = context.now.date() + context.environment.hours_ahead
        # Whole weeks of the rotation, or the last row would grow by a day, and be written, every night.
        until = ahead + timedelta(days=6 - (ahead - phase).days % 7)
        return rotate(weeks, phase, since, until if self.end is None else min(self.end, until))


def bounded(entries: list[Entry], context: Context) -> list[Entry]:
    """End an entry without `to` where the next one begins; to name the same dates twice is an error."""
    ordered = sorted(entries, key=lambda entry: entry.start)
    bounded = []
    for entry, following in zip_longest(ordered, ordered[1:]):
        if following and (entry.start == following.start or (entry.end and entry.end >= following.start)):
            message = f"these hours begin on {following.start}, when those from {entry.start} still hold"
            context.findings.error(following.spec["from"].source, f"{message}: end those the day before")
        elif following and entry.end is None:
            entry = entry._replace(end=following.start - DAY)
        bounded.append(entry)
    return bounded


def check_overrides(entries: Sequence[Entry], context: Context) -> None:
    starts: set[date] = set()
    for entry in entries:
        if any(end > DAY_MINUTES for spans in entry.period.week.values() for _, end in spans):
            message = (
                "an override can't run over midnight: write 22:00-24:00, and 00:00-06:00 on the day after"
            )
            context.findings.error(entry.spec["days"].source, message)
        if entry.start in starts:
            context.findings.error(
                entry.spec["from"].source, f"a second override that begins on {entry.start}: merge the two"
            )
        starts.add(entry.start)
    for one, other in combinations(sorted(entries, key=lambda entry: entry.start), 2):
        shared = _shared_day(one, other)
        if shared and one.start != other.start:
            message = f"two overrides speak of {shared}: `{one.name}` from {one.start}, and this one"
            context.findings.warn(other.spec["from"].source, f"{message}, which is meant to hold")


def _shared_day(one: Entry, other: Entry) -> date | None:
    """The first date for which two overrides both name hours; `other` begins later."""
    ends = [entry.end for entry in (one, other) if entry.end]
    days = (other.start + DAY * step for step in range(7))
    named = one.period.week.keys() & other.period.week.keys()
    return next((day for day in days if day.isoweekday() in named and day <= min(ends, default=day)), None)
