"""What the two databases have in common: statements with named values, rows by name, one tree of errors.

SQL is written once: values as `:name`, tables as `welkin.NAME`. `:now` is the database's clock, in seconds
since 1970, as are all times in tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from reconciler.errors import DatabaseError

Value = str | int | float | None
Row = dict[str, Any]  # what a column holds, its reader knows
Clock = Callable[[], float]
A = TypeVar("A")


class Cursor(Protocol):
    @property
    def rowcount(self) -> int: ...

    def fetchall(self) -> list[Row]: ...


class Connection(Protocol):
    def execute(self, query: str, params: Mapping[str, Value], /) -> Cursor: ...

    def close(self) -> None: ...


class Store(Protocol):
    """One of the two databases, at one address.

    begin: what begins a transaction that writes. clock: in place of the database's own; None: its own.
    failures: what its driver raises.
    """

    shown: str
    begin: str
    clock: Clock | None
    failures: tuple[type[Exception], ...]

    def connect(self) -> Connection:
        """A connection on which each statement stands alone until one begins a transaction.

        Raises: its driver's failures.
        """

    def in_its_words(self, sql: str) -> str:
        """A statement as this database takes it."""

    def alone(self, sql: str) -> str | None:
        """What to begin before a statement that stands alone; None: nothing."""

    def fault(self, error: Exception) -> DatabaseError:
        """What its driver raised, in a line of ours that never holds a password."""

    def has_tables(self, within: Transaction) -> bool:
        """Whether the fleet's tables were made."""

    def make_room(self, within: Transaction) -> None:
        """Make what tables stand in."""

    def lock(self, within: Transaction, name: str, wait: bool) -> bool:
        """Have this transaction alone hold what goes by a name, until it ends. wait: for who holds it."""


class Transaction:
    """What is done together, or not at all."""

    def __init__(self, store: Store, connection: Connection) -> None:
        self.store, self._connection = store, connection

    def rows(self, sql: str, /, **values: Value) -> list[Row]:
        """What a SELECT, or a statement with RETURNING, gives. Raises: DatabaseError."""
        return self._answer(sql, values, lambda cursor: cursor.fetchall())

    def run(self, sql: str, /, **values: Value) -> int:
        """How many rows a statement made, changed or removed. Raises: DatabaseError."""
        return self._answer(sql, values, lambda cursor: cursor.rowcount)

    def holds(self, name: str) -> bool:
        """Whether this transaction may have, until it ends, what goes by a name and one at a time has."""
        return self.store.lock(self, name, wait=False)

    def _answer(self, sql: str, values: Mapping[str, Value], take: Callable[[Cursor], A]) -> A:
        store = self.store
        now = {"now": store.clock()} if store.clock else {}
        try:
            return take(self._connection.execute(store.in_its_words(sql), {**values, **now}))
        except store.failures as error:
            fault = store.fault(error)
        raise fault  # outside: a driver's error may hold what was to be written


def lacks_tables(shown: str) -> str:
    """What is said until they are made anew, which the next connection does where all of them lack."""
    return f"the database {shown} lacks a table of ours: drop the others as well, and all are made anew"


def one(rows: Sequence[Row]) -> Row | None:
    """The first row, if there is any."""
    return rows[0] if rows else None
