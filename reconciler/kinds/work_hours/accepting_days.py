"""The hours of a week as an item's `days` say them, edited day by day. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, cast

from reconciler.dates.grammar import DAYS, days_of, parts_of, span_said
from reconciler.dates.hours import Shifts, week_of
from reconciler.dates.week import ranges
from reconciler.kinds import Context
from reconciler.kinds.work_hours.periods import Spans, Week
from reconciler.model.edits import Edit, Value
from reconciler.model.spec import HoursSpec


class Editing(Protocol):
    def __call__(self, path: tuple[str | int, ...], value: Value | None, note: str = "") -> Edit: ...


def days_edits(
    edit: Editing, place: int, item: HoursSpec, week: Week, context: Context, says_off: bool = False
) -> Iterator[Edit]:
    """Have an item say these hours on the weekdays that are among its dates.

    says_off: that a weekday is off says something.
    """
    spec: HoursSpec = {**context.template(item), **item}
    shifts = context.environment.shifts
    had = week_of(spec["days"], shifts)
    changed = {day: spans for day, spans in week.items() if spans != had.get(day, ())}
    if "days" not in item:
        yield edit((place, "template"), None)
        whole = {**had, **week}
        yield edit((place, "days"), days_said(whole, says_off), f"instead of template {item['template']}")
    elif isinstance(item["days"], Mapping) and not _is_listed(item["days"], changed):
        yield from _by_key(edit, (place, "days"), item["days"], changed)
    elif not isinstance(item["days"], str) or _is_no_row(item["days"], changed, shifts):
        yield edit((place, "days"), days_said({**had, **week}, says_off))
    else:
        words = str(item["days"]).split()
        for day, spans in changed.items():
            words[day - 1] = str(word_of(spans, shifts))
        yield edit((place, "days"), " ".join(words))


def _is_listed(days: Mapping[str, object], changed: Week) -> bool:
    """Whether a weekday that changes stands by itself beside others, so that no other key can name it."""
    return any(
        len(parts) > 1 and any(len(part) == 1 and part[0] in changed for part in parts)
        for parts in map(parts_of, map(str, days))
    )


def _is_no_row(days: str, changed: Week, shifts: Shifts) -> bool:
    return days == "off" or None in (word_of(spans, shifts) for spans in changed.values())


def word_of(spans: Spans, shifts: Shifts) -> str | None:
    """A date's hours as a word of a row: a name, a range, a free day; None where no word says them."""
    name = next((name for name, named in shifts.items() if tuple(named) == tuple(spans)), None)
    if name or len(spans) > 1:
        return name
    return span_said(spans[0]) if spans else "."


def _by_key(
    edit: Editing, path: tuple[str | int, ...], days: Mapping[str, object], changed: Week
) -> Iterator[Edit]:
    keys = {frozenset(days_of(str(key))): str(key) for key in days}
    alike: dict[Spans, list[int]] = {}
    for day, spans in changed.items():
        alike.setdefault(spans, []).append(day)
    for spans, weekdays in alike.items():
        whole = keys.get(frozenset(weekdays))
        for key in [whole] if whole else [keys.get(frozenset((day,)), DAYS[day - 1]) for day in weekdays]:
            yield edit((*path, key), spans_said(spans))


def days_said(week: Week, says_off: bool = False) -> Value:
    """The value of `days`; weekdays alike as a range."""
    alike: dict[Spans, list[int]] = {}
    for day, spans in sorted(week.items()):
        if spans or says_off:
            alike.setdefault(spans, []).append(day)
    if not alike or not any(alike):
        return "off"
    return {part: spans_said(spans) for spans, days in alike.items() for part in ranges(days).split(", ")}


def spans_said(spans: Spans) -> Value:
    said = [span_said(span) for span in spans]
    return cast(Value, said[0] if len(said) == 1 else said or "off")
