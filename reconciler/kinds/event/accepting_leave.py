"""What people did to leave in Welkin, as edits of the entry that declares it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple, cast

from reconciler.dates.grammar import range_of
from reconciler.dates.zones import zone_of
from reconciler.kinds import Context
from reconciler.kinds.event.fields import Fields, active
from reconciler.kinds.event.occurrence import Occurrence, instant, past
from reconciler.model import Action, Change, Findings, Items, Key, Manifest
from reconciler.model.edits import Edit, Past, Untold, Value
from reconciler.model.spec import AbsenceSpec, LeaveSpec, entries_of
from reconciler.model.when import stretches_in


def accepted_leave(
    manifest: Manifest,
    changes: Sequence[Change],
    wished: Mapping[Key, Occurrence],
    events: Mapping[str | None, Fields],
    context: Context,
    past_edits: Past,
) -> Iterator[Edit | Untold]:
    """Leave that was moved, lengthened or cut short in place; without what is gone or cancelled."""
    gone: list[tuple[_Place, Change]] = []
    for change in changes:
        wish, event = wished.get(change.key), events.get(change.live_id)
        missing = event is None and change.action is Action.CREATE
        called_off = event is not None and not active(event) and not past(event, context.now)
        differs = event is not None and change.action in (Action.UPDATE, Action.BLOCKED)
        if wish is None or not (missing or called_off or differs):
            continue
        ahead = past_edits.ahead(change)
        if ahead:
            yield ahead
            continue
        place = _place(cast(LeaveSpec, manifest.spec), wish)
        if place is None:
            yield Untold(change.key, "it is one of several dates of an entry: write it by itself")
        elif missing or called_off:
            gone.append((place, change))
        else:
            yield from _moved(manifest, place, change, event or {}, context)
    for place, change in sorted(gone, key=lambda each: each[0], reverse=True):
        all_gone = len(gone) == len([*_places(cast(LeaveSpec, manifest.spec))])
        path = () if all_gone else _path(manifest, place)
        yield Edit("leave", manifest.name, path, None, change.key)
        if all_gone:
            return


class _Place(NamedTuple):
    """Which leave of an entry: its item, and its place in the list under `on`, where there is one."""

    item: int
    step: int = -1


def _places(spec: LeaveSpec) -> Iterator[tuple[date, _Place]]:
    """Each leave that stands by itself, by its first date."""
    for item, each in enumerate(entries_of(spec)):
        if isinstance(each, str):
            yield range_of(each)[0], _Place(item)
            continue
        several = isinstance(each.get("on"), Items)
        for step, stretch in enumerate(stretches_in(each, Findings())):
            if "between" not in each or stretch.first == stretch.last:
                yield stretch.first, _Place(item, step if several else -1)


def _place(spec: LeaveSpec, wish: Occurrence) -> _Place | None:
    return next((place for first, place in _places(spec) if first == wish.wall.date()), None)


def _path(manifest: Manifest, place: _Place) -> tuple[str | int, ...]:
    item = (place.item,) if isinstance(manifest.spec, Items) else ()
    return item if place.step < 0 else (*item, "on", place.step)


def _moved(
    manifest: Manifest, place: _Place, change: Change, event: Fields, context: Context
) -> Iterator[Edit | Untold]:
    paths = {field.path for field in change.diff}
    if not paths <= {"startDateTime", "endDateTime"}:
        yield Untold(change.key, "more than its time is otherwise")
        return
    zone = zone_of(context.zone_name(manifest.name))
    start, end = (
        instant(event[name]).astimezone(zone).replace(tzinfo=None)
        for name in ("startDateTime", "endDateTime")
    )
    item = entries_of(cast(LeaveSpec, manifest.spec))[place.item]
    whole = not start.time() > time(0) and end.time() >= time(23, 59)
    if not whole and (isinstance(item, str) or "between" not in item):
        yield Untold(change.key, "it doesn't last whole days any more")
        return
    between = f"{start:%H:%M}-{end:%H:%M}"
    if place.step >= 0 and not isinstance(item, str) and item.get("between", between) != between:
        yield Untold(change.key, "its hours are those of other dates, too: write it by itself")
        return
    path = _path(manifest, place)
    for step, value in _said(item, start, end) if place.step < 0 else [((), _stretch(start, end))]:
        yield Edit("leave", manifest.name, (*path, *step), value, change.key)


def _stretch(start: datetime, end: datetime) -> str:
    first, last = f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}"
    return first if first == last else f"{first}..{last}"


def _said(item: str | AbsenceSpec, start: datetime, end: datetime) -> Iterator[tuple[tuple[str, ...], Value]]:
    first, last = f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}"
    if isinstance(item, str):
        yield (), _stretch(start, end)
    elif "between" in item:
        yield ("between",), f"{start:%H:%M}-{end:%H:%M}"
        yield (("on",) if "on" in item else ("from",)), first
        if "to" in item:
            yield ("to",), first
    elif "on" in item:
        yield ("on",), _stretch(start, end)
    else:
        yield ("from",), first
        yield ("to",), last
