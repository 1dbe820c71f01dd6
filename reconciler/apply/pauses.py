"""How long the service is looked at again: after a write without an answer, and where reads lag behind."""

from __future__ import annotations

from collections.abc import Iterator

LOOKUP_S = 15.0  # how long an unanswered write is looked for
READ_BACK_S = 10.0  # how long reads may lag behind writes
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 4.0


def pauses(total_s: float) -> Iterator[float]:
    """Growing pauses that add up to about `total_s` seconds."""
    pause, spent = FIRST_PAUSE_S, 0.0
    while spent < total_s:
        yield pause
        spent += pause
        pause = min(pause * 2, LONGEST_PAUSE_S)
