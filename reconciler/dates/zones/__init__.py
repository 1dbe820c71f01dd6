"""Time zones by name: which exist, which are the same, and what a wall clock shows in them.

The valid names are those of the `tzdata` package, so that every machine accepts the same manifests.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from reconciler.dates.zones.names import names, rules


@cache
def zone_of(name: str) -> ZoneInfo:
    """Look up an IANA zone; ValueError says what was perhaps meant."""
    if name in names():
        return ZoneInfo(str(name))
    from reconciler.dates.zones.advice import advice_for

    raise ValueError(f"`{name}` is not a time zone: {advice_for(name)}")


def is_zone(name: str) -> bool:
    """Whether there is a zone of this name."""
    return name in names()


def same_zone(a: str, b: str) -> bool:
    """Tell whether two names mean one zone, as `US/Pacific` does `America/Los_Angeles`.

    An unknown name equals only itself.
    """
    if a == b:
        return True
    found = rules(a)
    return found is not None and found == rules(b)


def wall_to_instant(naive: datetime, zone: ZoneInfo) -> datetime:
    """Read a wall-clock time in a zone, as an instant in UTC.

    In a gap the offset before it holds (RFC 5545 3.3.5), so 02:30 means 03:30; in an overlap the first.
    """
    return wall_to_instants(naive, zone)[0]


@lru_cache(1 << 14)  # meetings begin at few times: thousands of occurrences ask for the same ones
def wall_to_instants(naive: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Read a wall-clock time with the offset before and the one after a change of the clocks, in UTC.

    Nearly always one instant; in an overlap both are real, the first earlier; in a gap neither is.
    """
    first, second = zone.utcoffset(naive), zone.utcoffset(naive.replace(fold=1))
    assert first is not None
    assert second is not None
    before = (naive - first).replace(tzinfo=UTC)
    return before, before if first == second else (naive - second).replace(tzinfo=UTC)


def gap_or_fold(naive: datetime, zone: ZoneInfo) -> Literal["gap", "overlap"] | None:
    """Tell whether a wall-clock time does not exist (gap) or exists twice (overlap) in a zone."""
    first, second = wall_to_instants(naive, zone)
    if first == second:
        return None
    return "overlap" if first < second else "gap"
