"""The file a journal is kept in: whose it is, what it holds, and that it is nothing else.

The log is SQLite's own (WAL) with `synchronous=NORMAL`: a commit survives the death of the process; a power
loss may take the last few commits, never the file. A commit then costs microseconds instead of a disk's turn.
"""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.errors import JournalError

APPLICATION, VERSION = 0x57524A31, 1  # `WRJ1`; the version is raised when a reader of this one would err
WITH_REASONS = 2  # the version of a journal in which there are reasons: until then it is as it always was
SCHEMA = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, started TEXT NOT NULL, ended TEXT, outcome TEXT,
    tenant TEXT NOT NULL, instance TEXT NOT NULL, owner TEXT NOT NULL, api_url TEXT NOT NULL,
    who TEXT, commit_id TEXT, pull_request TEXT, tool TEXT NOT NULL,
    plan_digest TEXT NOT NULL, manifest_digest TEXT NOT NULL, changes INTEGER NOT NULL);
CREATE TABLE writes (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, change TEXT NOT NULL, action TEXT NOT NULL,
    method TEXT NOT NULL, path TEXT NOT NULL, intended TEXT NOT NULL,
    answered TEXT, status INTEGER, error_code TEXT, live_id TEXT);
CREATE INDEX writes_by_run ON writes (run);
CREATE TABLE outcomes (
    run INTEGER NOT NULL REFERENCES runs, change TEXT NOT NULL, action TEXT NOT NULL, settled TEXT NOT NULL,
    status TEXT NOT NULL, error_code TEXT, read_back TEXT, PRIMARY KEY (run, change, action)) WITHOUT ROWID;
"""

REASONS = """
CREATE TABLE reasons (
    run INTEGER NOT NULL REFERENCES runs, change TEXT NOT NULL, action TEXT NOT NULL, why TEXT NOT NULL,
    PRIMARY KEY (run, change, action)) WITHOUT ROWID
"""
ROOM = "CREATE TABLE room (bytes BLOB)"  # there only while a run begins
SEQUENCE = "CREATE TABLE sqlite_sequence(name,seq)"  # SQLite's own
NEEDED = frozenset(" ".join(part.split()) for part in SCHEMA.split(";") if part.strip())
OURS = NEEDED | {ROOM, SEQUENCE, " ".join(REASONS.split())}


def prepare(connection: sqlite3.Connection) -> None:
    """Check whose file it is, and give a new one its tables; nothing of another's is changed."""
    if not _is_new(connection):
        check_version(connection)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    if not _is_new(connection):
        check_version(connection)
        connection.execute("UPDATE runs SET id = id WHERE false")  # a read-only file shows here
    else:
        for statement in filter(str.strip, SCHEMA.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def hold_reasons(connection: sqlite3.Connection) -> None:
    """Give a journal, within a transaction, its table of reasons."""
    if not has_reasons(connection):
        connection.execute(REASONS)
        connection.execute(f"PRAGMA user_version = {WITH_REASONS}")


def has_reasons(connection: sqlite3.Connection) -> bool:
    """Whether any run of a journal had a reason."""
    found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'reasons'").fetchone()
    return bool(found[0])


def check_file(path: Path) -> None:
    """A journal is written where it is named, and nowhere else. Raises: JournalError."""
    for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))):
        try:
            found = each.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISLNK(found.st_mode) or found.st_nlink > 1:
            raise JournalError("is a link: name the file itself with --journal")
        if not stat.S_ISREG(found.st_mode):
            raise JournalError("is no file: name another one with --journal")


def _check_contents(connection: sqlite3.Connection) -> None:
    """Our tables, and no other table, index, view or trigger, as one may act on what is noted.

    Raises: JournalError.
    """
    found = set()
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    for kind, name, sql in rows:
        found.add(" ".join(str(sql).split()))
        if not found <= OURS:
            raise JournalError(f"holds a {kind} that is not ours ({name}): name another file with --journal")
    if not found >= NEEDED:
        raise JournalError("lacks a table that is ours: name another file with --journal")


def _is_new(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) = 0 FROM sqlite_master").fetchone()[0])


def check_version(connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise JournalError("is a database of something else: name another file with --journal")
    if version > (WITH_REASONS if has_reasons(connection) else VERSION):
        raise JournalError("was written by a later version of this program: use that one")
    _check_contents(connection)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say what is wrong with the file in one line."""
    try:
        yield
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be written: {error.strerror}") from None
    except JournalError as error:
        raise JournalError(f"the journal {path} {error}") from None
    except sqlite3.Error as error:
        raise JournalError(f"the journal {path} cannot be used: {error}") from None
