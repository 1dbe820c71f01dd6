"""When something is: `on` a date, a range or several of both, or `from` one date `to` another. Pure.

Overrides, swaps, closures and leave all say it so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypedDict, cast

from reconciler.dates.grammar import date_of, range_of
from reconciler.errors.mistakes import Mistake
from reconciler.model import Findings, Source, Text

DAY = timedelta(days=1)

WhenSpec = TypedDict("WhenSpec", {"on": Text | Sequence[Text], "from": Text, "to": Text}, total=False)


class Stretch(NamedTuple):
    """Dates from a first to a last, both included, as they stand at `source`."""

    first: date
    last: date
    source: Source

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


def stretches_in(entry: Mapping[str, object], findings: Findings) -> list[Stretch]:
    """The dates that an entry names, in the order in which they are written; an end before the start is an
    error. entry: as its schema has let it through, with whatever keys besides."""
    spec = cast(WhenSpec, entry)
    if "on" in spec:
        named = spec["on"]
        texts = [named] if isinstance(named, Text) else named
        return [Stretch(*range_of(text), text.source) for text in texts]
    if not {"from", "to"} <= spec.keys():
        return []
    first, last = date_of(spec["from"]), date_of(spec["to"])
    if first <= last:
        return [Stretch(first, last, spec["from"].source)]
    message = f"`to` ({last}) is before `from` ({first})"
    findings.error(spec["to"].source, message, Mistake.END_BEFORE_START)
    return []


def united(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same dates, ascending, each once: what overlaps or follows is one stretch."""
    found = list[Stretch]()
    for stretch in sorted(stretches, key=lambda each: each.first):
        if found and stretch.first <= found[-1].last + DAY:
            found[-1] = found[-1]._replace(last=max(found[-1].last, stretch.last))
        else:
            found.append(stretch)
    return found
