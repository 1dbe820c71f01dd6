"""`welkin-reconcile fleet …`: many environments, kept true. One file a command."""

from __future__ import annotations

import click

from reconciler.commands.lazy import Lazy

COMMANDS = ("check", "enqueue", "status", "runs", "cancel", "pause", "resume", "prune")  # as they are met


@click.group("fleet", cls=Lazy, names=COMMANDS, room=__name__, of=" of `fleet`")
def command() -> None:
    """Keep many environments true: compared each hour, merges applied, horizons moved on."""
