"""What came of a run, in a few values and words of ours: of its apply, and for its environment. Pure."""

from __future__ import annotations

from typing import TypedDict

from reconciler.apply.carry_out import UNFINISHED, Applied
from reconciler.errors import ReconcileError
from reconciler.fleet.places import Look
from reconciler.fleet.runs import Kind, RunState
from reconciler.fleet.states import Findings, State, found
from reconciler.model import Action, Change, Plan, Status


class Result(TypedDict, total=False):
    """What a step came to; JSON.

    again: the run has to wait, so many seconds. state, message: it is over, and how. changes: how many there
    were to tell of. loads: whether the manifests do. findings: what is left, as of `Findings`. applied:
    whether all that was merged is in the service.
    """

    again: float
    state: str
    message: str
    changes: int
    loads: bool
    findings: list[int]
    applied: bool


def left_open(plan: Plan) -> int:
    return sum(change.action is not Action.NOOP and not change.accepted for change in plan.changes)


def blocked_in(plan: Plan) -> list[Change]:
    return [change for change in plan.changes if change.action is Action.BLOCKED and not change.accepted]


def outcome_of(applied: Applied) -> Result:
    """What came of an apply that went to its end."""
    report = applied.report
    done = len(report.having(Status.DONE))
    unfinished = report.having(*UNFINISHED)
    blocked = [each for each in report.having(Status.BLOCKED) if not each.change.accepted]
    if applied.failures and not unfinished:
        first = applied.failures[0]
        own = line_of(first) if isinstance(first, ReconcileError) else bug_said(first)
        return {"state": RunState.FAILED, "message": own, "changes": done}
    for state, ends in ((RunState.FAILED, unfinished), (RunState.REFUSED, blocked)):
        if ends:
            more = f" (and {len(ends) - 1} more)" if len(ends) > 1 else ""
            said = f"{ends[0].change.key} {ends[0].status}: {ends[0].message}{more}"
            return {"state": state, "message": said, "changes": done}
    return {"state": RunState.SUCCEEDED, "changes": done, "applied": True}


def look_of(result: Result, kind: Kind) -> Look:
    """What a run's end says of its environment."""
    loads, state, message = result.get("loads"), result["state"], result.get("message")
    if state in (RunState.FAILED, RunState.REFUSED):
        now = State.FAILED if state == RunState.FAILED else State.REFUSED
        return Look(loads, state=now, changes=result.get("findings", [0])[0], message=message)
    if state == RunState.CANCELLED or "findings" not in result or kind is Kind.ONLY_NEW:
        return Look(loads, applied=result.get("applied", False) and kind is not Kind.ONLY_NEW)
    left, merged, blocked, denied = result["findings"]
    now = found(Findings(left, merged, blocked, bool(denied)))
    return Look(loads, state=now, changes=left, applied=result.get("applied", False))


def line_of(error: ReconcileError) -> str:
    """An error as one line."""
    first, *more = error.lines()
    return first + (f" (and {len(more)} more)" if more else "")


def bug_said(error: Exception) -> str:
    return f"this ended early ({type(error).__name__}): please report it"
