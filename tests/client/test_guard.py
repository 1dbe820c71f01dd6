"""What stands before a run's writes: asked when the connection stands, before each repeat, not for reads."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from reconciler import routes
from reconciler.client import Client, Guard
from reconciler.client.connection import Connection
from reconciler.errors import Fenced, NoAnswer, OutOfBounds
from tests.conftest import Simulate
from tests.support.cli import IMPATIENT, SECRET
from tests.support.service import Service as Welkin


@pytest.fixture
def service(simulate_service: Simulate) -> Welkin:
    return simulate_service()


@pytest.fixture
def client(service: Welkin) -> Iterator[Client]:
    with Client(Connection(service.url, "gh", "sb-demo", "TESTS", SECRET), patience=IMPATIENT) as client:
        service.forget()
        yield client


BODY = {"username": "ann", "email": "ann@example.org"}


def test_what_may_not_be_written_does_not_leave(client: Client, service: Welkin) -> None:
    def never() -> None:
        raise Fenced("over")

    client.guard(Guard("run/1/2", never))
    assert client.users.get("ann") is None  # reads go
    with pytest.raises(Fenced):
        client.users.create(BODY)
    calls = service.calls()
    assert [call.method for call in calls if "api_clients" not in call.path] == ["GET"]
    assert calls[-1].agent.endswith(" run/1/2")
    client.guard(Guard())
    client.users.create(BODY)
    assert "run" not in service.calls()[-1].agent


def test_each_repeat_asks_again(client: Client, service: Welkin) -> None:
    asked = list[int]()
    client.guard(Guard(may_write=lambda: asked.append(1)))
    service.fault("429:POST:/admin/users:2")
    client.users.create(BODY)
    assert len([call for call in service.calls() if call.route == "POST users"]) == 3
    assert len(asked) >= 3


def test_a_run_that_is_over_by_the_repeat_sends_it_no_more(client: Client, service: Welkin) -> None:
    asked = list[int]()

    def once() -> None:
        asked.append(1)
        if any(call.status == 429 for call in service.calls()):
            raise Fenced("over")

    client.guard(Guard(may_write=once))
    service.fault("429:POST:/admin/users:2")
    with pytest.raises(Fenced):
        client.users.create(BODY)
    assert len([call for call in service.calls() if call.route == "POST users"]) == 1


class Silent:
    """A server that takes connections and says nothing; knows what bytes came."""

    def __init__(self) -> None:
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.sock.getsockname()[1]}"
        self.open = list[socket.socket]()
        self.came = b""
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                taken, _ = self.sock.accept()
            except OSError:
                return
            self.open.append(taken)
            self.came += taken.recv(65536)

    def close(self) -> None:
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        for each in self.open:
            each.close()
        self.thread.join(5)


@pytest.fixture
def silent() -> Iterator[Silent]:
    server = Silent()
    yield server
    server.close()


def exchange(silent: Silent, guard: Guard) -> None:
    from reconciler.client.transport import Transport

    transport = Transport(silent.url, timeouts=(5.0, 30.0), total_s=60.0, width=1)
    try:
        transport.exchange(routes.create_user(SCOPE, BODY), "token", guard)
    finally:
        transport.close()


SCOPE = routes.Scope("gh", "sb-demo")


def test_the_question_comes_after_the_connection_and_before_the_bytes(silent: Silent) -> None:
    def over() -> None:
        while not silent.open:
            time.sleep(0.01)
        raise Fenced("over")

    with pytest.raises(Fenced):
        exchange(silent, Guard(may_write=over))
    for _ in range(100):
        if silent.came:
            break
        time.sleep(0.001)
    assert silent.came == b""


def test_a_write_ends_in_the_time_it_is_given(silent: Silent) -> None:
    began = time.monotonic()
    with pytest.raises((OutOfBounds, NoAnswer), match=r"no (whole )?answer within 0\.3 s"):
        exchange(silent, Guard(write_s=0.3))
    assert time.monotonic() - began < 25


def test_reads_keep_their_time(simulate_service: Simulate) -> None:
    service = simulate_service()
    with Client(Connection(service.url, "gh", "sb-demo", "TESTS", SECRET), patience=IMPATIENT) as client:
        client.guard(Guard(write_s=0.001))
        service.fault("latency=100:GET:/admin/users")
        assert client.users.get("ann") is None
