"""One limiter for all threads: halves and recovers, waits as asked, keeps to a rate, spares the tokens."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from reconciler.client import Client, Patience
from reconciler.client.connection import Connection
from reconciler.client.limiter import Limiter
from reconciler.errors import ApiError
from reconciler.model import Request
from tests.conftest import Workspace
from tests.faults.clinic import arrived, begun
from tests.support.fakes import Asked, Reply, refused, serving
from tests.support.service import Service

NO_EVENTS = {"content": [], "last": True, "totalPages": 0, "totalElements": 0, "size": 20, "number": 0}
LIST = "/gh/admin/users"
READ = Request("GET", "/gh/admin/users/johndoe")


class Clock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.naps = 1000.0, list[float]()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limiter(clock: Clock, most: int = 8, rate: float | None = None) -> Limiter:
    return Limiter(most, rate, sleep=clock.sleep, clock=clock)


def test_a_refusal_halves_what_may_be_under_way_and_good_answers_bring_it_back(clock: Clock) -> None:
    limit = limiter(clock)
    limit.too_fast(clock(), 0)
    assert int(limit.width) == 4
    for _ in range(3):
        clock.now += 1
        limit.too_fast(clock(), 0)
    assert int(limit.width) == 1, "never none at all"
    rounds = 0
    while limit.width < 8:
        limit.went_well()
        rounds += 1
    assert 20 <= rounds <= 40, "one more a round"


def test_what_was_under_way_before_the_halving_halves_no_more(clock: Clock) -> None:
    limit = limiter(clock)
    went_at = clock()
    clock.now += 1
    for _ in range(8):
        limit.too_fast(went_at, 0)
    assert int(limit.width) == 4


def test_what_the_service_asks_for_holds_for_all(clock: Clock) -> None:
    limit = limiter(clock)
    limit.too_fast(clock(), 7)
    with limit.admitted():
        assert clock.naps == [7]


def test_a_rate_is_a_ceiling(clock: Clock) -> None:
    limit, began = limiter(clock, rate=10), clock()
    for _ in range(21):
        with limit.admitted():
            pass
    assert clock() - began == pytest.approx(2.0)


def test_no_more_are_under_way_than_the_width_says() -> None:
    limit, most, under_way = Limiter(8, None, sleep=time.sleep, clock=time.monotonic), [0], [0]
    limit.too_fast(time.monotonic(), 0)

    def request(number: int) -> None:
        with limit.admitted():
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            time.sleep(0.002)
            under_way[0] -= 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(request, range(60)))
    assert most[0] <= 4


def test_a_rate_holds_for_a_whole_apply(workspace: Workspace, service: Service) -> None:
    begun(workspace, service)
    began = time.monotonic()
    workspace.apply("--rate", "20/s")
    assert time.monotonic() - began >= (len(service.calls()) - 1) / 20
    arrived(workspace, service)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", ["429:*:/gh/sb-demo:20%", "429=1:*:/gh/sb-demo:20%"])
def test_a_service_that_refuses_for_haste_gets_all_in_the_end(
    workspace: Workspace, service: Service, fault: str
) -> None:
    begun(workspace, service)
    service.fault(fault)
    workspace.apply()
    arrived(workspace, service)


@pytest.mark.usefixtures("impatient")
def test_a_503_to_a_write_is_looked_up_and_never_repeated_blindly(workspace: Workspace) -> None:
    workspace.write("users:\n  johndoe: {email: john@example.org}\n")
    users: dict[str, object] = {}
    posts = []

    def answer(asked: Asked) -> Reply:
        if "api_clients" in asked.path:
            return Reply(200, {"token": "t0k3n"})
        if asked.path.endswith("/events"):
            return Reply(200, NO_EVENTS)
        if asked.method == "POST":
            posts.append(asked)
            users["johndoe"] = {"id": "1", **asked.body}
            return Reply(503, None, headers=(("Retry-After", "1"),))
        return Reply(200, users["johndoe"]) if users and asked.path != LIST else refused(404, "NOT_FOUND")

    with serving(answer) as url:
        workspace.url = url
        assert workspace.run("apply", "--auto-approve").code == 0
    assert len(posts) == 1


@pytest.fixture
def refusing() -> Iterator[tuple[str, list[float]]]:
    """A service that gives tokens and takes none; with the moments it was asked for one."""
    asked_at: list[float] = []

    def answer(asked: Asked) -> Reply:
        if "api_clients" in asked.path:
            asked_at.append(time.monotonic())
            return Reply(200, {"token": f"t0k3n{len(asked_at)}"})
        return Reply(401, [{"errorCode": "TOKEN_EXPIRED"}])

    with serving(answer) as url:
        yield url, asked_at


def hammered(client: Client) -> None:
    """Many threads read, whatever comes."""

    def read(number: int) -> None:
        with suppress(ApiError):
            client.send(READ)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(read, range(200)))


def test_many_threads_and_a_jumping_clock_never_ask_for_more_tokens_than_the_service_allows(
    refusing: tuple[str, list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked_at = refusing
    lot, real = random.Random(7), time.time
    monkeypatch.setattr(time, "time", lambda: real() + lot.choice((-3600, 0, 3600, 86400)))
    with Client(
        Connection(url, "gh", "sb-demo", "TESTS", "s"), parallelism=16, patience=Patience(lambda s: None)
    ) as client:
        hammered(client)
    assert 0 < len(asked_at) <= 100


def test_tokens_asked_for_again_after_a_failure_count_too() -> None:
    asked = []

    def answer(request: Asked) -> Reply:
        asked.append(request)
        return Reply(500, [])

    with (
        serving(answer) as url,
        Client(
            Connection(url, "gh", "sb-demo", "TESTS", "s"), parallelism=16, patience=Patience(lambda s: None)
        ) as client,
    ):
        hammered(client)
    assert 0 < len(asked) <= 100


def test_all_threads_share_one_token() -> None:
    asked, lock = [], threading.Lock()

    def answer(request: Asked) -> Reply:
        with lock:
            asked.append(request.path)
        return Reply(200, {"token": "t0k3n"} if "api_clients" in request.path else {"username": "johndoe"})

    with (
        serving(answer) as url,
        Client(Connection(url, "gh", "sb-demo", "TESTS", "s"), parallelism=16) as client,
    ):
        hammered(client)
    assert sum("api_clients" in path for path in asked) == 1
