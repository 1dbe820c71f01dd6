"""How many requests are under way, and how fast they follow: one limiter for all threads of a client.

As TCP does it (RFC 5681): a refusal for haste halves what may be under way at once, answers that go well let
it grow again by one a round. What the service asks for with `Retry-After` holds for every thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Pace = Callable[[float], float]  # how long until a call that waits for so long anyway may go; takes its turn


class Limiter:
    """Admits requests.

    width: how many may be under way now; between 1 and `most`.
    """

    def __init__(
        self,
        most: int,
        rate: float | None,
        *,
        sleep: Callable[[float], object],
        clock: Callable[[], float],
        pace: Pace | None = None,
    ) -> None:
        """Args: rate: requests a second at most, all threads together; clock: monotonic, in seconds.
        pace: gives turns in place of a rate, where others than this limiter's threads call, too."""
        self.most, self.rate, self._pace = most, rate, pace
        self.width = float(most)
        self._sleep, self._clock = sleep, clock
        self._room = threading.Condition()
        self._under_way = 0
        self._resume_at = self._next_at = self._halved_at = clock()

    @contextmanager
    def admitted(self, rested: bool = False) -> Iterator[float]:
        """Wait until a request may go, and count it until it is answered; gives the moment it went.

        rested: it has waited by itself for as long as the service asked.
        """
        with self._room:
            self._room.wait_for(lambda: self._under_way < max(1, int(self.width)))
            self._under_way += 1
        try:
            wait = self._wait_s(rested)
            if self._pace:
                wait = self._pace(wait)
            if wait > 0:
                self._sleep(wait)
            yield self._clock()
        finally:
            with self._room:
                self._under_way -= 1
                self._room.notify()

    def went_well(self) -> None:
        """Let one more at once, after a round of good answers."""
        if self.width < self.most:
            with self._room:
                self.width = min(self.most, self.width + 1 / self.width)
                self._room.notify()

    def too_fast(self, went_at: float, wait_s: float) -> None:
        """Halve what may be under way; nobody goes before `wait_s` are over.

        Requests that went before the last halving complain of the same haste: they halve no more.
        """
        with self._room:
            now = self._clock()
            self._resume_at = max(self._resume_at, now + wait_s)
            if went_at >= self._halved_at:
                self.width, self._halved_at = max(1.0, self.width / 2), now

    def _wait_s(self, rested: bool) -> float:
        """How long this request has to wait for its turn; the turn is taken with it."""
        with self._room:
            now = self._clock()
            turn = now if rested else max(now, self._resume_at)
            if self.rate and not self._pace:
                turn = max(turn, self._next_at)
                self._next_at = turn + 1 / self.rate
            return turn - now
