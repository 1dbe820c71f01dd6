"""What is shown of a fleet: its workers, environments, queue and runs, as values that become JSON or text."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple

from reconciler.errors import UsageError
from reconciler.errors.nearest import did_you_mean
from reconciler.fleet.database import Database
from reconciler.fleet.pauses import Scope, pauses
from reconciler.fleet.states import Facts, State, state_of
from reconciler.fleet.store import Row, one
from reconciler.fleet.workers import Worker, name_of, workers

MOST = 5_000


class Place(NamedTuple):
    """An environment. since: when it came to this state. checked: when it was looked at last."""

    name: str
    tenant: str | None
    instance: str | None
    state: State
    changes: int | None
    revision: str | None
    since: float | None
    checked: float | None
    last_run: str | None
    message: str | None


class Queue(NamedTuple):
    """waiting: runs that are due, or will be; oldest_s: how long the first of those that are due has been."""

    waiting: int
    running: int
    oldest_s: float


class Overview(NamedTuple):
    workers: list[tuple[Worker, list[str]]]
    places: list[Place]
    queue: Queue


def overview(database: Database, interval_s: float, names: Collection[str] = ()) -> Overview:
    """The fleet as it is now, or these environments of it. Raises: UsageError: there is no such one."""
    running = database.rows("SELECT id, worker FROM welkin.run WHERE state = 'running' ORDER BY started")
    crew = [(each, [row["id"] for row in running if row["worker"] == each.id]) for each in workers(database)]
    return Overview(crew, places(database, interval_s, names), _queue(database, len(running)))


def places(database: Database, interval_s: float, names: Collection[str] = ()) -> list[Place]:
    """Environments by name. Raises: UsageError: of one of these nobody knows."""
    rows = database.rows(
        """SELECT place.*, run.ended AS looked, :now AS now FROM welkin.environment AS place
        LEFT JOIN welkin.run AS run ON run.id = place.last_run ORDER BY place.name"""
    )
    known = {row["name"]: row for row in rows}
    for name in names:
        if name not in known:
            raise UsageError(unknown(name, known))
    paused = {scope: str(each) for scope, each in pauses(database).items()}
    return [_place(row, interval_s, paused) for row in rows if not names or row["name"] in names]


def unknown(name: str, known: Collection[str]) -> str:
    if not known:
        return f"no environment is called {name}: none is known, `fleet check` says why"
    return f"no environment is called {name}{did_you_mean(name, known, '`fleet status` lists them')}"


def _place(row: Row, interval_s: float, paused: dict[Scope, str]) -> Place:
    pause = paused.get(Scope("environment", row["name"])) or paused.get(Scope("tenant", row["tenant"]))
    found = State(row["state"]) if row["state"] else None
    looked = max((at for at in (row["checked"], row["looked"]) if at is not None), default=None)
    state = state_of(Facts(found, looked, row["broken"], pause), interval_s, row["now"])
    return Place(
        row["name"],
        row["tenant"],
        row["instance"],
        state,
        row["changes"],
        row["revision"],
        row["since"],
        row["checked"],
        row["last_run"],
        pause or row["broken"] or row["message"],
    )


def _queue(database: Database, running: int) -> Queue:
    row = one(
        database.rows(
            """SELECT count(*) AS number, :now AS now, min(CASE WHEN due <= :now THEN due END) AS oldest
            FROM welkin.run WHERE state = 'waiting'"""
        )
    )
    assert row
    return Queue(row["number"], running, max(0.0, row["now"] - (row["oldest"] or row["now"])))


class Chosen(NamedTuple):
    """Which runs: of an environment, in a state, asked for since then."""

    id: str | None = None
    environment: str | None = None
    state: str | None = None
    since: float | None = None
    limit: int = 50


def runs(database: Database, chosen: Chosen) -> list[Row]:
    """Runs, the last that were asked for first."""
    return database.rows(
        """SELECT * FROM welkin.run WHERE (:id = '' OR id = :id)
        AND (:environment = '' OR environment = :environment) AND (:state = '' OR state = :state)
        AND asked >= :since ORDER BY coalesce(started, asked) DESC, id LIMIT :limit""",
        id=chosen.id or "",
        environment=chosen.environment or "",
        state=chosen.state or "",
        since=chosen.since or 0.0,
        limit=chosen.limit,
    )


def run_data(row: Row) -> dict[str, object]:
    return {
        "id": row["id"],
        "environment": row["environment"],
        "kind": row["kind"],
        "cause": row["cause"],
        "state": row["state"],
        "attempts": row["attempts"],
        "worker": name_of(row["worker"]),
        "revision": row["revision"],
        "requestedBy": row["requested_by"],
        "startedAt": moment(row["started"]),
        "endedAt": moment(row["ended"]),
        "changes": row["changes"],
        "message": row["message"],
    }


def details(database: Database, id: str) -> dict[str, object]:
    """What a run found and wrote: its plan, its requests with their answers, what became of each change."""
    plan = one(database.rows("SELECT data FROM welkin.plan WHERE run = :id", id=id))
    writes = database.rows("SELECT * FROM welkin.write WHERE run = :id ORDER BY epoch, id", id=id)
    outcomes = database.rows("SELECT * FROM welkin.outcome WHERE run = :id ORDER BY settled", id=id)
    return {
        "plan": json.loads(plan["data"]) if plan else None,
        "writes": [
            {
                "change": row["change"],
                "action": row["action"],
                "method": row["method"],
                "path": row["path"],
                "epoch": row["epoch"],
                "intendedAt": moment(row["intended"]),
                "answeredAt": moment(row["answered"]),
                "status": row["status"],
                "errorCode": row["error_code"],
                "id": row["live_id"],
            }
            for row in writes
        ],
        "outcomes": [
            {
                "change": row["change"],
                "action": row["action"],
                "status": row["status"],
                "errorCode": row["error_code"],
                "settledAt": moment(row["settled"]),
            }
            for row in outcomes
        ],
    }


def overview_data(seen: Overview) -> dict[str, object]:
    return {
        "workers": [
            {
                "name": worker.name,
                "state": worker.state,
                "seen": moment(worker.seen),
                "version": worker.version,
                "running": running,
            }
            for worker, running in seen.workers
        ],
        "environments": [
            {
                "name": place.name,
                "tenant": place.tenant,
                "instance": place.instance,
                "state": place.state,
                "changes": place.changes,
                "revision": place.revision,
                "checkedAt": moment(place.checked),
                "lastRun": place.last_run,
                "message": place.message,
            }
            for place in seen.places
        ],
        "queue": {
            "waiting": seen.queue.waiting,
            "running": seen.queue.running,
            "oldestSeconds": round(seen.queue.oldest_s),
        },
    }


def moment(seconds: float | None) -> str | None:
    """An instant as JSON has it."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
