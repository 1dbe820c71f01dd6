"""Carries out one plan as a command does: noted in the journal, watched, stoppable, reported."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler import __version__
from reconciler.apply.applier import Applier
from reconciler.apply.journal import Author, Journal, Run, author_of
from reconciler.apply.readback import NOTHING_KNOWN
from reconciler.apply.undo import landed, undo_plan
from reconciler.client import Client
from reconciler.commands.files import write_file
from reconciler.commands.options import Common
from reconciler.commands.output import require_stdout, say, show
from reconciler.commands.progress import watching
from reconciler.commands.stopping import INTERRUPTED, stopping
from reconciler.errors import ApiError, ReconcileError, Unprintable, UnsafePlan, UsageError
from reconciler.errors.escape import page
from reconciler.kinds import Kind, digest_of
from reconciler.model import Plan, Report, Snapshot, Status
from reconciler.plan.planfile import plan_data, to_json
from reconciler.report.data import report_json
from reconciler.report.landed import report_text
from reconciler.report.text import calls_text

FAILED, REFUSED = 1, 3
GO_ON = "interrupted: run the same command again: it goes on with what is left"
UNFINISHED = (Status.FAILED, Status.UNKNOWN, Status.UNCONVERGED, Status.SKIPPED)


@dataclass(frozen=True, slots=True)
class Manner:
    """How to apply: brakes let go by name, where the journal is, where to write what undoes it."""

    allowed: dict[str, int]
    journal: Path
    undo_file: Path | None = None


def carry_out(
    plan: Plan,
    live: Snapshot | None,
    client: Client,
    kinds: dict[str, Kind],
    manner: Manner,
    common: Common,
    again: bool,
) -> int:
    """Apply and report. `again`: time has passed since the plan was made, so its objects are read again.

    Raises: UnsafePlan; StalePlan; JournalError: nothing was written then. Unprintable.
    """
    require_stdout()
    refuse_unsafe(plan, manner.allowed)
    with _noted(plan, manner.journal) as run, watching(plan) as watch:
        applier = Applier(
            plan,
            client,
            kinds,
            live or NOTHING_KNOWN,
            parallelism=common.parallelism,
            now=common.now,
            record=run,
            listen=watch.outcome,
        )
        if again:
            applier.check()
        if manner.undo_file:
            nothing = undo_plan(plan, [], kinds, NOTHING_KNOWN, common.now)
            write_file(manner.undo_file, to_json([nothing]), private=True)
        with stopping(applier, watch.say):
            report = applier.run()
        stopped = applier.stopped.is_set()
        if run:
            is_whole = not (applier.failure or report.having(*UNFINISHED))
            run.end("interrupted" if stopped else "complete" if is_whole else "incomplete")
    with stopping(applier, say):  # nobody is kept from reading what landed
        failures = _report(plan, report, applier, manner, common)
    if stopped:
        say(GO_ON)
    for failure in failures:
        say(f"error: {_ended_by(failure)}")
    code = FAILED if failures else _code(report)
    return INTERRUPTED if stopped else code


def _report(plan: Plan, report: Report, applier: Applier, manner: Manner, common: Common) -> list[Exception]:
    """Write the undo file, tell what landed; returns what came in between, in this and in the run."""
    failures = [applier.failure]
    if manner.undo_file:
        failures.append(_write_undo(manner.undo_file, plan, report, applier, common))
    if applier.record and applier.record.broken:
        say(f"warning: {applier.record.broken}; what the journal says of this run is not all")
    _tell(plan, report, applier.client, common)
    return [failure for failure in failures if failure]


def refuse_unsafe(plan: Plan, allowed: dict[str, int]) -> None:
    """Raises: UnsafePlan: the plan breaks a policy, or is over a brake that no flag allows."""
    denied = [violation for violation in plan.violations if violation.get("outcome") == "denied"]
    if denied:
        lines = [f"denied: {violation.get('message') or violation.get('policy')}" for violation in denied]
        raise UnsafePlan("refused, nothing was written: the plan breaks policies", *lines)
    over = [brake for brake in plan.brakes if allowed.get(brake.limit, -1) < brake.count]
    if over:
        lines = [f"{brake.message}; if that is meant, add {brake.allow}" for brake in over]
        raise UnsafePlan("refused, nothing was written:", *lines)


def author() -> Author:
    """Who runs this: the person or the pull request CI works for, else this computer's user."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        user = None
    return author_of(os.environ, user)


@contextmanager
def _noted(plan: Plan, path: Path) -> Iterator[Run | None]:
    """The journal's part for this run; none where nothing is to be sent."""
    if not plan.pending:
        yield None
        return
    with Journal.opened(path) as journal:
        data = plan_data(plan)
        del data["createdAt"]
        run = journal.begin(plan, digest_of(data), author(), f"welkin-reconcile {__version__}")
        try:
            yield run
        except KeyboardInterrupt:
            run.end("interrupted")
            raise
        except BaseException:
            run.end("incomplete" if run.intended else "refused")
            raise


def _ended_by(failure: Exception) -> str:
    """What ended a run that had begun to write; a bug by its class alone, as its words may hold data."""
    if isinstance(failure, ReconcileError):
        return str(failure)
    return f"the run ended early ({type(failure).__name__}): please report it; what landed stands above"


def _write_undo(path: Path, plan: Plan, report: Report, applier: Applier, common: Common) -> Exception | None:
    """Write what leads back from what landed. What landed is reported even if this fails.

    Returns: what went wrong that nobody foresaw.
    """
    try:
        back = landed(report, applier.evidence)
        inverse = undo_plan(plan, back, applier.kinds, applier.evidence.present(), common.now)
        write_file(path, to_json([inverse]), private=True)
    except (ApiError, UsageError) as error:
        say(f"warning: {path} undoes nothing of this run: {error}")
    except Exception as error:
        say(f"warning: {path} undoes nothing of this run")
        return error
    else:
        where = (
            " --simulator" if common.simulator else f" --api-url {common.api_url}" if common.api_url else ""
        )
        say(f"to undo this run: welkin-reconcile apply {path}{where}")
    return None


def _tell(plan: Plan, report: Report, client: Client, common: Common) -> None:
    """Print what landed; on stderr if stdout doesn't take it. Raises: Unprintable."""
    if common.format == "json":
        texts = [report_json(plan, report, client.reads, client.writes)]
    elif plan.differs:
        texts = [page([""]), report_text(report), calls_text(client.reads, client.writes)]
    else:
        texts = [calls_text(client.reads, client.writes)]
    try:
        show(*texts, wrap=common.format == "text")
    except Unprintable:
        show(*texts, err=True, wrap=common.format == "text")
        raise


def _code(report: Report) -> int:
    if report.having(*UNFINISHED):
        return FAILED
    return REFUSED if report.having(Status.BLOCKED) else 0
