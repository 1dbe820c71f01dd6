"""`welkin-reconcile fleet pause`: no runs for a while."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.fleet.options import common
from reconciler.errors import Exit


@click.command("pause")
@click.argument("environment", metavar="ENV", required=False)
@click.option("--tenant", metavar="T", help="All of a tenant's environments.")
@click.option("--reason", metavar="TEXT", required=True, help="Why: it is shown with the environment.")
@common
def command(
    environment: str | None, tenant: str | None, reason: str, fleet: Path, database: str, format: str
) -> int:
    """Begin no more runs on an environment, or on a tenant's; one that runs goes on."""
    from reconciler.commands.fleet.asking import scope_of, somebody
    from reconciler.commands.output import show
    from reconciler.errors.escape import json_text, page
    from reconciler.fleet.database import Database
    from reconciler.fleet.pauses import pause

    with Database.opened(database) as opened:
        scope, by = scope_of(opened, fleet, environment, tenant), somebody()
        pause(opened, scope, by, reason)
    data = {"paused": {scope.sort: scope.name}, "by": by, "reason": reason}
    show(json_text(data) if format == "json" else page([f"{scope} is paused: {reason}"]))
    return Exit.OK
