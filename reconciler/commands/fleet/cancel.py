"""`welkin-reconcile fleet cancel`: ends a run, between two writes."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.fleet.options import common
from reconciler.errors import Exit


@click.command("cancel")
@click.argument("run")
@common
def command(run: str, fleet: Path, database: str, format: str) -> int:
    """End a run that waits, or stop one that runs between two writes: what landed stays."""
    from reconciler.commands.fleet.asking import somebody
    from reconciler.commands.output import show
    from reconciler.errors.escape import json_text, page
    from reconciler.fleet.database import Database
    from reconciler.fleet.runs import RunState, cancel

    with Database.opened(database) as opened:
        was = cancel(opened, run, somebody())
    ends = "is cancelled" if was is RunState.WAITING else "stops before its next write"
    show(json_text({"run": run, "was": was}) if format == "json" else page([f"run {run} {ends}"]))
    return Exit.OK
