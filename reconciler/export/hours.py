"""Everybody's hours as entries: weeks and rotations that people share get names. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, count
from typing import NamedTuple

from reconciler.dates.grammar import clock_said, span_said
from reconciler.dates.week import ranges
from reconciler.export.entries import Entry, Spec
from reconciler.export.overrides import override_specs
from reconciler.export.shifts import Stretch, literal, stretches_of
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, Spans
from reconciler.kinds.work_hours.stock import LiveHours

Week = tuple[tuple[int, Spans], ...]
Turns = tuple[Spans, ...]
LONG = 11 * 60


class Rotation(NamedTuple):
    """A rotation that somebody has; `first`: the date on which `days` begin for this person."""

    days: Turns
    first: date


def laid_out(people: Mapping[str, LiveHours], row_by_row: Collection[str]) -> dict[str, list[Stretch]]:
    """What everybody works. row_by_row: of whom every row is a period of its own."""
    return {
        name: literal(live) if name in row_by_row else (stretches_of(live) or literal(live))
        for name, live in people.items()
    }


def rotations_until(stretches: Mapping[str, Sequence[Stretch]]) -> date:
    """The last date of all rotations."""
    ends = (each.end for own in stretches.values() for each in own if not each.is_week and each.end)
    return max(ends, default=date.min)


def hours_entries(
    people: Mapping[str, LiveHours], stretches: Mapping[str, Sequence[Stretch]], written_until: date
) -> list[Entry]:
    """The entries of `shifts`, `templates`, `rotations` and `workHours`.

    written_until: up to which date rotations are written.
    """
    every = [each for own in stretches.values() for each in own]
    templates = _templates([_week(each) for each in every if each.is_week])
    rotations = _Rotations(each for each in every if not each.is_week)
    entries = [Entry("shifts", name, _day(spans)) for spans, name in rotations.shifts.items()]
    entries += [Entry("templates", name, {"days": days_said(dict(week))}) for week, name in templates.items()]
    entries += rotations.entries()
    for name, live in people.items():
        usual = [_period(each, templates, rotations, written_until) for each in stretches[name]]
        entries.append(Entry("workHours", name, [*usual, *override_specs(live, days_said)]))
    return entries


def _period(
    stretch: Stretch, templates: Mapping[Week, str], rotations: _Rotations, written_until: date
) -> Spec:
    until = stretch.end
    if until and not stretch.is_week and until >= written_until:
        until = None  # it is written as far as any is
    spec: Spec = {"from": str(stretch.start)}
    if until:
        spec["to"] = str(until)
    if not stretch.is_week:
        return spec | rotations.of(stretch)
    week = _week(stretch)
    return spec | ({"template": templates[week]} if week in templates else {"days": days_said(dict(week))})


def _week(stretch: Stretch) -> Week:
    return tuple(stretch.week.items())


def days_said(week: Mapping[int, Spans]) -> object:
    """The value of `days:`; neighbours alike as a range."""
    if not any(week.values()):
        return "off"
    alike: dict[Spans, list[int]] = {}
    for day, spans in week.items():
        alike.setdefault(spans, []).append(day)
    said: Spec = {}
    for spans, days in alike.items():
        for part in ranges(days).split(", "):
            said[part] = _day(spans)
    return said


def _day(spans: Spans) -> object:
    said = [span_said(span) for span in spans]
    return said[0] if len(said) == 1 else said or "off"


def _templates(weeks: Sequence[Week]) -> dict[Week, str]:
    """Names of the weeks that are used more than once."""
    counts = Counter(week for week in weeks if week)
    names: dict[Week, str] = {}
    for week, times in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        if times > 1:
            names[week] = _free(_called(week), names.values(), "-")
    return dict(sorted(names.items(), key=lambda each: each[1]))


def _called(week: Week) -> str:
    """`mon-fri-9-17`; of a week that can't be said so briefly, `week`."""
    hours = {spans for _, spans in week}
    days = ranges([day for day, _ in week])
    if len(hours) > 1 or len(week[0][1]) > 1 or ", " in days:
        return f"week-{ranges([day for day, _ in week]).replace(', ', '-')}"
    ((start, end),) = week[0][1]
    return f"{days}-{_brief(start)}-{_brief(end)}"


def _brief(minutes: int) -> str:
    said = clock_said(minutes if minutes <= DAY_MINUTES else minutes - DAY_MINUTES)
    return said.replace(":00", "").lstrip("0").replace(":", "") or "0"


def _free(name: str, taken: Iterable[str], dash: str = "") -> str:
    """A name that isn't taken: this one, or with a number."""
    known = {*taken}
    numbered = (f"{name}{dash}{number}" for number in count(2))
    return next(each for each in chain((name,), numbered) if each not in known)


class _Rotations:
    """The rotations that people have, each with a name, and the shifts that they are made of."""

    def __init__(self, stretches: Iterable[Stretch]) -> None:
        found = [_standing(each) for each in stretches]
        counts = Counter((each.days, _phase(each)) for each in found)
        self.first: dict[Turns, date] = {}
        for each in sorted(found, key=lambda each: (-counts[each.days, _phase(each)], each.first)):
            self.first.setdefault(each.days, each.first)
        users = Counter(each.days for each in found)
        ordered = sorted(self.first, key=lambda days: (-users[days], len(days), days))
        self.names = {days: f"{_kind(days)}-{number}" for number, days in enumerate(ordered, 1)}
        self.shifts = _shifts([spans for days in ordered for spans in days if spans])

    def entries(self) -> Iterator[Entry]:
        for days, name in self.names.items():
            row = [self.shifts[spans] if spans else "." for spans in days]
            spec: Spec = {"starts": str(self.first[days])}
            if len(days) % 7:
                spec["cycle"] = " ".join(row)
            else:
                weeks = [row[place : place + 7] for place in range(0, len(row), 7)]
                spec["weeks"] = [" ".join(week) if {*week} != {"."} else "off" for week in weeks]
            yield Entry("rotations", name, spec)

    def of(self, stretch: Stretch) -> Spec:
        """What a period says of its rotation."""
        own = _standing(stretch)
        later = (own.first - self.first[own.days]).days % len(own.days)
        unit, count = ("day", later) if len(own.days) % 7 else ("week", later // 7)
        offset = f"{count} {unit}{'s' * (count != 1)}"
        spec: Spec = {"rotation": self.names[own.days]}
        return {**spec, "offset": offset} if count else spec


def _kind(days: Turns) -> str:
    return f"days-of-{len(days)}" if len(days) % 7 else f"weeks-of-{len(days) // 7}"


def _phase(rotation: Rotation) -> int:
    return rotation.first.toordinal() % len(rotation.days)


def _standing(stretch: Stretch) -> Rotation:
    """A rotation in the one of its phases that stands for all of them, so that the same ones are found."""
    days, first = (stretch.days, stretch.start) if len(stretch.days) % 7 else stretch.from_monday
    step = 1 if len(days) % 7 else 7
    phases = [((*days[place:], *days[:place]), place) for place in range(0, len(days), step)]
    best, place = max(phases)
    return Rotation(best, first + DAY * place)


def _shifts(spans: Iterable[Spans]) -> dict[Spans, str]:
    """Names of what is worked on a date, the commonest first: E early, L late, N night, D long, S split."""
    names: dict[Spans, str] = {}
    for each, _ in sorted(Counter(spans).items(), key=lambda one: (-one[1], one[0])):
        names[each] = _free(_letter(each), names.values())
    return dict(sorted(names.items(), key=lambda one: one[0]))


def _letter(spans: Spans) -> str:
    start, end = spans[0]
    if len(spans) > 1:
        return "S"
    if end > DAY_MINUTES or start >= 18 * 60:
        return "N"
    return "D" if end - start >= LONG else "E" if start < 10 * 60 else "L"
