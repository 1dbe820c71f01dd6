"""What a person watches while an apply runs: bars on a terminal, plain lines anywhere else, all on stderr."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from reconciler.commands.options import Common
from reconciler.commands.output import say
from reconciler.escape import page
from reconciler.model import Outcome, Plan, Status
from reconciler.plan import wave_of
from reconciler.report.text import outcome_text

FEW = 100  # changes up to this number are told one by one
EVERY_S = 5.0  # how often many are summed up
FINE = frozenset((Status.DONE, Status.ALREADY))

Listen = Callable[[Outcome], None]


@contextmanager
def watching(plan: Plan, common: Common) -> Iterator[Listen]:
    """Give what is to be told of each outcome; may be called from any thread."""
    if _on_terminal():
        with _Bars(plan) as bars:
            yield bars.tell
    elif len(plan.pending) <= FEW:
        yield lambda outcome: say(outcome_text(outcome))
    else:
        yield _Summary(len(plan.pending)).tell


def _on_terminal() -> bool:
    """Whether bars can be drawn: log lines would run through them."""
    dumb = os.environ.get("CI") or os.environ.get("TERM") == "dumb"
    logged = logging.getLogger("reconciler").isEnabledFor(logging.INFO)
    return sys.stderr.isatty() and not dumb and not logged


class _Summary:
    """A line every few seconds, and one for each change that is not as wished."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._started = self._said = time.monotonic()
        self._lock = threading.Lock()

    def tell(self, outcome: Outcome) -> None:
        if outcome.status not in FINE:
            say(outcome_text(outcome))
        with self._lock:
            self._done += 1
            now = time.monotonic()
            due = now - self._said >= EVERY_S or self._done == self._total
            if due:
                self._said = now
        if due:
            say(_progress(self._done, self._total, now - self._started))


class _Bars:
    """A bar for each wave: how many of how many, how many a second, how long to go."""

    def __init__(self, plan: Plan) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        rate = TextColumn("{task.fields[rate]}")
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate)
        self._bars = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))
        waves = Counter(wave_of(change) for change in plan.pending)
        self._tasks: dict[Any, Any] = {
            wave: self._bars.add_task(_title(wave), total=total, rate="", start=False)
            for wave, total in waves.items()
        }
        self._started = dict.fromkeys(waves, 0.0)

    def __enter__(self) -> _Bars:
        self._bars.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._bars.stop()

    def tell(self, outcome: Outcome) -> None:
        if outcome.status not in FINE:
            self._bars.console.print(
                page([outcome_text(outcome)]), markup=False, highlight=False, emoji=False
            )
        wave = wave_of(outcome.change)
        if wave not in self._tasks:  # a blocked change belongs to no wave
            return
        task, now = self._tasks[wave], time.monotonic()
        if not self._started[wave]:
            self._started[wave] = now
            self._bars.start_task(task)
        done = self._bars.tasks[task].completed + 1
        spent = now - self._started[wave]
        self._bars.update(task, advance=1, rate=f"{done / spent:.0f}/s" if spent > 1 else "")


def _title(wave: tuple[bool, str, bool]) -> str:
    removal, kind, override = wave
    return ("remove " if removal else "") + kind + (" overrides" if override else "")


def _progress(done: int, total: int, spent_s: float) -> str:
    rate = done / spent_s if spent_s > 0 else 0.0
    left = f", about {(total - done) / rate:.0f} s to go" if rate and done < total else ""
    return f"{done} of {total} changes, {rate:.0f}/s{left}"
