"""The pipeline's connection as a command has it: what it waits for is said, and Ctrl-C ends it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.commands.lastline import turning
from reconciler.commands.output import say
from reconciler.commands.stopping import interruptible
from reconciler.model import Environment, Plan
from reconciler.pipeline import HeadStart, Service, Settings, connect
from reconciler.routes import about


@contextmanager
def connected(
    place: Environment | Plan, settings: Settings, begun: HeadStart | None = None
) -> Iterator[Service]:
    """Connect to the service a place names. Until something is written, Ctrl-C ends it all.

    Raises: UsageError.
    """
    with (
        interruptible(),
        connect(place, settings, os.environ, say, begun) as service,
        interruptible(service.client.stop),
        turning(lambda: about(request) if (request := service.client.under_way) else ""),
    ):
        yield service
