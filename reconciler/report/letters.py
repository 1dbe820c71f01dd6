"""Hours by the names that the manifests give them, as on a ward's wall: `E E N N – –`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from functools import partial
from typing import TYPE_CHECKING

from reconciler.dates.hours import Shifts, words_for
from reconciler.dates.week import Span, short_text, span_text

if TYPE_CHECKING:
    from reconciler.staffing.week import Day

Said = Callable[[Span, str], str]
in_full = partial(span_text, dash="-")


def words_of(day: Day, shifts: Shifts) -> tuple[str | Span, ...]:
    """What begins on a date, by name where it has one; nothing where no shift of it has."""
    words = words_for(day.hours or (), shifts)
    return words if any(isinstance(word, str) for word in words) else ()


def legend(days: Iterable[Day], shifts: Shifts) -> str:
    """`E 6:30-14:30 · N 21:30-6:30`: the names that these days go by."""
    used = {word for day in days if not day.on_leave for word in words_of(day, shifts)}
    return legend_of(used, shifts, short_text)


def legend_of(names: Container[object], shifts: Shifts, said: Said = in_full) -> str:
    """`E 06:30-14:30 · N 21:30-06:30`: what these names stand for. said: how a span is written."""
    return " · ".join(
        f"{name} {', '.join(said(span, 'next day') for span in spans)}"
        for name, spans in shifts.items()
        if name in names
    )
