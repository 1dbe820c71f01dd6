"""Puts a worker beside the fleet's page."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reconciler.fleet.database import Database
    from reconciler.fleet.shape import Fleet

DRAIN_S = 30.0


@contextmanager
def worked(fleet: Fleet, database: Database) -> Iterator[None]:
    """A worker in this process, for as long as it is wanted; it then gives back what is not done."""
    from reconciler.client import PATIENT, Patience
    from reconciler.commands.fleet.working import working
    from reconciler.commands.output import say
    from reconciler.fleet.embedded import only_worker
    from reconciler.fleet.worker import Manner
    from reconciler.fleet.workers import new_id

    name, stop = socket.gethostname(), threading.Event()
    patience = click.get_current_context().find_object(Patience) or PATIENT
    path = database.address.path
    alone = only_worker(path, name) if path else nullcontext()
    manner = Manner(new_id(name), drain_s=DRAIN_S)
    with alone, working(fleet, database, manner, patience, say) as worker:
        going = threading.Thread(target=worker.go_on, args=(stop,), name="worker")
        going.start()
        try:
            yield
        finally:
            stop.set()
            going.join()
