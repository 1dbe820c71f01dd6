"""What of manifests is to say something else, so that they say what is live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconciler.model import Key

LAST = -1  # as a step: behind the last item of a list


class After(int):
    """As a step: behind an item of a list, by its position."""


Value = str | Mapping[str, "Value"] | Sequence["Value"]


class Edit(NamedTuple):
    """A place of an entry, and what is to stand there; None: nothing.

    path: keys and positions below the entry; those at its end may be missing, and are added.
    order: the keys of the mapping in which one may be missing, as people write them.
    note: why it is written out here, for a comment beside it.
    about: what of the service is told so.
    """

    section: str
    name: str
    path: tuple[str | int, ...]
    value: Value | None
    about: Key
    order: Sequence[str] = ()
    note: str = ""


class Untold(NamedTuple):
    """What is live and no manifest can say, and why."""

    about: Key
    reason: str
