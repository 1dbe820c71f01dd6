"""A rotation that several people share, told once: its weeks, and for whom they come how much later. Pure.

What a plan says of a rotation is believed only where people's rows say so, date by date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, cast

from reconciler.dates.hours import Shifts
from reconciler.dates.said import day_said
from reconciler.kinds import Context
from reconciler.kinds.work_hours.entries import Entry
from reconciler.kinds.work_hours.patterns import Duties, cycle_said, weeks_said
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, Spans
from reconciler.kinds.work_hours.pieces import Piece
from reconciler.kinds.work_hours.rotations import turns_named
from reconciler.kinds.work_hours.rows import person_in
from reconciler.kinds.work_hours.shifts import dates
from reconciler.model import Change
from reconciler.model.rotation import Rotation
from reconciler.model.spec import HoursSpec
from reconciler.model.told import Line

ROTATION = "rotation/"  # of the names of blocks, and of where rows come from
WEEK = 7
_Old = dict[int, Spans]  # what a day of a rotation was, by its number


class Turning(NamedTuple):
    """A rotation with those whose hours become what it says.

    joined: whether one of them had no hours. old: what each of its days was, as far as that is known; None
    where people had hours that are none of it.
    """

    rotation: Rotation
    people: frozenset[str]
    joined: bool
    old: _Old | None

    @classmethod
    def of(cls, rotation: Rotation, pieces: Iterable[Piece]) -> Turning:
        turned = [piece for piece in pieces if _follows(piece, rotation)]
        people = frozenset(piece.person for piece in turned)
        return cls(rotation, people, any(map(is_new, turned)), _old_days(turned, rotation))

    def says_all(self, piece: Piece) -> bool:
        """Whether the rotation's lines, and how much later it comes, say all of somebody's change."""
        return piece.person in self.people and (self.old is not None or is_new(piece))

    def later(self, username: str) -> str:
        """` 1 week later`."""
        offset = self.rotation.offsets[username] if username in self.people else 0
        number, unit = (offset // WEEK, "week") if self.rotation.weekly else (offset, "day")
        return f" {number} {unit}{'s' * (number != 1)} later" if offset else ""

    def is_free(self, username: str, first: date, beyond: date) -> bool:
        """Whether somebody's turns leave these dates free."""
        return username in self.people and not any(
            self.rotation.on(day, username) for day in dates(first, beyond)
        )

    def lines(self, shifts: Shifts, today: date) -> Iterator[Line]:
        """The weeks, or the cycle; of one that was another, what is other now."""
        now, old = self.rotation.days, self.old or {}
        before = [old.get(place, spans) for place, spans in enumerate(now)]
        if before != [*now]:
            yield from self._edited(before, shifts)
        if before != [*now] and not self.joined:
            return
        label, begins = ("weeks", "from") if self.rotation.weekly else ("cycle", "on")
        starts = day_said(self.rotation.starts, today)
        yield Line(label, f"{self._said(now, shifts)}, the first {begins} {starts}")

    def _edited(self, before: Sequence[Spans], shifts: Shifts) -> Iterator[Line]:
        now = self.rotation.days
        if not self.rotation.weekly:
            yield Line("cycle", f"{self._said(before, shifts)} → {self._said(now, shifts)}")
            return
        for place in range(0, len(now), WEEK):
            week = slice(place, place + WEEK)
            if before[week] != [*now[week]]:
                was, becomes = (self._said(days[week], shifts) for days in (before, now))
                yield Line(f"week {place // WEEK + 1}", f"{was} → {becomes}")

    def _said(self, days: Sequence[Spans], shifts: Shifts) -> str:
        if not self.rotation.weekly:
            return cycle_said(days, self.rotation.starts, shifts)
        weeks = (days[place : place + WEEK] for place in range(0, len(days), WEEK))
        return weeks_said([dict(enumerate(week, 1)) for week in weeks], shifts)


def _follows(piece: Piece, rotation: Rotation) -> bool:
    """Whether hours become what the rotation says, from the first date that differs to the last."""
    name, changed = piece.person, piece.becoming.changed
    if name not in rotation.offsets or not changed:
        return False
    has, every = piece.becoming.has, dates(changed[0].day, changed[-1].day + DAY)
    known = [day for day in every if day in has and not _only_ends_a_night(day, has)]
    # Of who had hours other rows, which stay, may say what is between.
    gaps = {*dates(changed[0].day, changed[-1].day)} - has.keys() - {*piece.becoming.elsewhere}
    gaps = gaps if is_new(piece) else set()
    return all(_is(day, has, rotation.on(day, name)) for day in known) and not any(
        rotation.on(day, name) for day in gaps
    )


def _is(day: date, duties: Duties, wished: Spans) -> bool:
    """Whether a date is as wished; beside dates that are unknown, but for what lies beyond the midnight."""
    spans = duties[day]
    if spans and wished and day - DAY not in duties and spans[0][0] == 0:
        spans = (wished[0], *spans[1:]) if spans[0][1] == wished[0][1] else spans[1:]
    elif day - DAY not in duties and not wished:
        spans = tuple(span for span in spans if span[0] > 0)
    if day + DAY not in duties:
        wished = tuple((start, min(end, DAY_MINUTES)) for start, end in wished)
        spans = tuple((start, min(end, DAY_MINUTES)) for start, end in spans)
    return spans == wished


def _only_ends_a_night(day: date, duties: Duties) -> bool:
    """Whether rows have a date, the last of several, for the end of a night and nothing else."""
    night = duties.get(day - DAY, ())
    return not duties[day] and day + DAY not in duties and bool(night) and night[-1][1] > DAY_MINUTES


def is_new(piece: Piece) -> bool:
    """Whether somebody had no hours on these dates."""
    return not any(piece.becoming.had.values())


def _old_days(turned: Sequence[Piece], rotation: Rotation) -> _Old | None:
    old: _Old = {}
    for piece in (each for each in turned if not is_new(each)):
        first, last = (piece.becoming.changed[place].day for place in (0, -1))
        for day, was in _whole_days(piece.becoming.had):
            if first <= day <= last and old.setdefault(rotation.turn(day, piece.person), was) != was:
                return None
    return None if _is_one_week(old, rotation) else old


def _whole_days(duties: Duties) -> Iterator[tuple[date, Spans]]:
    """The dates of which all is known, though the dates before or after are not."""
    for day, spans in duties.items():
        begun = day - DAY not in duties and spans and spans[0][0] == 0
        goes_on = day + DAY not in duties and spans and spans[-1][1] == DAY_MINUTES
        if not (begun or goes_on or _only_ends_a_night(day, duties)):
            yield day, spans


def _is_one_week(old: _Old, rotation: Rotation) -> bool:
    """Whether all weeks were alike: then people had other hours, and no rotation."""
    days = [old.get(place) for place in range(len(rotation.days))]
    return rotation.weekly and len(days) > WEEK and bool(old) and days[WEEK:] == days[:-WEEK]


def rotations_in(changes: Iterable[Change], context: Context) -> dict[str, Rotation]:
    """The rotations that changed hours come from, each with how much later it comes for these people."""
    offsets: dict[str, dict[str, int]] = {}
    for change in changes:
        if change.rule.startswith(ROTATION):
            offsets.setdefault(change.rule.removeprefix(ROTATION), {})[person_in(change.key.name)] = 0
    lists = {
        each.name: cast(Sequence[HoursSpec], each.spec) for each in context.environment.under("workHours")
    }
    return {
        name: _rotation(name, {user: lists.get(user, ()) for user in users}, context)
        for name, users in offsets.items()
        if name in context.rotations
    }


def _rotation(name: str, lists: Mapping[str, Sequence[HoursSpec]], context: Context) -> Rotation:
    named = context.rotations[name]
    turns = turns_named(named, context.environment.shifts)
    entries = {
        user: [entry for item in items if "override" not in item and (entry := Entry.read(item, context))]
        for user, items in lists.items()
    }
    offsets = {
        user: (entry.turns.first - turns.first).days
        for user, found in sorted(entries.items())
        for entry in found
        if entry.turns and entry.spec["rotation"] == name
    }
    return Rotation(turns.first, tuple(turns.days), "weeks" in named, offsets)
