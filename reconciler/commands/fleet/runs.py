"""`welkin-reconcile fleet runs`: what was run, waits and runs; of one run, all that it wrote."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from reconciler.commands.fleet.options import common
from reconciler.commands.options import Instant, Whole
from reconciler.errors import Exit

STATES = ("waiting", "running", "succeeded", "failed", "refused", "cancelled")


@click.command("runs")
@click.argument("run", required=False)
@click.option("--environment", metavar="ENV", help="Only of this environment.")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--since", type=Instant(), metavar="INSTANT", help="Only those asked for since then.")
@click.option("--limit", type=Whole(1, 10_000), default=50, show_default=True, help="The last so many.")
@common
def command(
    run: str | None,
    environment: str | None,
    state: str | None,
    since: datetime | None,
    limit: int,
    fleet: Path,
    database: str,
    format: str,
) -> int:
    """List runs, the last one first; of RUN, its plan, its writes and their answers."""
    from reconciler.commands.fleet.told import run_text, runs_text
    from reconciler.commands.output import show
    from reconciler.errors import UsageError
    from reconciler.errors.escape import json_text
    from reconciler.fleet.database import Database
    from reconciler.fleet.overview import Chosen, details, run_data, runs

    chosen = Chosen(run, environment, state, since.timestamp() if since else None, limit)
    with Database.opened(database) as opened:
        found = [run_data(row) for row in runs(opened, chosen)]
        if run and not found:
            raise UsageError(f"no run is called {run}: `welkin-reconcile fleet runs` lists them")
        if run:
            found[0] |= details(opened, run)
    if format == "json":
        show(json_text({"runs": found}))
    else:
        show(run_text(found[0]) if run else runs_text(found))
    return Exit.OK
