"""Reads what the service has, kind by kind: for a plan what each asks for, for an apply what it touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import cast

from reconciler.client import Client
from reconciler.client.threads import begun, result_of, wait_for
from reconciler.kinds import Context, Kind
from reconciler.model import Change, Desired, Looked, P, Part, Snapshot, Window


class Reading:
    """A reading that is under way while the manifests are still being read: all kinds side by side, each
    waiting only for what it needs. What reads it will not wait for holds no process up."""

    def __init__(
        self, client: Client, kinds: Mapping[str, Kind], window: Window, sections: frozenset[str] | None
    ) -> None:
        """Begin. window, sections: what is known of the manifests, as in `Asked`."""
        self.client, self.window, self.sections = client, window, sections
        self._wanted = Future[tuple[Sequence[Desired], Context]]()
        self._parts = dict[type[Part], Future[Part]]()
        for kind in kinds.values():  # whom a kind may wait for stands before it
            if kind.part:
                self._parts[kind.part] = begun(kind.read, client, self, self)

    def wanted(self) -> tuple[Sequence[Desired], Context]:
        """What the manifests want, once that is known. Raises: CancelledError: it never will be."""
        return result_of(self._wanted)

    def of(self, part: type[P]) -> P:
        """The part of this type, once it has been read. Raises: what reading it raised."""
        return cast(P, result_of(self._parts[part]))

    def finish(self, wishes: Sequence[Desired], context: Context) -> Snapshot:
        """Say what is wanted, and wait for all of it.

        What only the service could tell of the manifests goes to the findings.
        Raises: ApiError; UsageError: the service can't do what a kind needs.
        """
        self._wanted.set_result((wishes, context))
        wait_for(self._parts.values())
        return snapshot_of(self.client, [self.of(part) for part in self._parts])

    def give_up(self) -> None:
        """Send nothing more. Waits for nothing."""
        self.client.stop()
        self._wanted.cancel()


def read_on(
    client: Client,
    live: Snapshot,
    wishes: Sequence[Desired],
    looked: Looked,
    context: Context,
    kinds: Mapping[str, Kind],
) -> Snapshot:
    """The snapshot with what reports need beyond planning. Raises: ApiError."""
    for kind in kinds.values():
        part = kind.read_on(client, live, wishes, looked, context)
        live = live.having(part) if part else live
    return live


def observe(
    client: Client, changes: Iterable[Change], known: Snapshot, now: datetime, kinds: Mapping[str, Kind]
) -> Snapshot:
    """Read again just what the changes touch; what they don't may be missing. Raises: ApiError."""
    changes, parts = list(changes), list[Part]()
    for kind in kinds.values():
        if kind.part:
            parts.append(kind.observe(client, changes, known, now))
            known = known.having(parts[-1])
    return snapshot_of(client, parts)


def snapshot_of(client: Client, parts: Sequence[Part]) -> Snapshot:
    """What was read, and who we are to this service."""
    ours = frozenset((client.name, f"API_CLIENT:{client.name}"))
    return Snapshot({type(part): part for part in parts}, client.client_ids, ours)
