"""`welkin-reconcile diff`: what two Git revisions differ in. Uses no network, and no secret."""

from __future__ import annotations

from datetime import datetime

import click

from reconciler.commands.options import CHANGED_SINCE, LOG_FORMAT, NOW, REPORT, VERBOSE, people


@click.command("diff")
@click.argument("revisions", metavar="BASE..HEAD")
@click.argument("environments", metavar="ENV…", nargs=-1, required=True)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if changes are pending.")
@click.option("--details", is_flag=True, help="Show the rows and occurrences below each block, too.")
@CHANGED_SINCE
@people
@NOW
@REPORT
@LOG_FORMAT
@VERBOSE
def command(
    revisions: str,
    environments: tuple[str, ...],
    detailed_exitcode: bool,
    details: bool,
    changed_since: str | None,
    users: tuple[str, ...],
    teams: tuple[str, ...],
    now: datetime,
    format: str,
) -> int:
    """Show what HEAD changes where BASE was applied. Uses no network and no secret.

    BASE...HEAD compares HEAD with the commit at which it began to differ from BASE. Only what is committed is
    looked at. A BASE of forty zeros, which is what a branch's first push comes after, is the empty tree.
    """
    from reconciler.commands.output import say, show
    from reconciler.commands.reports import comparisons_of
    from reconciler.errors import Exit, ReconcileError
    from reconciler.pipeline import comparing
    from reconciler.plan.comparison import Failure
    from reconciler.plan.selection import Selection

    found, failures, chosen = [], [], Selection(users=users, teams=teams)
    with comparing.revisions(revisions) as between:
        pairs = between.pairs(environments)
        for pair in between.changed_since(changed_since, pairs) if changed_since else pairs:
            try:
                found.append(between.compare(pair, now, chosen))
            except ReconcileError as error:
                if len(environments) == 1:
                    raise
                failures.append(Failure(pair.path, "\n".join(error.lines())))
    show(comparisons_of(found, failures, format, len(environments) > 1, details), wrap=format == "text")
    if failures:
        say(*(line for failure in failures for line in failure.error.split("\n")))
        return Exit.ERROR
    if any(each.plan.denied for each in found):
        return Exit.REFUSED
    return Exit.PENDING if detailed_exitcode and any(each.plan.is_pending for each in found) else Exit.OK
