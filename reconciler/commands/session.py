"""The pipeline's connections as a command has them: what they wait for is said, and Ctrl-C ends it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from reconciler.commands.lastline import turning
from reconciler.commands.output import say
from reconciler.commands.stopping import interruptible
from reconciler.model import Environment, Plan
from reconciler.pipeline import HeadStart, Lines, Service, Settings, connect
from reconciler.pipeline.several import Reach
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


@contextmanager
def reaching(settings: Settings, alone_s: float | None = None) -> Iterator[Reach]:
    """Come to several services. Until something is written, Ctrl-C ends it all.

    alone_s: keep others away from each environment, and wait so long for who is there; None: don't.
    """
    with (
        interruptible(),
        Lines(settings, os.environ, say, shared=True) as lines,
        ExitStack() as opened,
        interruptible(lines.stop),
        turning(lambda: about(request) if (request := lines.under_way) else ""),
    ):
        yield Reach(lines, opened, alone_s)
