"""Reads what the service has, kind by kind: for a plan what each asks for, for an apply what it touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any, cast

from reconciler.client import Client
from reconciler.kinds import Context, Kind
from reconciler.model import Change, Desired, P, Part, Snapshot


class UnderWay:
    """The parts that are being read."""

    def __init__(self) -> None:
        self.reads: dict[type[Part], Future[Any]] = {}

    def of(self, part: type[P]) -> P:
        """The part of this type, once it has been read. Raises: what reading it raised."""
        return cast(P, self.reads[part].result())


def read_live(
    client: Client, wishes: Sequence[Desired], context: Context, kinds: Mapping[str, Kind]
) -> Snapshot:
    """Read all that planning needs; the kinds do so side by side, each waiting only for what it needs.

    What only the service could tell of the manifests goes to the findings.
    Raises: ApiError; UsageError: the service can't do what a kind needs.
    """
    known = UnderWay()
    with ThreadPoolExecutor(len(kinds)) as side_by_side:
        for kind in kinds.values():  # whom a kind may wait for stands before it
            if kind.part:
                known.reads[kind.part] = side_by_side.submit(kind.read, client, wishes, known, context)
        return _snapshot(client, [known.of(part) for part in known.reads])


def observe(
    client: Client, changes: Iterable[Change], known: Snapshot, now: datetime, kinds: Mapping[str, Kind]
) -> Snapshot:
    """Read again just what the changes touch; what they don't may be missing. Raises: ApiError."""
    changes, parts = list(changes), list[Part]()
    for kind in kinds.values():
        if kind.part:
            parts.append(kind.observe(client, changes, known, now))
            known = known.having(parts[-1])
    return _snapshot(client, parts)


def _snapshot(client: Client, parts: Sequence[Part]) -> Snapshot:
    ours = frozenset((client.name, f"API_CLIENT:{client.name}"))
    return Snapshot({type(part): part for part in parts}, client.client_ids, ours)
