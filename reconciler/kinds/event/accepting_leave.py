"""What people did to leave in Welkin, as edits of the entry that declares it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import cast

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
    gone: list[tuple[int, Change]] = []
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
    for place, change in sorted(gone, key=lambda each: -each[0]):
        all_gone = len(gone) == len(entries_of(cast(LeaveSpec, manifest.spec)))
        path = () if all_gone else _path(manifest, place)
        yield Edit("leave", manifest.name, path, None, change.key)
        if all_gone:
            return


def _place(spec: LeaveSpec, wish: Occurrence) -> int | None:
    """The item of an entry that is this leave and nothing else."""
    for place, each in enumerate(entries_of(spec)):
        if isinstance(each, str):
            if range_of(each)[0] == wish.wall.date():
                return place
        else:
            stretches = stretches_in(each, Findings())
            single = len(stretches) == 1 and (
                "between" not in each or stretches[0].first == stretches[0].last
            )
            if single and stretches[0].first == wish.wall.date():
                return place
    return None


def _path(manifest: Manifest, place: int) -> tuple[str | int, ...]:
    return (place,) if isinstance(manifest.spec, Items) else ()


def _moved(
    manifest: Manifest, place: int, change: Change, event: Fields, context: Context
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
    item = entries_of(cast(LeaveSpec, manifest.spec))[place]
    whole = not start.time() > time(0) and end.time() >= time(23, 59)
    if not whole and (isinstance(item, str) or "between" not in item):
        yield Untold(change.key, "it doesn't last whole days any more")
        return
    path = _path(manifest, place)
    for step, value in _said(item, start, end):
        yield Edit("leave", manifest.name, (*path, *step), value, change.key)


def _said(item: str | AbsenceSpec, start: datetime, end: datetime) -> Iterator[tuple[tuple[str, ...], Value]]:
    first, last = f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}"
    stretch = first if first == last else f"{first}..{last}"
    if isinstance(item, str):
        yield (), stretch
    elif "between" in item:
        yield ("between",), f"{start:%H:%M}-{end:%H:%M}"
        yield (("on",) if "on" in item else ("from",)), first
        if "to" in item:
            yield ("to",), first
    elif "on" in item:
        yield ("on",), stretch
    else:
        yield ("from",), first
        yield ("to",), last
