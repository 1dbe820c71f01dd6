"""The rota of a week, as text and as data. Returns what `show` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from reconciler.dates.week import clock_text, joined, span_text
from reconciler.errors.escape import Printable, page, visible
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, Span
from reconciler.staffing.week import Day, Entry, Week, last_day

FORMAT = "welkin-reconcile/calendar/1"


def weeks_text(found: Sequence[Week], title: str) -> Printable:
    """The weeks as text that fits in 80 columns, an empty line between people."""
    lines = [title]
    for week in found:
        lines += ["", f"{week.person}  ({week.zone})"]
        shifts = joined({day.date: day.hours or () for day in week.days}, pairwise(d.date for d in week.days))
        for day in week.days:
            lines += _day_lines(day, shifts[day.date])
    return page(lines)


def weeks_data(found: Sequence[Week]) -> list[dict[str, object]]:
    """The weeks as plain data."""
    return [
        {
            "user": week.person,
            "timezone": week.zone,
            "days": [
                {
                    "date": str(day.date),
                    "hours": None if day.hours is None else [list(map(_clock, span)) for span in day.hours],
                    "events": [_entry_data(entry) for entry in day.entries],
                }
                for day in week.days
            ],
        }
        for week in found
    ]


def _entry_data(entry: Entry) -> dict[str, object]:
    return {
        "title": entry.title,
        "starts": entry.start.isoformat(),
        "ends": entry.end.isoformat(),
        "allDay": entry.all_day,
        "host": entry.host,
        "participants": list(entry.others),
        "cancelled": entry.cancelled,
    }


def _day_lines(day: Day, shifts: Sequence[Span]) -> Iterator[str]:
    """shifts: what the day's own are told as, a duty of two pieces once."""
    spans = ", ".join(span_text(span, f"{day.date + DAY:%a}", "–") for span in shifts)
    texts = [] if day.hours is None else [f"hours  {spans or 'off'}"]
    texts += [_shortened(_said(entry), 80 - 14) for entry in day.entries]
    for number, text in enumerate(texts or ["–"]):
        yield f"  {f'{day.date:%a %d %b}' if number == 0 else '':10}  {text}"


def _said(entry: Entry) -> str:
    when = "all day" if entry.all_day else _when(entry)
    title = f"{entry.title} (cancelled)" if entry.cancelled else entry.title
    people = ", ".join((entry.host, *entry.others))
    return visible(f"{when:11}  {title} · {people}")


def _when(entry: Entry) -> str:
    """From when to when; with the days where it isn't one, with their dates where a week is near."""
    start, last = entry.start, last_day(entry)
    if last == start.date():
        ends_day = entry.end.date() > last
        return f"{start:%H:%M}–{'24:00' if ends_day else f'{entry.end:%H:%M}'}"
    day = "%a" if last - start.date() < 6 * DAY else "%a %d %b"
    return f"{start:{day} %H:%M} – {entry.end:{day} %H:%M}"


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _clock(minutes: int) -> str:
    """A time of day; one beyond 24:00 is of the day after."""
    return clock_text(minutes if minutes <= DAY_MINUTES else minutes - DAY_MINUTES)
