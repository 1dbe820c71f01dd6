"""Runs from being asked for to their end: rows of `welkin.run`, which alone say what waits, what came of it.

    ask(tx, Wanted(environment, Kind.DRIFT, Cause.SCHEDULE, slot))     # twice is once
    begun = begin(database, workflow, worker, most=3)                  # None: it is nobody's, or over
    end(database, begun, Ending(RunState.SUCCEEDED, changes=0))        # False: somebody else has it by now

Each step is one statement that holds only from the state before it, so whoever comes late changes nothing.
Knows no engine: a run is fed to it (`feeding.py`) under a name of its own, `workflow`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from reconciler.errors import UsageError
from reconciler.fleet.database import Database
from reconciler.fleet.names import run_id, slot_of_asking
from reconciler.fleet.store import Row, Transaction, one


class Kind(StrEnum):
    DRIFT = "drift"
    APPLY = "apply"
    ONLY_NEW = "only-new"


class Cause(StrEnum):
    SCHEDULE = "schedule"
    MERGE = "merge"
    ASKED = "asked"
    CLI = "cli"


class RunState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Wanted(NamedTuple):
    """A run that somebody asks for.

    revision: of which commit; None: of the one known to be good by then. approved: the run whose plan was
    looked at, beyond which nothing is to be applied.
    """

    environment: str
    kind: Kind
    cause: Cause
    slot: str
    revision: str | None = None
    by: str | None = None
    approved: str | None = None

    @property
    def id(self) -> str:
        return run_id(self.environment, self.kind, self.slot)


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that a worker has. attempt: which one; an older one's words count no more."""

    id: str
    environment: str
    kind: Kind
    cause: Cause
    revision: str
    worker: str
    attempt: int
    requested_by: str | None
    approved: str | None


class Ending(NamedTuple):
    """What came of a run; `message`: a line for people, of our own words."""

    state: RunState
    changes: int | None = None
    message: str | None = None


# Whether the environment of a `run`, or its tenant, is not to be run on for a while.
PAUSED = """EXISTS (SELECT 1 FROM welkin.pause AS pause
    LEFT JOIN welkin.environment AS place ON place.name = run.environment
    WHERE pause.scope = 'environment' AND pause.name = run.environment
    OR pause.scope = 'tenant' AND pause.name = place.tenant)"""
_OURS = "id = :id AND worker = :worker AND attempts = :attempt AND state = 'running'"


def ask(within: Transaction, wanted: Wanted) -> bool:
    """Have a run wait; whether it is a new one."""
    return bool(
        within.run(
            """INSERT INTO welkin.run
            (id, environment, kind, cause, slot, asked, due, state, revision, requested_by, approved)
            VALUES (:id, :environment, :kind, :cause, :slot, :now, :now, 'waiting', :revision, :by, :approved)
            ON CONFLICT (id) DO NOTHING""",
            id=wanted.id,
            **wanted._asdict(),
        )
    )


def ask_by_hand(
    database: Database, environments: Sequence[str], kind: Kind, by: str, approved: str | None = None
) -> dict[str, str]:
    """Have a run of each environment wait, or find the one that does; ids by environment."""

    def asked(within: Transaction) -> dict[str, str]:
        within.store.lock(within, "asking", wait=True)
        return {name: _asked(within, name, kind, by, approved) for name in environments}

    return database.together(asked)


def _asked(within: Transaction, environment: str, kind: Kind, by: str, approved: str | None) -> str:
    """The same run while it waits, a new one once it has begun."""
    of = {"environment": environment, "kind": kind, "cause": Cause.ASKED}
    theirs = "environment = :environment AND kind = :kind AND cause = :cause"
    waits = one(
        within.rows(
            f"""SELECT id FROM welkin.run WHERE {theirs} AND state = 'waiting'
            AND coalesce(approved, '') = :approved""",
            approved=approved or "",
            **of,
        )
    )
    if waits:
        return str(waits["id"])
    slots = within.rows(f"SELECT slot FROM welkin.run WHERE {theirs}", **of)
    last = max((int(row["slot"].rpartition("-")[2]) for row in slots), default=0)
    wanted = Wanted(environment, kind, Cause.ASKED, slot_of_asking(last + 1), by=by, approved=approved)
    ask(within, wanted)
    return wanted.id


def begin(database: Database, workflow: str, worker: str, most: int) -> Begun | None:
    """Have a worker take what the engine gave it; None: it was taken back, is over, or ends here.

    most: a run that was begun so often, and never came to an end or was given back, takes workers down.
    """

    row = one(
        database.rows(
            f"""UPDATE welkin.run AS run SET attempts = attempts + 1, worker = :worker,
            state = CASE WHEN cancel IS NOT NULL THEN 'cancelled' WHEN attempts >= :most THEN 'failed'
                ELSE 'running' END,
            message = CASE WHEN cancel IS NOT NULL THEN 'cancelled by ' || cancel
                WHEN attempts >= :most THEN :message END,
            ended = CASE WHEN cancel IS NOT NULL OR attempts >= :most THEN :now END,
            workflow = CASE WHEN cancel IS NULL AND attempts < :most THEN workflow END,
            started = coalesce(started, :now)
            WHERE workflow = :workflow AND state IN ('waiting', 'running') AND NOT {PAUSED} RETURNING *""",
            workflow=workflow,
            worker=worker,
            most=most,
            message=f"took {most} workers with it",
        )
    )
    if row is None or row["state"] != RunState.RUNNING:
        return None
    return Begun(
        row["id"],
        row["environment"],
        Kind(row["kind"]),
        Cause(row["cause"]),
        row["revision"],
        worker,
        row["attempts"],
        row["requested_by"],
        row["approved"],
    )


def end(within: Database | Transaction, begun: Begun, ending: Ending) -> bool:
    """Say what came of a run; whether it was still this one's to say."""
    return bool(
        within.run(
            f"""UPDATE welkin.run SET state = :ending, changes = :changes, message = :message, ended = :now,
            workflow = NULL WHERE {_OURS}""",
            ending=ending.state,
            changes=ending.changes,
            message=ending.message,
            **_of(begun),
        )
    )


def put_back(database: Database, begun: Begun, after_s: float = 0.0) -> bool:
    """Have a run wait again, as if it had not begun: it did its worker no harm."""
    return bool(
        database.run(
            f"""UPDATE welkin.run SET state = 'waiting', workflow = NULL, worker = NULL,
            attempts = attempts - 1, due = :now + :after WHERE {_OURS}""",
            after=after_s,
            **_of(begun),
        )
    )


def release(database: Database, workflow: str) -> None:
    """Have a run that the engine gave to somebody, who doesn't begin it, wait for its turn again."""
    database.run(
        "UPDATE welkin.run SET workflow = NULL WHERE workflow = :workflow AND state = 'waiting'",
        workflow=workflow,
    )


def bury(database: Database) -> None:
    """Say of one-shot runs that were killed that they are over: no worker does."""
    database.run(
        """UPDATE welkin.run AS run SET state = 'failed', message = 'ended without a word', ended = :now
        WHERE cause = :cause AND state = 'running'
        AND NOT EXISTS (SELECT 1 FROM welkin.lease WHERE lease.run = run.id AND lease.until > :now)""",
        cause=Cause.CLI,
    )


def cancel(database: Database, id: str, by: str) -> RunState:
    """End a run that waits, and ask for the end of one that runs; its state as it was.

    Raises: UsageError: there is no such run, it is over, or no worker has it.
    """

    def cancelled(within: Transaction) -> Row | None:
        row = one(within.rows("SELECT state, cause, requested_by FROM welkin.run WHERE id = :id", id=id))
        within.run(
            """UPDATE welkin.run SET cancel = :by,
            ended = CASE state WHEN 'waiting' THEN :now END,
            state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END,
            workflow = CASE state WHEN 'waiting' THEN NULL ELSE workflow END,
            message = CASE state WHEN 'waiting' THEN :message ELSE message END
            WHERE id = :id AND state IN ('waiting', 'running') AND cause <> :cli""",
            id=id,
            by=by,
            cli=Cause.CLI,
            message=f"cancelled by {by}",
        )
        return row

    row = database.together(cancelled)
    if row is None:
        raise UsageError(f"no run is called {id}: `welkin-reconcile fleet runs` lists them")
    state = RunState(row["state"])
    if state not in (RunState.WAITING, RunState.RUNNING):
        raise UsageError(f"run {id} is over: it {_PAST[state]}")
    if row["cause"] == Cause.CLI:
        raise UsageError(f"run {id} is an `apply` of {row['requested_by']}: it is stopped where it runs")
    return state


_PAST = {
    RunState.SUCCEEDED: "succeeded",
    RunState.FAILED: "failed",
    RunState.REFUSED: "was refused",
    RunState.CANCELLED: "was cancelled",
}


def _of(begun: Begun) -> dict[str, str | int]:
    return {"id": begun.id, "worker": begun.worker, "attempt": begun.attempt}
