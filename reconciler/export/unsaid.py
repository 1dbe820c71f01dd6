"""What turned out not to come back as it is, and is said otherwise or not at all. A value."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What of a draft doesn't come back as it is.

    entries: by section and name. keys: of entries. rows: whose hours are written row by row. overrides: by
    person and first date. alone: who is in no closure or swap and on no sheet. plain: whose overrides are
    written plainly. sections: that aren't used.
    """

    entries: frozenset[tuple[str, str]] = frozenset()
    keys: frozenset[tuple[str, str, str]] = frozenset()
    rows: frozenset[str] = frozenset()
    overrides: frozenset[tuple[str, date]] = frozenset()
    alone: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def __or__(self, other: Unsaid) -> Unsaid:
        return Unsaid(*(getattr(self, each.name) | getattr(other, each.name) for each in fields(self)))
