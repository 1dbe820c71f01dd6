"""A row of the one table of a kind's fields: what expansion, comparison, plan files and reports know."""

from __future__ import annotations

from collections.abc import Callable
from operator import eq
from typing import NamedTuple

from reconciler.model.shapes import Check, maybe, text

TEXT = maybe(text)
LAST = 99  # the place of what has none: behind all that have one, as it comes


class Field(NamedTuple):
    """One field.

    name: the service's. ours: the manifests', and what reports call it; empty: as the service does.
    rank: its place in a report. form: what a plan's file may hold of it. needed: no file may leave it out.
    copied: taken from a manifest as it is written. same: whether two spellings are one value.
    digested: staleness is judged by it. beyond: the reference's samples don't show it.
    free: people type into it in Welkin, so that it is told only where it is ours.
    """

    name: str
    ours: str = ""
    rank: int = LAST
    form: Check[object] = TEXT
    needed: bool = False
    copied: bool = False
    same: Callable[[str, str], bool] = eq
    digested: bool = True
    beyond: bool = False
    free: bool = False

    @property
    def label(self) -> str:
        return self.ours or self.name

    def inside(self, name: str) -> str:
        """What a report calls a part of it."""
        return f"{self.ours}.{name}" if self.ours else name or self.name


def same_address(one: str, other: str) -> bool:
    """Whether two e-mail addresses are one: capitals don't count."""
    return one.casefold() == other.casefold()
