"""Carries out one plan from its brakes to its undo file; what came of it is a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reconciler import __version__
from reconciler.apply.applier import Applier
from reconciler.apply.author import Author
from reconciler.apply.journal import Journal, Run
from reconciler.apply.readback import NOTHING_KNOWN
from reconciler.apply.undo import undo_plan
from reconciler.client import Client
from reconciler.errors import ApiError, UsageError
from reconciler.errors.output_file import write_file
from reconciler.kinds import Kind, digest_of
from reconciler.model import Outcome, Plan, Planned, Report, Status
from reconciler.plan.brakes import refuse_unsafe
from reconciler.plan.planfile import plan_data, to_json

UNFINISHED = (Status.FAILED, Status.UNKNOWN, Status.UNCONVERGED, Status.SKIPPED)


@dataclass(frozen=True, slots=True)
class Manner:
    """How to apply: where the journal is, brakes let go by name, where to write what undoes it."""

    journal: Path
    allowed: Mapping[str, int] = field(default_factory=dict)
    undo_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a run.

    stopped: by somebody, before all was sent. failures: what nobody foresaw, in the run or in writing the
    undo file. warnings: a line each. undo_file: where what undoes the run was written.
    """

    report: Report
    stopped: bool
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
) -> Applied:
    """Apply a plan. What is raised once something may have been written stands in what is returned.

    Raises: UnsafePlan, StalePlan, JournalError, UsageError (of the undo file): nothing was written.
    """
    plan, live = planned.plan, planned.live or NOTHING_KNOWN
    refuse_unsafe(plan, manner.allowed)
    with _noted(plan, manner.journal, author) as run:
        applier = Applier(plan, client, kinds, live, now=now, record=run, listen=listen)
        if not planned.fresh:
            applier.check()
        if manner.undo_file:
            nothing = undo_plan(plan, [], kinds, NOTHING_KNOWN, now)
            write_file(manner.undo_file, to_json([nothing]), private=True)
        begins(applier)
        report = applier.run()
        stopped = applier.stopped.is_set()
        if run:
            is_whole = not (applier.failure or report.having(*UNFINISHED))
            run.end("interrupted" if stopped else "complete" if is_whole else "incomplete")
    failures, warnings = [applier.failure] if applier.failure else [], list[str]()
    written = _write_undo(manner.undo_file, plan, applier, failures, warnings)
    if run and run.broken:
        warnings.append(f"{run.broken}; what the journal says of this run is not all")
    return Applied(report, stopped, tuple(failures), tuple(warnings), written)


@contextmanager
def _noted(plan: Plan, path: Path, author: Author) -> Iterator[Run | None]:
    """The journal's part for this run; none where nothing is to be sent."""
    if not plan.pending:
        yield None
        return
    with Journal.opened(path) as journal:
        data = plan_data(plan)
        del data["createdAt"]
        run = journal.begin(plan, digest_of(data), author, f"welkin-reconcile {__version__}")
        try:
            yield run
        except KeyboardInterrupt:
            run.end("interrupted")
            raise
        except BaseException:
            run.end("incomplete" if run.intended else "refused")
            raise


def _write_undo(
    path: Path | None, plan: Plan, applier: Applier, failures: list[Exception], warnings: list[str]
) -> Path | None:
    """Write what leads back from what landed; if this fails, what landed is reported all the same."""
    if path is None:
        return None
    try:
        inverse = undo_plan(plan, applier.landed(), applier.kinds, applier.evidence.present(), applier.now)
        write_file(path, to_json([inverse]), private=True)
    except (ApiError, UsageError) as error:
        warnings.append(f"{path} undoes nothing of this run: {error}")
    except Exception as error:
        warnings.append(f"{path} undoes nothing of this run")
        failures.append(error)
    else:
        return path
    return None
