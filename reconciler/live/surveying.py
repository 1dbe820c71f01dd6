"""Reads all there is in a tenant, kind by kind and side by side, for an export."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import cast

from reconciler.client import Client
from reconciler.client.threads import begun, result_of, wait_for
from reconciler.kinds import Kind, Survey
from reconciler.live import snapshot_of
from reconciler.model import P, Part, Snapshot


class _Parts:
    """Parts that are being read; whoever asks for one waits for it."""

    def __init__(self, client: Client, kinds: Mapping[str, Kind], survey: Survey) -> None:
        self.futures = dict[type[Part], Future[Part | None]]()
        for kind in kinds.values():  # whom a kind may wait for stands before it
            if kind.part:
                self.futures[kind.part] = begun(kind.survey, client, survey, self)

    def of(self, part: type[P]) -> P:
        return cast(P, result_of(self.futures[part]) or part())


def survey_all(client: Client, kinds: Mapping[str, Kind], survey: Survey) -> Snapshot:
    """Everything that an export takes. Raises: ApiError; UsageError: the service can't tell."""
    parts = _Parts(client, kinds, survey)
    wait_for(parts.futures.values())
    return snapshot_of(client, [parts.of(part) for part in parts.futures])
