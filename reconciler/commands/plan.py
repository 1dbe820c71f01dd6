"""`welkin-reconcile plan`: what differs between manifests and the live service. Never writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.files import OUTPUT
from reconciler.commands.options import CHANGED_SINCE, REPORT, common, selection
from reconciler.errors.output_file import write_file

if TYPE_CHECKING:
    from reconciler.commands.planning import Made
    from reconciler.pipeline import Settings


@click.command("plan")
@click.argument("environments", metavar="ENV…", nargs=-1, required=True)
@click.option("--out", type=OUTPUT, help="Save the plan for `apply`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if changes are pending.")
@click.option("--details", is_flag=True, help="Show the rows and occurrences below each block, too.")
@click.option("--show-unchanged", is_flag=True, help="List what needs no change, too.")
@click.option("--base", metavar="REV", help="Say of each change whether manifests were edited since REV.")
@CHANGED_SINCE
@selection
@lambda command: common(command, REPORT)
def command(
    environments: tuple[str, ...],
    out: Path | None,
    detailed_exitcode: bool,
    details: bool,
    show_unchanged: bool,
    base: str | None,
    changed_since: str | None,
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    users: tuple[str, ...],
    teams: tuple[str, ...],
    adopt: bool,
    settings: Settings,
    format: str,
) -> int:
    """Show what `apply` would change. Never writes."""
    from reconciler.commands.changed import changed, explained
    from reconciler.commands.output import show
    from reconciler.commands.planning import plan_them
    from reconciler.commands.reports import report_of
    from reconciler.errors import Exit
    from reconciler.pipeline import finish
    from reconciler.plan.selection import Selection

    judge = format != "text" or out is not None
    paths = changed(environments, changed_since)
    made = plan_them(
        paths,
        settings,
        Selection(targets, excludes, users, teams),
        adopt,
        lambda draft: explained(finish(draft, effect=judge), draft.wishes, base),
        several=len(environments) > 1,
    )
    if out:
        _save(out, made, show_unchanged)
    wanted = made.wanted._replace(details=details, unchanged=show_unchanged)
    show(report_of(made.plans, format, wanted), wrap=format == "text")
    if made.failures:
        return Exit.ERROR
    if any(plan.denied for plan in made.plans):
        return Exit.REFUSED
    return Exit.PENDING if detailed_exitcode and any(plan.is_pending for plan in made.plans) else Exit.OK


def _save(out: Path, made: Made, unchanged: bool) -> None:
    from reconciler.plan.planfile import to_json

    write_file(out, to_json(made.plans, unchanged, made.failures), private=True)
