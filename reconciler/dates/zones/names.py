"""The zones of the `tzdata` package: their names, and what their clocks show nowadays."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from importlib import resources

# `CST6CDT,M3.2.0,M11.1.0`: the usual clocks' name, hours west of UTC, the summer's name.
_POSIX = re.compile(
    r"(?P<usual>[A-Za-z]+|<[^>]+>)(?P<hours>[+-]?\d+)(?::(?P<minutes>\d+))?(?P<summer>[A-Za-z]*)"
)


@cache
def names() -> frozenset[str]:
    """Every name that is valid."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text().split())


@cache
def rules(name: str) -> bytes | None:
    """The compiled rules (TZif) of a valid name: links are byte for byte equal."""
    if name not in names():
        return None
    return resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


def abbreviations(name: str) -> frozenset[str]:
    """What a zone's clocks are called from now on, in winter and in summer; in capitals."""
    said = _now_on(name)
    return frozenset((said["usual"].upper(), said["summer"].upper())) if said else frozenset()


def offset(name: str) -> timedelta | None:
    """How far a zone's usual clocks are ahead of UTC from now on."""
    said = _now_on(name)
    if not said:
        return None
    west = timedelta(hours=abs(int(said["hours"])), minutes=int(said["minutes"] or 0))
    return west if said["hours"].startswith("-") else -west


def _now_on(name: str) -> re.Match[str] | None:
    """The rule for all time to come, which ends a zone's file."""
    compiled = rules(name)
    return _POSIX.match(compiled.split(b"\n")[-2].decode("ascii")) if compiled else None


def country_of(name: str) -> str | None:
    """The country, as `US`, in which a zone is used; of a link, of the zone that it leads to."""
    found = _countries()
    if name not in found:
        own = rules(name)
        name = next((other for other in sorted(found) if own is not None and rules(other) == own), name)
    return found.get(name)


@cache
def _countries() -> dict[str, str]:
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
