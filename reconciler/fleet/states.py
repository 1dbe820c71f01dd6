"""What is said of an environment, told from what is known of it. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

INTERVALS = 2  # not looked at for so many: nobody knows


class State(StrEnum):
    IN_SYNC = "in sync"
    DRIFTED = "drifted"
    PENDING = "pending"  # merged, not applied
    REFUSED = "refused"  # a brake, a policy, or blocked
    FAILED = "failed"
    UNKNOWN = "unknown"
    PAUSED = "paused"


class Facts(NamedTuple):
    """What is known of an environment; times in seconds since 1970.

    found: what the last run that looked came to. looked: when the last run ended that did, or tried to.
    broken: what is wrong with the commit that its source has now. paused: by whom and why.
    """

    found: State | None
    looked: float | None
    broken: str | None = None
    paused: str | None = None


def state_of(facts: Facts, interval_s: float | None, now: float) -> State:
    """interval_s: how often an environment is looked at; None: only when somebody asks."""
    if facts.paused is not None:
        return State.PAUSED
    if facts.broken is not None:
        return State.FAILED
    if facts.found is None or facts.looked is None:
        return State.UNKNOWN
    if interval_s is not None and facts.looked < now - INTERVALS * interval_s:
        return State.UNKNOWN
    return facts.found


class Findings(NamedTuple):
    """What a look at an environment gave, counted in changes.

    merged: those that manifests ask for since they were applied last. blocked: those that nobody can send.
    """

    open: int
    merged: int
    blocked: int
    is_refused: bool = False


def found(findings: Findings) -> State:
    if findings.is_refused or (findings.blocked and findings.blocked == findings.open):
        return State.REFUSED
    if findings.merged:
        return State.PENDING
    return State.DRIFTED if findings.open else State.IN_SYNC
