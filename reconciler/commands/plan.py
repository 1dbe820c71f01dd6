"""`welkin-reconcile plan`: what differs between manifests and the live service. Never writes."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.files import OUTPUT, write_file
from reconciler.commands.options import Common, common, selection

PENDING = 2


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
    common: Common,
) -> int:
    """Show what `apply` would change. Never writes."""
    from reconciler.commands.output import show
    from reconciler.commands.session import connected, load, planned
    from reconciler.kinds import load_kinds
    from reconciler.plan.make import Selection
    from reconciler.plan.planfile import to_json
    from reconciler.report.text import calls_text, plan_text

    kinds = load_kinds()
    plans, texts = [], []
    for wishes in load(environments, common.now, kinds, adopt):
        with connected(wishes.context.environment, common) as client:
            plan, _ = planned(wishes, kinds, client, common, Selection(targets, excludes, users))
            plans.append(plan)
            texts += [plan_text(plan, show_unchanged), calls_text(client.reads, client.writes)]
    if out:
        write_file(out, to_json(plans, show_unchanged), private=True)
    as_json = common.format == "json"
    show(*([to_json(plans, show_unchanged)] if as_json else texts), wrap=not as_json)
    return PENDING if detailed_exitcode and any(plan.differs for plan in plans) else 0
