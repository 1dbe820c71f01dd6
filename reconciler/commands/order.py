"""How plans are to be applied, and whether a person agrees."""

from __future__ import annotations

import sys
from typing import NamedTuple

import click

from reconciler.apply.carry_out import Manner
from reconciler.commands.output import say, show
from reconciler.commands.stopping import answering
from reconciler.errors import Interrupted, UsageError
from reconciler.errors.escape import Printable
from reconciler.pipeline import Settings


class Order(NamedTuple):
    """How a plan is to be applied, saved or made now."""

    settings: Settings
    format: str
    manner: Manner
    wait_s: float
    auto_approve: bool


def ask(unseen: Printable | None) -> None:
    """Have a person type a literal `yes`; `unseen`: the plan, if it was not shown yet.

    Raises: UsageError: without a terminal, or for any other answer; Interrupted: for none.
    """
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to say yes: add --auto-approve, or apply a saved plan")
    if unseen:
        show(unseen, err=True, wrap=True)
    question = "\nApply these changes? Only `yes` will do"
    try:
        with answering():
            answer = click.prompt(question, default="", show_default=False, err=True)
    except click.Abort:  # Ctrl-C or Ctrl-D, behind the question
        say("")
        raise Interrupted("not approved, nothing was written") from None
    if answer != "yes":
        raise UsageError("not approved, nothing was written")
