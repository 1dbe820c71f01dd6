"""The simulated clock: everything the server calls "now" is read here."""

from __future__ import annotations

import time
from datetime import datetime

from reconciler.simulator import instants


class Clock:
    """Runs at the pace of real time from where it was last set, or stands still while frozen."""

    def __init__(self, start: datetime | None) -> None:
        self._offset = 0
        self._frozen: int | None = None
        if start is not None:
            self.set(instants.from_datetime(start))

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return _real() + self._offset if self._frozen is None else self._frozen

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    def set(self, ms: int) -> None:
        self._offset = ms - _real()
        if self.frozen:
            self._frozen = ms

    def freeze(self, frozen: bool) -> None:
        now = self.now()
        self._frozen = now if frozen else None
        self.set(now)


def _real() -> int:
    return time.time_ns() // 1_000_000
