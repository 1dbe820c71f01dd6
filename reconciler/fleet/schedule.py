"""When an environment is due: slots of time, told from its name, its clock and the present. Pure.

A slot is the instant at which it begins. Only the latest one that has begun counts: who was down for three
hours has missed three slots of an hour, and owes one run.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from reconciler.dates.zones import wall_to_instant, zone_of

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def drift_slot(name: str, every: timedelta, now: datetime) -> datetime:
    """The latest slot of an interval: each environment has its own second in it, told by its name."""
    seconds = every // _SECOND
    late = int.from_bytes(sha256(name.encode()).digest()[:8]) % seconds
    passed = (now - _EPOCH) // _SECOND
    return _EPOCH + timedelta(seconds=(passed - late) // seconds * seconds + late)


def daily_slot(at: int, timezone: str, now: datetime) -> datetime:
    """The latest slot of a time of day on a clock: one for each of its dates, also where clocks change.

    at: in minutes since midnight. A time that a change of clocks leaves out is read by the offset before it;
    of one that comes twice the first counts.
    """
    zone = zone_of(timezone)
    today = now.astimezone(zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    clock = timedelta(minutes=at)
    slots = (wall_to_instant(today - days * _DAY + clock, zone) for days in range(3))
    return next(slot for slot in slots if slot <= now)


def is_due(slot: datetime, last: datetime | None, known_since: datetime) -> bool:
    """Whether a slot asks for a run.

    last: the slot of the last run; None: there was none, and what began before the environment was known
    asks for nothing, so that all that are new at once don't run at once.
    """
    return slot > (last or known_since)
