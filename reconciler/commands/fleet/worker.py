"""`welkin-reconcile fleet worker`: takes runs until it is told to stop."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType

import click

from reconciler.commands.fleet.options import common
from reconciler.commands.options import Wait, Whole
from reconciler.errors import Exit


@click.command("worker")
@click.option("--name", metavar="NAME", help="What it is called.  [default: this machine's name]")
@click.option("--concurrency", type=Whole(1, 64), default=8, show_default=True, help="Runs at a time.")
@click.option(
    "--lease", type=Wait(), default="60s", show_default=True, metavar="DURATION",
    help="After how long without a sign of life others take its runs over.",
)  # fmt: skip
@click.option(
    "--drain", type=Wait(), default="5m", show_default=True, metavar="DURATION",
    help="How long runs may take to stop between two writes once SIGTERM has come.",
)  # fmt: skip
@click.option("--now", "everything_now", is_flag=True, help="Look at all environments at once.")
@common
def command(
    name: str | None,
    concurrency: int,
    lease: float,
    drain: float,
    everything_now: bool,
    fleet: Path,
    database: str,
    format: str,
) -> int:
    """Take runs until SIGTERM or Ctrl-C, then give back what is not done. Any number share a PostgreSQL."""
    from reconciler.client import PATIENT, Patience
    from reconciler.commands.fleet.working import working
    from reconciler.commands.output import say
    from reconciler.errors import DatabaseError, UsageError
    from reconciler.fleet.configuration import read_fleet
    from reconciler.fleet.database import Database
    from reconciler.fleet.embedded import only_worker
    from reconciler.fleet.worker import Manner
    from reconciler.fleet.workers import new_id

    if lease < 3:
        raise UsageError("--lease has to be 3s or longer: a write is given a quarter of it")
    known, own = read_fleet(fleet), name or socket.gethostname()
    patience = click.get_current_context().find_object(Patience) or PATIENT
    with Database.opened(database) as opened:
        path = opened.address.path
        alone = only_worker(path, own) if path else nullcontext()
        manner = Manner(new_id(own), concurrency, lease, drain, everything_now)
        with alone, working(known, opened, manner, patience, say) as worker, _stopping() as stop:
            say(f"{own} takes runs, {concurrency} at a time, from {opened.address.shown}")
            try:
                worker.go_on(stop)
            except DatabaseError as error:
                say(f"{error}; beginning anew")
                _begin_anew()
            say(f"{own} has stopped")
    return Exit.OK


def _begin_anew() -> None:
    """Be a new process in place of this one: its tables are made where somebody has dropped them.

    One that can't be used at all is said then, and ends it.
    """
    os.execv(sys.executable, [sys.executable, "-m", "reconciler", *sys.argv[1:]])


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Set at the first signal; the second ends the process at once: what it had is taken over by others."""
    stop = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(Exit.INTERRUPTED)
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, old in before.items():
            signal.signal(number, old)
