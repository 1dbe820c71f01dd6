"""`welkin-reconcile fleet prune`: removes what is older than `retention` says, now."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.fleet.options import common
from reconciler.errors import Exit


@click.command("prune")
@common
def command(fleet: Path, database: str, format: str) -> int:
    """Remove old runs and plans now; workers do it each hour."""
    from reconciler.commands.output import show
    from reconciler.errors.escape import json_text, page
    from reconciler.fleet.configuration import read_fleet
    from reconciler.fleet.database import Database
    from reconciler.fleet.retention import Kept, prune

    known = read_fleet(fleet)
    with Database.opened(database) as opened:
        gone = prune(opened, Kept(known.keep_runs, known.keep_plans))
    said = f"{gone.runs} runs and {gone.plans} plans removed"
    show(json_text({"removed": gone._asdict()}) if format == "json" else page([said]))
    return Exit.OK
