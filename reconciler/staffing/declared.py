"""Hours and events as the manifests mean them: one of the two things that weeks are laid out from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reconciler.kinds import Context, less_leavers, undeclared_users
from reconciler.kinds.event.occurrence import Occurrence
from reconciler.kinds.work_hours.shifts import SHIFTS, DayCalendar
from reconciler.model import Desired
from reconciler.staffing.week import Calendar, Entry


def declared_calendar(desired: Sequence[Desired], context: Context) -> Calendar:
    """Everybody who is declared or spoken of, by name; who leaves has no hours and events from then on."""
    desired = less_leavers(desired, context)
    hours = declared_hours(desired)
    entries = [_entry(wish) for wish in desired if isinstance(wish, Occurrence) and not wish.absent]
    busy = {name for entry in entries for name in (entry.host, *entry.others)}
    names = sorted(hours.keys() | busy | context.people.keys() | undeclared_users(desired, context).keys())
    return Calendar({name: context.zone_name(name) for name in names}, hours, entries)


def declared_hours(desired: Sequence[Desired]) -> dict[str, DayCalendar]:
    return {wish.key.name: wish.fields[SHIFTS] for wish in desired if SHIFTS in wish.fields}


def _entry(event: Occurrence) -> Entry:
    start, end = (datetime.fromisoformat(event.fields[name]) for name in ("startDateTime", "endDateTime"))
    host, *others = (ref.key.name for ref in event.staff())
    return Entry(
        start,
        end,
        all_day=bool(event.fields.get("allDayEvent")),
        title=str(event.fields["eventTitle"]),
        kind=str(event.fields.get("eventType") or ""),
        host=host,
        others=tuple(sorted(others)),
        cancelled=event.cancelled,
    )
