"""Threads that hold nobody up: a process ends though they wait for the network, unlike with the library's."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, wait
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
SLICE_S = 0.2
_ARENA_MAX = -8  # glibc's name for it is M_ARENA_MAX (malloc.h)


class Job(NamedTuple):
    """A call, and where what comes of it goes."""

    future: Future[Any]
    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    def run(self) -> None:
        if self.future.set_running_or_notify_cancel():
            try:
                self.future.set_result(self.function(*self.arguments))
            except BaseException as error:  # it is for whoever waits
                self.future.set_exception(error)


def begun(function: Callable[..., T], *arguments: Any) -> Future[T]:
    """Call a function in a thread of its own."""
    future = Future[T]()
    threading.Thread(target=Job(future, function, arguments).run, daemon=True).start()
    return future


def wait_for(futures: Collection[Future[Any]]) -> None:
    """Wait until all calls have ended; in slices.

    A signal that falls into the moment in which the main thread goes to sleep wakes nobody: what handles it
    would be called when the service answers, and not before. One that is called off has ended: nobody need
    have noticed.
    """
    while not all(future.done() for future in futures):
        wait(futures, SLICE_S)


def result_of(future: Future[T]) -> T:
    """What comes of a call, once it has ended. Raises: what the call raised."""
    if not future.done():
        wait_for([future])
    return future.result()


def share_one_heap() -> None:
    """Let all threads take memory from one heap: glibc gives each its own, which keeps what it took at most,
    so that ten threads with an answer each hold on to all of them (16 MiB at pages of 1,000)."""
    with suppress(AttributeError, OSError, TypeError):  # only there is such a switch, and need of one
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


class Pool:
    """Calls functions in so many threads, which come with the first calls."""

    def __init__(self, size: int) -> None:
        share_one_heap()
        self._size, self._threads = size, 0
        self._jobs = SimpleQueue[Job | None]()
        self._lock, self._closed = threading.Lock(), False

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Call a function as soon as a thread is free; what waits can be cancelled."""
        future = Future[T]()
        if self._closed:
            future.cancel()
            return future
        self._jobs.put(Job(future, function, arguments))
        with self._lock:
            if self._threads < self._size:
                self._threads += 1
                threading.Thread(target=self._work, daemon=True).start()
        return future

    def close(self) -> None:
        """Cancel what waits, and let the threads go; what is under way ends by itself."""
        self._closed = True
        for job in self._waiting():
            if job:
                job.future.cancel()
        for _ in range(self._threads):
            self._jobs.put(None)

    def _waiting(self) -> Iterator[Job | None]:
        with suppress(Empty):
            while True:
                yield self._jobs.get_nowait()

    def _work(self) -> None:
        while job := self._jobs.get():
            job.run()
            del job  # it may be long until the next, and this one's answer large
