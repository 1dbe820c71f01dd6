"""Sends requests: token, repeats where they do no harm, counts, one log line per call.

Repeats by meaning (api-facts 3): a read on almost anything; a write only where it was certainly not
processed (no connection, 401, 429). Whoever gets NoAnswer or ServerError for a write looks it up. That holds
for a 503 too, even with a `Retry-After`: any proxy on the way may answer so after the service has worked, and
nobody has seen what the service itself does (api-facts 14); but it slows all of us down like a 429.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import count, islice

from reconciler.client.answers import Answer, parse
from reconciler.client.connection import Connection
from reconciler.client.limiter import Limiter
from reconciler.client.patience import PATIENCE_S, Patience, Result, Waits, retry_after
from reconciler.client.threads import Pool
from reconciler.client.tokens import TokenSource
from reconciler.client.transport import Transport
from reconciler.errors import ApiError, Interrupted
from reconciler.model import Request
from reconciler.routes import is_read, shown

SLICE_S = 0.1
_TOO_FAST = frozenset({429, 503})

log = logging.getLogger("reconciler")


class Session:
    """One token, one pool of connections and of threads; safe to share between threads."""

    def __init__(
        self,
        connection: Connection,
        *,
        parallelism: int,
        rate: float | None,
        patience: Patience,
        clock: Callable[[], float],
        tell: Callable[[str], None],
    ) -> None:
        sleep = patience.pauses or self._nap
        self._transport = Transport(
            connection.api_url,
            timeouts=patience.timeouts,
            total_s=patience.total_s,
            width=parallelism + 1,
        )
        self._tokens = TokenSource(connection, self._insist, clock)
        self._limiter = Limiter(parallelism, rate, sleep=sleep, clock=clock)
        self._waits = Waits(self._transport.where, sleep=sleep, clock=clock, tell=tell)
        self._clock, self._parallelism = clock, parallelism
        self._threads = Pool(parallelism)
        self._lock = threading.Lock()
        self._out: dict[int, Request] = {}  # by thread
        self._stopped = False
        self.reads = self.writes = 0

    @property
    def client_ids(self) -> frozenset[str]:
        return self._tokens.client_ids

    @property
    def under_way(self) -> Request | None:
        """The request that has been without an answer for longest."""
        return next(iter(list(self._out.values())), None)

    def close(self) -> None:
        self._threads.close()
        self._transport.close()

    def hurry(self) -> None:
        self._waits.lose()

    def stop(self) -> None:
        self._stopped = True
        self._waits.lose()

    def _nap(self, seconds: float) -> None:
        """Sleep, but no longer than patience lasts; in slices, for a signal's handler must take no lock."""
        end = time.monotonic() + seconds
        while not self._waits.lost and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, SLICE_S))

    def send(self, request: Request, note: Callable[[int], None] | None = None) -> object:
        """Send one request and return the parsed JSON of its 2xx; None for an empty body.

        note: told the status, once there is a final one.
        """
        answer = self._answer(request)
        if note:
            note(answer.status)
        return parse(request, answer)

    def send_all(self, requests: Iterable[Request]) -> Iterator[object]:
        """Send concurrently, yield the answers in order; holds only a few more than it has threads.

        Parsed where they are taken: at once it goes no faster, and each thread would keep the memory of it.
        """
        waiting: deque[tuple[Request, Future[Answer]]] = deque()
        sent = ((request, self._threads.submit(self._answer, request)) for request in requests)
        try:
            waiting.extend(islice(sent, self._parallelism + 2))
            while waiting:
                request, future = waiting.popleft()
                yield parse(request, future.result())
                waiting.extend(islice(sent, 1))
        finally:
            for _, future in waiting:
                future.cancel()

    def _answer(self, request: Request) -> Answer:
        token = self._tokens.get()
        answer = self._insist(request, token)
        return self._insist(request, self._tokens.renew(token)) if answer.status == 401 else answer

    def _insist(self, request: Request, bearer: str | None = None) -> Answer:
        """Send until there is an answer to be final about, or patience ends."""
        repeatable = bearer is None or is_read(request)  # a token may be asked for twice
        spent = 0.0
        for attempt in count(1):
            began = self._clock()
            result = self._once(request, bearer, rested=attempt > 1)
            spent += self._clock() - began
            wait = self._waits.wait(result, attempt, spent, repeatable=repeatable, token=bearer is None)
            if not wait:
                break
            spent += wait
            log.debug("%s: again after %.1f s", shown(request), wait)
        if isinstance(result, ApiError):
            raise result
        return result

    def _once(self, request: Request, bearer: str | None, rested: bool) -> Result:
        """One attempt: the answer, or the error instead of one."""
        with self._limiter.admitted(rested) as went_at:
            if self._stopped:
                raise Interrupted("interrupted")
            if bearer is None:
                self._tokens.permit()
            self._count(request, bearer)
            started = time.perf_counter()
            self._out[threading.get_ident()] = request
            try:
                answer = self._transport.exchange(request, bearer)
            except ApiError as error:
                log.info("%s %s %.0f ms", shown(request), type(error).__name__, _ms_since(started))
                return error
            finally:
                del self._out[threading.get_ident()]
        log.info("%s %d %.0f ms", shown(request), answer.status, _ms_since(started))
        if answer.status in _TOO_FAST:
            asked = retry_after(answer)
            self._limiter.too_fast(went_at, 0.0 if self._waits.ended or asked > PATIENCE_S else asked)
        else:
            self._limiter.went_well()
            self._waits.went_well()
        return answer

    def _count(self, request: Request, bearer: str | None) -> None:
        # A token changes nothing in the service: its call counts as a read.
        with self._lock:
            if bearer is None or is_read(request):
                self.reads += 1
            else:
                self.writes += 1


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
