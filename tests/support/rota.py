"""Who works when, read date by date from what the service holds: apart from our own reckoning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

Minutes = set[int]
DAY = timedelta(days=1)


def on(rows: Sequence[dict[str, Any]], day: date) -> Minutes:
    """The minutes of a date that the rows of one person give; an override that states it beats the usual."""
    said: dict[str, list[Any]] = {"OVERRIDE": [], "DEFAULT": []}
    for row in rows:
        last = (row["endDateTime"] or "9999-12-31")[:10]
        if row["startDateTime"][:10] <= str(day) <= last:
            infos = [info for info in row["daysInfo"] if info["day"] == day.isoweekday()]
            said[row.get("ruleType") or "DEFAULT"] += infos
    infos = said["OVERRIDE"] or said["DEFAULT"]
    return {minute for info in infos if info["startTime"] for minute in range(*_span(info))}


def _span(info: dict[str, str]) -> tuple[int, int]:
    return _minutes(info["startTime"]), 1440 if info["endTime"] == "23:59:59" else _minutes(info["endTime"])


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")[:2]
    return int(hours) * 60 + int(minutes)


def said(text: str) -> Minutes:
    """`00:00-06:00, 22:00-24:00` as minutes."""
    spans = [span.split("-") for span in text.split(", ") if span]
    return {minute for start, end in spans for minute in range(_minutes(start), _minutes(end))}


def days(first: date, last: date) -> Iterable[date]:
    return (first + DAY * step for step in range((last - first).days + 1))
