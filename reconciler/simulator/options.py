"""What a simulator can be told. Plain values, cheap to import; what they do stands where they are used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from reconciler.simulator.faults import Fault


@dataclass(frozen=True, slots=True)
class Options:
    """Everything the server can be told; the defaults are the service as recorded.

    `seed_files` are loaded before the server answers (see `seeding`); what they name and the store
    already has is left alone, so the same files may be given again with the same `db`.
    """

    db: str | None = None
    """SQLite file, which survives restarts; None keeps everything in memory."""
    profile: Literal["live", "reference"] = "live"
    """The service as recorded, or only what the vendor's reference documents."""
    secret: str = "simulator"
    """The secret of every API client; any client name is good."""
    tenants: tuple[str, ...] | None = None
    """None: any tenant, created on first use. Else all others answer 404."""
    seed_files: tuple[str, ...] = ()
    record: str | None = None
    """File that gets one JSON line an exchange, secrets and tokens left out."""

    now: datetime | None = None
    """Aware. The simulated clock starts here and runs on; None: it shows the real time."""
    timezone: str = "UTC"
    """In which schedules read the hours of users without a zone of their own: what the service does with
    those was never seen."""
    token_ttl_s: int = 3600
    max_page_size: int = 1000
    """A larger `size` is cut down to this, which the answer echoes; in the reference profile always to 20."""

    cut_neighbours: bool = True
    """Live: a DEFAULT row of work hours cuts the one that covers its start."""
    provisioned_rule: Literal["refuse", "ignore"] = "refuse"
    """Live: what happens to a key that may not be written once a user left PROVISIONED."""
    reference_user_ids: bool = True
    """Reference: answers about users carry `id`, which the reference's samples lack."""
    unknown_keys: Literal["refuse", "drop"] = "refuse"
    """Reference: what happens to body keys that the reference doesn't know. Live always drops them."""

    latency_ms: float = 0
    jitter_ms: float = 0
    """Added to `latency_ms`: a random share of it, drawn anew for each request."""
    faults: tuple[Fault, ...] = ()
    random_seed: int = 0
    """For all that is drawn by lot in faults: the same requests in the same order meet the same ones."""
