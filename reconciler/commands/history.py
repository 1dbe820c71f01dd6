"""`welkin-reconcile history`: what was applied from here, by whom, with what answer. No network."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import click

from reconciler.commands.options import FORMAT, JOURNAL
from reconciler.errors import Exit, UsageError


@click.command("history")
@click.argument("run", type=int, required=False)
@click.option("--utc", is_flag=True, help="Times in UTC, not in this computer's zone.")
@FORMAT
@JOURNAL
def command(run: int | None, utc: bool, format: str, journal: Path) -> int:
    """List the runs of `apply` noted in the journal, the last one first; of RUN, every change and request.

    A request without an answer is one that was under way when its run was killed.
    """
    from reconciler.apply.journal import read_changes, read_runs
    from reconciler.commands.output import show
    from reconciler.report.history import history_json, history_text, run_text

    runs, prose = read_runs(journal, run), format == "text"
    zone = UTC if utc else None
    if run is None:
        show(history_text(runs, zone) if prose else history_json(runs), wrap=prose)
        return Exit.OK
    if not runs:
        raise UsageError(f"the journal {journal} knows no run {run}: `welkin-reconcile history` lists them")
    changes = read_changes(journal, run)
    show(run_text(runs[0], changes, zone) if prose else history_json(runs, changes), wrap=prose)
    return Exit.OK
