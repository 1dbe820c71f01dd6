"""Declared events as an iCalendar file (RFC 5545): real rules, with EXDATE and RECURRENCE-ID.

A series becomes one event with its rule. What of its occurrences is not as that rule alone says becomes an
override of one date, what is missing an exception; so the file means what our own expansion gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from reconciler.dates.zones import gap_or_fold, wall_to_instant, zone_of
from reconciler.errors.escape import Printable, visible
from reconciler.kinds import Context
from reconciler.kinds.event import KIND as EVENTS
from reconciler.kinds.event.legs import Outline
from reconciler.kinds.event.length import Length
from reconciler.kinds.event.marks import mark_for
from reconciler.kinds.event.moments import LAST_INSTANT
from reconciler.kinds.event.occurrence import Occurrence
from reconciler.model import Manifest, Window

if TYPE_CHECKING:
    from icalendar import Calendar, Event

AHEAD = timedelta(days=2 * 366)  # how far exceptions and overrides of an endless rule are written
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
Said = Mapping[str, str | None]  # what an event says besides its time, by iCalendar's names
DAY = timedelta(days=1)
FOLD = "\r\n "
_INSIDE = re.compile(r"#(?=#[\w.-]*\[)")
_AFTER_FOLD = re.compile(r"[^\s:][\s:]*\r\n (?=\s*::)")


def ics_of(context: Context, users: frozenset[str] | None = None) -> Printable:
    """Write all declared events and leave, or those that one of `users` takes part in.

    Patients stay out: a calendar file is passed on.
    Raises: ImportError: the package `icalendar` is missing.
    """
    from icalendar import Calendar

    whole = replace(context, window=Window(BEGINNING, context.now + AHEAD))
    calendar = Calendar()
    calendar.add("prodid", "-//welkin-reconcile//EN")
    calendar.add("version", "2.0")
    for manifest in context.environment.under(*EVENTS.sections):
        _add(calendar, manifest, whole, users)
    calendar.add_missing_timezones()
    return _folded(bytes(calendar.to_ical()).decode())


def _add(calendar: Calendar, manifest: Manifest, context: Context, users: frozenset[str] | None) -> None:
    wishes = EVENTS.less_leavers([*EVENTS.expand(manifest, context)], context, {})
    found = [wish for wish in wishes if isinstance(wish, Occurrence) and not wish.absent]
    taken = [each for each in found if users is None or users & {ref.key.name for ref in each.staff()}]
    outlines = EVENTS.outlines(manifest, context)
    for series in outlines:
        own = [each for each in taken if each.occurrence in series.ruled and not each.once]
        for event in _series(series, own, context) if own else ():
            calendar.add_component(event)
    zone = outlines[0].zone if outlines else context.zone_name(manifest.name)
    for each in taken:
        if each.once:
            all_day = outlines[0].all_day if outlines else bool(each.fields.get("allDayEvent"))
            calendar.add_component(_event(each, zone, all_day, context))


def _series(series: Outline, taken: Sequence[Occurrence], context: Context) -> Iterator[Event]:
    """The event that carries the rule, then its overrides."""
    by_name = {each.occurrence: each for each in taken}
    first = min(series.ruled, key=lambda name: series.ruled[name])
    usual = _usual_fields(by_name.values())
    main = _event(next(iter(by_name.values())), series.zone, series.all_day, context)
    for name in ("dtstart", "dtend", "uid", "summary", "description", "location", "status"):
        main.pop(name, None)
    main.add("uid", f"{context.environment.owner}/{series.name}")
    _describe(main, usual)
    _times(main, series, series.ruled[first], series.length)
    main.add("rrule", _rule(series))
    for name, wall in series.ruled.items():
        if name not in by_name:
            main.add("exdate", _at(wall, series))
    yield main
    for name, each in by_name.items():
        if not _as_ruled(each, series, usual):
            event = _event(each, series.zone, series.all_day, context)
            event["uid"] = main["uid"]
            event.add("recurrence-id", _at(series.ruled[name], series))
            yield event


def _usual_fields(found: Iterable[Occurrence]) -> Said:
    """What most occurrences say besides their time."""
    said = [_said(each) for each in found]
    return max(said, key=said.count) if len(said) < 100 else max(said[:100], key=said.count)


def _said(each: Occurrence) -> Said:
    info = each.fields.get("additionalInfo") or {}
    return {
        "summary": each.fields["eventTitle"],
        "description": _people(each, info.get("remarks")),
        "location": info.get("location"),
        "status": "CANCELLED" if each.cancelled else "CONFIRMED",
    }


def _people(each: Occurrence, remarks: str | None) -> str:
    host, *others = (ref.key.name for ref in each.staff())
    lines = [remarks, f"Host: {host}", f"With: {', '.join(others)}" if others else None]
    return "\n".join(line for line in lines if line)


def _as_ruled(each: Occurrence, series: Outline, usual: Said) -> bool:
    """Whether the rule alone says an occurrence, to every program: they read a time that doesn't exist, and
    hours over a change of the clocks, in several ways."""
    wall = series.ruled[each.occurrence]
    start, end = _span(each, series.all_day)
    zone = zone_of(series.zone)
    if start != wall_to_instant(wall, zone) or _said(each) != usual:
        return False
    if series.all_day:
        return end == wall_to_instant(wall + series.length.total, zone)
    days, rest = _nominal(series.length)
    by_the_standard = wall_to_instant(wall + days, zone) + rest
    along_the_wall = wall_to_instant(wall + days + rest, zone)
    return end == by_the_standard == along_the_wall and gap_or_fold(wall, zone) != "gap"


def _nominal(length: Length) -> tuple[timedelta, timedelta]:
    """The whole days of a length on the wall, and what is exact as the standard reads it (RFC 5545 3.3.6)."""
    days = length.wall // DAY * DAY
    return days, length.total - days


def _event(each: Occurrence, zone: str, all_day: bool, context: Context) -> Event:
    """One occurrence by itself."""
    from icalendar import Event

    event = Event()
    event.add("uid", mark_for(context.environment.owner, each.key))
    event.add("dtstamp", context.now.astimezone(UTC))
    _describe(event, _said(each))
    start, end = (moment.astimezone(zone_of(zone)) for moment in _span(each, all_day))
    event.add("dtstart", start.date() if all_day else _exact(start))
    event.add("dtend", end.date() if all_day else _exact(end))
    return event


def _exact(moment: datetime) -> datetime:
    """A wall clock that a zone shows twice is written in UTC where its second time is meant."""
    return moment.astimezone(UTC) if moment.fold else moment


def _span(each: Occurrence, all_day: bool) -> tuple[datetime, datetime]:
    end = datetime.fromisoformat(each.fields["endDateTime"])
    return each.start, end + LAST_INSTANT if all_day else end


def _describe(event: Event, said: Said) -> None:
    for name, value in said.items():
        if value:
            # Line breaks stay: iCalendar writes them as `\n` itself.
            event.add(name, "\n".join(map(visible, value.split("\n"))))


def _folded(text: str) -> Printable:
    """Fold a line elsewhere where it would be a CI runner's command: iCalendar has no other spelling."""
    text = _INSIDE.sub(f"#{FOLD}", text)
    text = _AFTER_FOLD.sub(lambda found: FOLD + found[0].replace(FOLD, ""), text)
    return Printable(text.removesuffix("\n"))


def _times(event: Event, series: Outline, wall: datetime, length: Length) -> None:
    from icalendar import vText

    event.add("dtstart", _at(wall, series))
    if series.all_day:
        event.add("dtend", (wall + length.total).date())
        return
    days, rest = _nominal(length)
    hours, minutes = divmod(rest // timedelta(minutes=1), 60)
    clock = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number)
    # By hand: the package writes 48 hours as two days, which last an hour more or less twice a year.
    event.add("duration", vText(f"P{f'{days // DAY}D' if days else ''}{f'T{clock}' if clock else ''}"))


def _at(wall: datetime, series: Outline) -> date:
    return wall.date() if series.all_day else wall.replace(tzinfo=zone_of(series.zone))


def _rule(series: Outline) -> dict[str, object]:
    """The rule as the package takes it; an UNTIL of clock times is in UTC (RFC 5545 3.3.10)."""
    from icalendar import vRecur

    rule = vRecur.from_ical(str(series.rule))
    if "UNTIL" in rule:
        until = rule["UNTIL"][0]
        last = until if isinstance(until, datetime) else datetime.combine(until, time(23, 59, 59))
        instant = last if last.tzinfo else wall_to_instant(last, zone_of(series.zone))
        day = instant.astimezone(zone_of(series.zone)).date()
        rule["UNTIL"] = [day if series.all_day else instant.astimezone(UTC)]
    return dict(rule)
