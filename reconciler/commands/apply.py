"""`welkin-reconcile apply`: carries out a plan, saved or made now, and says what landed."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.commands.options import Common, common, selection

if TYPE_CHECKING:
    from reconciler.client import Client
    from reconciler.kind import Kind
    from reconciler.model import Plan, Report, Snapshot

FAILED, REFUSED, INTERRUPTED = 1, 3, 130


class _Allowance(click.ParamType[tuple[str, int]]):
    name = "what=n"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, int]:
        what, _, number = str(value).partition("=")
        if what not in ("deletes", "deletePercent", "updatePercent") or not number.isdecimal():
            self.fail(f"`{value}`: write deletes=12, deletePercent=40 or updatePercent=40")
        return what, int(number)


@click.command("apply")
@click.argument("path", metavar="ENV|PLAN")
@click.option("--auto-approve", is_flag=True, help="Don't ask.")
@click.option(
    "--allow",
    "allowed",
    type=_Allowance(),
    multiple=True,
    help="Let a plan past a brake, as it prints it: deletes=12.",
)
@selection
@common
def command(
    path: str,
    auto_approve: bool,
    allowed: tuple[tuple[str, int], ...],
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    users: tuple[str, ...],
    adopt: bool,
    common: Common,
) -> int:
    """Make the fewest calls that remove the difference.

    PLAN is a file saved by `plan --out`; it is applied as it was reviewed, or refused as stale.
    """
    from reconciler.commands.output import show
    from reconciler.commands.session import connected, load, planned
    from reconciler.errors import UsageError
    from reconciler.kind import load_kinds
    from reconciler.plan import Selection
    from reconciler.report.text import plan_text

    kinds, chosen = load_kinds(), Selection(targets, excludes, users)
    saved = _saved(path)
    if saved:
        if chosen or adopt:
            raise UsageError(f"{path} is a saved plan: it is applied whole; select when planning")
        with connected(saved, common) as client:
            return _carry_out(saved, None, client, kinds, dict(allowed), common, again=True)
    (wishes,) = load((path,), common.now, kinds, adopt)
    with connected(wishes.context.environment, common) as client:
        plan, live = planned(wishes, kinds, client, common, chosen)
        if common.format == "text":
            show(plan_text(plan))
        _refuse_unsafe(plan, dict(allowed))
        asked = bool(plan.pending) and not auto_approve
        if asked:
            _ask(None if common.format == "text" else plan_text(plan))
        return _carry_out(plan, live, client, kinds, dict(allowed), common, again=asked)


def _carry_out(
    plan: Plan,
    live: Snapshot | None,
    client: Client,
    kinds: dict[str, Kind],
    allowed: dict[str, int],
    common: Common,
    again: bool,
) -> int:
    """Apply and report. `again`: time has passed since the plan was made, so its objects are read again."""
    from reconciler.apply import NOTHING_KNOWN, Applier
    from reconciler.commands.output import say, show
    from reconciler.report.data import report_json
    from reconciler.report.text import calls_text, outcome_text, report_text

    _refuse_unsafe(plan, allowed)
    applier = Applier(
        plan,
        client,
        kinds,
        live or NOTHING_KNOWN,
        parallelism=common.parallelism,
        now=common.now,
        listen=lambda outcome: say(outcome_text(outcome)),
    )
    if again:
        applier.check()
    report = applier.run()
    if common.format == "json":
        show(report_json(plan, report, client.reads, client.writes))
    elif plan.differs:
        show(f"\n{report_text(report)}\n{calls_text(client.reads, client.writes)}")
    else:
        show(calls_text(client.reads, client.writes))
    return INTERRUPTED if applier.stopped.is_set() else _code(report)


def _code(report: Report) -> int:
    from reconciler.model import Status

    if report.having(Status.FAILED, Status.UNKNOWN, Status.UNCONVERGED, Status.SKIPPED):
        return FAILED
    return REFUSED if report.having(Status.BLOCKED) else 0


def _saved(path: str) -> Plan | None:
    """The plan in a file, if it holds one; its first key is `format`, which no manifest has."""
    from reconciler.errors import UsageError
    from reconciler.planfile import from_json

    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None  # the manifest reader says it better
    if not re.match(r'\s*\{\s*"format"', text):
        return None
    plans = from_json(text, path)
    if len(plans) != 1:
        raise UsageError(f"{path} holds {len(plans)} plans: apply one environment at a time")
    return plans[0]


def _refuse_unsafe(plan: Plan, allowed: dict[str, int]) -> None:
    from reconciler.errors import UnsafePlan

    over = [brake for brake in plan.brakes if allowed.get(brake.limit, -1) < brake.count]
    if over:
        lines = [f"{brake.message}; if that is meant, add {brake.allow}" for brake in over]
        raise UnsafePlan("\n".join(["refused, nothing was written:", *lines]))


def _ask(unseen: str | None) -> None:
    """Have a person type a literal `yes`; `unseen`: the plan, if it was not shown yet.

    Raises: UsageError: without a terminal, or for any other answer.
    """
    from reconciler.commands.output import say
    from reconciler.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError("nobody is there to say yes: add --auto-approve, or apply a saved plan")
    if unseen:
        say(unseen)
    question = "\nApply these changes? Only `yes` will do"
    if click.prompt(question, default="", show_default=False, err=True) != "yes":
        raise UsageError("not approved, nothing was written")
