"""Ctrl-C and SIGTERM: the first lets what is under way end, the second ends the process (DESIGN 7)."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from reconciler.commands.output import say

INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible() -> Iterator[None]:
    """Treat SIGTERM, which runners send before they kill, as a Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handling(interrupt):
        yield


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first signal; at the second one leave without looking back."""
    asked: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        if len(asked) > 1:
            # The journal holds every intent already; whatever else is open may break.
            os.write(2, b"stopped at once; run again: what was under way is looked for first\n")
            os._exit(INTERRUPTED)
        say("interrupted: waiting for the requests under way; once more stops at once")
        stop()

    with _handling(handle):
        yield


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only a main thread may set handlers, and only its process is sent signals
        return
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
