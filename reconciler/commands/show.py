"""`welkin-reconcile show`: a saved plan or undo file, said as the plan said it."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.files import OUTPUT
from reconciler.commands.options import LOG_FORMAT, REPORT, VERBOSE
from reconciler.commands.saved import plans_in
from reconciler.errors.output_file import write_file


@click.command("show")
@click.argument("path", metavar="FILE")
@click.option("--details", is_flag=True, help="Show the rows and occurrences below each block, too.")
@click.option("--out", type=OUTPUT, help="Write the report to a file.")
@REPORT
@LOG_FORMAT
@VERBOSE
def command(path: str, details: bool, out: Path | None, format: str) -> None:
    """Show what a file of `plan --out` or `apply --undo-file` would do. Uses no network."""
    from reconciler.commands.output import show
    from reconciler.commands.reports import Wanted, report_of
    from reconciler.errors import UsageError

    plans = plans_in(path)
    if not plans:
        raise UsageError(f"{path}: not a saved plan: make one with `plan ENV --out FILE`")
    report = report_of(plans, format, Wanted(details))
    if out:
        write_file(out, report, private=True)
    else:
        show(report, wrap=format == "text")
