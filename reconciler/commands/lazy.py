"""A group of commands, each a file of its own that is imported when it is named: `--help` stays quick."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

import click

from reconciler.commands.completion import VARIABLE
from reconciler.errors import UsageError


class Lazy(click.Group):
    """Commands by name, in the order in which they are shown.

    room: the package in which each has its file, with a `command` in it. of: how messages call the group.
    """

    def __init__(
        self, *args: object, names: Sequence[str], room: str, of: str = "", **options: object
    ) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self._names, self._room, self._of = names, room, of

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._names:
            return None
        # A file's name can't be a word of Python.
        module = f"{self._room}.{cmd_name}{'_' * iskeyword(cmd_name)}"
        command: click.Command = import_module(module).command
        if VARIABLE in os.environ:
            from reconciler.commands.completing import completing

            completing(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self._names and not args[0].startswith("-") and not ctx.resilient_parsing:
            from reconciler.errors.nearest import did_you_mean

            hint = did_you_mean(args[0], self._names, f"there are {', '.join(self._names)}")
            raise UsageError(f"no command{self._of} is called `{args[0]}`{hint}")
        return super().resolve_command(ctx, args)
