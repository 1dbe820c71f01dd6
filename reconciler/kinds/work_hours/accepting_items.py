"""The items of a person's list under `workHours`: their dates, and how others are written. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, cast

from reconciler.dates.grammar import date_of
from reconciler.kinds.work_hours.accepting_days import days_said
from reconciler.kinds.work_hours.periods import DAY, Week
from reconciler.model import Block
from reconciler.model.edits import Value
from reconciler.model.spec import HoursSpec

SHARED = ("template", "rotation")


class Item(NamedTuple):
    """An item of usual hours: its place in the list, and the dates that are its own."""

    place: int
    spec: HoursSpec
    start: date
    end: date | None

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


class Piece(NamedTuple):
    """Dates that are otherwise, and their week."""

    start: date
    end: date | None
    week: Week


def items_in(spec: Sequence[HoursSpec]) -> Iterator[Item]:
    """The items of usual hours, each up to where the next one begins."""
    usual = sorted(
        (date_of(item["from"]), place, item) for place, item in enumerate(spec) if "override" not in item
    )
    for number, (start, place, item) in enumerate(usual):
        following = usual[number + 1][0] - DAY if number + 1 < len(usual) else None
        end = date_of(item["to"]) if "to" in item else following
        yield Item(place, item, start, end)


def spec_of(piece: Piece) -> dict[str, Value]:
    bounds = {"from": str(piece.start), **({"to": str(piece.end)} if piece.end else {})}
    return {**bounds, "days": days_said(piece.week)}


def instead_of(item: HoursSpec) -> str:
    """For a comment: what was shared, and is written out for one person."""
    names = (f"{key} {value}" for key, value in item.items() if key in SHARED and isinstance(value, str))
    name = next(names, "")
    return f"instead of {name}" if name else ""


def data_of(spec: object) -> dict[str, Value]:
    return {str(key): _plain(value) for key, value in cast(Block, spec).items()}


def _plain(value: object) -> Value:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else str(value)
