"""`welkin-reconcile fleet resume`: runs begin again."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.fleet.options import common
from reconciler.errors import Exit


@click.command("resume")
@click.argument("environment", metavar="ENV", required=False)
@click.option("--tenant", metavar="T", help="All of a tenant's environments.")
@click.option("--reason", metavar="TEXT", help="Why, for the log.")
@common
def command(
    environment: str | None, tenant: str | None, reason: str | None, fleet: Path, database: str, format: str
) -> int:
    """Begin runs again on an environment, or on a tenant's, that was paused."""
    from reconciler.commands.fleet.asking import scope_of
    from reconciler.commands.output import show
    from reconciler.errors.escape import json_text, page
    from reconciler.fleet.database import Database
    from reconciler.fleet.pauses import resume

    with Database.opened(database) as opened:
        scope = scope_of(opened, fleet, environment, tenant)
        was = resume(opened, scope)
    said = f"{scope} goes on" if was else f"{scope} was not paused"
    data = {"resumed": {scope.sort: scope.name}, "was": was} | ({"reason": reason} if reason else {})
    show(json_text(data) if format == "json" else page([f"{said}: {reason}" if reason else said]))
    return Exit.OK
