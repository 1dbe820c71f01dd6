"""`welkin-reconcile fleet status`: how all environments are, who works, what waits."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.fleet.options import common
from reconciler.errors import Exit


@click.command("status")
@click.argument("environments", metavar="[ENV…]", nargs=-1)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if any is not in sync.")
@common
def command(
    environments: tuple[str, ...], detailed_exitcode: bool, fleet: Path, database: str, format: str
) -> int:
    """Show the state of each environment, the workers, and how far behind they are."""
    from reconciler.commands.fleet.told import overview_text
    from reconciler.commands.output import show
    from reconciler.errors.escape import json_text
    from reconciler.fleet.configuration import read_fleet
    from reconciler.fleet.database import Database
    from reconciler.fleet.overview import overview, overview_data
    from reconciler.fleet.states import State

    interval_s = read_fleet(fleet).drift_every.total_seconds()
    with Database.opened(database) as opened:
        seen = overview(opened, interval_s, environments)
    show(json_text(overview_data(seen)) if format == "json" else overview_text(seen))
    is_in_sync = all(place.state is State.IN_SYNC for place in seen.places)
    return Exit.PENDING if detailed_exitcode and not is_in_sync else Exit.OK
