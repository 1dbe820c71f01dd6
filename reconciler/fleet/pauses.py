"""Environments and tenants on which nothing runs for a while, by whom and why."""

from __future__ import annotations

from typing import NamedTuple

from reconciler.fleet.database import Database


class Scope(NamedTuple):
    """What is paused: an environment, or all of a tenant."""

    sort: str
    name: str

    def __str__(self) -> str:
        return self.name if self.sort == "environment" else f"tenant {self.name}"


class Pause(NamedTuple):
    scope: Scope
    by: str
    reason: str | None
    since: float

    def __str__(self) -> str:
        whole = " with its tenant" if self.scope.sort == "tenant" else ""
        return f"paused{whole} by {self.by}" + (f": {self.reason}" if self.reason else "")


def pause(database: Database, scope: Scope, by: str, reason: str | None) -> None:
    """Run nothing more there; who pauses again says why anew."""
    database.run(
        """INSERT INTO welkin.pause (scope, name, by, reason, since)
        VALUES (:sort, :name, :by, :reason, :now)
        ON CONFLICT (scope, name) DO UPDATE SET by = excluded.by, reason = excluded.reason""",
        **scope._asdict(),
        by=by,
        reason=reason,
    )


def resume(database: Database, scope: Scope) -> bool:
    """Let runs go on; whether they were paused."""
    sql = "DELETE FROM welkin.pause WHERE scope = :sort AND name = :name"
    return bool(database.run(sql, **scope._asdict()))


def pauses(database: Database) -> dict[Scope, Pause]:
    return {
        scope: Pause(scope, row["by"], row["reason"], row["since"])
        for row in database.rows("SELECT * FROM welkin.pause")
        for scope in [Scope(row["scope"], row["name"])]
    }
