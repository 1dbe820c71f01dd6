"""What people did to hours in Welkin, as edits of all that says them; what isn't their doing stays. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import cast

from reconciler.kinds import Context
from reconciler.kinds.work_hours.accepting_live import coming, live_shifts
from reconciler.kinds.work_hours.accepting_overrides import Otherwise, in_place, is_alone, otherwise
from reconciler.kinds.work_hours.accepting_statements import ORDER, WrittenOut
from reconciler.kinds.work_hours.accepting_usual import Usual
from reconciler.kinds.work_hours.part import Hours
from reconciler.kinds.work_hours.periods import DAY
from reconciler.kinds.work_hours.rows import is_override, person_in
from reconciler.kinds.work_hours.shifts import SHIFTS, DayCalendar
from reconciler.model import Action, Change, Desired, Items, Key, Manifest, Snapshot, Users
from reconciler.model.edits import Edit, Past, Untold, Value
from reconciler.model.spec import HoursSpec, place_of


def accepted(
    changes: Sequence[Change], wishes: Sequence[Desired], live: Snapshot, context: Context, past: Past
) -> Iterator[Edit | Untold]:
    """The edits after which the manifests say what is live of those whose hours they declare."""
    pending: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if change.action is not Action.NOOP and not change.is_routine:
            pending[person_in(change.key.name)].append(change)
    declared = {manifest.name: manifest for manifest in context.environment.under("workHours")}
    calendars = {wish.key.name: wish.fields[SHIFTS] for wish in wishes if wish.fields.get(SHIFTS)}
    found = list[Edit | Untold | Otherwise]()
    for name, own in pending.items():
        calendar = calendars.get(name)
        if name not in declared or calendar is None or not isinstance(declared[name].spec, Items):
            found += (Untold(change.key, "nobody declares these hours") for change in own)
            continue
        done, ahead = _done_by_people(own, past)
        found += ahead
        found += _of_person(declared[name], calendar, done, live, context, past)
    apart = WrittenOut(calendars, context).edits(each for each in found if isinstance(each, Otherwise))
    told = [*(each for each in found if not isinstance(each, Otherwise)), *apart]
    yield from (each for each in told if isinstance(each, Untold))
    yield from sorted((each for each in told if isinstance(each, Edit)), key=_from_the_end)


def _from_the_end(edit: Edit) -> tuple[str, int, str, int]:
    """What is put into a list, or taken out of it, moves what stands below; so do entries without names."""
    number = int(edit.name) if edit.name.isdecimal() else 0
    step = edit.path[0] if edit.path else 0
    return edit.section, -number, edit.name, -step if isinstance(step, int) else 0


def _of_person(
    manifest: Manifest,
    calendar: DayCalendar,
    changes: Sequence[Change],
    live: Snapshot,
    context: Context,
    past: Past,
) -> Iterator[Edit | Untold | Otherwise]:
    overrides = [change for change in changes if is_override(change.key.name)]
    usual = [change for change in changes if not is_override(change.key.name)]
    if overrides:
        yield from _of_overrides(manifest, calendar, overrides, live, context, past)
    if usual and not live.of(Hours).rows.get(live.ids.get(manifest.name) or ""):
        yield Untold(usual[0].key, "no hours of theirs are in Welkin yet: apply them, or take them out")
    elif usual:
        yield from Usual(manifest, calendar, usual, live, context).edits()


def _of_overrides(
    manifest: Manifest,
    calendar: DayCalendar,
    changes: Sequence[Change],
    live: Snapshot,
    context: Context,
    past: Past,
) -> Iterator[Edit | Untold | Otherwise]:
    items = cast(Sequence[HoursSpec], manifest.spec)
    places = {place_of(item): place for place, item in enumerate(items) if "override" in item}
    today = context.today(context.zone_name(manifest.name, live.of(Users).by_name.get(manifest.name)))
    rows = coming(live.of(Hours).rows.get(live.ids.get(manifest.name) or "", ()), today)
    for change in changes:
        place = places.get(change.source) if change.source else None

        def edit(
            path: tuple[str | int, ...], value: Value | None, note: str = "", about: Key = change.key
        ) -> Edit:
            return Edit("workHours", manifest.name, path, value, about, ORDER, note)

        if place is not None and is_alone(change, items[place]):
            yield from in_place(edit, place, items[place], change, context)
        else:
            sides = [side for side in (change.before, change.after) if side]
            first = min(date.fromisoformat(side["startDate"]) for side in sides)
            last = max(date.fromisoformat(side["endDate"] or side["startDate"]) for side in sides)
            shifts = live_shifts(rows, first - DAY, last + DAY, calendar)
            lost = change.key not in past.asked
            yield from otherwise(change, calendar, shifts, today, lost)


def _done_by_people(own: Sequence[Change], past: Past) -> tuple[list[Change], list[Untold]]:
    """What of a person's changes people may have done in Welkin, and what was edited here and never applied.

    A row that was never applied ends the one before it: then all usual hours are left alone.
    """
    ahead = {place: why for place, change in enumerate(own) if (why := past.ahead(change))}
    usual = [place for place, change in enumerate(own) if not is_override(change.key.name)]
    new = next(
        (why for place, why in ahead.items() if place in usual and own[place].action is Action.CREATE), None
    )
    if new:
        ahead |= {place: new._replace(about=own[place].key) for place in usual}
    return [change for place, change in enumerate(own) if place not in ahead], [*ahead.values()]
