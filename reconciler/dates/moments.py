"""Days and instants in words, on the clock of a zone: `Tue 1 Dec 2026 09:00 PST`. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def day_text(day: date) -> str:
    """`Mon 7 Dec`."""
    return f"{day:%a} {day.day} {day:%b}"


def moment_text(moment: datetime, seconds: bool = False) -> str:
    """An aware instant, on the clock of its own zone."""
    clock = f"{moment:%H:%M:%S}" if seconds else f"{moment:%H:%M}"
    return f"{day_text(moment)} {moment.year} {clock} {moment:%Z}"


def instant_in(text: str, zone: tzinfo | None) -> datetime | None:
    """A timestamp as a moment in a zone, None for this computer's; None for what is no timestamp."""
    if not _INSTANT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(zone)
    except (ValueError, OverflowError):
        return None
