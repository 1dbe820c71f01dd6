"""`welkin-reconcile plan`: what differs between manifests and the live service. Never writes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.files import OUTPUT
from reconciler.commands.options import common, selection
from reconciler.errors.output_file import write_file

if TYPE_CHECKING:
    from reconciler.pipeline import Settings


@click.command("plan")
@click.argument("environments", metavar="ENV…", nargs=-1, required=True)
@click.option("--out", type=OUTPUT, help="Save the plan for `apply`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if changes are pending.")
@click.option("--show-unchanged", is_flag=True, help="List what needs no change, too.")
@selection
@common
def command(
    environments: tuple[str, ...],
    out: Path | None,
    detailed_exitcode: bool,
    show_unchanged: bool,
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    users: tuple[str, ...],
    adopt: bool,
    settings: Settings,
    format: str,
) -> int:
    """Show what `apply` would change. Never writes."""
    from reconciler.commands.output import show
    from reconciler.commands.session import connected
    from reconciler.commands.stopping import interruptible
    from reconciler.errors import Exit
    from reconciler.pipeline import expand, head_start, load, plan
    from reconciler.plan.make import Selection
    from reconciler.plan.planfile import to_json
    from reconciler.report.text import calls_text, plan_text

    plans, texts = [], []
    with interruptible(), head_start(environments[0], settings, os.environ) as begun:
        for wishes in expand(load(*environments), settings.now, adopt):
            with connected(wishes.environment, settings, begun) as service:
                made = plan(wishes, service, Selection(targets, excludes, users)).plan
                plans.append(made)
                texts += [
                    plan_text(made, show_unchanged),
                    calls_text(service.client.reads, service.client.writes),
                ]
    if out:
        write_file(out, to_json(plans, show_unchanged), private=True)
    as_json = format == "json"
    show(*([to_json(plans, show_unchanged)] if as_json else texts), wrap=not as_json)
    return Exit.PENDING if detailed_exitcode and any(made.differs for made in plans) else Exit.OK
