"""Dates and times of iCalendar (RFC 5545 3.3.4-6) on the wall of a series. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from reconciler.dates.grammar import YEARS, duration_said
from reconciler.dates.zones import is_zone, wall_to_instant, zone_of
from reconciler.export.others.content import Property
from reconciler.export.others.taken import Unfit

_MOMENT = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
_DURATION = re.compile(r"\+?P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)", re.ASCII)
DAY = timedelta(days=1)
MOST_DATES = 1000  # of an event


class Moment(NamedTuple):
    """A date, or a time on a wall. zone: by name; None: of whoever looks. A date has none."""

    wall: datetime
    is_date: bool = False
    zone: str | None = None

    def on(self, zone: str) -> datetime:
        """What the wall shows in another zone at that moment."""
        if self.is_date or self.zone in (None, zone):
            return self.wall
        return self.instant(zone).astimezone(zone_of(zone)).replace(tzinfo=None, fold=0)

    def instant(self, zone: str) -> datetime:
        return wall_to_instant(self.wall, zone_of(self.zone or zone))


def moment_of(value: str, said: Property) -> Moment:
    """Read a date or time. Raises: Unfit."""
    found = _MOMENT.fullmatch(value.strip())
    if not found:
        raise Unfit(f"{said.name} is no date or time", said.line)
    try:
        wall = datetime.strptime(found[1] + (found[2] or "000000"), "%Y%m%d%H%M%S")
    except ValueError:
        raise Unfit(f"{said.name} is no date or time of the calendar", said.line) from None
    if wall.year not in YEARS:
        raise Unfit(f"the year of {said.name} is not between {YEARS[0]} and {YEARS[-1]}", said.line)
    if found[2] is None:
        return Moment(wall, is_date=True)
    if wall.second:
        raise Unfit(f"{said.name} has seconds: manifests tell hours and minutes", said.line)
    if found[3]:
        return Moment(wall, zone="UTC")
    return Moment(wall, zone=_zone(said))


def _zone(said: Property) -> str | None:
    """The IANA name of the zone that a property names; Outlook writes those of Windows. Raises: Unfit."""
    name = said.parameters.get("TZID")
    if name is None or is_zone(name):
        return name
    from reconciler.dates.zones.advice import of_windows

    zone = of_windows(name) if "time" in name.casefold() else None
    if zone is None:
        raise Unfit(f"the time zone of {said.name} is no IANA name, such as America/Chicago", said.line)
    return zone


def moments_of(said: Property) -> list[Moment]:
    """The dates or times that a property lists; of periods their starts. Raises: Unfit."""
    if said.parameters.get("VALUE", "").upper() == "PERIOD":
        raise Unfit(f"{said.name} lists periods: manifests list starts", said.line)
    if said.value.count(",") >= MOST_DATES:
        raise Unfit(f"{said.name} lists more than {MOST_DATES:,} dates", said.line)
    return [moment_of(value, said) for value in said.value.split(",") if value.strip()]


def duration_text(said: Property, all_day: bool) -> str:
    """A DURATION as a manifest has it. Raises: Unfit."""
    found = _DURATION.fullmatch(said.value.strip().upper())
    numbers = [int(number[:6]) if number else 0 for number in found.groups()] if found else [0]
    if not any(numbers):
        raise Unfit("DURATION is no length of time", said.line)
    weeks, days, hours, minutes, seconds = numbers
    if seconds % 60 or (all_day and (hours or minutes or seconds)):
        raise Unfit("DURATION is finer than a manifest can say", said.line)
    return duration_said(timedelta(hours=hours, minutes=minutes, seconds=seconds), weeks * 7 + days)


def said(wall: datetime, is_date: bool) -> str:
    """As a manifest has it."""
    return f"{wall:%Y-%m-%d}" if is_date else f"{wall:%Y-%m-%dT%H:%M}"
