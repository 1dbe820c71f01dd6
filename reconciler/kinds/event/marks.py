"""Whose an event is: the mark we leave in the service, there being no state file anywhere else.

`externalId = "<owner>/<series>@<occurrence>"`. A service that keeps no externalId gets the same as a last
line of `additionalInfo.remarks`, in brackets, which is taken off before anything is compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from reconciler.model import Key
from reconciler.model.typed import JsonObject

LEAVES = "leave-"  # of the names of series that people's leave makes up
_MARK = re.compile(r"([a-z0-9-]{1,30})/(.{1,160})@(\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?)?)")
_BARE = re.compile(r"[a-z0-9-]{1,30}/[a-z0-9-]{1,60}@[0-9T:-]{10,19}")
_LINE = re.compile(r"(?:^|\n)\[" + _MARK.pattern + r"\]\s*$")


class Mark(NamedTuple):
    """`occurrence` is the local date the rule gave, with the time where a day has a second one."""

    owner: str
    series: str
    occurrence: str

    def __str__(self) -> str:
        return f"{self.owner}/{self.series}@{self.occurrence}"

    @classmethod
    def parse(cls, text: object) -> Mark | None:
        return _mark(_MARK.fullmatch(text)) if isinstance(text, str) else None


def mark_for(owner: str, key: Key) -> str:
    """The mark of an occurrence, as it is written."""
    return f"{owner}/{key.name}"


def is_bare(mark: str) -> bool:
    """Whether what looks like a mark holds nothing that somebody may have typed."""
    return bool(_BARE.fullmatch(mark))


def mark_of(event: JsonObject) -> Mark | None:
    """The mark of an event; None for one without, and for one with an externalId of another kind."""
    external = event.get("externalId")
    if external:
        return Mark.parse(external)
    return _mark(_LINE.search(_remarks(event.get("additionalInfo"))))


def remarks_without(info: JsonObject) -> dict[str, object]:
    """`additionalInfo` with the mark's line taken off its remarks."""
    remarks = _remarks(info)
    return {**info, "remarks": _LINE.sub("", remarks)} if remarks else dict(info)


def with_mark(info: object, mark: Mark) -> dict[str, object]:
    """`additionalInfo` with the mark as last line of its remarks."""
    clean = remarks_without(info if isinstance(info, Mapping) else {})
    lines = [line for line in (_remarks(clean), f"[{mark}]") if line]
    return {**clean, "remarks": "\n".join(lines)}


def _mark(found: re.Match[str] | None) -> Mark | None:
    """The mark in a text of its form; a date that is none was typed by somebody, and is no mark of ours."""
    if found is None:
        return None
    owner, series, occurrence = found.groups()
    try:
        datetime.fromisoformat(occurrence)
    except ValueError:
        return None
    return Mark(owner, series, occurrence)


def _remarks(info: object) -> str:
    remarks = info.get("remarks") if isinstance(info, Mapping) else None
    return remarks if isinstance(remarks, str) else ""
