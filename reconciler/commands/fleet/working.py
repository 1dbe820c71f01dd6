"""Puts a worker together: its leases, sources, services and runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.client import Patience
    from reconciler.fleet.database import Database
    from reconciler.fleet.shape import Fleet
    from reconciler.fleet.worker import Manner, Worker


@contextmanager
def working(
    fleet: Fleet, database: Database, manner: Manner, patience: Patience, tell: Callable[[str], None]
) -> Iterator[Worker]:
    """A worker that can go on. tell: takes a line for whoever watches, from any thread."""
    from reconciler.fleet.execution import Tools
    from reconciler.fleet.leases import Leases
    from reconciler.fleet.polling import Polls
    from reconciler.fleet.reach import Reach
    from reconciler.fleet.sources import Sources
    from reconciler.fleet.work import Work
    from reconciler.fleet.worker import Worker
    from reconciler.fleet.workers import name_of

    who = f"worker {name_of(manner.id)}"
    sources = Sources(fleet, os.environ)
    with (
        Leases(database, holder=manner.id, who=who, length_s=manner.lease_s) as leases,
        Reach(fleet, database, os.environ, tell, patience) as reach,
    ):
        tools = Tools(fleet, database, leases, sources, reach, _now)
        polls = Polls(fleet, database, sources, tell)
        yield Worker(fleet, database, manner, Work(tools, manner.id), polls, tell)


def _now() -> datetime:
    return datetime.now(UTC)
