"""Swaps: on some dates two people each work what the other would. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple, cast

from reconciler.dates.zones import same_zone
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.work_hours.layers import Layer, Statement
from reconciler.kinds.work_hours.periods import DAY, WEEK, Period, Spans
from reconciler.kinds.work_hours.rosters import has_usual_hours
from reconciler.kinds.work_hours.shifts import DayCalendar, dates
from reconciler.model import Source, Text
from reconciler.model.spec import SwapSpec, place_of
from reconciler.model.when import stretches_in, united

FEW = 3  # dates that a message names
Calendars = Mapping[str, DayCalendar]  # by username


class Swap(NamedTuple):
    """One swap, whose dates ascend."""

    between: tuple[str, str]
    days: Sequence[date]
    source: Source
    why: str


def swaps_of(calendars: Calendars, context: Context) -> list[Swap]:
    """Read what stands under `swaps:`; problems go to the findings."""
    found = list[Swap]()
    taken: dict[tuple[str, date], Source] = {}
    for manifest in context.environment.under("swaps"):
        spec = cast(SwapSpec, manifest.spec)
        stretches = united(stretches_in(spec, context.findings))
        if not _is_possible(spec["between"], calendars, context):
            continue
        one, other = map(str, spec["between"])
        days = [day for first, last, _ in stretches for day in dates(first, last + DAY)]
        swap = Swap((one, other), days, place_of(spec), str(spec.get("reason", "")))
        _check_once(swap, taken, context)
        found.append(swap)
    return found


def swapped(calendars: Calendars, swaps: Sequence[Swap], context: Context) -> dict[str, DayCalendar]:
    """Lay swaps over everything else, each made of what the others give."""
    found = dict(calendars)
    for swap in swaps:
        one, other = swap.between
        had = {name: _until_gone(calendars[name], name, context) for name in swap.between}
        for name, partner in ((one, other), (other, one)):
            shifts = {day: had[partner].shifts(day) for day in swap.days}
            periods = tuple(_by_weeks(shifts))
            statement = Statement(
                Layer.SWAP, f"Swap with {partner}", periods, swap.source, swap.why, between=swap.between
            )
            found[name] = replace(found[name], statements=(*found[name].statements, statement))
        _warn(swap, had, context)
    return found


def _is_possible(between: Sequence[Text], calendars: Calendars, context: Context) -> bool:
    known = [has_usual_hours(name, calendars, context) for name in between]
    if len(between) != 2 or between[0] == between[1]:
        message = "a swap is between two people, each of whom works what the other would"
        context.findings.error(place_of(between), message, Mistake.NO_SWAP)
        return False
    zones = [context.zone_name(name) for name in between]
    if all(known) and not same_zone(*zones):
        lives = " and ".join(f"{name} lives in {zone}" for name, zone in zip(between, zones, strict=True))
        message = f"{lives}: a swap needs one clock; write two overrides instead"
        context.findings.error(place_of(between), message, Mistake.NO_SWAP)
        return False
    return all(known)


def _check_once(swap: Swap, taken: dict[tuple[str, date], Source], context: Context) -> None:
    """A second swap of a person on a date is an error, once for each of the first ones."""
    told = set[tuple[str, Source]]()
    for name in swap.between:
        for day in swap.days:
            first = taken.setdefault((name, day), swap.source)
            if first != swap.source and (name, first) not in told:
                told.add((name, first))
                message = f"{name} is in a second swap on {day}: the first is {first.path}:{first.line}"
                context.findings.error(swap.source, message, Mistake.NO_SWAP)


def _until_gone(calendar: DayCalendar, name: str, context: Context) -> DayCalendar:
    last = context.last_day(name)
    return calendar.until(last) if last else calendar


def _warn(swap: Swap, had: Calendars, context: Context) -> None:
    """Say where there is nothing to swap, as nobody works, or both do the same, or one is gone."""
    one, other = swap.between
    coming = [day for day in swap.days if day >= context.now.date()]
    for name, partner in ((one, other), (other, one)):
        last = context.last_day(name)
        gone = [day for day in coming if last and day > last]
        if gone:
            message = f"{name} leaves with {last}: {partner} gets nothing on {_said(gone)}"
            context.findings.warn(swap.source, message, Mistake.NOTHING_TO_SWAP)
            coming = [day for day in coming if day not in gone]
    alike = [day for day in coming if had[one].shifts(day) == had[other].shifts(day)]
    idle = [day for day in alike if not had[one].shifts(day)]
    same = [day for day in alike if day not in idle]
    for days, what in ((idle, f"neither {one} nor {other} works"), (same, "both have the same hours")):
        if days:
            message = f"nothing to swap on {_said(days)}: {what}"
            context.findings.warn(swap.source, message, Mistake.NOTHING_TO_SWAP)


def _said(days: Sequence[date]) -> str:
    left = len(days) - FEW
    return ", ".join(map(str, days[:FEW])) + (f" and {left} more" if left > 0 else "")


def _by_weeks(shifts: Mapping[date, Spans]) -> Iterator[Period]:
    """Dates that follow each other as periods of a week at most."""
    days = list[date]()
    for day in shifts:
        if days and (day != days[-1] + DAY or day == days[0] + WEEK):
            yield _period(days, shifts)
            days = []
        days.append(day)
    if days:
        yield _period(days, shifts)


def _period(days: Sequence[date], shifts: Mapping[date, Spans]) -> Period:
    return Period(days[0], days[-1], {day.isoweekday(): shifts[day] for day in days})
