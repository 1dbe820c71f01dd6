"""Ctrl-C and SIGTERM: the first lets what is under way end, the second ends the process."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from reconciler.commands.output import say
from reconciler.errors import Exit, Interrupted
from reconciler.model import Key

if TYPE_CHECKING:
    from reconciler.pipeline import Stoppable

MOST_NAMED = 8
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible(stop: Callable[[], None] = lambda: None) -> Iterator[None]:
    """While nothing is written: end what is being read and give up; at the second signal leave at once.

    `stop` ends what other threads do. SIGTERM, which runners send before they kill, is a Ctrl-C.
    """
    asked: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        if len(asked) > 1:
            os._exit(Exit.INTERRUPTED)
        say("interrupted: waiting for the reads under way, nothing was written; once more stops at once")
        stop()
        raise KeyboardInterrupt

    try:
        with _handling(interrupt):
            yield
    except BaseException:
        if not asked:
            raise
        # In the midst of a lock's own code a signal comes out as another error.
        raise Interrupted("interrupted") from None


@contextmanager
def answering() -> Iterator[None]:
    """While a person is asked nothing is under way: a signal ends the question."""
    with _handling(signal.default_int_handler):
        yield


@contextmanager
def stopping(work: Stoppable, tell: Callable[[str], None]) -> Iterator[None]:
    """Stop `work` at the first signal and say what it still waits for; at the second one leave at once."""
    asked: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        if len(asked) > 1:
            # The journal holds every intent already; whatever else is open may break.
            os.write(2, b"stopped at once; run again: what was under way is looked for first\n")
            os._exit(Exit.INTERRUPTED)
        work.stop()
        tell(_waiting(work.under_way()))

    with _handling(handle):
        yield


def _waiting(keys: Sequence[Key]) -> str:
    """What a stopped run waits for, and the way out."""
    named = ", ".join(map(str, keys[:MOST_NAMED]))
    more = f" and {len(keys) - MOST_NAMED} more" if len(keys) > MOST_NAMED else ""
    what = f"{named}{more}" if keys else "what is being read back"
    return f"interrupted: waiting for {what}; once more stops at once"


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
