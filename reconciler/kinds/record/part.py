"""What the service has of records, as a part of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model import Part
from reconciler.model.typed import CdtRecord, CdtType

Place = tuple[str, str]  # patient, by external id, or by id where a manifest does so; CDT type


@dataclass(frozen=True, slots=True, kw_only=True)
class Records(Part):
    """cdts: the definitions of CDT types, by name. at: the records of each patient and type."""

    cdts: Mapping[str, CdtType] = field(default_factory=dict)
    at: Mapping[Place, Sequence[CdtRecord]] = field(default_factory=dict)
