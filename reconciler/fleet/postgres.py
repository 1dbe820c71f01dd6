"""PostgreSQL: for any number of workers. The one file that imports its driver, and late."""

from __future__ import annotations

import re
from functools import cache
from typing import cast

from reconciler.errors import DatabaseDown, DatabaseError, UsageError
from reconciler.fleet.store import Clock, Connection, Transaction, lacks_tables

_VALUE = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")
_NOW = "extract(epoch from clock_timestamp())::float8"
# A server that vanishes is noticed in time, whatever the network between does.
_LIFELINES = {
    "connect_timeout": "5", "keepalives_idle": "5", "keepalives_interval": "5", "keepalives_count": "3",
    "tcp_user_timeout": "15000", "application_name": "welkin-reconcile",
}  # fmt: skip
# What waiting doesn't mend; all else may pass, such as a server that is about to start.
_REFUSALS = ("authentication", "password", "pg_hba.conf", "does not exist", "permission denied")
_CAUSE = re.compile(r"(?:failed|FATAL): +(?!.*(?:failed|FATAL): )(.+)", re.DOTALL)


class Postgres:
    """What it says of a failure is shown by its last clause alone."""

    begin = "BEGIN"

    def __init__(self, url: str, shown: str, clock: Clock | None = None) -> None:
        """Raises: UsageError: its driver can't make anything of this URL."""
        import psycopg
        from psycopg.conninfo import conninfo_to_dict, make_conninfo

        self.shown, self.clock = shown, clock
        self.failures: tuple[type[Exception], ...] = (psycopg.Error,)
        try:
            known = conninfo_to_dict(url)
        except psycopg.Error:  # its message repeats what it doesn't understand, be it the password
            known = None
        if known is None:
            raise UsageError(
                f"the database {shown}: this URL is malformed: signs such as % in it are written %25"
            )
        self._conninfo = make_conninfo("", **{**_LIFELINES, **known})

    def connect(self) -> Connection:
        import psycopg
        from psycopg.rows import dict_row
        from psycopg.types.numeric import FloatLoader

        connection = psycopg.connect(self._conninfo, autocommit=True)
        connection.row_factory = dict_row  # type: ignore[assignment]
        connection.cursor_factory = psycopg.ClientCursor
        connection.adapters.register_loader("numeric", FloatLoader)  # sums, as SQLite tells them
        return cast(Connection, connection)

    def in_its_words(self, sql: str) -> str:
        return _translated(sql, own_clock=self.clock is None)

    def alone(self, sql: str) -> str | None:
        return None

    def fault(self, error: Exception) -> DatabaseError:
        import psycopg

        if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
            return DatabaseError(f"the database {self.shown} is read-only: name the primary server")
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            advice = "let its user create in this database, and own the schema welkin"
            return DatabaseError(f"the database {self.shown} lacks a right: {advice}")
        if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
            return DatabaseDown(lacks_tables(self.shown))
        text = str(error)
        if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return DatabaseError(f"the database {self.shown} cannot be used: {type(error).__name__}")
        found = _CAUSE.search(text)
        cause = " ".join((found[1] if found else "the connection broke").splitlines()[0].split())
        if error.sqlstate is None and any(word in cause for word in _REFUSALS):
            return DatabaseError(f"the database {self.shown} refuses us: {cause}; check its URL")
        advice = "start it, or check its URL"
        return DatabaseDown(f"the database {self.shown} cannot be reached: {cause}; {advice}")

    def has_tables(self, within: Transaction) -> bool:
        # By the catalogue itself: a function such as to_regclass answers from what the session remembers.
        sql = "SELECT 1 AS found FROM pg_tables WHERE schemaname = 'welkin' AND tablename = 'release'"
        return bool(within.rows(sql))

    def make_room(self, within: Transaction) -> None:
        within.run("CREATE SCHEMA IF NOT EXISTS welkin")

    def lock(self, within: Transaction, name: str, wait: bool) -> bool:
        function = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
        (taken,) = within.rows(
            f"SELECT {function}(hashtextextended('welkin ' || :name, 0)) AS had", name=name
        )
        return wait or bool(taken["had"])


@cache
def _translated(sql: str, own_clock: bool) -> str:
    def value(found: re.Match[str]) -> str:
        return _NOW if own_clock and found[1] == "now" else f"%({found[1]})s"

    return _VALUE.sub(value, sql.replace("%", "%%"))
