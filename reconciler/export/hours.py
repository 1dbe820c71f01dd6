"""Everybody's hours as entries: shifts, weeks and rotations that people share get names. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from datetime import date
from itertools import chain

from reconciler.export.closures import Closure
from reconciler.export.entries import Entry, Spec
from reconciler.export.otherwise import Days, Otherwise, stretches_of_dates, when_said
from reconciler.export.rosters import called
from reconciler.export.rotations import Rotations, goes_on, worked_until
from reconciler.export.shifts import Stretch, literal, stretches_of
from reconciler.export.wall import Wall
from reconciler.export.words import Week, Words, free_name
from reconciler.kinds.work_hours.stock import LiveHours

NAMELESS_OFF, NAMELESS = "Time off", "Other hours"
MOST_BUT = 3  # people whom a closure names as those that it isn't for


def laid_out(people: Mapping[str, LiveHours], row_by_row: Collection[str]) -> dict[str, list[Stretch]]:
    """What everybody works. row_by_row: of whom every row is a period of its own."""
    return {
        name: literal(live) if name in row_by_row else (stretches_of(live) or literal(live))
        for name, live in people.items()
    }


def hours_entries(wall: Wall, written_until: date) -> Iterator[Entry]:
    """The entries of all sections that speak of hours.

    written_until: up to which date rotations are written.
    """
    every = [each for own in wall.stretches.values() for each in own]
    weeks = [each for each in every if each.is_week]
    rotations = Rotations(each for each in every if not each.is_week)
    words = _words(wall, rotations, weeks)
    templates = _templates([_week(each) for each in weeks], words)
    yield from (Entry("shifts", name, words.hours(spans)) for spans, name in words.names.items())
    yield from (Entry("templates", name, {"days": words.week(week)}) for week, name in templates.items())
    yield from rotations.entries(words)
    for name, own in wall.stretches.items():
        usual = [_period(each, templates, rotations, words, written_until) for each in own]
        others = (spec for each in wall.otherwise.get(name, ()) for spec in _overrides(each, words))
        yield Entry("workHours", name, [*usual, *others])
    for week, rows in wall.rosters.sheets.items():
        yield Entry("roster", called(week), {name: words.row(row) for name, row in rows.items()})
    for swap in wall.swaps:
        yield Entry("swaps", "", {"on": when_said(swap.days), "between": [*swap.between]})
    for closure in wall.closures:
        yield Entry("closures", "", _closure(closure, {*wall.stretches}))


def _words(wall: Wall, rotations: Rotations, weeks: Iterable[Stretch]) -> Words:
    rows = chain(rotations.names, (row for rows in wall.rosters.sheets.values() for row in rows.values()))
    special = (each.days.values() for own in wall.otherwise.values() for each in own)
    others = chain((each.week.values() for each in weeks), special)
    return Words((spans for row in rows for spans in row), (spans for each in others for spans in {*each}))


def _closure(closure: Closure, everybody: Set[str]) -> Spec:
    """What a closure says; whom it is for by the shorter list of the two, unless that is everybody."""
    spec: Spec = {"holidays": closure.calendar}
    if not closure.calendar:
        spec = {"on": when_said(closure.days), "name": next(iter(closure.days.values()))}
    but = everybody - closure.people
    few = len(but) <= MOST_BUT < len(closure.people)
    whom: Spec = {"except": sorted(but)} if few else {"for": sorted(closure.people)}
    return {**spec, **whom} if but else spec


def _period(
    stretch: Stretch, templates: Mapping[Week, str], rotations: Rotations, words: Words, written_until: date
) -> Spec:
    spec: Spec = {"from": str(stretch.start)}
    until = stretch.end if stretch.is_week else worked_until(stretch)
    if until and (stretch.is_week or not goes_on(stretch, until, written_until)):
        spec["to"] = str(until)
    if not stretch.is_week:
        return {**spec, **rotations.of(stretch)}
    week = _week(stretch)
    return {
        **spec,
        **({"template": templates[week]} if week in templates else {"days": words.week(week)}),
    }


def _week(stretch: Stretch) -> Week:
    return tuple(stretch.week.items())


def _templates(weeks: Iterable[Week], words: Words) -> dict[Week, str]:
    """Names of the weeks that are used more than once."""
    counts = Counter(filter(None, weeks))
    names: dict[Week, str] = {}
    for week, times in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        if times > 1:
            names[week] = free_name(words.called(week), names.values())
    return dict(sorted(names.items(), key=lambda each: each[1]))


def _overrides(each: Otherwise, words: Words) -> Iterator[Spec]:
    """The items of an override; of one whose weeks differ, several."""
    name = each.name or (NAMELESS_OFF if each.takes_away else NAMELESS)
    yield from ({"override": name, **_other_hours(days, words)} for days in each.parts())


def _other_hours(days: Days, words: Words) -> Spec:
    hours = {*days.values()}
    ((first, _), *others) = stretches_of_dates(days)
    if len(hours) == 1 and not others:
        return {"on": when_said(days), "hours": words.day(*hours)}
    last, week = max(days), sorted({day.isoweekday(): spans for day, spans in days.items()}.items())
    return {"on": str(first) if first == last else f"{first}..{last}", "days": words.week(week)}
