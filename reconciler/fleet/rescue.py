"""Gives back what a dead worker had, for ever: whoever is alone in it looks every few seconds.

Attempts are not counted here but where a run begins (`runs.begin`): a sweep that dies half-way harms nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from reconciler.fleet.database import Database
from reconciler.fleet.engine import Held
from reconciler.fleet.workers import Worker

LOST_S = 15.0  # within which the engine shows what it was given, and what it has ended is ended here


class Queue(Protocol):
    """What is swept: the engine."""

    def held(self, worker: str | None = None) -> list[Held]: ...

    def give_back(self, id: str, worker: str) -> bool: ...

    def forget(self, ids: Sequence[str]) -> None: ...


def sweep(database: Database, queue: Queue, workers: Sequence[Worker]) -> list[Held]:
    """Give back what dead workers had, and what was lost on its way; what the engine has then."""
    alive = {worker.id for worker in workers if worker.is_alive}
    protocols = {worker.protocol for worker in workers if worker.is_alive}
    kept = list[Held]()
    for each in queue.held():
        if each.worker and each.worker not in alive and queue.give_back(each.id, each.worker):
            database.run(
                """UPDATE welkin.run SET state = 'waiting', worker = NULL
                WHERE workflow = :workflow AND worker = :worker AND state = 'running'""",
                workflow=each.id,
                worker=each.worker,
            )
            each = each._replace(worker=None)
        if each.worker is None and each.protocol not in protocols:
            queue.forget([each.id])  # its workers are gone: from the beginning, by those there are
            _wait_again(database, each.id)
        else:
            kept.append(each)
    _find_lost(database, {each.id for each in kept})
    return kept


def stranded(queue: Queue, worker: str, working: set[str], now: float) -> int:
    """Give back what a living worker was given and doesn't work on, as it never began; how many runs."""
    return sum(
        queue.give_back(each.id, worker)
        for each in queue.held(worker)
        if each.worker == worker and each.id not in working and each.since < now - LOST_S
    )


def _find_lost(database: Database, held: set[str]) -> None:
    """What was to go to the engine and never came there, or ended there and not here, waits again."""
    fed = database.rows(
        "SELECT workflow FROM welkin.run WHERE workflow IS NOT NULL AND queued < :now - :lost", lost=LOST_S
    )
    for row in fed:
        if row["workflow"] not in held:
            _wait_again(database, row["workflow"])


def _wait_again(database: Database, workflow: str) -> None:
    database.run(
        """UPDATE welkin.run SET state = 'waiting', workflow = NULL, worker = NULL
        WHERE workflow = :workflow AND state IN ('waiting', 'running')""",
        workflow=workflow,
    )
