"""What is kept, and for how long: old runs and plans go, in batches so small that nobody waits for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from reconciler.fleet.database import Database
from reconciler.fleet.runs import bury

A_BATCH = 500
DEAD_S = 86_400.0  # how long it is shown that a worker died
_OF_RUN = ("plan", "write", "outcome")
# What else is kept as long as runs, and the time that it has.
_AGING = (("audit", "at"), ("delivery", "at"), ("notice", "at"))


class Kept(NamedTuple):
    runs: timedelta
    plans: timedelta


class Gone(NamedTuple):
    runs: int
    plans: int


def prune(database: Database, kept: Kept) -> Gone:
    """Remove what is older than is kept. Safe beside others who do the same."""
    bury(database)
    plans = _all(
        database,
        """DELETE FROM welkin.plan WHERE run IN
        (SELECT run FROM welkin.plan WHERE made < :now - :age LIMIT :batch)""",
        kept.plans,
    )
    runs = 0
    while ids := _old_runs(database, kept.runs):
        with database.transaction() as together:
            for id in ids:
                for table in _OF_RUN:
                    together.run(f"DELETE FROM welkin.{table} WHERE run = :id", id=id)
                runs += together.run("DELETE FROM welkin.run WHERE id = :id AND ended IS NOT NULL", id=id)
    for table, at in _AGING:
        database.run(f"DELETE FROM welkin.{table} WHERE {at} < :now - :age", age=kept.runs.total_seconds())
    database.run("DELETE FROM welkin.made WHERE date < :yesterday", yesterday=_yesterday(database))
    database.run("DELETE FROM welkin.staffing WHERE environment NOT IN (SELECT name FROM welkin.environment)")
    database.run("DELETE FROM welkin.worker WHERE until < :now - :age", age=DEAD_S)
    return Gone(runs, plans)


def _yesterday(database: Database) -> str:
    """A date that is over everywhere."""
    return str(datetime.fromtimestamp(database.now() - 2 * DEAD_S, UTC).date())


def _old_runs(database: Database, age: timedelta) -> list[str]:
    rows = database.rows(
        "SELECT id FROM welkin.run WHERE ended < :now - :age LIMIT :batch",
        age=age.total_seconds(),
        batch=A_BATCH,
    )
    return [row["id"] for row in rows]


def _all(database: Database, sql: str, age: timedelta) -> int:
    gone = 0
    while some := database.run(sql, age=age.total_seconds(), batch=A_BATCH):
        gone += some
    return gone
