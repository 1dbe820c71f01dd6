"""Carries out one plan as a command does: watched, stoppable, reported."""

from __future__ import annotations

from contextlib import ExitStack

from reconciler.apply.carry_out import UNFINISHED, Applied, Manner
from reconciler.commands.output import require_stdout, say, show
from reconciler.commands.progress import watching
from reconciler.commands.stopping import stopping
from reconciler.errors import Exit, ReconcileError, Unprintable
from reconciler.errors.escape import page
from reconciler.model import Plan, Planned, Status
from reconciler.pipeline import Service, Stoppable, apply
from reconciler.report.data import report_json
from reconciler.report.landed import report_text
from reconciler.report.text import calls_text

GO_ON = "interrupted: run the same command again: it goes on with what is left"


def carry_out(planned: Planned, service: Service, manner: Manner, format: str) -> int:
    """Apply and report. Raises: as `apply` does; Unprintable."""
    require_stdout()
    with ExitStack() as to_the_end:  # nobody is kept from reading what landed
        with watching(planned.plan) as watch:

            def begins(run: Stoppable) -> None:
                to_the_end.enter_context(stopping(run, watch.say))

            applied = apply(planned, service, manner, listen=watch.outcome, begins=begins)
        if applied.undo_file:
            say(f"to undo this run: welkin-reconcile apply {applied.undo_file}{_where(service)}")
        for warning in applied.warnings:
            say(f"warning: {warning}")
        _tell(planned.plan, applied, service, format)
    if applied.stopped:
        say(GO_ON)
    for line in ended_by(applied):
        say(f"error: {line}")
    return Exit.INTERRUPTED if applied.stopped else code_of(applied)


def _where(service: Service) -> str:
    """The flags that lead to the same service again."""
    settings = service.settings
    return (
        " --simulator" if settings.simulator else f" --api-url {settings.api_url}" if settings.api_url else ""
    )


def _tell(plan: Plan, applied: Applied, service: Service, format: str) -> None:
    """Print what landed; on stderr if stdout doesn't take it. Raises: Unprintable."""
    reads, writes = service.client.reads, service.client.writes
    if format == "json":
        texts = [report_json(plan, applied.report, reads, writes)]
    elif plan.differs:
        texts = [page([""]), report_text(applied.report), calls_text(reads, writes)]
    else:
        texts = [calls_text(reads, writes)]
    try:
        show(*texts, wrap=format == "text")
    except Unprintable:
        show(*texts, err=True, wrap=format == "text")
        raise


def ended_by(applied: Applied) -> list[str]:
    """What ended a run that had begun to write; a bug by its class alone, as its words may hold data."""
    ended = [applied.fenced, *applied.failures] if applied.fenced else applied.failures
    bug = "the run ended early ({}): please report it; what landed stands above"
    return [str(e) if isinstance(e, ReconcileError) else bug.format(type(e).__name__) for e in ended]


def code_of(applied: Applied) -> Exit:
    """How a run ends that nobody stopped."""
    if applied.fenced or applied.failures or applied.report.having(*UNFINISHED):
        return Exit.ERROR
    blocked = applied.report.having(Status.BLOCKED)
    return Exit.REFUSED if any(not each.change.accepted for each in blocked) else Exit.OK
