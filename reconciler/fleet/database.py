"""The fleet's database by its URL: PostgreSQL, or a file for one worker (SQLite). All SQL goes through here.

    database = Database.opened(os.environ["WELKIN_DATABASE"])
    for row in database.rows("SELECT id FROM welkin.run WHERE state = :state", state="waiting"):
        print(row["id"])
    with database.transaction() as both:  # together or not at all
        both.run("UPDATE welkin.run SET state = :state WHERE id = :id", state="running", id=id)
        both.run("DELETE FROM welkin.plan WHERE run = :id", id=id)

May be used by any number of threads; a transaction by the one that began it, and none within another.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import Self, TypeVar

from reconciler.errors import DatabaseDown, DatabaseError, UsageError
from reconciler.fleet.address import Address, address_of
from reconciler.fleet.postgres import Postgres
from reconciler.fleet.sqlite import Sqlite
from reconciler.fleet.store import Clock, Connection, Row, Store, Transaction, Value
from reconciler.fleet.tables import is_ready, prepare

PATIENCE_S = 30.0  # how long an outage is waited out
_PAUSE_S = 0.5
_CONNECTIONS = 8  # at a time, of one process
A = TypeVar("A")


def _is_installed(package: str) -> bool:
    with suppress(ImportError, ValueError):
        return find_spec(package) is not None
    return False


class Database:
    """A database with the tables of this release."""

    def __init__(self, address: Address, store: Store, patience_s: float = PATIENCE_S) -> None:
        self.address, self.patience_s = address, patience_s
        self._store = store
        self._idle = list[Connection]()
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(_CONNECTIONS)
        self._closed = threading.Event()

    @classmethod
    def opened(cls, url: str, clock: Clock | None = None, patience_s: float = PATIENCE_S) -> Self:
        """Connect, without waiting for a database that is down, and make the tables that lack.

        clock: in place of the database's own, as epoch seconds.
        Raises: UsageError: the URL, or a package that lacks; DatabaseError: down, read-only, of a later
            release.
        """
        address = address_of(url)
        if not (_is_installed("psycopg") and _is_installed("dbos")):
            raise UsageError("a database needs more packages: pip install 'welkin-reconcile[fleet]'")
        shown, path = address.shown, address.path
        store: Store = Postgres(url, shown, clock) if path is None else Sqlite(path, clock)
        database = cls(address, store, patience_s=0.0)
        try:
            database.run("UPDATE welkin.release SET version = version")  # one that is read-only shows here
        except DatabaseError:
            database.close()
            raise
        database.patience_s = patience_s
        return database

    def close(self) -> None:
        """Let go of connections; whoever waits for the database waits no longer."""
        self._closed.set()
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            each.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def is_embedded(self) -> bool:
        return self.address.path is not None

    def rows(self, sql: str, /, **values: Value) -> list[Row]:
        """What one statement gives. It is done again after an outage: twice must do no harm.

        Raises: DatabaseError; DatabaseDown: for longer than we wait.
        """
        return self._patiently(self._store.alone(sql), lambda tx: tx.rows(sql, **values))

    def run(self, sql: str, /, **values: Value) -> int:
        """How many rows one statement made, changed or removed; repeated and raising as `rows`."""
        return self._patiently(self._store.alone(sql), lambda tx: tx.run(sql, **values))

    def now(self) -> float:
        """What its clock says."""
        (row,) = self.rows("SELECT :now AS now")
        return float(row["now"])

    def together(self, work: Callable[[Transaction], A]) -> A:
        """What `work` returns from within one transaction; done again as a whole after an outage."""
        return self._patiently(self._store.begin, work)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Do things together or not at all. An outage before the first is waited out, a later one raised.

        Raises: DatabaseError; DatabaseDown: also where the end is not known.
        """
        connection = self._waited(lambda: self._begun(self._store.begin))
        with self._ended(connection, self._store.begin) as within:
            yield within

    def _patiently(self, begin: str | None, work: Callable[[Transaction], A]) -> A:
        return self._waited(lambda: self._within(begin, work))

    def _waited(self, attempt: Callable[[], A]) -> A:
        """What an attempt gives, once the database is there."""
        ends_at = time.monotonic() + self.patience_s
        while True:
            try:
                return attempt()
            except DatabaseDown:
                if self._closed.is_set() or time.monotonic() >= ends_at:
                    raise
            self._closed.wait(_PAUSE_S)

    def _within(self, begin: str | None, work: Callable[[Transaction], A]) -> A:
        with self._ended(self._begun(begin), begin) as within:
            return work(within)

    def _begun(self, begin: str | None) -> Connection:
        """A connection of ours alone, with a transaction begun on it."""
        self._room.acquire()
        connection = None
        try:
            connection = self._connection()
            if begin:
                connection.execute(begin, {})
            return connection
        except self._store.failures as error:
            fault = self._store.fault(error)
        except DatabaseError as error:
            fault = error
        self._drop(connection)
        raise fault

    @contextmanager
    def _ended(self, connection: Connection, begin: str | None) -> Iterator[Transaction]:
        """End what was begun: kept if all went well, else as if it had not been."""
        within = Transaction(self._store, connection)
        try:
            yield within
            if begin:
                within.run("COMMIT")
        except BaseException as error:
            try:
                connection.execute("ROLLBACK", {})
                undone = not isinstance(error, DatabaseDown)
            except self._store.failures:
                undone = False
            (self._give_back if undone else self._drop)(connection)
            raise
        self._give_back(connection)

    def _connection(self) -> Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        connection = self._store.connect()
        try:
            self._see_to_tables(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _see_to_tables(self, connection: Connection) -> None:
        """Make the tables that lack; also of a database that was made anew while we were connected."""
        within = Transaction(self._store, connection)
        if not is_ready(within):
            within.run(self._store.begin)
            prepare(within)
            within.run("COMMIT")

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            self._idle.append(connection)
        self._room.release()

    def _drop(self, connection: Connection | None) -> None:
        """Close what is broken, and others that were opened before it broke."""
        with self._lock:
            broken, self._idle = [*self._idle, *filter(None, [connection])], []
        for each in broken:
            with suppress(*self._store.failures):
                each.close()
        self._room.release()
