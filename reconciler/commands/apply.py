"""`welkin-reconcile apply`: carries out a plan, saved or made now, and says what landed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.files import OUTPUT
from reconciler.commands.options import JOURNAL, Wait, common, selection
from reconciler.commands.saved import approved_in, plans_in
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.commands.order import Order
    from reconciler.model import Plan
    from reconciler.pipeline import Settings
    from reconciler.plan.selection import Selection


class _Allowance(click.ParamType[tuple[str, int]]):
    name = "what=n"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        what, _, number = str(value).partition("=")
        if what not in ("deletes", "deletePercent", "updatePercent") or not number.isdecimal():
            self.fail(f"`{value}`: write deletes=12, deletePercent=40 or updatePercent=40")
        return what, int(number)


@click.command("apply")
@click.argument("paths", metavar="ENV…|PLAN", nargs=-1, required=True)
@click.option("--auto-approve", is_flag=True, help="Don't ask.")
@click.option(
    "--allow",
    "allowed",
    type=_Allowance(),
    multiple=True,
    help="Let a plan past a brake, as it prints it: deletes=12.",
)
@click.option(
    "--lock-timeout",
    type=Wait(),
    default="0",
    metavar="DURATION",
    help="Wait so long for another run on the same environment, as in 10m.  [default: refuse at once]",
)
@click.option(
    "--approved",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Plan again; apply what this saved plan or report of `diff` holds, and what the horizon brings.",
)
@click.option(
    "--only-new", is_flag=True, help="Create missing hours and events, nothing else: for the night."
)
@click.option(
    "--undo-file",
    type=OUTPUT,
    metavar="FILE",
    help="Write here the plan that undoes this run, for `apply FILE`.",
)
@click.option(
    "--database",
    metavar="URL",
    envvar="WELKIN_DATABASE",
    help="Share leases with the fleet that uses this database; wins over $WELKIN_DATABASE.",
)
@JOURNAL
@selection
@common
def command(
    paths: tuple[str, ...],
    auto_approve: bool,
    allowed: tuple[tuple[str, int], ...],
    approved: Path | None,
    only_new: bool,
    undo_file: Path | None,
    lock_timeout: float,
    database: str | None,
    journal: Path,
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    users: tuple[str, ...],
    teams: tuple[str, ...],
    adopt: bool,
    settings: Settings,
    format: str,
) -> int:
    """Make the fewest calls that remove the difference.

    PLAN is a file saved by `plan --out`; it is applied as it was reviewed, or refused as stale. Of several
    environments those that can be planned are applied, side by side. One run per environment at a time.
    Each write is noted in a journal before it is sent: `welkin-reconcile history`.
    After Ctrl-C, a failure or a killed runner, run the same command again: it goes on with what is left.
    """
    from reconciler.apply.carry_out import Manner
    from reconciler.commands.order import Order
    from reconciler.plan.selection import Selection

    chosen, manner = Selection(targets, excludes, users, teams), Manner(journal, dict(allowed), undo_file)
    given = [*dict.fromkeys(paths)]
    saved = _saved(given)
    if saved and (chosen or adopt or approved or only_new):
        raise UsageError(f"{given[0]} is a saved plan: it is applied whole; select when planning")
    reviewed = approved_in(approved, settings.now)
    with _sharing(database, settings, only_new) as shared:
        order = Order(shared, format, manner, lock_timeout, auto_approve)
        if saved:
            return _apply_saved(saved, order)
        if len(paths) == 1:
            return _apply_now(given[0], order, chosen, adopt, only_new, reviewed)
        from reconciler.commands.together import apply_environments

        _refuse_undo(undo_file)
        return apply_environments(given, order, chosen, adopt, only_new, reviewed)


@contextmanager
def _sharing(database: str | None, settings: Settings, only_new: bool) -> Iterator[Settings]:
    """The settings with which others are kept away: by leases of a database, where one is named."""
    if database is None:
        yield settings
        return
    from reconciler.apply.author import author_of, user_here
    from reconciler.fleet.oneshot import sharing
    from reconciler.fleet.runs import Kind

    author, kind = author_of(os.environ, user_here()), Kind.ONLY_NEW if only_new else Kind.APPLY
    with sharing(database, author, kind) as keeper:
        yield settings._replace(keeper=keeper)


def _saved(paths: Sequence[str]) -> list[Plan]:
    """The plans of the one file that was given; none if environments were."""
    for path in paths:
        plans = plans_in(path)
        if plans and len(paths) > 1:
            raise UsageError(f"{path} is a saved plan: apply it by itself")
        if plans:
            return plans
    return []


def _refuse_undo(file: Path | None) -> None:
    if file:
        raise UsageError("--undo-file takes the run of one environment: apply them one by one")


def _apply_saved(plans: list[Plan], order: Order) -> int:
    from reconciler.commands.carry_out import carry_out
    from reconciler.commands.order import ask
    from reconciler.commands.session import connected
    from reconciler.commands.together import apply_saved_plans
    from reconciler.model import Planned
    from reconciler.plan.brakes import refuse_unsafe
    from reconciler.report.review import review_of
    from reconciler.report.text import plan_text

    if len(plans) > 1:
        _refuse_undo(order.manner.undo_file)
        return apply_saved_plans(plans, order)
    (saved,) = plans
    with connected(saved, order.settings) as service, service.alone(order.wait_s):
        refuse_unsafe(saved, order.manner.allowed)
        if sys.stdin.isatty() and saved.pending and not order.auto_approve:
            ask(plan_text(review_of(saved)))  # a file may have gone through other hands since its review
        return carry_out(Planned(saved, None, fresh=False), service, order.manner, order.format)


def _apply_now(
    path: str, order: Order, chosen: Selection, adopt: bool, only_new: bool, reviewed: list[Plan]
) -> int:
    """Plan, ask and apply, all the while alone on the environment."""
    from reconciler.commands.carry_out import carry_out
    from reconciler.commands.order import ask
    from reconciler.commands.output import show
    from reconciler.commands.session import connected
    from reconciler.pipeline import expand, load, plan
    from reconciler.plan.brakes import refuse_unsafe
    from reconciler.report.review import review_of
    from reconciler.report.text import plan_text

    (wishes,) = expand(load(path), order.settings.now, adopt)
    with connected(wishes.environment, order.settings) as service, service.alone(order.wait_s):
        planned = plan(wishes, service, chosen, new_only=only_new, approved=reviewed)
        if order.format == "text":
            show(plan_text(review_of(planned.plan)), wrap=True)
        refuse_unsafe(planned.plan, order.manner.allowed)
        if planned.plan.pending and not (order.auto_approve or reviewed):
            ask(None if order.format == "text" else plan_text(review_of(planned.plan)))
            planned = planned._replace(fresh=False)  # a person takes the time it takes
        return carry_out(planned, service, order.manner, order.format)
