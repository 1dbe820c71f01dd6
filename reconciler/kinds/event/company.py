"""With whom and where new occurrences of a series take place, in words, and from when on otherwise. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain, groupby
from operator import itemgetter

from reconciler.dates.said import day_said, span_said
from reconciler.kinds.event.differences import Told, names

FEW = 3  # values of one field, one after the other, that are told


def company(new: Sequence[Told], today: date) -> str:
    """`oda or pia · ida, max until Wed 13 Jan · IN-PERSON · Room 2, from Thu 21 Jan Room 5`.

    new: ascending. Whom single dates have, and what comes and goes, is in a plan's details.
    """
    afters = [each.change.after or {} for each in new]
    modes = [str(after.get("eventMode") or "") for after in afters]
    places = [str((after.get("additionalInfo") or {}).get("location") or "") for after in afters]
    facts = [_in_time(values, new, today) for values in (modes, places)]
    return " · ".join(filter(None, [*_who(new, today), *facts]))


def _in_time(values: Sequence[str], new: Sequence[Told], today: date) -> str:
    """A value, and what it is from a date on; where it comes and goes, the first alone."""
    first, *later = (next(run) for _, run in groupby(zip(values, new, strict=True), key=itemgetter(0)))
    if not later or len(later) >= FEW:
        return first[0]
    then = (f"from {day_said(each.day, today)} {value or 'none'}" for value, each in later)
    return ", ".join([first[0] or "none", *then])


def _who(new: Sequence[Told], today: date) -> Iterator[str]:
    """Host and participants; where hosts take turns, these, and who takes part whoever's turn it is."""
    afters = [each.change.after or {} for each in new]
    hosts = [str(after.get("hostId", "")) for after in afters]
    people = [after.get("participants") or () for after in afters]
    always, passing = list[str](), list[str]()
    for who in dict.fromkeys(chain.from_iterable(people)):
        there = [
            (who in some, each.day)
            for each, host, some in zip(new, hosts, people, strict=True)
            if who != host
        ]
        if all(takes_part for takes_part, _ in there):
            always += [who] * bool(there)
        elif stay := _stay(there, today):
            passing.append(f"{names([who])} {stay}")
    *others, last = dict.fromkeys(hosts)
    if others:
        yield f"{names(others)} or {names([last])}"
        yield ", ".join(filter(None, [names(always), *passing]))
    else:
        yield ", ".join([names([last, *always]), *passing])


def _stay(dates: Sequence[tuple[bool, date]], today: date) -> str:
    """Up to when, or from when on, somebody takes part; empty where it is now and then."""
    together = [(there, [day for _, day in alike]) for there, alike in groupby(dates, key=itemgetter(0))]
    match together:
        case [(True, days), (False, _)]:
            return f"until {day_said(days[-1], today)}"
        case [(False, _), (True, days)]:
            return f"from {day_said(days[0], today)}"
        case [(False, _), (True, days), (False, _)]:
            return span_said(days[0], days[-1], today)
    return ""
