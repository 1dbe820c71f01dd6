"""Gives the engine what is due, a little at a time: the rest waits in our table, where it can be counted.

Whoever feeds is alone in it (`Transaction.holds`). A tenant is given no more than it may have at once, an
environment one run; who was asked for by a person comes before what a schedule asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from reconciler.fleet.database import Database
from reconciler.fleet.engine import Order
from reconciler.fleet.runs import PAUSED
from reconciler.fleet.store import Row

AHEAD = 2  # times what all workers together execute at once


class Queue(Protocol):
    """What is fed: the engine."""

    def enqueue(self, id: str, order: Order) -> None: ...


def feed(
    database: Database, queue: Queue, protocol: str, room: int, concurrency: Callable[[str | None], int]
) -> int:
    """Enqueue what is due; how many runs that were.

    room: for how many there is. concurrency: how many of a tenant's at once.
    """
    fed = 0
    for row in _due(database, room, concurrency) if room > 0 else ():
        workflow = f"{row['id']}-{row['fed'] + 1}"
        marked = database.run(
            """UPDATE welkin.run SET workflow = :workflow, fed = fed + 1, queued = :now, protocol = :protocol,
            revision = :revision WHERE id = :id AND workflow IS NULL AND state = 'waiting'""",
            workflow=workflow,
            protocol=protocol,
            revision=row["revision"],
            id=row["id"],
        )
        if marked:  # one that gets no further is found by the sweep
            queue.enqueue(workflow, Order(row["environment"], row["kind"], row["revision"]))
            fed += 1
    return fed


def _due(database: Database, room: int, concurrency: Callable[[str | None], int]) -> list[Row]:
    """What may be fed now, a run of each environment at most, and of each tenant what it has room for."""
    busy = database.rows(
        """SELECT place.tenant AS tenant, count(*) AS number FROM welkin.run AS run
        JOIN welkin.environment AS place ON place.name = run.environment
        WHERE run.workflow IS NOT NULL GROUP BY place.tenant"""
    )
    taken = {row["tenant"]: int(row["number"]) for row in busy}
    waiting = database.rows(
        f"""SELECT id, environment, kind, fed, tenant, revision FROM (
            SELECT run.id, run.environment, run.kind, run.fed, run.due, place.tenant,
                coalesce(run.revision, place.revision, place.head) AS revision,
                CASE run.cause WHEN 'schedule' THEN 1 ELSE 0 END AS later,
                row_number() OVER (PARTITION BY place.tenant
                    ORDER BY CASE run.cause WHEN 'schedule' THEN 1 ELSE 0 END, run.due, run.id) AS number
            FROM welkin.run AS run JOIN welkin.environment AS place ON place.name = run.environment
            WHERE run.state = 'waiting' AND run.workflow IS NULL AND run.due <= :now AND NOT {PAUSED}
                AND coalesce(run.revision, place.revision, place.head) IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM welkin.run AS other
                    WHERE other.environment = run.environment AND other.workflow IS NOT NULL)
        ) AS due WHERE number <= :room ORDER BY later, due, id""",
        room=room,
    )
    chosen = dict[str, Row]()
    for row in waiting:
        tenant = row["tenant"]
        if row["environment"] not in chosen and taken.get(tenant, 0) < concurrency(tenant):
            taken[tenant] = taken.get(tenant, 0) + 1
            chosen[row["environment"]] = row
    return [*chosen.values()][:room]
