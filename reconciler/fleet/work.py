"""All runs that one worker has: begun when the engine gives them, given back when the worker is to stop."""

from __future__ import annotations

import threading
import time

from reconciler.fleet.engine import Order, Steps
from reconciler.fleet.execution import Execution, Tools, Why
from reconciler.fleet.places import Look, Place, note, place_of
from reconciler.fleet.runs import Begun, Ending, RunState, begin, end, put_back, release
from reconciler.fleet.store import Transaction


class Work:
    """What the engine calls for each run. For any thread."""

    def __init__(self, tools: Tools, worker: str) -> None:
        self._tools, self._worker = tools, worker
        self._running = dict[str, Execution]()
        self._is_draining = threading.Event()

    def __call__(self, workflow: str, order: Order, steps: Steps) -> None:
        if self._is_draining.is_set():
            release(self._tools.database, workflow)
            return
        place = place_of(self._tools.database, order.environment)
        bounds = self._tools.fleet.bounds(place.tenant or "") if place else self._tools.fleet.defaults
        begun = begin(self._tools.database, workflow, self._worker, bounds.attempts)
        if begun:
            self._carry_out(begun, place, steps)

    def drain(self) -> None:
        """Begin no more; those under way stop between two writes, and are given back."""
        self._is_draining.set()
        for execution in list(self._running.values()):
            execution.stop(Why.DRAINED, "")

    def watch(self) -> None:
        """Stop what somebody has cancelled, and what takes longer than it may."""
        running = list(self._running.values())
        for execution in running:
            timeout = self._tools.fleet.bounds(execution.place.tenant or "").timeout
            if time.monotonic() - execution.began > timeout.total_seconds():
                execution.stop(Why.LATE, f"took longer than {timeout.total_seconds() / 60:.0f} minutes")
        if running:
            rows = self._tools.database.rows(
                """SELECT id, cancel FROM welkin.run
                WHERE worker = :worker AND state = 'running' AND cancel IS NOT NULL""",
                worker=self._worker,
            )
            for row in rows:
                if (own := self._running.get(row["id"])) is not None:
                    own.stop(Why.CANCELLED, f"cancelled by {row['cancel']}")

    def _carry_out(self, begun: Begun, place: Place | None, steps: Steps) -> None:
        source = place and self._tools.fleet.source(place.source)
        if not (place and source):
            end(self._tools.database, begun, Ending(RunState.CANCELLED, message="its environment is gone"))
            return
        if place.barred and begun.revision == place.head:
            self._refuse(begun, place.barred)
            return
        execution = self._running[begun.id] = Execution(begun, place, source, self._tools)
        try:
            again_s = execution.carry_out(steps)
        finally:
            del self._running[begun.id]
            if execution.was_hurried and place.tenant:
                self._tools.reach.renew(place.tenant)
        if again_s is not None:
            put_back(self._tools.database, begun, again_s)

    def _refuse(self, begun: Begun, why: str) -> None:
        def refused(within: Transaction) -> None:
            if end(within, begun, Ending(RunState.FAILED, message=why)):
                note(within, begun, Look())

        self._tools.database.together(refused)
