"""`welkin-reconcile validate`: everything that is wrong with manifests, without a network."""

from __future__ import annotations

from datetime import datetime

import click

from reconciler.commands.options import CHANGED_SINCE, NOW

FORMATS = ("text", "json", "github", "gitlab", "sarif")


@click.command("validate")
@click.argument("environments", metavar="ENV…", nargs=-1, required=True)
@CHANGED_SINCE
@NOW
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True, help="How to print.")
def command(environments: tuple[str, ...], changed_since: str | None, now: datetime, format: str) -> int:
    """Check manifests, all problems at once. Uses no network."""
    from reconciler.commands.changed import changed
    from reconciler.commands.output import say, show
    from reconciler.errors import Exit
    from reconciler.pipeline import check, load
    from reconciler.report.problems import fine_text, problem_lines, problems_data

    paths = changed(environments, changed_since)
    errors, warnings, loaded = check(load(*paths), now)
    if format != "text":
        show(*problems_data(format, errors, warnings))
    else:
        say(*problem_lines(errors, warnings))
        if not errors:
            show(fine_text(loaded), wrap=True)
    return Exit.ERROR if errors else Exit.OK
