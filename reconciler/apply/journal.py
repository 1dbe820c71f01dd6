"""What was applied, by whom, with what answer: a SQLite file of runs, their writes and their outcomes.

Written ahead: an intent is committed before its request leaves, so whatever happens to this process, the file
tells what may have reached the service. Nothing depends on it: a run that died is resumed by planning again.
Holds keys, routes, statuses, ids and the reasons that manifests give; never a body, a secret, or what a
patient's record says.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from reconciler.apply.author import Author
from reconciler.apply.journalfile import (
    ROOM,
    check_file,
    check_version,
    explained,
    has_reasons,
    hold_reasons,
    prepare,
)
from reconciler.errors import JournalError
from reconciler.kinds import kind_of
from reconciler.model import Action, Change, Outcome, Plan, Request
from reconciler.model.past import PastChange, PastRun, PastWrite

BYTES_A_CHANGE = 1024  # an intent, its answer and the outcome, in the file and in its log

Value = str | int | None  # as a column holds it


class Journal:
    """An open journal; may be shared between threads."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self._path = connection, path
        self._lock = threading.Lock()

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Journal]:
        """Open the journal, or begin one that only its owner may read.

        Raises: JournalError: it can't be written, is a link or no journal, or holds more than our tables.
        """
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            check_file(path)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
            connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            with explained(path):
                prepare(connection)
            yield cls(connection, path)
        finally:
            connection.close()

    def begin(self, plan: Plan, plan_digest: str, author: Author, tool: str) -> Run:
        """Note a run and make sure that there is room for all it may have to say.

        Raises: JournalError.
        """
        changes = len(plan.pending)
        values = (
            _now(), plan.tenant, plan.instance, plan.owner, plan.api_url, author.who, author.commit,
            author.pull_request, tool, plan_digest, plan.manifest_digest, changes,
        )  # fmt: skip
        self._reserve(BYTES_A_CHANGE * (changes + 64))
        names = "started, tenant, instance, owner, api_url, who, commit_id, pull_request, tool, plan_digest"
        id = self.write(
            f"INSERT INTO runs ({names}, manifest_digest, changes) VALUES ({', '.join('?' * 12)})", [values]
        )
        reasons = [(id, _name(each), each.action.value, each.why) for each in plan.pending if each.why]
        if reasons:
            with explained(self._path), self._lock, self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                hold_reasons(self._connection)
                self._connection.executemany("INSERT OR IGNORE INTO reasons VALUES (?, ?, ?, ?)", reasons)
        return Run(self, id)

    def write(self, statement: str, rows: Sequence[tuple[Value, ...]]) -> int:
        """Run a statement for these rows in one transaction; returns the id of the row it made last.

        Raises: JournalError.
        """
        with explained(self._path), self._lock:
            if len(rows) == 1:
                return self._connection.execute(statement, rows[0]).lastrowid or 0
            with self._connection:
                self._connection.execute("BEGIN")
                return self._connection.executemany(statement, rows).lastrowid or 0

    def _reserve(self, size: int) -> None:
        """Take room in the file and in its log, and give it back for use: a full disk shows here."""
        with explained(self._path), self._lock:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.execute("DROP TABLE IF EXISTS room")  # of a run that was killed just here
                self._connection.execute(ROOM)
                self._connection.execute("INSERT INTO room VALUES (zeroblob(?))", (size,))
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._connection.execute("DROP TABLE IF EXISTS room")


class Run:
    """One run's part of the journal. After a write that failed nothing more is intended (`broken`).

    intended: how many writes were, or may have been, sent.
    """

    def __init__(self, journal: Journal, id: int) -> None:
        self._journal, self.id = journal, id
        self.intended = 0
        self.broken: JournalError | None = None

    def intend(self, change: Change, request: Request) -> int:
        """Note a write before it is sent; returns the number to answer it under. Raises: JournalError."""
        if self.broken:
            raise self.broken
        values = (self.id, _name(change), change.action.value, request.method, request.path, _now())
        self.intended += 1
        return self._journal.write(
            "INSERT INTO writes (run, change, action, method, path, intended) VALUES (?, ?, ?, ?, ?, ?)",
            [values],
        )

    def answer(self, write: int, status: int | None, error_code: str | None, live_id: str | None) -> None:
        """Note what came back; without a status: nothing did."""
        self._note(
            "UPDATE writes SET answered = ?, status = ?, error_code = ?, live_id = ? WHERE id = ?",
            (_now(), status, error_code, live_id, write),
        )

    def settle(self, outcome: Outcome) -> None:
        """Note what became of a change; said again, the last word counts."""
        change = outcome.change
        self._note(
            "INSERT OR REPLACE INTO outcomes (run, change, action, settled, status, error_code) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (self.id, _name(change), change.action.value, _now(), outcome.status.value, outcome.error_code),
        )

    def confirm(self, changes: Iterable[Change], seen: str) -> None:
        """Note what reading back showed: `as wished` or `not as wished`."""
        self._note(
            "UPDATE outcomes SET read_back = ? WHERE run = ? AND change = ? AND action = ?",
            *((seen, self.id, _name(change), change.action.value) for change in changes),
        )

    def end(self, outcome: str) -> None:
        """Note how the run ended; one without an end was killed."""
        self._note("UPDATE runs SET ended = ?, outcome = ? WHERE id = ?", (_now(), outcome, self.id))

    def _note(self, statement: str, *rows: tuple[Value, ...]) -> None:
        """Write what has happened already: a failure must not hide it, but stops what would follow."""
        try:
            self._journal.write(statement, rows)
        except JournalError as error:
            self.broken = error


def read_runs(path: Path, run: int | None = None) -> list[PastRun]:
    """The runs of a journal, or one of them, each with counts of its outcomes; the last one first.

    None where there is no journal yet. Raises: JournalError.
    """
    if not os.path.lexists(path):
        return []
    chosen, values = ("WHERE id = ?", (run,)) if run is not None else ("", ())
    with _reading(path) as connection:
        found = connection.execute(f"SELECT * FROM runs {chosen} ORDER BY id DESC", values)
        rows = [cast(PastRun, dict(row)) for row in found]
        for row in rows:
            counted = "SELECT status, count(*) FROM outcomes WHERE run = ? GROUP BY status"
            row["counts"] = dict(map(tuple, connection.execute(counted, (row["id"],))))
    return rows


def read_changes(path: Path, run: int) -> list[PastChange]:
    """What a run did: a row a change, in the order they were settled, each with its `writes`.

    A change with writes and no status is one that the run did not live to settle. Raises: JournalError.
    """
    found: dict[tuple[str, str], PastChange] = {}
    with _reading(path) as connection:
        reasons = _reasons(connection, run)
        for row in connection.execute("SELECT * FROM outcomes WHERE run = ? ORDER BY settled", (run,)):
            why = reasons.get((row["change"], row["action"]))
            settled = _without(row, "run") | {"why": why, "writes": []}
            found[row["change"], row["action"]] = cast(PastChange, settled)
        for row in connection.execute("SELECT * FROM writes WHERE run = ? ORDER BY id", (run,)):
            key = row["change"], row["action"]
            change = found.setdefault(key, _unsettled(*key, reasons.get(key)))
            change["writes"].append(cast(PastWrite, _without(row, "id", "run", "change", "action")))
    return list(found.values())


def read_created(path: Path, plan: Plan) -> frozenset[str]:
    """What runs on the environment of a plan are known to have made or adopted, as keys.

    Raises: JournalError.
    """
    if not os.path.lexists(path):
        return frozenset()
    query = (
        "SELECT DISTINCT change FROM writes JOIN runs ON runs.id = run WHERE tenant = ? AND instance = ?"
        " AND api_url = ? AND action IN (?, ?) AND status BETWEEN 200 AND 299"
    )
    place = plan.tenant, plan.instance, plan.api_url
    with _reading(path) as connection:
        rows = connection.execute(query, (*place, Action.CREATE.value, Action.ADOPT.value))
        return frozenset(row["change"] for row in rows)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with explained(path):
        connection = sqlite3.connect(path, timeout=30)
        try:
            check_version(connection)
            connection.row_factory = _told
            yield connection
        finally:
            connection.close()


def _name(change: Change) -> str:
    return kind_of(change.key).noted(change.key)


def _reasons(connection: sqlite3.Connection, run: int) -> Mapping[tuple[str, str], str]:
    """By change and action, what the manifests gave as the reason."""
    if not has_reasons(connection):
        return {}
    rows = connection.execute("SELECT change, action, why FROM reasons WHERE run = ?", (run,))
    return {(row["change"], row["action"]): row["why"] for row in rows}


def _unsettled(change: str, action: str, why: str | None) -> PastChange:
    return {
        "change": change, "action": action, "settled": None, "status": None, "error_code": None,
        "read_back": None, "why": why, "writes": [],
    }  # fmt: skip


def _without(row: sqlite3.Row, *names: str) -> dict[str, object]:
    return {name: row[name] for name in row.keys() if name not in names}  # noqa: SIM118  # a Row is no dict


def _told(cursor: sqlite3.Cursor, row: tuple[Value | bytes, ...]) -> sqlite3.Row:
    """A row as it can be told: who may write to the file can put bytes anywhere in it."""
    values = (value.decode(errors="replace") if isinstance(value, bytes) else value for value in row)
    return sqlite3.Row(cursor, tuple(values))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
