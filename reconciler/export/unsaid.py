"""What turned out not to come back as it is, and is said otherwise or not at all. A value."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What of a draft doesn't come back as it is.

    entries: by section and name. keys: of entries. rows: whose hours are written row by row. overrides: by
    person and first date.
    """

    entries: frozenset[tuple[str, str]] = frozenset()
    keys: frozenset[tuple[str, str, str]] = frozenset()
    rows: frozenset[str] = frozenset()
    overrides: frozenset[tuple[str, date]] = frozenset()

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def __or__(self, other: Unsaid) -> Unsaid:
        return Unsaid(
            self.entries | other.entries,
            self.keys | other.keys,
            self.rows | other.rows,
            self.overrides | other.overrides,
        )
