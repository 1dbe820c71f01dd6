"""Instants: whole milliseconds since the epoch inside, the service's texts outside."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000
FIRST, LAST = (
    -2_208_988_800_000,
    32_503_679_999_999,
)  # 1900 and 2999: calendar arithmetic never leaves datetime's range
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def parse(text: str) -> int:
    """Read `YYYY-MM-DDTHH:MM:SS.mmmZ`, nothing else. Raises ValueError."""
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"not YYYY-MM-DDTHH:MM:SS.mmmZ: {text!r}")
    found = from_datetime(datetime.fromisoformat(text))
    if not FIRST <= found <= LAST:
        raise ValueError(f"not in the years 1900 to 2999: {text!r}")
    return found


def from_datetime(aware: datetime) -> int:
    return (aware - EPOCH) // timedelta(milliseconds=1)


def to_datetime(ms: int, zone: str | None = None) -> datetime:
    """Aware, in the zone (an IANA name that `zone_of` knows) or UTC."""
    utc = EPOCH + timedelta(milliseconds=ms)
    return utc.astimezone(zone_of(zone)) if zone else utc


def show(ms: int) -> str:
    """`2026-12-01T17:00:00.000Z`"""
    return to_datetime(ms).isoformat(timespec="milliseconds")[:-6] + "Z"


def show_local(ms: int, zone: str | None) -> str:
    """`2026-12-01T09:00:00.000-08:00`: the same instant as people of that zone see it; without one in UTC."""
    return to_datetime(ms, zone).isoformat(timespec="milliseconds")


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """Raises ValueError for what is no IANA zone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # what ZoneInfo raises depends on how odd the name is
        raise ValueError(f"no time zone: {name!r}") from error
