"""Sends requests: token, repeats where they do no harm, counts, one log line per call.

Repeats by meaning (api-facts 3): a read on almost anything; a write only where it was certainly not
processed (no connection, 401, 429). Whoever gets NoAnswer or ServerError for a write looks it up. That holds
for a 503 too, even with a `Retry-After`: any proxy on the way may answer so after the service has worked, and
nobody has seen what the service itself does (api-facts 14); but it slows all of us down like a 429.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

from reconciler.client.answers import Answer, parse
from reconciler.client.limiter import Limiter
from reconciler.client.tokens import TokenSource
from reconciler.client.transport import Transport
from reconciler.errors import ApiError, NoAnswer, Unreachable, Untrusted
from reconciler.model import Request
from reconciler.routes import is_read, shown
from reconciler.settings import Connection

ATTEMPTS = 4
ATTEMPTS_WHEN_FAST = 8  # of a 429: nothing is wrong, it is only a matter of time
FIRST_WAIT_S, LONGEST_PAUSE_S = 0.5, 15.0
LONGEST_WAIT_S = 60.0  # a longer Retry-After ends the attempts instead
_TOO_FAST = frozenset({429, 503})
_REPEATED_READS = frozenset({429, 500, 502, 503, 504})

log = logging.getLogger("reconciler")


class Session:
    """One token, one pool of connections and of threads; safe to share between threads."""

    def __init__(
        self,
        connection: Connection,
        *,
        parallelism: int,
        rate: float | None,
        timeouts: tuple[float, float],
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._transport = Transport(connection.api_url, timeouts=timeouts, width=parallelism + 1)
        self._tokens = TokenSource(connection, self._insist, clock)
        self._limiter = Limiter(parallelism, rate, sleep=sleep, clock=clock)
        self._sleep, self._parallelism = sleep, parallelism
        self._threads = ThreadPoolExecutor(parallelism, "welkin")
        self._lock = threading.Lock()
        self.reads = self.writes = 0

    @property
    def client_ids(self) -> frozenset[str]:
        return self._tokens.client_ids

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._transport.close()

    def send(self, request: Request, note: Callable[[int], None] | None = None) -> Any:
        """Send one request and return the parsed JSON of its 2xx; None for an empty body.

        note: told the status, once there is a final one.
        """
        token = self._tokens.get()
        answer = self._insist(request, token)
        if answer.status == 401:
            answer = self._insist(request, self._tokens.renew(token))
        if note:
            note(answer.status)
        return parse(request, answer)

    def send_all(self, requests: Iterable[Request]) -> Iterator[Any]:
        """Send concurrently, yield the answers in order; holds only a few more than it has threads."""
        waiting: deque[Future[Any]] = deque()
        futures = (self._threads.submit(self.send, request) for request in requests)
        try:
            waiting.extend(islice(futures, self._parallelism + 2))
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(islice(futures, 1))
        finally:
            for future in waiting:
                future.cancel()

    def _insist(self, request: Request, bearer: str | None = None) -> Answer:
        """Send until there is an answer to be final about, or patience ends."""
        repeatable = bearer is None or is_read(request)  # a token may be asked for twice
        for attempt in range(ATTEMPTS_WHEN_FAST):
            last = attempt >= ATTEMPTS - 1
            wait = min(FIRST_WAIT_S * 2**attempt, LONGEST_PAUSE_S) * random.uniform(0.5, 1)
            try:
                answer = self._once(request, bearer, rested=attempt > 0)
            except (Unreachable, NoAnswer) as error:
                hopeless = isinstance(error, Untrusted)
                if last or hopeless or not (repeatable or isinstance(error, Unreachable)):
                    raise
            else:
                last = attempt == ATTEMPTS_WHEN_FAST - 1 if answer.status == 429 else last
                if last or not _passing(answer, repeatable, with_token=bearer is not None):
                    return answer
                asked = _retry_after(answer)
                if asked > LONGEST_WAIT_S:
                    return answer
                wait = max(wait, asked)
            log.debug("%s: again in %.1f s", shown(request), wait)
            self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, request: Request, bearer: str | None, rested: bool) -> Answer:
        with self._limiter.admitted(rested) as went_at:
            if bearer is None:
                self._tokens.permit()
            self._count(request, bearer)
            started = time.perf_counter()
            try:
                answer = self._transport.exchange(request, bearer)
            except ApiError as error:
                log.info("%s %s %.0f ms", shown(request), type(error).__name__, _ms_since(started))
                raise
        log.info("%s %d %.0f ms", shown(request), answer.status, _ms_since(started))
        if answer.status in _TOO_FAST:
            self._limiter.too_fast(went_at, min(_retry_after(answer), LONGEST_WAIT_S))
        else:
            self._limiter.went_well()
        return answer

    def _count(self, request: Request, bearer: str | None) -> None:
        # A token changes nothing in the service: its call counts as a read.
        with self._lock:
            if bearer is None or is_read(request):
                self.reads += 1
            else:
                self.writes += 1


def _passing(answer: Answer, repeatable: bool, *, with_token: bool) -> bool:
    """Whether the same request may well be answered otherwise in a moment, and repeating it does no harm."""
    if answer.status == 429:
        return with_token  # on the token's route it means a block of minutes
    return repeatable and (answer.status in _REPEATED_READS or (answer.status > 500 and answer.is_page))


def _retry_after(answer: Answer) -> float:
    """Seconds that a `Retry-After` asks for, in either of its forms; 0 without one or with nonsense."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        # By the service's own clock, should ours be wrong.
        now = parsedate_to_datetime(answer.headers["Date"]) if "Date" in answer.headers else datetime.now(UTC)
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
