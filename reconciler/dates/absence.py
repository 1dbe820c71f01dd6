"""Leave as text: a date or a range of dates, and what was meant by one with hours. Text in, value out."""

from __future__ import annotations

import re
from datetime import date, timedelta

from reconciler.dates.grammar import DAY, clock_of, date_of, range_of, span_of, span_said

ONE_DAY = timedelta(days=1)
_CLOCK = r"([0-9]{1,2}:[0-9]{2})"
_TIMED = re.compile(rf"([0-9-]{{10}})[T ]+{_CLOCK}(?: *(?:\.\.|-|–|/|to) *(?:([0-9-]{{10}})[T ]+)?{_CLOCK})?")


def absence_of(text: str) -> tuple[date, date]:
    """Read `2027-07-05..2027-07-16` (both inclusive), or one date.

    Raises: ValueError: it is no such thing; where hours stand in it, with what says so.
    """
    try:
        return range_of(text)
    except ValueError:
        try:
            written = _with_hours(text)
        except ValueError:
            written = ""
        if not written:
            raise
    raise ValueError(f"`{text}`: leave for a part of the day is written {written}")


def _with_hours(text: str) -> str:
    """What `2027-02-11T12:00..16:00` means, in the words of manifests; empty where that isn't clear."""
    found = _TIMED.fullmatch(text)
    if found is None:
        return ""
    first, start = date_of(found[1]), clock_of(found[2])
    last, end = date_of(found[3] or found[1]), clock_of(found[4] or "24:00")
    if first == last or (last == first + ONE_DAY and end <= start):
        return _entry(first, span_of(f"{found[2]}-{found[4] or '24:00'}"))
    if last < first:
        return ""
    between = [str(day) for day in (first + ONE_DAY, last - ONE_DAY) if first < day < last]
    ends = _entry(last, (0, end)) if end else ""
    return ", ".join(filter(None, [_entry(first, (start, DAY)), "..".join(dict.fromkeys(between)), ends]))


def _entry(day: date, span: tuple[int, int]) -> str:
    return f"{{on: {day}, between: {span_said(span)}}}"
