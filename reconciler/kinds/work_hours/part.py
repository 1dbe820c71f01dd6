"""What the service has of work hours, as a part of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model import Part
from reconciler.model.typed import HoursRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours(Part):
    """rows: user id -> rows, as in `details[]` (reference, Read Work Hours).

    rule_types: whether they show a `ruleType`; None where no row was there to tell.
    """

    rows: Mapping[str, Sequence[HoursRow]] = field(default_factory=dict)
    rule_types: bool | None = None
