"""Our threads do as the library's, and hold no process up."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

import pytest

from reconciler.client.threads import Pool, begun, result_of, wait_for

SOON_S = 30.0


def test_a_pool_gives_results_and_errors_to_who_waits() -> None:
    pool = Pool(2)
    assert [future.result(SOON_S) for future in [pool.submit(divmod, n, 3) for n in range(5)]] == [
        divmod(n, 3) for n in range(5)
    ]
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 1, 0).result(SOON_S)
    with pytest.raises(ZeroDivisionError):
        begun(divmod, 1, 0).result(SOON_S)
    pool.close()


def test_a_pool_has_no_more_threads_than_it_may() -> None:
    pool, both, third = Pool(2), threading.Barrier(3), threading.Event()
    first = [pool.submit(both.wait, SOON_S) for _ in range(2)]
    waiting = pool.submit(third.set)
    assert not third.is_set()
    both.wait(SOON_S)
    waiting.result(SOON_S)
    assert all(future.result(SOON_S) is not None for future in first)
    pool.close()


def test_what_waits_when_a_pool_is_closed_is_cancelled_and_so_is_what_comes_after() -> None:
    pool, go = Pool(1), threading.Event()
    running, waiting = pool.submit(go.wait, SOON_S), pool.submit(divmod, 1, 1)
    while not running.running():
        pass
    pool.close()
    go.set()
    assert running.result(SOON_S)
    for future in (waiting, pool.submit(divmod, 1, 1)):
        with pytest.raises(CancelledError):
            future.result(SOON_S)


def test_a_process_ends_while_its_threads_wait() -> None:
    code = "import threading; from reconciler.client.threads import *; "
    code += "Pool(1).submit(threading.Event().wait); begun(threading.Event().wait)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=2 * SOON_S)


@pytest.mark.parametrize("waiting", [result_of, lambda future: wait_for([future])])
def test_a_signal_that_woke_nobody_ends_a_wait_in_a_moment(waiting: Callable[[Future[None]], None]) -> None:
    silent = Future[None]()

    def signalled() -> None:
        time.sleep(0.1)  # until it is waited for
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)  # to this thread, so that no sleep ends
        if not heard.wait(SOON_S):
            silent.set_result(None)

    heard = threading.Event()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs behind a shell ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            begun(signalled)
            waiting(silent)
        assert not silent.done(), "heard before there was an answer"
    finally:
        heard.set()
        signal.signal(signal.SIGINT, before)


def test_what_a_call_raises_is_raised() -> None:
    def fail() -> None:
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        result_of(begun(fail))
