"""The embedded database: a file for one worker, and for the commands beside it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from reconciler.errors import DatabaseDown, DatabaseError
from reconciler.fleet.store import Clock, Connection, Row, Transaction, lacks_tables

_PREFIX = "welkin."
_BUSY_S = 30.0


class Sqlite:
    """Its clock is this machine's. Who writes holds the file alone until the transaction ends."""

    begin = "BEGIN IMMEDIATE"
    failures: tuple[type[Exception], ...] = (sqlite3.Error, OSError)

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self.path, self.shown = path, f"sqlite:///{path}"
        self.clock: Clock | None = clock or time.time

    def connect(self) -> Connection:
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(self.path, _BUSY_S, isolation_level=None, check_same_thread=False)
        connection.row_factory = _row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return _Connection(connection)

    def in_its_words(self, sql: str) -> str:
        return _without_schema(sql)

    def alone(self, sql: str) -> str | None:
        reads = sql.lstrip()[:6].upper().startswith(("SELECT", "WITH"))
        return None if reads else self.begin  # so that the clock is read once it is our turn

    def fault(self, error: Exception) -> DatabaseError:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
        if code == sqlite3.SQLITE_READONLY:
            return DatabaseError(f"the database {self.shown} is read-only: let this user write the file")
        if code == sqlite3.SQLITE_NOTADB:
            return DatabaseError(f"the database {self.shown} is something else: name another file")
        if code == sqlite3.SQLITE_BUSY:
            return DatabaseDown(f"the database {self.shown} is busy: try again, or use PostgreSQL")
        if code == sqlite3.SQLITE_CANTOPEN or isinstance(error, OSError):
            cause = error.strerror if isinstance(error, OSError) else "unable to open the file"
            return DatabaseError(f"the database {self.shown} cannot be opened: {cause}; name another file")
        if str(error).startswith("no such table"):
            return DatabaseDown(lacks_tables(self.shown))
        return DatabaseError(f"the database {self.shown} cannot be used: {error}")

    def has_tables(self, within: Transaction) -> bool:
        return bool(within.rows("SELECT 1 AS found FROM sqlite_master WHERE name = 'release'"))

    def make_room(self, within: Transaction) -> None:
        pass  # the file is it

    def lock(self, within: Transaction, name: str, wait: bool) -> bool:
        return True  # as long as the transaction writes, the whole file is its own


class _Connection:
    """One connection; a statement takes whatever values there are."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, query: str, params: Mapping[str, object], /) -> sqlite3.Cursor:
        return self._connection.execute(query, params)

    def close(self) -> None:
        self._connection.close()


def _row(cursor: sqlite3.Cursor, values: tuple[object, ...]) -> Row:
    return dict(zip((column[0] for column in cursor.description), values, strict=True))


@cache
def _without_schema(sql: str) -> str:
    return sql.replace(_PREFIX, "")
