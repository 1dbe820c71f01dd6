"""The one SQLite database: schema, transactions, and two ways to ask.

Each object is stored whole as JSON in `body`; the columns beside it are those that requests look up,
filter or sort by, each with an index, so that no request reads a whole table of 100,000 rows. `place`
is `tenant/instance`; instants in columns are milliseconds since the epoch.

The server is one thread with one connection: a handler is never interrupted, so it needs no lock.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

_VERSION = 1  # goes up with every change of the schema
_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, username TEXT NOT NULL, body TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS users_by_name ON users (tenant, username);
CREATE INDEX IF NOT EXISTS users_by_id ON users (tenant, id);
CREATE INDEX IF NOT EXISTS users_by_email ON users (tenant, json_extract(body, '$.email'), id);

CREATE TABLE IF NOT EXISTS hours (
    id TEXT PRIMARY KEY, place TEXT NOT NULL, psm TEXT NOT NULL,
    starts INTEGER NOT NULL, ends INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS hours_by_psm ON hours (place, psm, ends);

CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY, place TEXT NOT NULL, external_id TEXT,
    starts INTEGER NOT NULL, ends INTEGER NOT NULL, cancelled INTEGER NOT NULL,
    type TEXT, body TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS events_by_external_id ON events (place, external_id);
CREATE INDEX IF NOT EXISTS events_by_start ON events (place, starts, id, ends, cancelled, type);
CREATE INDEX IF NOT EXISTS events_by_length ON events (place, ends - starts);

CREATE TABLE IF NOT EXISTS attendance (
    event TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE ON UPDATE CASCADE,
    place TEXT NOT NULL, person TEXT NOT NULL, starts INTEGER NOT NULL, ends INTEGER NOT NULL,
    PRIMARY KEY (event, person)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS attendance_by_person ON attendance (place, person, starts, ends);

CREATE TABLE IF NOT EXISTS patients (
    id TEXT PRIMARY KEY, place TEXT NOT NULL, external_id TEXT, external_guid TEXT, mrn TEXT, email TEXT,
    body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS patients_by_place ON patients (place, id);
CREATE UNIQUE INDEX IF NOT EXISTS patients_by_external_id ON patients (place, external_id);
CREATE UNIQUE INDEX IF NOT EXISTS patients_by_external_guid ON patients (place, external_guid);
CREATE UNIQUE INDEX IF NOT EXISTS patients_by_mrn ON patients (place, mrn);
CREATE INDEX IF NOT EXISTS patients_by_email ON patients (place, email, id);

CREATE TABLE IF NOT EXISTS cdts (
    place TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (place, name)) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS records (
    id TEXT PRIMARY KEY, patient TEXT NOT NULL, cdt TEXT NOT NULL, created INTEGER NOT NULL,
    body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS records_by_patient ON records (patient, cdt, created);

CREATE TABLE IF NOT EXISTS audits (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, kind TEXT NOT NULL, sent INTEGER NOT NULL,
    body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS audits_by_time ON audits (tenant, kind, sent, id);
"""


class Store:
    """Rows come back as `sqlite3.Row`."""

    def __init__(self, path: str | None) -> None:
        """Raises OSError where the file can't be used."""
        try:
            # Another simulator may write to the same file: then this one waits.
            self._db = sqlite3.connect(path or ":memory:", 60, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise OSError(f"{path}: {error}") from error
        try:
            self._open()
        except sqlite3.Error as error:
            self.close()
            raise OSError(f"{path}: {error}") from error

    def _open(self) -> None:
        self._db.row_factory = sqlite3.Row
        if self.rows("PRAGMA user_version")[0][0] not in (0, _VERSION):
            raise sqlite3.DatabaseError("made by another version of the simulator; delete it")
        # A write is safe against the end of the process; only a power cut may lose the last ones.
        self._db.executescript(
            "PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            f"PRAGMA user_version = {_VERSION}; {_SCHEMA}"
        )

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept together, or dropped when it raises."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def write(self, sql: str, args: Mapping[str, Any] | Sequence[Any]) -> None:
        """A single INSERT, UPDATE or DELETE."""
        self._db.execute(sql, args)

    def rows(self, sql: str, args: Mapping[str, Any] | Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._db.execute(sql, args).fetchall()

    def body(self, sql: str, args: Mapping[str, Any] | Sequence[Any] = ()) -> dict[str, Any] | None:
        """The object in the first column of the first row, None without a row."""
        row = self._db.execute(sql, args).fetchone()
        return json.loads(row[0]) if row else None

    def bodies(self, sql: str, args: Mapping[str, Any] | Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The objects in the first column of all rows."""
        return [json.loads(row[0]) for row in self._db.execute(sql, args)]
