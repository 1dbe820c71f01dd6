"""What differs between occurrences as they are and as they will be, in lines: each fact once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.dates.said import days_said
from reconciler.dates.week import ranges
from reconciler.kinds.event.clocks import When, when_said
from reconciler.kinds.event.fields import FIELDS, parted
from reconciler.model import Change, FieldDiff
from reconciler.model.told import Line, value_said

TIMES = frozenset(("startDateTime", "endDateTime", "allDayEvent"))
UNSAID = TIMES | {"externalId", "eventStatus"}
LABELS = {field.name: field.label for field in FIELDS}
RANKS = {field.name: field.rank for field in FIELDS}
FEW = 3  # dates named as those that a fact is not about


class Told(NamedTuple):
    """A change with when it is before and after."""

    change: Change
    old: When | None
    new: When | None

    @property
    def day(self) -> date:
        when = self.new or self.old
        return when.first if when else date.min

    @property
    def status(self) -> str:
        """`cancelled`, or `restored`, if that is what becomes of it."""
        diff = {field.path: field for field in self.change.diff}.get("eventStatus")
        if diff is None:
            return ""
        return "cancelled" if diff.after == "CANCELLED" else "restored" if diff.before == "CANCELLED" else ""


def differences(changed: Sequence[Told], today: date) -> Iterator[Line]:
    """When, what else, and why; with its dates where a fact is not about all of them."""
    yield from _moves(changed, today)
    for status in ("cancelled", "restored"):
        days = [each.day for each in changed if each.status == status]
        if days:
            yield Line(status, days_said(days, today))
    facts: dict[tuple[str, str], list[Told]] = {}
    for each in changed:
        for fact in [*map(difference, told_of(each.change)), ("note", each.change.reason)]:
            facts.setdefault(fact, []).append(each)
    for (label, text), group in facts.items():
        if text:
            yield Line(label, f"{_which(group, changed, today)}{text}")


def told_of(change: Change) -> list[FieldDiff]:
    """The fields that a reader is told of, in their order."""
    fields = (field for field in change.diff if field.path.partition(".")[0] not in UNSAID)
    return sorted(fields, key=lambda field: RANKS.get(field.path.partition(".")[0], 0))


def difference(field: FieldDiff) -> tuple[str, str]:
    name, _, below = field.path.partition(".")
    if name == "participants":
        before, after = (
            {str(who) for who in side} if isinstance(side, (list, tuple)) else set[str]()
            for side in (field.before, field.after)
        )
        came = [f"+{names([who])}" for who in sorted(after - before)]
        return "with", ", ".join(came + [f"-{names([who])}" for who in sorted(before - after)])
    return below or LABELS.get(name, name), f"{value_said(field.before)} → {value_said(field.after)}"


def names(people: Iterable[str]) -> str:
    """Usernames; of patients how many."""
    staff, patients = parted(people)
    counted = f"{len(patients)} patient{'s' * (len(patients) > 1)}" if patients else ""
    return " and ".join(filter(None, (", ".join(dict.fromkeys(staff)), counted)))


def _which(group: Sequence[Told], changed: Sequence[Told], today: date) -> str:
    """The dates that a fact is about, where it isn't about all."""
    if len(group) == len(changed):
        return ""
    others = [each.day for each in changed if each not in group]
    if len(others) <= FEW < len(group):
        return f"all but {days_said(others, today)}: "
    return f"{days_said([each.day for each in group], today)}: "


def _moves(changed: Sequence[Told], today: date) -> Iterator[Line]:
    """From when to when: the day, or the clock, once where it is the same."""
    pairs: dict[tuple[str, str], list[tuple[Told, When, When]]] = {}
    for each in changed:
        if each.old and each.new and each.old != each.new:
            pairs.setdefault((each.old.clock, each.new.clock), []).append((each, each.old, each.new))
    for moved in sorted(pairs.values(), key=len, reverse=True):
        both = [(old, new) for _, old, new in moved]
        which = "" if len(moved) == 1 else _which([each for each, _, _ in moved], changed, today)
        yield Line("when", f"{which}{_moved(both, today)}")


def _moved(both: Sequence[tuple[When, When]], today: date) -> str:
    (old, new), *more = both
    if not more:
        same_days = (old.first, old.last) == (new.first, new.last)
        return f"{when_said(old, today)} → {new.clock if same_days else when_said(new, today)}"
    old_days, new_days = (ranges(sorted({pair[side].first.isoweekday() for pair in both})) for side in (0, 1))
    if old.clock == new.clock:
        said = f"{old_days} → {new_days}" if old_days != new_days else _shifted(both)
        return f"{said} {new.clock}"
    return f"{old_days} {old.clock} → {'' if old_days == new_days else f'{new_days} '}{new.clock}"


def _shifted(both: Sequence[tuple[When, When]]) -> str:
    """Dates that move and keep their weekdays."""
    days = {(new.first - old.first).days for old, new in both}
    if len(days) == 1:
        number = days.pop()
        return f"{abs(number)} days {'later' if number > 0 else 'earlier'},"
    return "on other dates,"
