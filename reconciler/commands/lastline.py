"""The last line of a terminal: it says what is being read, and makes way for whatever is printed."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import TextIO

from reconciler.commands.wrapping import USUAL, width_of

FIRST_S, EACH_S = 0.5, 0.1  # what takes no longer than the first is nobody's concern
TURNS = "|/-\\"
ERASE = "\x1b[K"


class _LastLine:
    """There is one: stdout and stderr are mostly the same terminal. Any thread may write."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal's handler prints in the midst of it
        self._drawn = False
        self._held = False

    def draw(self, text: str) -> None:
        """Show a text there; the cursor stays in front of it, so that others' lines run over it."""
        with self._lock:
            if not self._held:
                width = width_of(sys.stderr) or USUAL
                sys.stderr.write(f"{ERASE}{text[: width - 1]}\r")
                sys.stderr.flush()
                self._drawn = True

    @contextmanager
    def making_way(self) -> Iterator[None]:
        """Let others write, from the beginning of a line that is empty."""
        with self._lock:
            if self._drawn:
                sys.stderr.write(ERASE)
                sys.stderr.flush()
                self._drawn = False
            yield

    @contextmanager
    def held(self) -> Iterator[None]:
        """Show nothing there while something else moves on the terminal."""
        with self.making_way():
            self._held = True
        try:
            yield
        finally:
            self._held = False


LAST_LINE = _LastLine()


def may_move() -> bool:
    """Whether something may move on stderr: log lines would run through it."""
    return moves_cursor(sys.stderr) and not logging.getLogger("reconciler").isEnabledFor(logging.INFO)


def moves_cursor(stream: TextIO) -> bool:
    """Whether control codes do something there: a terminal that isn't dumb, and no runner's log."""
    return stream.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


@contextmanager
def turning(about: Callable[[], str]) -> Iterator[None]:
    """Show what goes on while it lasts, where something may move.

    about: says what is waited for; empty while nothing is.
    """
    if not may_move():
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_turn, args=(about, over), name="last line", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        with LAST_LINE.making_way():
            pass


def _turn(about: Callable[[], str], over: threading.Event) -> None:
    signs = cycle(TURNS)
    pause = FIRST_S
    while not over.wait(pause):
        pause = EACH_S
        if text := about():
            LAST_LINE.draw(f"{next(signs)} reading {text} …")
