"""What the journal tells of past runs, as history shows it. Instants are ISO 8601 in UTC."""

from __future__ import annotations

from typing import TypedDict


class PastRun(TypedDict):
    """A run of `apply`; without end and outcome it was killed, or is still at it.

    changes: how many were pending. counts: outcomes by status.
    """

    id: int
    started: str
    ended: str | None
    outcome: str | None
    tenant: str
    instance: str
    owner: str
    api_url: str
    who: str | None
    commit_id: str | None
    pull_request: str | None
    tool: str
    plan_digest: str
    manifest_digest: str
    changes: int
    counts: dict[str, int]


class PastWrite(TypedDict):
    """A request as it was about to leave, and what came back: None where nothing did before the run ended."""

    method: str
    path: str
    intended: str
    answered: str | None
    status: int | None
    error_code: str | None
    live_id: str | None


class PastChange(TypedDict):
    """What became of a change; one without a status is one that the run did not live to settle.

    why: the reason that manifests gave.
    """

    change: str
    action: str
    settled: str | None
    status: str | None
    error_code: str | None
    read_back: str | None
    why: str | None
    writes: list[PastWrite]
