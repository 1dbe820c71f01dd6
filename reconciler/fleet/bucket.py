"""A tenant's rate over all workers: turns are drawn from one row, as many as are used up in a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from reconciler.errors import DatabaseError
from reconciler.fleet.database import Database

PORTION_S = 1.0  # so much at a time, where it is used up
_HAIR_S = 1e-6
_DRAW = """
    INSERT INTO welkin.bucket AS known (key, free) VALUES (:key, :now + :after + :spent)
    ON CONFLICT (key) DO UPDATE SET
        free = :spent + CASE WHEN known.free > :now + :after THEN known.free ELSE :now + :after END
    RETURNING free - :spent - :now AS wait
"""


class Bucket:
    """What one process draws. Whoever calls seldom draws a turn at a time, and takes none from others."""

    def __init__(
        self, database: Database, tenant: str, rate: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Args: rate: calls a second, of all workers together; clock: monotonic."""
        self._database, self._tenant, self._clock = database, tenant, clock
        self._apart_s = 1 / rate
        self._most = max(1, int(rate * PORTION_S))
        self._lock = threading.Lock()
        self._portion, self._left = 1, 0
        self._next_at = self._ends_at = clock()

    def turn_s(self, after_s: float) -> float:
        """How long until a call that waits for at least `after_s` may go; its turn is taken with it."""
        with self._lock:
            now = self._clock()
            last_at = (
                self._ends_at - self._apart_s + _HAIR_S
            )  # what goes later is too near to the next portion
            if not self._left or max(self._next_at, now + after_s) > last_at:
                self._draw(after_s)
            turn = max(self._next_at, now + after_s)
            self._next_at, self._left = turn + self._apart_s, self._left - 1
            return turn - now

    def _draw(self, after_s: float) -> None:
        self._portion = min(self._most, self._portion * 2) if not self._left else 1
        spent = self._portion * self._apart_s
        try:
            (drawn,) = self._database.rows(_DRAW, key=self._tenant, after=after_s, spent=spent)
            begins_at = self._clock() + drawn["wait"]
        except DatabaseError:  # each for itself, until the runs notice as well
            begins_at = max(self._next_at, self._clock() + after_s)
        self._next_at, self._ends_at = begins_at, begins_at + spent
        self._left = self._portion
