"""The way to one tenant's service, which clients may share: connections, threads, token, pace, patience."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

from reconciler.client.answers import Answer
from reconciler.client.connection import Connection
from reconciler.client.limiter import Limiter, Pace
from reconciler.client.patience import Patience, Waits
from reconciler.client.threads import Pool, result_of
from reconciler.client.tokens import TokenSource
from reconciler.client.transport import Transport
from reconciler.model import Request

SLICE_S = 0.1
PATIENT = Patience()
T = TypeVar("T")


class Once:
    """Reads that several clients share: who asks second waits for the first. Until something is written."""

    def __init__(self, keeps: bool) -> None:
        self._keeps = keeps
        self._found = dict[Hashable, Future[Any]]()
        self._lock = threading.Lock()

    def of(self, key: Hashable, read: Callable[[], T]) -> T:
        """What `read` returns, or raises, to whoever asked for this key first."""
        if not self._keeps:
            return read()
        with self._lock:
            is_first = key not in self._found
            future: Future[T] = self._found.setdefault(key, Future())
        if is_first:
            try:
                future.set_result(read())
            except BaseException as error:  # it is for all who wait
                future.set_exception(error)
        return result_of(future)

    def forget(self) -> None:
        """From now on everybody reads afresh."""
        self._keeps = False


class Line:
    """What clients of one tenant at one service share. Close it once all of them are done."""

    def __init__(
        self,
        api_url: str,
        *,
        parallelism: int = 8,
        rate: float | None = None,
        patience: Patience = PATIENT,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[str], None] = lambda line: None,
        shared: bool = False,
        pace: Pace | None = None,
    ) -> None:
        """Args: shared: there will be several clients, which need not read the tenant's users twice.
        pace: gives calls their turns in place of `rate`, where others call as well.
        The others are as of `Client`, for all clients together."""
        self.parallelism, self.patience, self.clock = parallelism, patience, clock
        sleep = patience.pauses or self._nap
        self.transport = Transport(
            api_url, timeouts=patience.timeouts, total_s=patience.total_s, width=parallelism + 1
        )
        self.limiter = Limiter(parallelism, rate, sleep=sleep, clock=clock, pace=pace)
        self.waits = Waits(self.transport.where, sleep=sleep, clock=clock, tell=tell)
        self.threads = Pool(parallelism)
        self.once = Once(shared)
        self.stopped = False
        self._tokens = dict[tuple[str, str, str], TokenSource]()
        self._lock = threading.Lock()

    def tokens(self, connection: Connection, ask: Callable[[Request], Answer]) -> TokenSource:
        """Where the token of an API client comes from; `ask` sends for it, if it is the first to come."""
        client = connection.tenant, connection.client, connection.secret
        with self._lock:
            if client not in self._tokens:
                self._tokens[client] = TokenSource(connection, ask, self.clock)
            return self._tokens[client]

    def close(self) -> None:
        """Let go of connections and threads; a request in flight ends by itself."""
        self.threads.close()
        self.transport.close()

    def stop(self) -> None:
        """Send nothing more: whoever asks gets Interrupted, also who waits. From anywhere."""
        self.stopped = True
        self.waits.lose()

    def _nap(self, seconds: float) -> None:
        """Sleep, but no longer than patience lasts; in slices, for a signal's handler must take no lock."""
        end = time.monotonic() + seconds
        while not self.waits.lost and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, SLICE_S))
