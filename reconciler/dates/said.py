"""Dates in the words of reports: `Tue 1 Dec`, with the year where it isn't the reader's. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

MOST = 10  # dates named one by one; the others are counted


def day_said(day: date, today: date, weekday: bool = True) -> str:
    """`Tue 1 Dec`; today: the reader's, whose year goes without saying."""
    year = "" if day.year == today.year else f" {day.year}"
    return f"{f'{day:%a} ' if weekday else ''}{day.day} {day:%b}{year}"


def span_said(first: date, last: date, today: date, weekday: bool = True) -> str:
    """`Tue 1 Dec – Tue 19 Jan 2027`; one date once."""
    if first == last:
        return day_said(first, today, weekday)
    begins = day_said(first, first if first.year == last.year else today, weekday)
    return f"{begins} – {day_said(last, today, weekday)}"


def days_said(days: Sequence[date], today: date) -> str:
    """Dates one by one, ascending; neighbours as a span, those beyond the tenth by their number."""
    spans: list[list[date]] = []
    for day in sorted(set(days)):
        if spans and spans[-1][1] == day - timedelta(days=1):
            spans[-1][1] = day
        else:
            spans.append([day, day])
    said = [span_said(first, last, today) for first, last in spans[:MOST]]
    left = sum((last - first).days + 1 for first, last in spans[MOST:])
    return ", ".join(said) + (f" and {left} more" if left else "")


def hours_said(hours: float) -> str:
    """`37.5 h`."""
    return f"{hours:.2f}".rstrip("0").rstrip(".") + " h"
