"""`welkin-reconcile fleet enqueue`: asks for runs, and may wait for what becomes of them."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.fleet.options import common
from reconciler.errors import Exit


@click.command("enqueue")
@click.argument("kind", type=click.Choice(["drift", "apply", "only-new"]))
@click.argument("environments", metavar="[ENV…]", nargs=-1)
@click.option("--tenant", metavar="T", help="All of a tenant's environments.")
@click.option(
    "--changed-since",
    metavar="REV",
    help="Those that wish something else than at this revision of their source.",
)
@click.option("--all", "everything", is_flag=True, help="All environments.")
@click.option("--wait", is_flag=True, help="Wait until they have ended, and exit as `apply` does.")
@common
def command(
    kind: str,
    environments: tuple[str, ...],
    tenant: str | None,
    changed_since: str | None,
    everything: bool,
    wait: bool,
    fleet: Path,
    database: str,
    format: str,
) -> int:
    """Ask for a run of each of these environments; one that waits already is the same."""
    from reconciler.commands.fleet.asking import changed_names, chosen, known_places, somebody
    from reconciler.commands.fleet.waiting import wait_for
    from reconciler.commands.output import show
    from reconciler.errors.escape import json_text, page
    from reconciler.fleet.database import Database
    from reconciler.fleet.runs import Kind, ask_by_hand

    with Database.opened(database) as opened:
        known = known_places(opened, fleet, environments)
        changed = changed_names(fleet, changed_since) if changed_since is not None else None
        names, since = chosen(known, environments, tenant, changed, everything), opened.now()
        asked = ask_by_hand(opened, names, Kind(kind), somebody())
        if format == "json":
            runs = [{"id": id, "environment": of, "kind": kind} for of, id in asked.items()]
            show(json_text({"runs": runs}))
        else:
            show(page(f"{id}  {kind} {of}" for of, id in asked.items()))
        return wait_for(opened, asked.values(), since) if wait else Exit.OK
