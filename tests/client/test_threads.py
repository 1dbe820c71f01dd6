"""What waits for other threads hears of a signal that woke nobody."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from reconciler.client.threads import begun, result_of, wait_for


@pytest.mark.parametrize("waiting", [result_of, lambda future: wait_for([future])])
def test_a_signal_that_woke_nobody_ends_a_wait_in_a_moment(waiting: Callable[[Future[None]], None]) -> None:
    silent = Future[None]()

    def signalled() -> None:
        time.sleep(0.1)  # until it is waited for
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)  # to this thread, so that no sleep ends
        if not heard.wait(30):
            silent.set_result(None)

    heard = threading.Event()
    try:
        begun(signalled)
        with pytest.raises(KeyboardInterrupt):
            waiting(silent)
        assert not silent.done(), "heard before there was an answer"
    finally:
        heard.set()


def test_what_a_call_raises_is_raised() -> None:
    def fail() -> None:
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        result_of(begun(fail))
