"""What commands that ask a fleet for something have in common: who asks, and for which environments."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.fleet.database import Database
    from reconciler.fleet.pauses import Scope


def somebody() -> str:
    """Who asks, as others are told."""
    from reconciler.apply.author import author_of, user_here

    return str(author_of(os.environ, user_here()))


def known_places(database: Database, path: Path, names: Collection[str] = ()) -> list[tuple[str, str | None]]:
    """All environments with their tenants; where one of these is not known yet, the sources are looked at.

    path: of the fleet's file. Raises: ManifestError: of that file.
    """
    places = _places(database)
    if not places or not {*names} <= {name for name, _ in places}:
        from reconciler.commands.output import say
        from reconciler.fleet.configuration import read_fleet
        from reconciler.fleet.polling import Polls
        from reconciler.fleet.sources import Sources

        fleet = read_fleet(path)
        Polls(fleet, database, Sources(fleet, os.environ), say).look()
        places = _places(database)
    return places


def _places(database: Database) -> list[tuple[str, str | None]]:
    rows = database.rows("SELECT name, tenant FROM welkin.environment ORDER BY name")
    return [(row["name"], row["tenant"]) for row in rows]


def scope_of(database: Database, path: Path, environment: str | None, tenant: str | None) -> Scope:
    """What is to be paused. Raises: UsageError: neither or both are named, or nobody knows it."""
    from reconciler.fleet.overview import unknown
    from reconciler.fleet.pauses import Scope

    if bool(environment) == bool(tenant):
        raise UsageError("name an environment, or a tenant with --tenant")
    places = known_places(database, path, [environment] if environment else ())
    if environment:
        names = [name for name, _ in places]
        if environment not in names:
            raise UsageError(unknown(environment, names))
        return Scope("environment", environment)
    assert tenant
    _require_tenant(tenant, {own for _, own in places if own})
    return Scope("tenant", tenant)


def chosen(
    rows: Sequence[tuple[str, str | None]],
    names: Sequence[str],
    tenant: str | None,
    changed: Collection[str] | None,
    everything: bool,
) -> list[str]:
    """The environments that were asked for, of those that are known with their tenants.

    changed: those that differ from a revision, where that was asked for.
    Raises: UsageError: none or several ways to choose were taken, or one of them is not known.
    """
    from reconciler.fleet.overview import unknown

    if [bool(names), bool(tenant), changed is not None, everything].count(True) != 1:
        raise UsageError("name environments, or take --tenant, --changed-since or --all: one of these")
    known = [name for name, _ in rows]
    if names:
        for name in names:
            if name not in known:
                raise UsageError(unknown(name, known))
        return [*dict.fromkeys(names)]
    if tenant:
        _require_tenant(tenant, {own for _, own in rows if own})
    if not known:
        raise UsageError("no source has an environment: `fleet check` says why")
    if changed is not None:
        return [name for name in known if name in changed]
    return [name for name, own in rows if everything or own == tenant]


def changed_names(path: Path, revision: str) -> set[str]:
    """The environments that wish something else now than at a revision of their source.

    Raises: ManifestError: of the fleet's file, or a source can't be read; UsageError: none has that revision.
    """
    from datetime import UTC, datetime

    from reconciler.fleet.configuration import read_fleet
    from reconciler.fleet.merges import Revisions
    from reconciler.fleet.names import environment_name
    from reconciler.fleet.sources import Sources

    fleet, now = read_fleet(path), datetime.now(UTC)
    sources, found, is_known = Sources(fleet, os.environ), set[str](), False
    for source in fleet.sources:
        head, base = sources.fetch(source), sources.revision(source, revision)
        if base:
            is_known = True
            changed = Revisions(sources, source).changed(base, head, now)
            found.update(environment_name(source.name, each) for each in changed)
    if not is_known:
        raise UsageError(f"no source has a revision `{revision}`: write a commit's id, or HEAD~1")
    return found


def _require_tenant(tenant: str, known: Collection[str]) -> None:
    from reconciler.errors.nearest import did_you_mean

    if tenant not in known:
        hint = did_you_mean(tenant, known, "`fleet status --format json` lists them")
        raise UsageError(f"no environment is of the tenant {tenant}{hint}")
