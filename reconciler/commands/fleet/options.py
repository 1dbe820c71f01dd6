"""The flags that all commands of the fleet share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from reconciler.commands.options import FORMAT

F = TypeVar("F", bound=Callable[..., int | None])
EMBEDDED = "sqlite:///.welkin-reconcile/fleet.db"


def common(command: F) -> F:
    """Add the flags of every command of the fleet: it takes them as `fleet`, `database` and `format`."""
    for option in (
        FORMAT,
        click.option(
            "--database", metavar="URL", envvar="WELKIN_DATABASE", default=EMBEDDED, show_default=True,
            help="What the fleet's workers share, as postgresql://… or sqlite:///PATH; wins over "
            "$WELKIN_DATABASE.",
        ),
        click.option(
            "--fleet", type=click.Path(path_type=Path), default=Path("fleet.yaml"), show_default=True,
            metavar="FILE", help="What the fleet consists of.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command
