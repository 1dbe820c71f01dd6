"""The tables of a fleet, how they came about, and who may use them: this release, or its successors.

All times are seconds since 1970. They hold history and what is under way, never what is wished or live: those
are in Git and in the service. Dropped, they are made anew, and every environment is looked at again.
"""

from __future__ import annotations

from reconciler.errors import DatabaseError
from reconciler.fleet.store import Transaction

# A change of tables is one more entry, which workers of the release before can live with.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE welkin.release (version bigint NOT NULL)",
        "INSERT INTO welkin.release (version) VALUES (0)",
        """CREATE TABLE welkin.lease (
            key text PRIMARY KEY, epoch bigint NOT NULL, holder text NOT NULL, run text,
            who text NOT NULL, taken double precision NOT NULL, until double precision NOT NULL,
            before double precision)""",
        "CREATE TABLE welkin.bucket (key text PRIMARY KEY, free double precision NOT NULL)",
        """CREATE TABLE welkin.worker (
            id text PRIMARY KEY, name text NOT NULL, version text NOT NULL, protocol text NOT NULL,
            process bigint NOT NULL, host text NOT NULL, started double precision NOT NULL,
            seen double precision NOT NULL, until double precision NOT NULL, state text NOT NULL,
            width bigint NOT NULL)""",
        """CREATE TABLE welkin.source (
            name text PRIMARY KEY, revision text, fetched double precision, error text)""",
        """CREATE TABLE welkin.environment (
            name text PRIMARY KEY, source text NOT NULL, path text NOT NULL, tenant text, instance text,
            client text, api text, timezone text, known double precision NOT NULL, head text,
            revision text, digest text, broken text, barred text, applied_revision text, state text,
            changes bigint, since double precision, checked double precision, last_run text, message text,
            last_drift_slot text, last_new_slot text)""",
        """CREATE TABLE welkin.pause (
            scope text NOT NULL, name text NOT NULL, by text NOT NULL, reason text,
            since double precision NOT NULL, PRIMARY KEY (scope, name))""",
        """CREATE TABLE welkin.run (
            id text PRIMARY KEY, environment text NOT NULL, kind text NOT NULL, cause text NOT NULL,
            slot text, asked double precision, due double precision, state text NOT NULL,
            attempts bigint NOT NULL DEFAULT 0, worker text, revision text, requested_by text,
            queued double precision, started double precision, ended double precision, changes bigint,
            message text, epoch bigint, protocol text, workflow text, fed bigint NOT NULL DEFAULT 0,
            cancel text)""",
        "CREATE INDEX run_by_state ON welkin.run (state, due)",
        "CREATE INDEX run_by_environment ON welkin.run (environment, started)",
        "CREATE INDEX run_by_end ON welkin.run (ended)",
        "CREATE TABLE welkin.plan (run text PRIMARY KEY, data text NOT NULL, made double precision NOT NULL)",
        """CREATE TABLE welkin.write (
            run text NOT NULL, epoch bigint NOT NULL, id bigint NOT NULL, change text NOT NULL,
            action text NOT NULL, method text NOT NULL, path text NOT NULL,
            intended double precision NOT NULL, answered double precision, status bigint, error_code text,
            live_id text, lease text NOT NULL, PRIMARY KEY (run, epoch, id))""",
        "CREATE INDEX write_by_lease ON welkin.write (lease, intended)",
        """CREATE TABLE welkin.outcome (
            run text NOT NULL, change text NOT NULL, action text NOT NULL, settled double precision NOT NULL,
            status text NOT NULL, error_code text, read_back text,
            PRIMARY KEY (run, change, action))""",
    ),
    (
        """CREATE TABLE welkin.staffing (
            environment text PRIMARY KEY, days text NOT NULL, data text NOT NULL,
            made double precision NOT NULL)""",
        """CREATE TABLE welkin.made (
            environment text NOT NULL, date text NOT NULL, run text NOT NULL, revision text,
            PRIMARY KEY (environment, date))""",
        """CREATE TABLE welkin.revision (
            source text NOT NULL, id text NOT NULL, subject text NOT NULL, link text,
            PRIMARY KEY (source, id))""",
        """CREATE TABLE welkin.audit (
            id text PRIMARY KEY, at double precision NOT NULL, who text NOT NULL, tenant text,
            action text NOT NULL, subject text NOT NULL, detail text)""",
        "ALTER TABLE welkin.run ADD COLUMN approved text",
        "ALTER TABLE welkin.source ADD COLUMN asked double precision",
        """CREATE TABLE welkin.delivery (
            source text NOT NULL, id text NOT NULL, at double precision NOT NULL,
            PRIMARY KEY (source, id))""",
        """CREATE TABLE welkin.tally (
            counter text NOT NULL, labels text NOT NULL, number bigint NOT NULL,
            PRIMARY KEY (counter, labels))""",
        """CREATE TABLE welkin.notice (
            id text PRIMARY KEY, at double precision NOT NULL, due double precision NOT NULL,
            target text NOT NULL, tenant text, event text NOT NULL, environment text, message text,
            state text NOT NULL, attempts bigint NOT NULL DEFAULT 0)""",
        "CREATE INDEX notice_by_state ON welkin.notice (state, due)",
    ),
)  # fmt: skip
VERSION = len(MIGRATIONS)


def version_of(within: Transaction) -> int:
    """Which release's tables there are; 0: none."""
    if not within.store.has_tables(within):
        return 0
    (row,) = within.rows("SELECT version FROM welkin.release")
    return int(row["version"])


def is_ready(within: Transaction) -> bool:
    """Whether the tables are this release's. Raises: DatabaseError: they are of a later one."""
    version = version_of(within)
    if version > VERSION:
        shown = within.store.shown
        raise DatabaseError(
            f"the database {shown} is of a later release: use that one, or upgrade this program"
        )
    return version == VERSION


def prepare(within: Transaction) -> None:
    """Make the tables, or bring them to this release, one of many workers at a time.

    Raises: DatabaseError: of a later release, read-only, or without the right to it.
    """
    within.store.lock(within, "tables", wait=True)
    if is_ready(within):
        return
    done = version_of(within)
    if not done:
        within.store.make_room(within)
    for statements in MIGRATIONS[done:]:
        for statement in statements:
            within.run(statement)
    within.run("UPDATE welkin.release SET version = :version", version=VERSION)
