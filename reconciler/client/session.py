"""Sends requests over a line: repeats where they do no harm, counts, one log line per call.

Repeats by meaning: a read on almost anything; a write only where it was certainly not
processed (no connection, 401, 429). Whoever gets NoAnswer or ServerError for a write looks it up. That holds
for a 503 too, even with a `Retry-After`: any proxy on the way may answer so after the service has worked, and
nobody has seen what the service itself does; but it slows all of us down like a 429.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import count, islice

from reconciler.client.answers import Answer, parse
from reconciler.client.connection import Connection
from reconciler.client.guard import UNGUARDED
from reconciler.client.line import Line
from reconciler.client.patience import PATIENCE_S, Result, retry_after
from reconciler.client.threads import result_of
from reconciler.errors import ApiError, Interrupted
from reconciler.model import Request
from reconciler.routes import is_read, shown

_TOO_FAST = frozenset({429, 503})

log = logging.getLogger("reconciler")


class Session:
    """One client's calls over a line, counted apart from others'; safe to share between threads."""

    def __init__(self, connection: Connection, line: Line) -> None:
        self.line = line
        self.guard = UNGUARDED
        self._tokens = line.tokens(connection, self._insist)
        self._lock = threading.Lock()
        self._out: dict[int, Request] = {}  # by thread
        self.reads = self.writes = 0
        self.answers = Counter[int]()

    @property
    def client_ids(self) -> frozenset[str]:
        return self._tokens.client_ids

    @property
    def under_way(self) -> Request | None:
        """The request that has been without an answer for longest."""
        return next(iter(list(self._out.values())), None)

    def send(
        self, request: Request, note: Callable[[int], None] | None = None, form: type | None = None
    ) -> object:
        """Send one request and return the parsed JSON of its 2xx; None for an empty body.

        note: told the status, once there is a final one. form: what is read of it.
        """
        answer = self._answer(request)
        if note:
            note(answer.status)
        return parse(request, answer, form)

    def send_all(self, requests: Iterable[Request], form: type | None = None) -> Iterator[object]:
        """Send concurrently, yield the answers in order; holds only a few more than it has threads.

        Parsed where they are taken: at once it goes no faster, and each thread would keep the memory of it.
        """
        waiting: deque[tuple[Request, Future[Answer]]] = deque()
        sent = ((request, self.line.threads.submit(self._answer, request)) for request in requests)
        try:
            waiting.extend(islice(sent, self.line.parallelism + 2))
            while waiting:
                request, future = waiting.popleft()
                yield parse(request, result_of(future), form)
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
            began = self.line.clock()
            result = self._once(request, bearer, rested=attempt > 1)
            spent += self.line.clock() - began
            wait = self.line.waits.wait(result, attempt, spent, repeatable=repeatable, token=bearer is None)
            if not wait:
                break
            spent += wait
            log.debug("%s: again after %.1f s", shown(request), wait)
        if isinstance(result, ApiError):
            raise result
        return result

    def _once(self, request: Request, bearer: str | None, rested: bool) -> Result:
        """One attempt: the answer, or the error instead of one."""
        with self.line.limiter.admitted(rested) as went_at:
            if self.line.stopped:
                raise Interrupted("interrupted")
            if bearer is None:
                self._tokens.permit()
            self._count(request, bearer)
            started = time.perf_counter()
            self._out[threading.get_ident()] = request
            try:
                answer = self.line.transport.exchange(request, bearer, self.guard)
            except ApiError as error:
                log.info("%s %s %.0f ms", shown(request), type(error).__name__, _ms_since(started))
                return error
            finally:
                del self._out[threading.get_ident()]
        log.info("%s %d %.0f ms", shown(request), answer.status, _ms_since(started))
        with self._lock:
            self.answers[answer.status] += 1
        if answer.status in _TOO_FAST:
            asked = retry_after(answer)
            self.line.limiter.too_fast(went_at, 0.0 if self.line.waits.ended or asked > PATIENCE_S else asked)
        else:
            self.line.limiter.went_well()
            self.line.waits.went_well()
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
