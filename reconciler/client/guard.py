"""What stands before the calls of a run that another may have to take over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf


def _always() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Guard:
    """What a client heeds while a run has it.

    agent: said in `User-Agent` after the program's name. may_write: asked right before a write leaves, and
    before each repeat of it; raises Fenced where it may no more. write_s: what a write may take in all,
    connection included.
    """

    agent: str = ""
    may_write: Callable[[], None] = _always
    write_s: float = inf


UNGUARDED = Guard()
