"""`welkin-reconcile fleet serve`: the fleet's page, and its interface for programs."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import click
from click.core import ParameterSource

from reconciler.commands.fleet.options import common
from reconciler.errors import Exit


@click.command("serve")
@click.option(
    "--listen", default="127.0.0.1:8080", show_default=True, metavar="HOST:PORT",
    help="Where to be asked; elsewhere than on this computer only with `server: auth:`.",
)  # fmt: skip
@click.option("--with-worker", is_flag=True, help="Take runs, too.  [always, unless a database is named]")
@common
def command(listen: str, with_worker: bool, fleet: Path, database: str, format: str) -> int:
    """Show the fleet until SIGTERM or Ctrl-C: what is wrong and since when, the coming weeks, all runs.

    Nobody acts on these pages but operators, as `server: auth: tokens:` in the fleet's file names them.
    """
    from reconciler.commands.fleet.serving import worked
    from reconciler.commands.output import say
    from reconciler.fleet.configuration import read_fleet
    from reconciler.fleet.database import Database
    from reconciler.fleet.server.app import app_of
    from reconciler.fleet.server.serving import address_of, served

    known, address = read_fleet(fleet), address_of(listen)
    address.check(known.auth)
    named = click.get_current_context().get_parameter_source("database") is not ParameterSource.DEFAULT
    with ExitStack() as opened:
        shared = opened.enter_context(Database.opened(database))
        if with_worker or not named:
            opened.enter_context(worked(known, shared))
        served(app_of(known, shared, os.environ), address, lambda url: say(f"the fleet is shown at {url}"))
    return Exit.OK
