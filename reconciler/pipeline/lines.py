"""How services are reached: settings, and a line to each tenant of each, for one environment or for many."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Self
from weakref import WeakSet

from reconciler.apply.keeping import Keeper
from reconciler.client import PATIENT, Client, Line, Patience
from reconciler.client.connection import Connection, connection_from
from reconciler.client.limiter import Pace
from reconciler.errors import UsageError
from reconciler.model import Environment, Plan, Request

SIMULATOR = "simulator"  # stands for the embedded Welkin's URL in plans: its port is another one every time
DATA = Path(".welkin-reconcile")


class Settings(NamedTuple):
    """How to reach a service, and when that is.

    now: aware; taken for the present moment. api_url, secret_file: win over variables and manifests.
    simulator: the embedded Welkin, data in `.welkin-reconcile/`. parallelism: calls at once. rate: calls a
    second at most; both of each tenant. patience: how long to wait for a service, and for what was written
    to show. keeper: keeps others away from an environment; None: the lock of this machine does. pace: gives
    calls their turns in place of `rate`.
    """

    now: datetime
    api_url: str | None = None
    secret_file: str | None = None
    simulator: bool = False
    parallelism: int = 8
    rate: float | None = None
    patience: Patience = PATIENT
    keeper: Keeper | None = None
    pace: Pace | None = None


class Lines:
    """A line to each tenant of each service, opened with the first client that needs it. For any thread."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        tell: Callable[[str], None] = lambda line: None,
        *,
        shared: bool,
    ) -> None:
        """Args: environ, tell: as of `connect`. shared: there will be several clients in a tenant."""
        self.settings, self.environ = settings, environ
        self._tell, self._shared = tell, shared
        self._lines = dict[tuple[str, str], Line]()
        self._clients = WeakSet[Client]()  # runs come and go, lines stay
        self._embedded = dict[str, str]()  # URL by timezone
        self._open = ExitStack()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._open.close()

    def client(self, place: Environment | Plan) -> Client:
        """A client for a place. Raises: UsageError."""
        with self._lock:
            connection = self._connection(place)
            at = connection.api_url, connection.tenant
            if at not in self._lines:
                self._lines[at] = self._line(connection.api_url)
            client = Client(connection, line=self._lines[at])
            self._clients.add(client)
            return client

    @property
    def under_way(self) -> Request | None:
        """A call that is waited for just now; None while there is none."""
        return next((request for client in list(self._clients) if (request := client.under_way)), None)

    def stop(self) -> None:
        """Send nothing more, wherever. From anywhere."""
        for line in list(self._lines.values()):
            line.stop()

    def read_afresh(self) -> None:
        """Something is going to be written: what clients of a tenant have read together holds no more."""
        for line in list(self._lines.values()):
            line.once.forget()

    def _line(self, url: str) -> Line:
        settings = self.settings
        line = Line(
            url,
            parallelism=settings.parallelism,
            rate=settings.rate,
            pace=settings.pace,
            patience=settings.patience,
            tell=self._tell,
            shared=self._shared,
        )
        self._open.callback(line.close)
        return line

    def _connection(self, place: Environment | Plan) -> Connection:
        settings = self.settings
        if not settings.simulator:
            if place.api_url == SIMULATOR:
                raise UsageError("this plan was made for the embedded Welkin: add --simulator")
            return connection_from(
                place, self.environ, api_url=settings.api_url, secret_file=settings.secret_file
            )
        if settings.api_url:
            raise UsageError("--simulator and --api-url exclude each other: keep one")
        secret = self.environ.get("WELKIN_SECRET") or SIMULATOR
        if place.timezone not in self._embedded:
            running = _embedded(secret, settings.now, place.timezone)
            self._embedded[place.timezone] = self._open.enter_context(running)
        client = place.client or SIMULATOR
        return Connection(self._embedded[place.timezone], place.tenant, place.instance, client, secret)


@contextmanager
def _embedded(secret: str, now: datetime, timezone: str) -> Iterator[str]:
    """Run the embedded Welkin for as long as it is wanted, on data that stay.

    timezone: in which we read the hours of people without a zone of their own, and so does it.
    """
    from reconciler.simulator import Options, start

    try:
        DATA.mkdir(exist_ok=True)
        db = str(DATA / "simulator.db")
        running = start(Options(db=db, secret=secret, now=now, timezone=timezone))
    except ImportError:
        raise UsageError(
            "--simulator needs more packages: pip install 'welkin-reconcile[simulator]'"
        ) from None
    except OSError as error:
        raise UsageError(f"the embedded Welkin cannot start in {DATA}: {error.strerror}") from None
    try:
        yield running.url
    finally:
        running.stop()
