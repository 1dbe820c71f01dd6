"""Environments as rows: learnt from what their sources have, and what looking at them came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from reconciler.fleet.database import Database
from reconciler.fleet.names import slot_of_merge
from reconciler.fleet.runs import Begun, Cause, Kind, Wanted, ask
from reconciler.fleet.states import State
from reconciler.fleet.store import Row, Transaction, one
from reconciler.fleet.surveys import Declared

GONE = "its environment is gone from its source"
SUPERSEDED = "a later merge takes its place"


class Place(NamedTuple):
    """An environment as a run needs it. applied: the revision applied last. barred: why nothing is run."""

    name: str
    source: str
    path: str
    tenant: str | None
    head: str | None
    applied: str | None
    barred: str | None


class Look(NamedTuple):
    """What a run came to know of an environment.

    loads: whether its revision does; None: not tried. api: the service it was looked at. state: None: nothing
    new is known. applied: whether all that its revision merged is in the service now.
    """

    loads: bool | None = None
    api: str | None = None
    state: State | None = None
    changes: int | None = None
    message: str | None = None
    applied: bool = False


def place_of(database: Database, name: str) -> Place | None:
    row = one(database.rows("SELECT * FROM welkin.environment WHERE name = :name", name=name))
    if row is None:
        return None
    return Place(
        row["name"],
        row["source"],
        row["path"],
        row["tenant"],
        row["head"],
        row["applied_revision"],
        row["barred"],
    )


def learn(
    within: Transaction,
    source: str,
    revision: str,
    environments: Iterable[Declared],
    barred: Mapping[str, str],
    kind: Kind,
) -> None:
    """Take over what a revision of a source has.

    Whatever differs from the revision before is looked at; the first one of all is where merges begin from.
    barred: what keeps environments from being run on, by name. kind: of the run that a merge asks for.
    """
    before = one(within.rows("SELECT revision FROM welkin.source WHERE name = :name", name=source))
    rows = within.rows("SELECT * FROM welkin.environment WHERE source = :source", source=source)
    known = {row["name"]: row for row in rows}
    for each in environments:
        row = known.pop(each.name, None)
        values = {**_said(each, barred.get(each.name)), "head": revision}
        if row is None:
            since = before["revision"] if before else None
            within.run(_NEW, **values, since=since)
            is_news = bool(since)
        else:
            is_news = row["digest"] != each.digest
            within.run(_CHANGED if is_news else _UNCHANGED, **values, was=row["head"])
        if is_news and each.name not in barred:
            _ask(within, each.name, revision, kind)
    for name in known:
        _forget(within, name)


_NEW = """INSERT INTO welkin.environment
    (name, source, path, tenant, instance, client, timezone, digest, barred, broken, known, head,
    applied_revision)
    VALUES (:name, :source, :path, :tenant, :instance, :client, :timezone, :digest, :barred, :barred, :now,
    :head, :since)"""
_CHANGED = """UPDATE welkin.environment SET path = :path, tenant = :tenant, instance = :instance,
    client = :client, timezone = :timezone, digest = :digest, barred = :barred, head = :head,
    broken = coalesce(:barred, CASE WHEN barred IS NULL THEN broken END) WHERE name = :name"""
# What was as good as it is stays so under the new revision's name.
_UNCHANGED = """UPDATE welkin.environment SET barred = :barred, head = :head,
    broken = coalesce(:barred, CASE WHEN barred IS NULL THEN broken END),
    revision = CASE WHEN revision = :was THEN :head ELSE revision END,
    applied_revision = CASE WHEN applied_revision = :was THEN :head ELSE applied_revision END
    WHERE name = :name"""


def _said(each: Declared, barred: str | None) -> dict[str, str | None]:
    return {
        "name": each.name,
        "source": each.source,
        "path": each.path,
        "tenant": each.tenant,
        "instance": each.instance,
        "client": each.client,
        "timezone": each.timezone,
        "digest": each.digest,
        "barred": barred,
    }


def _ask(within: Transaction, name: str, revision: str, kind: Kind) -> None:
    """Have the merge looked at, in place of earlier ones that nobody has looked at."""
    within.run(
        """UPDATE welkin.run SET state = 'cancelled', ended = :now, workflow = NULL, message = :message
        WHERE environment = :name AND cause = 'merge' AND state = 'waiting'""",
        name=name,
        message=SUPERSEDED,
    )
    ask(within, Wanted(name, kind, Cause.MERGE, slot_of_merge(revision), revision))


def _forget(within: Transaction, name: str) -> None:
    within.run("DELETE FROM welkin.environment WHERE name = :name", name=name)
    within.run(
        """UPDATE welkin.run SET state = 'cancelled', ended = :now, workflow = NULL, message = :message
        WHERE environment = :name AND state = 'waiting'""",
        name=name,
        message=GONE,
    )


def forget_sources(database: Database, kept: Iterable[str]) -> None:
    """Forget the environments of sources that the fleet has no more."""
    names = set(kept)

    def forget(within: Transaction) -> None:
        for row in within.rows("SELECT name, source FROM welkin.environment"):
            if row["source"] not in names:
                _forget(within, row["name"])

    database.together(forget)


def note(within: Transaction, begun: Begun, look: Look) -> None:
    """Keep what a run came to know. Of a revision that isn't the newest any more, only what it looked at."""
    within.run(
        """UPDATE welkin.environment SET last_run = :run, api = coalesce(:api, api),
        revision = CASE WHEN :loads = 1 AND head = :revision THEN :revision ELSE revision END,
        broken = CASE WHEN head <> :revision OR :loads = -1 OR barred IS NOT NULL THEN broken
            WHEN :loads = 0 THEN :message END,
        applied_revision = CASE WHEN :applied = 1 OR applied_revision IS NULL AND :loads = 1 THEN :revision
            ELSE applied_revision END,
        since = CASE WHEN :state = '' OR state = :state THEN since ELSE :now END,
        checked = CASE WHEN :state IN ('', 'failed') THEN checked ELSE :now END,
        changes = CASE WHEN :state IN ('', 'failed') THEN changes ELSE :changes END,
        message = CASE WHEN :state = '' THEN message ELSE :message END,
        state = CASE WHEN :state = '' THEN state ELSE :state END
        WHERE name = :name""",
        name=begun.environment,
        run=begun.id,
        revision=begun.revision,
        api=look.api,
        loads=-1 if look.loads is None else int(look.loads),
        applied=int(look.applied),
        state=look.state or "",
        changes=look.changes,
        message=look.message,
    )


def revisions(database: Database) -> dict[str, set[str]]:
    """The revisions that environments still stand on, by source."""
    rows: list[Row] = database.rows(
        "SELECT DISTINCT source, head, revision, applied_revision FROM welkin.environment"
    )
    found = dict[str, set[str]]()
    for row in rows:
        own = found.setdefault(row["source"], set())
        own.update(filter(None, (row["head"], row["revision"], row["applied_revision"])))
    return found


def clients(database: Database) -> set[tuple[str, str]]:
    """The API clients of environments that may be run on, with their tenants."""
    rows = database.rows(
        """SELECT DISTINCT tenant, client FROM welkin.environment
        WHERE tenant IS NOT NULL AND client IS NOT NULL AND barred IS NULL"""
    )
    return {(row["tenant"], row["client"]) for row in rows}
