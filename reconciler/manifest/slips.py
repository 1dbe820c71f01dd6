"""What a manifest may say and hardly ever means: said as a warning, at its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from reconciler.dates.grammar import DAY, Span, date_of, days_of, span_of, span_said
from reconciler.dates.week import monday_of
from reconciler.errors.mistakes import Mistake
from reconciler.model import Block, Findings, Items, Manifest, Node, Text

LONGEST_NIGHT = 13 * 60  # minutes of a shift over midnight; a longer one is likelier a slip: 17:00-09:00


def warn_of_slips(manifests: Iterable[Manifest], findings: Findings) -> None:
    """Warn of nights so long that start and end are probably swapped, and of weeks that begin otherwise."""
    for manifest in manifests:
        if manifest.section in ("workHours", "templates", "shifts", "rotations"):
            named = manifest.section == "shifts"
            for hours in _of_day(manifest.spec) if named else _hours(manifest.spec):
                span = _span(str(hours))
                if span and span[1] > DAY and span[1] - span[0] > LONGEST_NIGHT:
                    findings.warn(hours.source, _swapped(hours, span), Mistake.LONG_NIGHT)
        if manifest.section in ("workHours", "templates"):
            for starts in _starts(manifest.spec):
                _warn_of_monday(starts, findings)


def _starts(node: Node) -> Iterator[Text]:
    """From when on the rotations in a tree run."""
    if isinstance(node, Items):
        for item in node:
            yield from _starts(item)
    elif isinstance(node, Block):
        rotation = node.find("rotation")
        starts = rotation.find("starts") if isinstance(rotation, Block) else None
        if isinstance(starts, Text):
            yield starts


def _warn_of_monday(starts: Text, findings: Findings) -> None:
    try:
        day = date_of(str(starts))
    except ValueError:  # an error elsewhere
        return
    if day.weekday():
        message = f"weeks run from Monday: the first begins on {monday_of(day)}"
        findings.warn(starts.source, message, Mistake.NOT_FROM_MONDAY)


def _swapped(text: Text, span: Span) -> str:
    """What was likely meant: start and end the other way round, or an end in the afternoon (`9:00-5:00`)."""
    start, end = span[0], span[1] - DAY
    length = f"{(span[1] - start) / 60:g} hours"
    afternoon = end + DAY // 2
    or_later = f", or {span_said((start, afternoon))}" if start < afternoon and end < DAY // 2 > start else ""
    return f"`{text}` lasts {length}, over midnight: swapped? {span_said((end, start))}{or_later}"


def _hours(node: Node) -> Iterator[Text]:
    """The hours of every day in a tree: what stands under weekdays."""
    if isinstance(node, Items):
        for item in node:
            yield from _hours(item)
    elif isinstance(node, Block):
        for key, value in node.items():
            if not _is_day(str(key)):
                yield from _hours(value)
            else:
                yield from _of_day(value)


def _of_day(value: Node) -> Iterator[Text]:
    found = value if isinstance(value, Items) else [value]
    return (each for each in found if isinstance(each, Text))


# A clinic's days and hours come again and again; an unsound text is an error elsewhere.
@lru_cache(4096)
def _span(text: str) -> Span | None:
    try:
        return span_of(text)
    except ValueError:
        return None


@lru_cache(4096)
def _is_day(text: str) -> bool:
    try:
        return bool(days_of(text))
    except ValueError:
        return False
