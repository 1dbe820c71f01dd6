"""`welkin-reconcile plan`: what differs between manifests and the live service. Never writes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.files import OUTPUT
from reconciler.commands.options import REPORT, common, selection
from reconciler.errors.output_file import write_file

if TYPE_CHECKING:
    from reconciler.pipeline import Settings


@click.command("plan")
@click.argument("environments", metavar="ENV…", nargs=-1, required=True)
@click.option("--out", type=OUTPUT, help="Save the plan for `apply`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if changes are pending.")
@click.option("--details", is_flag=True, help="Show the rows and occurrences below each block, too.")
@click.option("--show-unchanged", is_flag=True, help="List what needs no change, too.")
@selection
@lambda command: common(command, REPORT)
def command(
    environments: tuple[str, ...],
    out: Path | None,
    detailed_exitcode: bool,
    details: bool,
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
    from reconciler.commands.reports import report_of
    from reconciler.commands.session import connected
    from reconciler.commands.stopping import interruptible
    from reconciler.errors import Exit
    from reconciler.pipeline import expand, head_start, load, plan
    from reconciler.plan.planfile import to_json
    from reconciler.plan.selection import Selection

    plans, calls = [], []
    judge = format != "text" or out is not None
    with interruptible(), head_start(environments[0], settings, os.environ) as begun:
        for wishes in expand(load(*environments), settings.now, adopt):
            with connected(wishes.environment, settings, begun) as service:
                chosen = Selection(targets, excludes, users)
                plans.append(plan(wishes, service, chosen, effect=judge).plan)
                calls.append((service.client.reads, service.client.writes))
    if out:
        write_file(out, to_json(plans, show_unchanged), private=True)
    report = report_of(plans, format, details=details, unchanged=show_unchanged, calls=calls)
    show(report, wrap=format == "text")
    if any(made.denied for made in plans):
        return Exit.REFUSED
    return Exit.PENDING if detailed_exitcode and any(made.is_pending for made in plans) else Exit.OK
