"""What a person watches while an apply runs, on stderr: bars on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from reconciler.commands.lastline import LAST_LINE, may_move
from reconciler.commands.output import say
from reconciler.errors.escape import page
from reconciler.kinds import wave_of
from reconciler.model import Change, Outcome, Plan, Status, Wave
from reconciler.report.landed import outcome_text

if TYPE_CHECKING:
    from rich.progress import TaskID

EVERY_S = 5.0  # how often a long run says how far it is
FINE = frozenset((Status.DONE, Status.ALREADY))
TOLD = frozenset((Status.FAILED, Status.UNKNOWN, Status.UNCONVERGED))  # as they come; the report has the rest


class Watch(NamedTuple):
    """What a run tells while it goes on. Both may be called from any thread."""

    outcome: Callable[[Outcome], None]
    say: Callable[[str], None]


@contextmanager
def watching(*plans: Plan) -> Iterator[Watch]:
    """Give what is to be told of each outcome, and a way to speak between bars."""
    pending = [change for plan in plans for change in plan.pending]
    if may_move():
        with LAST_LINE.held(), _Bars(pending) as bars:
            yield Watch(bars.tell, bars.say)
    else:
        yield Watch(_Summary(len(pending)).tell, say)


class _Summary:
    """A line every few seconds, so that nobody takes a long run for a dead one; the report says the rest."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._wrong = total, 0, 0
        self._started = self._said = time.monotonic()
        self._lock = threading.Lock()

    def tell(self, outcome: Outcome) -> None:
        with self._lock:
            self._done += 1
            self._wrong += outcome.status not in FINE
            now = time.monotonic()
            if now - self._said < EVERY_S or self._done >= self._total:
                return
            self._said = now
        say(_progress(self._done, self._total, self._wrong, now - self._started))


class _Bars:
    """A bar for each wave: how many of how many, how many a second, how long to go."""

    def __init__(self, pending: Iterable[Change]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        rate = TextColumn("{task.fields[rate]}")
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate)
        self._bars = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))
        waves = Counter(map(wave_of, pending))
        self._tasks: dict[tuple[bool, str, bool], TaskID] = {
            wave: self._bars.add_task(_title(wave), total=total, rate="", start=False)
            for wave, total in waves.items()
        }
        self._started = dict.fromkeys(waves, 0.0)

    def __enter__(self) -> _Bars:
        self._bars.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._bars.stop()

    def say(self, text: str) -> None:
        if self._bars.live.is_started:
            self._bars.console.print(page([text]), markup=False, highlight=False, emoji=False)
        else:
            say(text)

    def tell(self, outcome: Outcome) -> None:
        if outcome.status in TOLD:
            self.say(outcome_text(outcome))
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


def _title(wave: Wave) -> str:
    kind = re.sub("[A-Z]", lambda capital: f" {capital[0].lower()}", wave.kind)
    return ("remove " if wave.removal else "") + kind + (" overrides" if wave.late else "")


def _progress(done: int, total: int, wrong: int, spent_s: float) -> str:
    rate = done / spent_s if spent_s > 0 else 0.0
    left = f", about {(total - done) / rate:.0f} s to go" if rate else ""
    failed = f", {wrong} not as wished" if wrong else ""
    return f"{done} of {total} changes{failed}, {rate:.0f}/s{left}"
