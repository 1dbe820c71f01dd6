"""The engine that executes runs: DBOS Transact, and the only file that knows it.

    with engine.launched(url, worker="w1/3f2a", protocol="1", width=8, body=work) as running:
        running.enqueue("3f2a…-1", Order("clinics/env/a", "drift", "9fceb02…"))

It keeps what is executed, by whom, and which steps are done, in portable JSON; waiting, attempts and states
are ours (`runs.py`). Ids are texts of ours; an id is executed once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Protocol, TypeVar

from reconciler.errors import UsageError

if TYPE_CHECKING:
    from dbos import DBOS, DBOSConfig, WorkflowStatus

QUEUE = "runs"
POLLED_S = 1.0
ACTIVE = ["ENQUEUED", "PENDING"]
A_BATCH = 500
MISSING = "the fleet needs more packages: pip install 'welkin-reconcile[fleet]'"
T = TypeVar("T")


class Order(NamedTuple):
    """What a run is about; all that travels through the engine's tables."""

    environment: str
    kind: str
    revision: str


class Held(NamedTuple):
    """What the engine has of a run that is not over. worker: who executes it; None while it waits."""

    id: str
    worker: str | None
    protocol: str | None
    since: float


class Steps(Protocol):
    def __call__(self, name: str, work: Callable[[], T]) -> T:
        """Do a step, or take what it came to when it was done before; it comes to JSON."""


Body = Callable[[str, Order, Steps], None]


class Engine:
    """The engine of this process; there is one at most. For any thread."""

    def __init__(self, dbos: DBOS, run: Callable[[str, str, str], None], working: set[str]) -> None:
        """working: the ids of what is executed here, kept by whoever does."""
        self._dbos, self._run, self._working = dbos, run, working

    @property
    def working(self) -> set[str]:
        return set(self._working)

    def enqueue(self, id: str, order: Order) -> None:
        """Have a run executed by any worker of this protocol, after all others of its environment."""
        from dbos import SetEnqueueOptions, SetWorkflowID

        with SetWorkflowID(id), SetEnqueueOptions(queue_partition_key=order.environment):
            self._dbos.enqueue_workflow(QUEUE, self._run, *order)

    def held(self, worker: str | None = None) -> list[Held]:
        """What waits or is executed, by anybody or by one worker."""
        found = self._dbos.list_workflows(
            status=ACTIVE, queue_name=QUEUE, executor_id=worker, load_input=False, load_output=False
        )
        return [_held(each) for each in found]

    def give_back(self, id: str, worker: str) -> bool:
        """Put a run back into the queue if that worker, and nobody since, executes it.

        One statement: `resume_workflow` would take it from whoever has it by now.
        """
        return self._dbos._sys_db.reenqueue_for_recovery(id, [worker], QUEUE)

    def forget(self, ids: Sequence[str]) -> None:
        """Know nothing of these any more; what is executed goes on, and what it comes to is not noted."""
        if ids:
            self._dbos.delete_workflows(list(ids))

    def take_no_more(self) -> None:
        """Begin no run any more; those under way go on."""
        for stop in self._dbos.background_thread_stop_events:
            stop.set()

    def ended_before(self, instant: float) -> list[str]:
        """Some of the runs that were over by then."""
        until = datetime.fromtimestamp(instant, UTC).isoformat()
        found = self._dbos.list_workflows(
            completed_before=until, limit=A_BATCH, load_input=False, load_output=False
        )
        return [each.workflow_id for each in found]


@contextmanager
def launched(url: str, worker: str, protocol: str, width: int, body: Body) -> Iterator[Engine]:
    """Execute runs until the end; those under way then are not waited for.

    Args:
        url: `sqlite:///PATH` or `postgresql://…`; the engine's tables are made there.
        worker: another one with each start of a process. protocol: of this one alone runs are taken.
        width: runs at a time.
    Raises: UsageError: its packages are missing.
    """
    try:
        from dbos import DBOS
    except ImportError:
        raise UsageError(MISSING) from None
    _never_unpickle()
    logging.getLogger("dbos").addHandler(logging.NullHandler())  # or it puts up one that writes to stderr
    logging.getLogger("dbos").propagate = False  # its lines quote rows and exceptions
    working = set[str]()
    room = threading.BoundedSemaphore(width)  # the queue's own bound is that of the worker that came last
    dbos = DBOS(config=_configured(url, worker, protocol, width))

    @DBOS.workflow(name="run", max_recovery_attempts=None)
    def run(environment: str, kind: str, revision: str) -> None:
        id = DBOS.workflow_id
        assert id is not None
        working.add(id)
        try:
            with room:
                body(id, Order(environment, kind, revision), _step)
        finally:
            working.discard(id)

    try:
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            partition_concurrency=1,
            worker_concurrency=width,
            polling_interval_sec=POLLED_S,
            on_conflict="always_update",
        )
        yield Engine(dbos, run, working)
    finally:
        DBOS.destroy(destroy_registry=True)


def _configured(url: str, worker: str, protocol: str, width: int) -> DBOSConfig:
    """Silent, and asking the database no more than it has to while there is nothing to do."""
    from dbos import DBOSConfig, DBOSPortableJSONSerializer

    return DBOSConfig(
        name="welkin",
        system_database_url=url,
        executor_id=worker,
        application_version=protocol,
        serializer=DBOSPortableJSONSerializer(),
        log_level="CRITICAL",
        enable_otlp=False,
        use_listen_notify=False,
        scheduler_polling_interval_sec=3600.0,
        sys_db_pool_size=min(20, width + 4),
    )


def _step(name: str, work: Callable[[], T]) -> T:
    from dbos import DBOS, StepOptions

    return DBOS.run_step(StepOptions(name=name), work)


def _held(found: WorkflowStatus) -> Held:
    running = found.status == "PENDING"
    since = (found.updated_at or found.created_at or 0) / 1000
    return Held(found.workflow_id, found.executor_id if running else None, found.app_version, since)


def _never_unpickle() -> None:
    """A row may say that it is pickled, whatever the serializer is: who writes one would run code here."""
    from dbos import _serialization

    def refuse(self: _serialization.DefaultSerializer, serialized_data: str) -> NoReturn:
        raise TypeError("a pickled value is not read")

    _serialization.DefaultSerializer.deserialize = refuse  # type: ignore
