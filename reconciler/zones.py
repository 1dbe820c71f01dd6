"""Time zones by name: which exist, which are the same, and what a wall clock shows in them.

The valid names are those of the `tzdata` package, so that every machine accepts the same manifests.
"""

from __future__ import annotations

from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Literal
from zoneinfo import ZoneInfo


@cache
def zone_of(name: str) -> ZoneInfo:
    """Look up an IANA zone; ValueError names the nearest valid one."""
    if name in _names():
        return ZoneInfo(str(name))
    close = _nearest(name)
    advice = f"did you mean `{close}`?" if close else "write it as in America/Los_Angeles"
    raise ValueError(f"`{name}` is not a time zone: {advice}")


def is_zone(name: str) -> bool:
    """Whether there is a zone of this name."""
    return name in _names()


def same_zone(a: str, b: str) -> bool:
    """Tell whether two names mean one zone, as `US/Pacific` does `America/Los_Angeles`.

    An unknown name equals only itself.
    """
    if a == b:
        return True
    rules = _rules(a)
    return rules is not None and rules == _rules(b)


def wall_to_instant(naive: datetime, zone: ZoneInfo) -> datetime:
    """Read a wall-clock time in a zone, as an instant in UTC.

    In a gap the offset before it holds (RFC 5545 3.3.5), so 02:30 means 03:30; in an overlap the first.
    """
    return wall_to_instants(naive, zone)[0]


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


@cache
def _names() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text().split())


@cache
def _rules(name: str) -> bytes | None:
    """The compiled rules (TZif): links are byte for byte equal."""
    if name not in _names():
        return None
    return resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


def _nearest(name: str) -> str | None:
    folded = {known.casefold(): known for known in sorted(_names())}
    cities = {known.rpartition("/")[2]: known for known in reversed(folded)}
    wanted = name.strip().replace(" ", "_").casefold()
    if wanted in cities:
        return folded[cities[wanted]]
    close = get_close_matches(wanted, folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None
