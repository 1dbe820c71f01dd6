"""Carries out one plan from its brakes to its undo file; what came of it is a value."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reconciler import __version__
from reconciler.apply.applier import Applier
from reconciler.apply.author import Author
from reconciler.apply.journal import Journal
from reconciler.apply.keeping import Both, Hold, Record
from reconciler.apply.readback import NOTHING_KNOWN
from reconciler.apply.undo import undo_plan
from reconciler.client import Client
from reconciler.errors import ApiError, Fenced, UsageError
from reconciler.errors.output_file import write_file
from reconciler.kinds import Kind, digest_of
from reconciler.model import Outcome, Plan, Planned, Report, Status
from reconciler.plan.brakes import refuse_unsafe
from reconciler.plan.planfile import plan_data, to_json

UNFINISHED = (Status.FAILED, Status.UNKNOWN, Status.UNCONVERGED, Status.SKIPPED)


@dataclass(frozen=True, slots=True)
class Manner:
    """How to apply: brakes let go by name, where to write what undoes it.

    journal: the file in which to note the run; None: in none, as it is noted beside others' (`keeping.py`).
    """

    journal: Path | None
    allowed: Mapping[str, int] = field(default_factory=dict)
    undo_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a run.

    stopped: by somebody, before all was sent. fenced: by the end of its lease; that is no failure, as whoever
    works on the environment next goes on with what is left. failures: what nobody foresaw, in the run or in
    writing the undo file. warnings: a line each. undo_file: where what undoes the run was written.
    """

    report: Report
    stopped: bool
    fenced: Fenced | None
    failures: tuple[Exception, ...]
    warnings: tuple[str, ...]
    undo_file: Path | None


def carry_out(
    planned: Planned,
    client: Client,
    kinds: Mapping[str, Kind],
    manner: Manner,
    author: Author,
    now: datetime,
    listen: Callable[[Outcome], None],
    begins: Callable[[Applier], None],
    hold: Hold,
) -> Applied:
    """Apply a plan. What is raised once something may have been written stands in what is returned.

    Raises: UnsafePlan, StalePlan, JournalError, UsageError (of the undo file): nothing was written.
    """
    plan, live = planned.plan, planned.live or NOTHING_KNOWN
    refuse_unsafe(plan, manner.allowed)
    with _noted(plan, manner.journal, hold, author) as run:
        applier = Applier(plan, client, kinds, live, now=now, record=run, hold=hold, listen=listen)
        unsettled_s = hold.unsettled_s(plan)
        if unsettled_s:
            (client.patience.pauses or time.sleep)(unsettled_s)
        if unsettled_s or not planned.fresh:
            applier.check()
        if manner.undo_file:
            nothing = undo_plan(plan, [], kinds, NOTHING_KNOWN, now)
            write_file(manner.undo_file, to_json([nothing]), private=True)
        begins(applier)
        report = applier.run()
        fenced = applier.failure if isinstance(applier.failure, Fenced) else None
        stopped = applier.stopped.is_set() and not fenced
        if run:
            is_whole = not (applier.failure or report.having(*UNFINISHED))
            run.end("interrupted" if stopped else "complete" if is_whole else "incomplete")
    failures, warnings = [applier.failure] if applier.failure and not fenced else [], list[str]()
    written = _write_undo(manner.undo_file, plan, applier, failures, warnings)
    if run and run.broken:
        warnings.append(f"{run.broken}; what the journal says of this run is not all")
    return Applied(report, stopped, fenced, tuple(failures), tuple(warnings), written)


@contextmanager
def _noted(plan: Plan, path: Path | None, hold: Hold, author: Author) -> Iterator[Record | None]:
    """Where this run is noted; nowhere if nothing is to be sent."""
    record = hold.record(plan)
    if not plan.pending:
        yield None
        return
    with ExitStack() as opened:
        if path:
            journal = opened.enter_context(Journal.opened(path))
            data = plan_data(plan)
            del data["createdAt"]
            run = journal.begin(plan, digest_of(data), author, f"welkin-reconcile {__version__}")
            record = Both(record, run) if record else run
        try:
            yield record
        except BaseException as error:
            if record:
                interrupted = isinstance(error, KeyboardInterrupt)
                record.end("interrupted" if interrupted else "incomplete" if record.intended else "refused")
            raise


def _write_undo(
    path: Path | None, plan: Plan, applier: Applier, failures: list[Exception], warnings: list[str]
) -> Path | None:
    """Write what leads back from what landed; if this fails, what landed is reported all the same."""
    if path is None:
        return None
    try:
        inverse = undo_plan(plan, applier.landed(), applier.kinds, applier.read_back.present(), applier.now)
        write_file(path, to_json([inverse]), private=True)
    except (ApiError, UsageError) as error:
        warnings.append(f"{path} undoes nothing of this run: {error}")
    except Exception as error:
        warnings.append(f"{path} undoes nothing of this run")
        failures.append(error)
    else:
        return path
    return None
