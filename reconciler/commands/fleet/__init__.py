"""`welkin-reconcile fleet …`: many environments, kept true. One file a command."""

from __future__ import annotations

import click

from reconciler.commands.lazy import Lazy

# In the order in which they are met.
COMMANDS = ("check", "worker", "serve", "enqueue", "status", "runs", "cancel", "pause", "resume", "prune")


@click.group("fleet", cls=Lazy, names=COMMANDS, room=__name__, of=" of `fleet`")
def command() -> None:
    """Keep many environments true: compared each hour, merges applied, horizons moved on."""
