"""What things of the fleet are called: environments, and runs by what asks for them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

_ENDINGS = (".yaml", ".yml")


def environment_name(source: str, path: str) -> str:
    """The name of an environment file of a source: `clinics/env/north`."""
    for ending in _ENDINGS:
        path = path.removesuffix(ending)
    return f"{source}/{path}"


def run_id(environment: str, kind: str, slot: str) -> str:
    """The id of a run: whoever asks for the same once more asks for the same run."""
    return sha256("\0".join((environment, kind, slot)).encode()).hexdigest()[:16]


def slot_of_time(begins: datetime) -> str:
    """What a schedule asks at: 2026-12-01T02:00:00Z."""
    return begins.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def slot_of_merge(commit: str) -> str:
    return f"merge-{commit}"


def slot_of_asking(count: int) -> str:
    """`count`: how many of this environment and kind were asked for before, and have begun."""
    return f"asked-{count}"
