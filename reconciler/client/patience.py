"""How long the service may keep us waiting, and what is said of it while it lasts."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from reconciler.client.answers import Answer
from reconciler.errors import ApiError, NoAnswer, OutOfBounds, Unreachable, Untrusted

ATTEMPTS = 4
ATTEMPTS_WHEN_FAST = 8  # of a 429: nothing is wrong, it is only a matter of time
FIRST_WAIT_S, LONGEST_PAUSE_S = 0.5, 15.0
PATIENCE_S = 360.0  # with one request, over all its repeats
SILENT_S = 2.0  # waiting up to this is nobody's concern
_REPEATED_READS = frozenset({429, 500, 502, 503, 504})

Result = Answer | ApiError  # of one attempt


@dataclass(frozen=True, slots=True)
class Patience:
    """How long whoever asks the service is ready to wait; to be less patient, hand another one to the client.

    pauses: spends the seconds between two attempts or two looks; without one they end when a run is stopped.
    timeouts: seconds to connect; between two pieces of an answer.
    total_s: of one exchange in all, however its pieces come.
    """

    pauses: Callable[[float], object] | None = None
    timeouts: tuple[float, float] = (5.0, 30.0)
    total_s: float = 60.0


class Waits:
    """What the threads of a client know together: whether waiting still helps, and what was said last.

    Where one request waited in vain until its patience ended, the next ones are asked once each: else a run
    of a thousand requests would be a thousand times as patient. An answer that goes well makes it good again.
    `ended`: whether that is so; `lost`: for good, as a person wants us to stop.
    """

    def __init__(
        self,
        where: str,
        *,
        sleep: Callable[[float], object],
        clock: Callable[[], float],
        tell: Callable[[str], None],
    ) -> None:
        """Args: where: the service's host and port; tell: takes a line for whoever watches."""
        self._where, self._sleep, self._clock, self._tell = where, sleep, clock, tell
        self._lock = threading.Lock()
        self._quiet_until = clock()
        self.ended = self.lost = False

    def went_well(self) -> None:
        self.ended = False

    def lose(self) -> None:
        self.lost = True

    def wait(self, result: Result, attempt: int, spent_s: float, *, repeatable: bool, token: bool) -> float:
        """Wait before one more attempt, and return for how long; 0 where this result is the last.

        Args:
            attempt: how many there were.
            spent_s: how long this request has taken so far, its waits included.
            repeatable: whether a repeat does no harm, whatever became of this one.
            token: whether the request is the token's, where a 429 means a block of minutes.
        """
        if not _may_pass(result, repeatable=repeatable, token=token):
            return 0.0
        fast = isinstance(result, Answer) and result.status == 429
        wait = max(_backoff(attempt), retry_after(result) if isinstance(result, Answer) else 0.0)
        over = spent_s + wait > PATIENCE_S
        last = over or attempt >= (ATTEMPTS_WHEN_FAST if fast else ATTEMPTS)
        # Failures of one route say little of the others; haste and absence are the whole service's.
        if over or (last and (fast or isinstance(result, Unreachable))):
            self.ended = True
        if last or self.ended or self.lost:
            return 0.0
        if isinstance(result, Unreachable) or spent_s + wait >= SILENT_S:
            self._say(self._words(result, attempt, wait), wait)
        self._sleep(wait)
        return 0.0 if self.lost else wait

    def _say(self, text: str, wait: float) -> None:
        """Tell it, unless another thread has just told the same of itself."""
        with self._lock:
            now = self._clock()
            if now < self._quiet_until:
                return
            self._quiet_until = now + wait
        self._tell(text)

    def _words(self, result: Result, attempt: int, wait: float) -> str:
        if isinstance(result, ApiError):
            return f"{result.happened}; retrying {attempt + 1}/{ATTEMPTS}"
        if retry_after(result) or result.status == 429:
            asks = "the service asks us to wait"
            return f"{asks}, {wait:.0f} s ({self._where} answered {result.status})"
        return f"{self._where} answered {result.status}; retrying {attempt + 1}/{ATTEMPTS} in {wait:.0f} s"


def retry_after(answer: Answer) -> float:
    """Seconds that a `Retry-After` asks for, in either of its forms; 0 without one or with nonsense."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        # By the service's own clock, should ours be wrong.
        now = parsedate_to_datetime(answer.headers["Date"]) if "Date" in answer.headers else datetime.now(UTC)
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _may_pass(result: Result, *, repeatable: bool, token: bool) -> bool:
    """Whether the same request may well end otherwise in a moment, and repeating it does no harm."""
    if isinstance(result, Untrusted | OutOfBounds):
        return False
    if isinstance(result, ApiError):
        return isinstance(result, Unreachable) or (repeatable and isinstance(result, NoAnswer))
    if result.status == 429:
        return not token
    return repeatable and (result.status in _REPEATED_READS or (result.status > 500 and result.is_page))


def _backoff(attempt: int) -> float:
    longest: float = min(FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_PAUSE_S)
    return longest * random.uniform(0.5, 1)
