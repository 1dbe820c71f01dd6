"""When somebody is on duty and when free, worked out from rows of work hours. No store, no HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from reconciler.simulator import instants

Span = tuple[int, int]  # [start, end) in milliseconds since the epoch


def on_duty(rows: list[dict[str, Any]], zone: str | None, since: int, until: int) -> list[Span]:
    """The spans in the range that the rows of one user say they work, merged and ascending.

    Times of day are wall clock in the user's zone; bounds of a row count by their date. Only
    WORKING_HOURS rows count. On a day of which an OVERRIDE speaks, the DEFAULT rows are silent.
    """
    working = [row for row in rows if row["type"] == "WORKING_HOURS"]
    day = instants.to_datetime(since, zone).date()
    last = instants.to_datetime(until, zone).date()
    spans: list[Span] = []
    while day <= last:
        spans += _shifts(working, day, zone)
        day += timedelta(days=1)
    return clipped(merged(spans), since, until)


def _shifts(rows: list[dict[str, Any]], day: date, zone: str | None) -> Iterable[Span]:
    said: dict[str, list[dict[str, Any]]] = {"OVERRIDE": [], "DEFAULT": []}
    for row in rows:
        if _covers(row, day):
            said[row["ruleType"]] += [each for each in row["daysInfo"] if each["day"] == day.isoweekday()]
    for each in said["OVERRIDE"] or said["DEFAULT"]:
        if each["startTime"] is not None:
            yield _instant(day, each["startTime"], zone), _instant(day, each["endTime"], zone)


def _covers(row: dict[str, Any], day: date) -> bool:
    end = row["endDateTime"]
    return row["startDateTime"][:10] <= day.isoformat() and (end is None or day.isoformat() <= end[:10])


def _instant(day: date, wall_clock: str, zone: str | None) -> int:
    local = datetime.combine(day, time.fromisoformat(wall_clock), instants.zone_of(zone or "UTC"))
    return instants.from_datetime(local)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Ascending and apart: spans that touch or overlap become one."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def clipped(spans: Iterable[Span], since: int, until: int) -> list[Span]:
    return [(max(start, since), min(end, until)) for start, end in spans if start < until and end > since]


def without(spans: list[Span], busy: list[Span]) -> list[Span]:
    """What is left of the spans; both lists ascending and apart."""
    left: list[Span] = []
    for start, end in spans:
        for taken_from, taken_to in clipped(busy, start, end):
            if start < taken_from:
                left.append((start, taken_from))
            start = taken_to
        if start < end:
            left.append((start, end))
    return left


def hours(spans: Iterable[Span]) -> float:
    return sum(end - start for start, end in spans) / 3_600_000
