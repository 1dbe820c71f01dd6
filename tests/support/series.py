"""A series read as its contract is worded, one date after the other from its start: apart from our code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from tests.support import oracle

Says = Mapping[str, Any]  # values as Python has them; `repeat` is RRULE text, `duration` a timedelta


class Held(NamedTuple):
    """What takes place: on the wall, and in whose zone; `name` is the date that the rule gave."""

    name: str
    wall: datetime
    says: Says
    host: str


def held(
    says: Says, until: datetime, is_closed: Callable[[date, str], bool] = lambda day, host: False
) -> list[Held]:
    """All that takes place up to a moment, in the order of the dates that the rules give.

    is_closed: whether a date is closed for somebody.
    """
    found = list[Held]()
    for day, clock, now, host in _taking_turns(says, until):
        name = str(day)
        if name in says.get("except", ()):
            continue
        change = says.get("change", {}).get(name, {})
        if change == "cancelled":
            continue
        wall, host = datetime.combine(day, change.get("starts", clock)), change.get("host", host)
        if not is_closed(day, host):
            found.append(Held(name, wall, {**now, **change}, host))
    return found


def _taking_turns(says: Says, until: datetime) -> Iterator[tuple[date, time, Says, str]]:
    """Each date of the rules, with what holds on it and who hosts it, whether it takes place or not."""
    now, entries = dict(says), sorted(says.get("from", {}).items())
    turn, week = -1, None
    for day, clock in _dates(says, until):
        while entries and entries[0][0] <= str(day):
            entry = entries.pop(0)[1]
            now |= entry
            if "hosts" in entry:
                turn, week = -1, None
                now.pop("host", None)
            elif "host" in entry:
                now.pop("hosts", None)
        monday = day - timedelta(days=day.weekday())
        if "turn" not in now or monday != week:
            turn += 1
        week = monday if "turn" in now else None
        yield day, clock, now, now["hosts"][turn % len(now["hosts"])] if "hosts" in now else now["host"]


def _dates(says: Says, until: datetime) -> Iterator[tuple[date, time]]:
    """The dates that the rules give, each from its own date to the next one's, with the time of the day."""
    rule, start = says.get("repeat", "FREQ=DAILY;COUNT=1"), says["starts"]
    entries = sorted(says.get("from", {}).items())
    clock = start.time()
    for place in range(len(entries) + 1):
        begins = entries[place - 1][0] if place else "0"
        ends = entries[place][0] if place < len(entries) else "9"
        entry = entries[place - 1][1] if place else {}
        clock = entry.get("starts", clock)
        if "repeat" in entry:
            rule, start = entry["repeat"], datetime.combine(date.fromisoformat(begins), clock)
        for moment in oracle.occurrences(rule, start, until):
            if begins <= str(moment.date()) < ends:
                yield moment.date(), clock
