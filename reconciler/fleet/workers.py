"""The workers of a fleet: a row for each start of a process, kept alive by its beats."""

from __future__ import annotations

import os
import socket
from typing import NamedTuple
from uuid import uuid4

from reconciler import __version__
from reconciler.fleet.database import Database
from reconciler.fleet.store import Transaction

PROTOCOL = "1"  # raised when the steps of a run change: FLEET_PROTOCOL


class Worker(NamedTuple):
    """A worker as its row says. alive: its last beat still counts; draining: it takes no more runs."""

    id: str
    name: str
    version: str
    protocol: str
    process: int
    seen: float
    width: int
    is_alive: bool
    is_draining: bool

    @property
    def state(self) -> str:
        return "dead" if not self.is_alive else "draining" if self.is_draining else "alive"


def new_id(name: str) -> str:
    """Another one at each start: what an earlier start had is not ours."""
    return f"{name}/{uuid4().hex[:8]}"


def name_of(id: str | None) -> str | None:
    """Which worker an id is of."""
    return id.rpartition("/")[0] if id else id


def enlist(database: Database, id: str, width: int, lives_s: float, protocol: str) -> None:
    database.run(
        """INSERT INTO welkin.worker
        (id, name, version, protocol, process, host, started, seen, until, state, width)
        VALUES (:id, :name, :version, :protocol, :process, :host, :now, :now, :now + :lives, 'alive', :width)
        ON CONFLICT (id) DO UPDATE SET seen = :now, until = :now + :lives""",
        id=id,
        name=name_of(id),
        version=__version__,
        protocol=protocol,
        process=os.getpid(),
        host=socket.gethostname(),
        lives=lives_s,
        width=width,
    )


def beat(database: Database, id: str, lives_s: float, state: str = "alive") -> bool:
    """Say that a worker lives; whether it is known."""
    return bool(
        database.run(
            "UPDATE welkin.worker SET seen = :now, until = :now + :lives, state = :state WHERE id = :id",
            id=id,
            lives=lives_s,
            state=state,
        )
    )


def leave(database: Database, id: str) -> None:
    """A worker ends by itself."""
    database.run("DELETE FROM welkin.worker WHERE id = :id", id=id)


def lost(within: Transaction) -> list[str]:
    """The names of those that have died since somebody looked; each is told of once."""
    rows = within.rows(
        "UPDATE welkin.worker SET state = 'dead' WHERE until <= :now AND state <> 'dead' RETURNING name"
    )
    return [row["name"] for row in rows]


def workers(database: Database) -> list[Worker]:
    """All that are known, the dead of the last days too, by name."""
    rows = database.rows("SELECT *, until > :now AS lives FROM welkin.worker ORDER BY name, started")
    return [
        Worker(
            row["id"],
            row["name"],
            row["version"],
            row["protocol"],
            row["process"],
            row["seen"],
            row["width"],
            bool(row["lives"]),
            row["state"] == "draining",
        )
        for row in rows
    ]
