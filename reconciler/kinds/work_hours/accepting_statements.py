"""Overrides, swaps and closures without dates that are otherwise by now, which a person's list says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import cast

from reconciler.kinds import Context
from reconciler.kinds.work_hours.accepting_days import days_said, spans_said
from reconciler.kinds.work_hours.accepting_live import hours_by_weekday
from reconciler.kinds.work_hours.accepting_overrides import Otherwise, hours_edits
from reconciler.kinds.work_hours.layers import Layer
from reconciler.kinds.work_hours.periods import DAY, Spans
from reconciler.kinds.work_hours.shifts import DayCalendar, dates
from reconciler.model import Findings, Manifest, Source
from reconciler.model.edits import LAST, After, Edit, Untold, Value
from reconciler.model.spec import ClosureSpec, HoursSpec, SwapSpec, place_of
from reconciler.model.when import Stretch, WhenSpec, stretches_in, united

ORDER = (
    "override", "from", "to", "on", "days", "hours", "template", "rotation", "offset", "reason",
)  # fmt: skip
OF_SWAPS = ("on", "from", "to", "between", "reason")
OF_CLOSURES = ("on", "from", "to", "holidays", "name", "for", "except", "reason")


class WrittenOut:
    """What people made otherwise, as edits of all that says it."""

    def __init__(self, calendars: Mapping[str, DayCalendar], context: Context) -> None:
        self.calendars, self.context = calendars, context
        self.lists = {each.name: each for each in context.environment.under("workHours")}

    def edits(self, found: Iterable[Otherwise]) -> Iterator[Edit | Untold]:
        merged = dict[tuple[Source, str], Otherwise]()
        for each in found:
            place = each.statement.source, each.name
            merged[place] = merged[place].joined(each) if place in merged else each
        swaps = dict[Source, list[Otherwise]]()
        for each in merged.values():
            if each.statement.layer is Layer.OVERRIDE:
                yield from self._of_override(each)
            elif each.statement.layer is Layer.CLOSURE:
                yield from self._of_closure(each)
            elif each.statement.layer is Layer.USUAL:
                yield from self._beside(each, "")
            else:
                swaps.setdefault(each.statement.source, []).append(each)
        for source in sorted(swaps, reverse=True):  # what goes moves those below it
            yield from self._of_swap(source, swaps[source])

    # Overrides.

    def _of_override(self, found: Otherwise) -> Iterator[Edit | Untold]:
        items = cast(Sequence[HoursSpec], self.lists[found.name].spec)
        place = next(place for place, item in enumerate(items) if place_of(item) == found.statement.source)
        item, said = items[place], found.statement.days
        left = [day for day in said if day not in found.dates]
        week = hours_by_weekday(found.hours)

        def edit(path: tuple[str | int, ...], value: Value | None, note: str = "") -> Edit:
            return Edit("workHours", found.name, path, value, found.key, ORDER, note)

        if not left and week is not None and found.hours.keys() == {*said}:
            yield from hours_edits(edit, place, item, week, self.context)
            return
        specs = _overrides(str(item["override"]), found.hours, str(item.get("reason", "")))
        yield from (edit((After(place),), spec) for spec in reversed([*specs]))  # each right behind it
        if left:
            yield from (edit((place, *path), value) for path, value in _without(item, left))
        else:
            yield edit((place,), None)

    def _beside(self, found: Otherwise, note: str) -> Iterator[Edit]:
        """Overrides behind the others of a person."""
        for spec in _overrides(found.statement.name, found.hours, found.statement.why):
            yield Edit("workHours", found.name, (LAST,), spec, found.key, ORDER, note)
            note = ""

    # Swaps.

    def _of_swap(self, source: Source, found: Sequence[Otherwise]) -> Iterator[Edit]:
        """Both people's hours by themselves: a swap is of two."""
        manifest = self._manifest("swaps", source)
        spec = cast(SwapSpec, manifest.spec)
        gone = frozenset(day for each in found for day in each.dates)
        moved = {each.name: each for each in found}
        for name, partner in zip(spec["between"], reversed(spec["between"]), strict=True):
            own = self._as_swapped(str(name), gone, found[0])
            if name in moved:
                kept = {day: spans for day, spans in own.hours.items() if day not in moved[str(name)].dates}
                own = moved[str(name)]._replace(hours={**kept, **moved[str(name)].hours})
            yield from self._beside(own, f"instead of the swap with {partner}")
        left = [day for day in _days_in(spec) if day not in gone]
        if left:
            for path, value in _without(spec, left):
                yield Edit("swaps", manifest.name, path, value, found[0].key, OF_SWAPS)
        else:
            yield Edit("swaps", manifest.name, (), None, found[0].key)

    def _as_swapped(self, name: str, days: Iterable[date], found: Otherwise) -> Otherwise:
        calendar = self.calendars[name]
        statement = next(each for each in calendar.statements if each.source == found.statement.source)
        hours = {day: calendar.shifts(day) for day in sorted(days)}
        return Otherwise(name, found.key, statement, frozenset(days), hours)

    # Closures.

    def _of_closure(self, found: Otherwise) -> Iterator[Edit]:
        """Other hours stand in the person's list; from dates that are open to them they are excepted."""
        calendar = self.calendars[found.name]
        if found.hours.keys() - found.dates or any(
            spans != calendar.shifts(day) for day, spans in found.hours.items()
        ):
            yield from self._beside(found, f"instead of {found.statement.name}")
        open_to = sorted(found.dates - found.hours.keys())
        manifest = self._manifest("closures", found.statement.source)
        values: list[Value] = [
            {"user": found.name, "from": str(first), "until": str(last)}
            for first, last, _ in _stretches(open_to)
        ]
        whole = [found.name] if open_to and open_to == _days_in(cast(ClosureSpec, manifest.spec)) else values
        for value in whole:
            yield Edit("closures", manifest.name, ("except", LAST), value, found.key, OF_CLOSURES)

    def _manifest(self, section: str, source: Source) -> Manifest:
        return next(each for each in self.context.environment.under(section) if place_of(each.spec) == source)


def _days_in(spec: WhenSpec | HoursSpec) -> list[date]:
    stretches = united(stretches_in(spec, Findings()))
    return [day for each in stretches for day in dates(each.first, each.last + DAY)]


def _stretches(days: Iterable[date]) -> list[Stretch]:
    nowhere = Source("", 0)
    return united(Stretch(day, day, nowhere) for day in days)


def _when(days: Iterable[date]) -> Value:
    """Dates as `on` says them."""
    said = [str(first) if first == last else f"{first}..{last}" for first, last, _ in _stretches(days)]
    return said[0] if len(said) == 1 else said


def _without(
    spec: WhenSpec | HoursSpec, left: Sequence[date]
) -> Iterator[tuple[tuple[str, ...], Value | None]]:
    """What has to stand where, so that no other dates are said."""
    stretches = _stretches(left)
    if "on" not in spec and len(stretches) == 1:
        yield ("from",), str(stretches[0].first)
        yield ("to",), str(stretches[0].last)
        return
    yield ("on",), _when(left)
    yield from (((key,), None) for key in ("from", "to") if key in spec)


def _overrides(name: str, hours: Mapping[date, Spans], why: str) -> Iterator[dict[str, Value]]:
    """Items that say the hours of dates, as few as say them."""
    reason = {"reason": why} if why else {}
    alike = dict[Spans, list[date]]()
    for day in sorted(hours):
        alike.setdefault(hours[day], []).append(day)
    week = hours_by_weekday(hours)
    if len(alike) > 1 and week is not None:
        first, last = min(hours), max(hours)
        if all(day in hours for day in dates(first, last + DAY) if day.isoweekday() in week):
            days = days_said(week, says_off=True)
            yield {"override": name, "on": f"{first}..{last}", "days": days, **reason}
            return
    for spans, same in alike.items():
        yield {"override": name, "on": _when(same), "hours": spans_said(spans), **reason}
