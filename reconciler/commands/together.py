"""Applies several environments side by side: what could be planned is carried out, and all of it is told."""

from __future__ import annotations

import sys
from collections.abc import Container, Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from reconciler.apply.carry_out import Applied
from reconciler.commands.carry_out import GO_ON, code_of, ended_by
from reconciler.commands.order import Order, ask
from reconciler.commands.output import require_stdout, say, show
from reconciler.commands.planning import failures_in
from reconciler.commands.progress import watching
from reconciler.commands.reports import Wanted, report_of
from reconciler.commands.session import reaching
from reconciler.commands.stopping import stopping
from reconciler.errors import Exit, ReconcileError, Unprintable
from reconciler.errors.escape import Printable, page
from reconciler.model import Key, Plan, Planned, Status
from reconciler.pipeline import Stoppable, apply, finish
from reconciler.pipeline.several import Reach, Ready, plan_each, side_by_side, wishes_of
from reconciler.plan.brakes import refuse_unsafe
from reconciler.plan.selection import Selection
from reconciler.plan.tenants import rank
from reconciler.report.data import reports_json
from reconciler.report.landed import report_text
from reconciler.report.review import review_of
from reconciler.report.several import FAILED, Row, failed_lines, row_of, table_lines
from reconciler.report.text import calls_text

Ends = Mapping[str, Ready | ReconcileError]


class Did(NamedTuple):
    """What was planned for an environment, and what came of it."""

    ready: Ready
    applied: Applied


class Runs:
    """Runs that go on side by side and are stopped together, those that are yet to begin, too."""

    def __init__(self) -> None:
        self._runs, self._stopped = list[Stoppable](), False

    def begins(self, run: Stoppable) -> None:
        self._runs.append(run)
        if self._stopped:
            run.stop()

    def stop(self) -> None:
        self._stopped = True
        for run in list(self._runs):
            run.stop()

    def under_way(self) -> Sequence[Key]:
        return [key for run in list(self._runs) for key in run.under_way()]


def apply_environments(
    paths: Sequence[str],
    order: Order,
    selection: Selection,
    adopt: bool,
    only_new: bool,
    reviewed: Sequence[Plan],
) -> int:
    """Plan, ask once and apply, all the while alone on each environment."""
    with reaching(order.settings, order.wait_s) as reach:
        ends = plan_each(
            wishes_of(paths, reach.lines, adopt),
            reach,
            selection,
            lambda draft: finish(draft, new_only=only_new, approved=reviewed),
        )
        if order.format == "text":
            show(_plans_text(ends), wrap=True)
        ends = _safe(ends, order)
        if _pending(ends) and not (order.auto_approve or reviewed):
            ask(None if order.format == "text" else _plans_text(ends))
            ends = _stale(ends)  # a person takes the time it takes
        return _carry_out(ends, reach, order)


def apply_saved_plans(plans: Sequence[Plan], order: Order) -> int:
    """Apply the plans of one file, each alone on its environment."""
    given: dict[str, Plan | ReconcileError] = {_name(plan, plans): plan for plan in plans}
    with reaching(order.settings, order.wait_s) as reach:
        ends = side_by_side(
            given, lambda plan: plan.tenant, lambda plan: Ready(Planned(plan, None, fresh=False), reach(plan))
        )
        ends = _safe(ends, order)
        if sys.stdin.isatty() and _pending(ends) and not order.auto_approve:
            ask(_plans_text(ends))  # a file may have gone through other hands since it was reviewed
        return _carry_out(ends, reach, order)


def _name(plan: Plan, plans: Sequence[Plan]) -> str:
    """A saved plan as the table calls it: by its owner, too, where two are of one instance."""
    name = f"{plan.tenant}/{plan.instance}"
    alike = [each for each in plans if (each.tenant, each.instance) == (plan.tenant, plan.instance)]
    return name if len(alike) == 1 else f"{name} as {plan.owner} at {plan.api_url}"


def _plans_text(ends: Ends) -> Printable:
    """The plans alone: what failed stands at the end, with all the rest."""
    return report_of([each.planned.plan for each in _ready(ends).values()], "text", Wanted())


def _ready(ends: Ends) -> dict[str, Ready]:
    return {path: end for path, end in ends.items() if isinstance(end, Ready)}


def _safe(ends: Ends, order: Order) -> dict[str, Ready | ReconcileError]:
    """Without the plans that a brake or a policy refuses."""
    safe = dict(ends)
    for path, each in _ready(ends).items():
        try:
            refuse_unsafe(each.planned.plan, order.manner.allowed)
        except ReconcileError as error:
            safe[path] = error
    return safe


def _stale(ends: Ends, tenants: Container[str] | None = None) -> dict[str, Ready | ReconcileError]:
    """What plans touch is to be read again before anything is written. tenants: whose; all if None."""
    again = {
        path: each._replace(planned=each.planned._replace(fresh=False))
        for path, each in _ready(ends).items()
        if tenants is None or _tenant(each) in tenants
    }
    return {**ends, **again}


def _pending(ends: Ends) -> bool:
    return any(each.planned.plan.pending for each in _ready(ends).values())


def _carry_out(ends: Ends, reach: Reach, order: Order) -> int:
    """Apply in the order in which a tenant's environments need each other, and report."""
    require_stdout()
    reach.lines.read_afresh()
    did, runs = dict[str, Did | ReconcileError](), Runs()
    with ExitStack() as to_the_end:  # nobody is kept from reading what landed
        to_the_end.enter_context(stopping(runs, say))
        with watching(*(each.planned.plan for each in _ready(ends).values())) as watch:

            def done(each: Ready) -> Did:
                applied = apply(
                    each.planned, each.service, order.manner, listen=watch.outcome, begins=runs.begins
                )
                return Did(each, applied)

            for place in sorted({rank(each.planned.plan) for each in _ready(ends).values()}):
                now = {path: each for path, each in ends.items() if _rank(each) == place}
                did |= side_by_side(now, _tenant, done, one_by_one=place != 1)
                written = {_tenant(each) for each in _ready(now).values()}
                ends = _stale(ends, written)  # a person who is there now has an id to be found
        told = {path: end if isinstance(end, ReconcileError) else did[path] for path, end in ends.items()}
        _tell(told, order)
    return _code(told)


def _rank(end: Ready | ReconcileError) -> int | None:
    return rank(end.planned.plan) if isinstance(end, Ready) else None


def _tenant(ready: Ready) -> str:
    return ready.planned.plan.tenant


def _tell(told: Mapping[str, Did | ReconcileError], order: Order) -> None:
    """Print what landed; on stderr if stdout doesn't take it. Raises: Unprintable."""
    did = {path: each for path, each in told.items() if isinstance(each, Did)}
    for path, each in did.items():
        for warning in each.applied.warnings:
            say(f"warning: {path}: {warning}")
    texts = [_json(did, told)] if order.format == "json" else _texts(did, told)
    try:
        show(*texts)
    except Unprintable:
        show(*texts, err=True)
        raise
    for path, each in did.items():
        for line in ended_by(each.applied):
            say(f"error: {path}: {line}")
    if any(each.applied.stopped for each in did.values()):
        say(GO_ON)


def _json(did: Mapping[str, Did], told: Mapping[str, Did | ReconcileError]) -> Printable:
    runs = [(each.ready.planned.plan, each.applied.report, _calls(each)) for each in did.values()]
    return reports_json(runs, failures_in(told))


def _calls(did: Did) -> tuple[int, int]:
    return did.ready.service.client.reads, did.ready.service.client.writes


def _texts(did: Mapping[str, Did], told: Mapping[str, Did | ReconcileError]) -> list[Printable]:
    texts = [page([""])]
    rows = list[Row]()
    for path, each in did.items():
        plan = each.ready.planned.plan
        texts += [page([f"{path}:"])]
        texts += [report_text(each.applied.report)] if plan.differs else []
        texts += [calls_text(*_calls(each)), page([""])]
        rows.append(row_of(path, review_of(plan), _state(each)))
    failures = failures_in(told)
    if failures:
        texts.append(page([*failed_lines(failures), ""]))
    rows += (Row(path, "refused" if _refused(told[path]) else FAILED) for path in failures)
    return [*texts, page(table_lines(rows))]


def _state(did: Did) -> str:
    if did.applied.stopped:
        return "interrupted"
    code = code_of(did.applied)
    if code is Exit.OK:
        return "applied" if did.applied.report.having(Status.DONE, Status.ALREADY) else "no changes"
    return "incomplete" if code is Exit.ERROR else "blocked"


def _refused(end: object) -> bool:
    return isinstance(end, ReconcileError) and end.exit is Exit.REFUSED


def _code(told: Mapping[str, Did | ReconcileError]) -> Exit:
    """The worst of all: interrupted, an error, refused."""
    if any(isinstance(each, Did) and each.applied.stopped for each in told.values()):
        return Exit.INTERRUPTED
    codes = {code_of(each.applied) if isinstance(each, Did) else each.exit for each in told.values()}
    return next(code for code in (Exit.ERROR, Exit.REFUSED, Exit.OK) if code in codes)
