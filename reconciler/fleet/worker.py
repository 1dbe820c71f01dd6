"""A worker: takes runs until it is told to stop, says that it lives, and in its turn sees to everybody's.

    Worker(fleet, database, Manner("w1"), work, tell).go_on(stop)    # until somebody sets `stop`

Its duties go on for ever, each at its own pace: a database that is away is waited for, and that is said once.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple, Protocol

from reconciler.errors import DatabaseDown, DatabaseError
from reconciler.fleet.database import Database
from reconciler.fleet.due import ask_for_all, ask_for_due
from reconciler.fleet.engine import Engine, Order, Steps, launched
from reconciler.fleet.feeding import AHEAD, feed
from reconciler.fleet.outbox import Event, News, put, send_due
from reconciler.fleet.polling import Polls
from reconciler.fleet.rescue import stranded, sweep
from reconciler.fleet.retention import Kept, prune
from reconciler.fleet.shape import Fleet
from reconciler.fleet.store import Transaction
from reconciler.fleet.workers import PROTOCOL, beat, enlist, leave, lost, workers

TURN_S, SCHEDULES_S, NOTICES_S, STRANDED_S, HOUR_S = 1.0, 5.0, 5.0, 15.0, 3600.0
LONGEST_BEAT_S = 5.0  # a living worker says so as often, also where its lease is long
ENGINES_S = 3600.0  # how long the engine knows what is over


class Manner(NamedTuple):
    """How a worker works.

    id: another one at each start. width: runs at a time. lease_s: how long it counts as alive after a sign of
    life. drain_s: how long runs may go on once it is to stop. everything_now: look at all at once.
    """

    id: str
    width: int = 8
    lease_s: float = 60.0
    drain_s: float = 300.0
    everything_now: bool = False
    protocol: str = PROTOCOL

    @property
    def engine(self) -> tuple[str, str, int]:
        """What the engine is told of it."""
        return self.id, self.protocol, self.width

    @property
    def beat_s(self) -> float:
        return min(LONGEST_BEAT_S, self.lease_s / 6)


class Work(Protocol):
    """The runs themselves."""

    def __call__(self, workflow: str, order: Order, steps: Steps) -> None: ...

    def drain(self) -> None: ...

    def watch(self) -> None: ...


class _Duty(NamedTuple):
    """What is done again and again. each_s: how often."""

    each_s: float
    do: Callable[[], None]


class Worker:
    def __init__(
        self,
        fleet: Fleet,
        database: Database,
        manner: Manner,
        work: Work,
        polls: Polls,
        tell: Callable[[str], None],
    ) -> None:
        """tell: takes a line for whoever watches."""
        self._fleet, self._database, self._manner = fleet, database, manner
        self._work, self._polls, self._tell = work, polls, tell
        self._steady_since = time.monotonic()  # since when the database was there whenever it was asked
        self._is_away = self._is_draining = False

    def go_on(self, stop: threading.Event) -> None:
        """Work until told to stop; then let what is under way stop between two writes, and give it back.

        Raises: DatabaseError: the database is not what it was, and won't be by waiting.
        """
        manner = self._manner
        with launched(self._database.address.url, *manner.engine, self._work) as queue:
            self._enlist()
            asides = [
                threading.Thread(target=self._poll, args=(stop,), name="sources", daemon=True),
                threading.Thread(target=self._notify, args=(stop,), name="notices", daemon=True),
                threading.Thread(target=self._see_to, args=(self._asides(queue), stop), name="turns"),
            ]
            for thread in asides:
                thread.start()
            try:
                self._take_turns([_Duty(manner.beat_s, self._beat), _Duty(TURN_S, self._work.watch)], stop)
            finally:
                stop.set()
                asides[-1].join()
                self._drain(queue)

    def _asides(self, queue: Engine) -> list[_Duty]:
        """What may take its time."""
        return [
            _Duty(TURN_S, lambda: self._lead(queue)),
            _Duty(STRANDED_S, lambda: self._find_stranded(queue)),
            _Duty(HOUR_S, lambda: self._tidy(queue)),
        ]

    def _take_turns(self, duties: list[_Duty], stop: threading.Event) -> None:
        next_at = [0.0] * len(duties)
        while not stop.is_set():
            for place, duty in enumerate(duties):
                now = time.monotonic()
                if now >= next_at[place]:
                    next_at[place] = now + duty.each_s
                    with self._patiently():
                        duty.do()
            stop.wait(TURN_S / 4)

    def _see_to(self, duties: list[_Duty], stop: threading.Event) -> None:
        """Take turns, whatever one of them meets: the engine has errors of its own."""
        while not stop.is_set():
            try:
                self._take_turns(duties, stop)
            except Exception as error:  # its words may hold data
                self._steady_since = time.monotonic()
                self._tell(f"looking after the runs ended early ({type(error).__name__}); trying again")
                stop.wait(SCHEDULES_S)

    @contextmanager
    def _patiently(self) -> Iterator[None]:
        """Wait for a database that is away; say once that it is, and that it is back."""
        try:
            yield
        except DatabaseDown as error:
            self._steady_since = time.monotonic()
            if not self._is_away:
                self._tell(f"{error}; waiting for it")
            self._is_away = True
        else:
            if self._is_away:
                self._tell("the database is there again")
            self._is_away = False

    def _beat(self) -> None:
        state = "draining" if self._is_draining else "alive"
        began = time.monotonic()
        if not beat(self._database, self._manner.id, self._manner.lease_s, state):
            raise DatabaseError("the database was made anew, and knows this worker no more")
        if time.monotonic() - began > self._manner.beat_s:  # it was away meanwhile, for the others, too
            self._steady_since = time.monotonic()

    def _enlist(self) -> None:
        manner = self._manner
        enlist(self._database, manner.id, manner.width, manner.lease_s, manner.protocol)

    def _lead(self, queue: Engine) -> None:
        """See to all workers' runs, if nobody else does just now."""
        if self._database.is_embedded:  # there is one worker; and a transaction would keep out the engine
            self._see_to_all(queue)
            return
        with self._database.transaction() as turn:
            if turn.holds("leading"):
                self._see_to_all(queue)

    def _see_to_all(self, queue: Engine) -> None:
        crew = [worker for worker in workers(self._database) if worker.is_alive]
        own = [worker for worker in crew if worker.protocol == self._manner.protocol]
        if any(int(worker.protocol) > int(self._manner.protocol) for worker in crew):
            return  # theirs is what is to be run from now on
        # After an outage all are given the time to say that they live.
        is_steady = time.monotonic() - self._steady_since > 2 * self._manner.beat_s
        held = sweep(self._database, queue, crew) if is_steady else queue.held()
        if is_steady:
            self._note_lost()
        width = sum(worker.width for worker in own if not worker.is_draining)
        concurrency = self._fleet.bounds
        feed(
            self._database,
            queue,
            self._manner.protocol,
            AHEAD * width - len(held),
            lambda tenant: concurrency(tenant or "").concurrency,
        )
        if time.monotonic() >= self._schedules_at:
            self._schedules_at = time.monotonic() + SCHEDULES_S
            ask_for_due(self._database, self._fleet)

    _schedules_at = 0.0

    def _find_stranded(self, queue: Engine) -> None:
        stranded(queue, self._manner.id, queue.working, self._database.now())

    def _tidy(self, queue: Engine) -> None:
        prune(self._database, Kept(self._fleet.keep_runs, self._fleet.keep_plans))
        while some := queue.ended_before(self._database.now() - ENGINES_S):
            queue.forget(some)
        self._polls.sweep()

    def _poll(self, stop: threading.Event) -> None:
        with suppress(DatabaseError):
            self._polls.look()
            if self._manner.everything_now:
                ask_for_all(self._database)
        self._polls.go_on(stop)

    def _notify(self, stop: threading.Event) -> None:
        """Send what somebody asked to be told of; slow receivers keep up nothing else."""
        while self._fleet.notify and not stop.wait(NOTICES_S):
            with self._patiently():
                for line in send_due(self._database, self._fleet, os.environ):
                    self._tell(line)

    def _note_lost(self) -> None:
        """Have it told that workers have died."""

        def told(within: Transaction) -> None:
            for name in lost(within):
                put(within, self._fleet, News(Event.WORKER_LOST, None, f"worker {name}", ""))

        self._database.together(told)

    def _drain(self, queue: Engine) -> None:
        """Take no more; give back what stops, and leave the rest to whoever sweeps."""
        self._is_draining = True
        queue.take_no_more()
        self._work.drain()
        ends_at = time.monotonic() + self._manner.drain_s
        with suppress(DatabaseError):
            self._beat()
            while queue.working and time.monotonic() < ends_at:
                time.sleep(TURN_S / 10)
                self._beat()
            leave(self._database, self._manner.id)
