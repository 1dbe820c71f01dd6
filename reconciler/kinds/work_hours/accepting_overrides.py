"""What people did to an override of ours in Welkin, as edits of the item that declares it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from reconciler.kinds import Context
from reconciler.kinds.work_hours.accepting_days import Editing, days_edits, days_said, spans_said
from reconciler.kinds.work_hours.periods import Week
from reconciler.kinds.work_hours.rows import week_in
from reconciler.model import Action, Change, Findings, Manifest
from reconciler.model.edits import Edit, Untold, Value
from reconciler.model.spec import HoursSpec, place_of
from reconciler.model.when import stretches_in


def accepted_override(
    manifest: Manifest, change: Change, order: Sequence[str], context: Context
) -> Iterator[Edit | Untold]:
    """Other hours or dates in place; one that is gone goes."""
    items = cast(Sequence[HoursSpec], manifest.spec)
    place = next((place for place, item in enumerate(items) if place_of(item) == change.source), None)

    def edit(path: tuple[str | int, ...], value: Value | None, note: str = "") -> Edit:
        return Edit("workHours", manifest.name, path, value, change.key, order, note)

    if place is None or "override" not in items[place]:
        yield Untold(change.key, "no override of the person's list says it: edit what does")
    elif change.action is Action.CREATE:
        yield edit((place,), None)
    elif change.before and change.after:
        yield from _otherwise(edit, place, items[place], change, context)


def _otherwise(
    edit: Editing, place: int, item: HoursSpec, change: Change, context: Context
) -> Iterator[Edit | Untold]:
    live, wished = change.before or {}, change.after or {}
    stretches = stretches_in(item, Findings())
    bounds = [str(day) for each in stretches for day in (each.first, each.last)]
    if bounds != [wished["startDate"], wished["endDate"]] or not live["endDate"]:
        yield Untold(change.key, "it is one of several rows of an override, or has a night: edit it by hand")
        return
    first, last = live["startDate"], live["endDate"]
    if (first, last) != (wished["startDate"], wished["endDate"]):
        if "on" in item:
            yield edit((place, "on"), first if first == last else f"{first}..{last}")
        else:
            yield edit((place, "from"), first)
            yield edit((place, "to"), last)
    if live.get("name") != wished.get("name") and live.get("name"):
        yield edit((place, "override"), str(live["name"]))
    if live["days"] != wished["days"]:
        yield from _hours(edit, place, item, week_in(live["days"]), context)


def _hours(edit: Editing, place: int, item: HoursSpec, week: Week, context: Context) -> Iterator[Edit]:
    if "hours" not in item:
        yield from days_edits(edit, place, item, week, context, says_off=True)
        return
    alike = {*week.values()}
    if len(alike) == 1:
        yield edit((place, "hours"), spans_said(alike.pop()))
    else:
        yield edit((place, "hours"), None)
        yield edit((place, "days"), days_said(week, says_off=True))
