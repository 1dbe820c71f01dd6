"""The engine behind its one file: executes once, in JSON, gives back what it is told to, takes no pickles."""

from __future__ import annotations

import base64
import pickle
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from reconciler.fleet import engine
from reconciler.fleet.engine import Body, Engine, Order, Steps

ORDER = Order("clinics/env/a", "drift", "9fceb02d0ae598e95dc970b74767f19372d61af8")
Launch = Callable[[Body], AbstractContextManager[Engine]]


@pytest.fixture
def launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Launch]:
    monkeypatch.setattr(engine, "POLLED_S", 0.02)
    url = f"sqlite:///{tmp_path / 'fleet.db'}"
    yield lambda body: engine.launched(url, "w1/1", "1", 4, body)


def until(seen: Callable[[], object]) -> None:
    ends = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < ends
        time.sleep(0.01)


def stored(folder: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "fleet.db", timeout=30)) as database, database:
        return database.execute(sql, values).fetchall()


def test_an_order_is_executed_once_however_often_it_is_given(launch: Launch) -> None:
    seen = list[tuple[str, Order]]()

    def body(id: str, order: Order, steps: Steps) -> None:
        seen.append((id, order))

    with launch(body) as running:
        for _ in range(2):
            running.enqueue("aa-1", ORDER)
        until(lambda: not running.held())
        running.enqueue("aa-1", ORDER)
        running.enqueue("aa-2", ORDER)
        until(lambda: len(seen) > 1 and not running.held())
    assert seen == [("aa-1", ORDER), ("aa-2", ORDER)]


def test_two_orders_of_an_environment_never_run_at_once_and_others_do(launch: Launch) -> None:
    now, most, lock = dict[str, int](), dict[str, int](), threading.Lock()
    together = threading.Barrier(2, timeout=30)

    def body(id: str, order: Order, steps: Steps) -> None:
        with lock:
            now[order.environment] = now.get(order.environment, 0) + 1
            most[order.environment] = max(most.get(order.environment, 0), now[order.environment])
        if id.endswith("-0"):
            together.wait()
        with lock:
            now[order.environment] -= 1

    with launch(body) as running:
        for name in "ab":
            for number in range(3):
                running.enqueue(f"{name}-{number}", ORDER._replace(environment=name))
        until(lambda: not running.held())
    assert most == {"a": 1, "b": 1}


def test_what_it_keeps_is_json(launch: Launch, tmp_path: Path) -> None:
    def body(id: str, order: Order, steps: Steps) -> None:
        steps("load", lambda: {"environments": 1})

    with launch(body) as running:
        running.enqueue("aa-1", ORDER)
        until(lambda: not running.held())
    with closing(sqlite3.connect(tmp_path / "fleet.db")) as database:
        kept = "\n".join(database.iterdump())
    assert f'["clinics/env/a","drift","{ORDER.revision}"]' in kept
    assert '{"environments":1}' in kept
    assert "gASV" not in kept  # how every pickle begins, in base 64


class _Attack:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return Path.touch, (self.path,)


def test_a_row_that_says_it_is_pickled_is_not_unpickled(launch: Launch, tmp_path: Path) -> None:
    ran, go = list[str](), threading.Event()

    def body(id: str, order: Order, steps: Steps) -> None:
        ran.append(id)
        go.wait(30)

    with launch(body) as running:
        running.enqueue("aa-1", ORDER)
        until(lambda: ran)
        running.enqueue("aa-2", ORDER)  # waits for the first
        evil = base64.b64encode(pickle.dumps(_Attack(tmp_path / "owned"))).decode()
        stored(tmp_path, "UPDATE workflow_status SET inputs = ?, serialization = 'py_pickle' "
               "WHERE workflow_uuid = 'aa-2'", evil)  # fmt: skip
        go.set()
        until(lambda: not running.held())
    assert ran == ["aa-1"]
    assert not (tmp_path / "owned").exists()


def test_only_from_the_worker_that_has_it_a_run_is_given_back(
    launch: Launch, capfd: pytest.CaptureFixture[str]
) -> None:
    begun, looked, go = list[str](), list[str](), threading.Event()

    def look() -> str:
        looked.append("")
        return "read"

    def body(id: str, order: Order, steps: Steps) -> None:
        assert steps("load", look) == "read"
        begun.append(id)
        if len(begun) == 1:
            go.wait(30)  # as a paused process does

    with launch(body) as running:
        running.enqueue("aa-1", ORDER)
        until(lambda: begun)
        ((id, worker, protocol, since),) = running.held()
        assert (id, worker, protocol) == ("aa-1", "w1/1", "1")
        assert abs(since - time.time()) < 60
        assert not running.give_back("aa-1", "w2/7")
        assert running.give_back("aa-1", "w1/1")
        until(lambda: len(begun) == 2 and not running.held())
        go.set()
        assert not running.give_back("aa-1", "w1/1")
        assert running.ended_before(time.time() + 60) == ["aa-1"]
        running.forget(["aa-1"])
        assert running.ended_before(time.time() + 60) == []
    assert looked == [""]  # the step was done, and is not done again
    assert capfd.readouterr().err == ""


def test_a_run_of_another_protocol_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, ran = f"sqlite:///{tmp_path / 'fleet.db'}", list[str]()

    def launch(protocol: str) -> AbstractContextManager[Engine]:
        return engine.launched(url, f"w1/{protocol}", protocol, 4, lambda id, order, steps: ran.append(id))

    monkeypatch.setattr(engine, "POLLED_S", 3.0)
    with launch("1") as running:
        running.enqueue("aa-1", ORDER)
    monkeypatch.setattr(engine, "POLLED_S", 0.02)
    with launch("2") as running:
        running.enqueue("bb-1", ORDER._replace(environment="b"))
        until(lambda: ran and len(running.held()) == 1)
        assert [(each.id, each.worker, each.protocol) for each in running.held()] == [("aa-1", None, "1")]
        running.forget(["aa-1"])
        running.enqueue("aa-2", ORDER)
        until(lambda: not running.held())
    assert ran == ["bb-1", "aa-2"]
