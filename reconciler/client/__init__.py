"""The service's API, typed: everything the reference describes and what recordings of the live service add.

    with Client(connection) as client:
        for user in client.users.list() or []:
            print(user["username"])

Every method raises ApiError (or a subclass, see reconciler.errors) with one clear line; none holds a secret,
a token or what the service said about a patient. Clients may be shared between threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from reconciler.client.audits import Audits
from reconciler.client.connection import Connection
from reconciler.client.dialect import Dialect
from reconciler.client.events import Events
from reconciler.client.guard import UNGUARDED, Guard
from reconciler.client.line import PATIENT, Line
from reconciler.client.patience import Patience
from reconciler.client.patients import Patients
from reconciler.client.records import CdtTypes, Records, RowResult
from reconciler.client.schedules import Schedules
from reconciler.client.session import Session
from reconciler.client.threads import result_of
from reconciler.client.users import Users
from reconciler.client.work_hours import WorkHours
from reconciler.model import Request
from reconciler.routes import Scope

__all__ = ["PATIENT", "UNGUARDED", "Client", "Dialect", "Guard", "Line", "Patience", "RowResult"]

A = TypeVar("A")
B = TypeVar("B")


class Client:
    """One API client at one instance; close it, or use it in a `with`."""

    def __init__(
        self,
        connection: Connection,
        *,
        parallelism: int = 8,
        rate: float | None = None,
        patience: Patience = PATIENT,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[str], None] = lambda line: None,
        line: Line | None = None,
    ) -> None:
        """Args:
        parallelism: requests at once.
        rate: requests a second at most; None: no ceiling.
        patience: how long it waits, also whoever applies a plan with it. clock: monotonic.
        tell: takes a line for whoever watches, from any thread, when the service keeps us waiting.
        line: shared with others and closed by whoever made it; all but `connection` are as it has them.
        """
        self._owns_line = line is None
        line = line or Line(
            connection.api_url, parallelism=parallelism, rate=rate, patience=patience, clock=clock, tell=tell
        )
        self.parallelism = line.parallelism
        self.api_url, self.name = connection.api_url, connection.client
        self.scope = Scope(connection.tenant, connection.instance)
        self.dialect, self.patience = Dialect(), line.patience
        self._session = Session(connection, line)
        parts = self._session, self.scope, self.dialect
        self.users = Users(*parts)
        self.work_hours = WorkHours(*parts)
        self.events = Events(*parts)
        self.schedules = Schedules(*parts)
        self.patients = Patients(*parts)
        self.records = Records(*parts)
        self.cdt_types = CdtTypes(*parts)
        self.audits = Audits(*parts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections and threads that are its own; a request in flight ends by itself."""
        if self._owns_line:
            self._session.line.close()

    def guard(self, guard: Guard) -> None:
        """From now on, let this stand before its calls."""
        self._session.guard = guard

    def hurry(self) -> None:
        """Wait no longer for a service that asks for patience or fails: answers are final. From anywhere."""
        self._session.line.waits.lose()

    def stop(self) -> None:
        """Send nothing more: whoever asks gets Interrupted, also who waits. From anywhere."""
        self._session.line.stop()

    def send(self, request: Request, note: Callable[[int], None] | None = None) -> object:
        """Send any request; return the parsed JSON of a 2xx, None for an empty body.

        Reads are repeated on trouble that passes. Writes are not, but for a connection that never came
        about, a 401 (once, with a new token) and a 429. `note` is told the status of an answer.
        Raises: NoAnswer, ServerError: a write may or may not have landed, look it up by identity.
            Any other ApiError: it has not.
        """
        return self._session.send(request, note)

    def each(self, read: Callable[[A], B], keys: Iterable[A]) -> list[B]:
        """What `read` returns for each of these, as many of them at a time as there may be requests.

        Raises: what the first of them raises, once those under way have ended.
        """
        with ThreadPoolExecutor(self.parallelism) as side_by_side:
            under_way = [side_by_side.submit(read, key) for key in keys]
            return [result_of(each) for each in under_way]

    @property
    def reads(self) -> int:
        """Calls made that change nothing, repeated ones each counted: GETs, the patient filter, tokens."""
        return self._session.reads

    @property
    def writes(self) -> int:
        """All other calls made, repeated ones each counted."""
        return self._session.writes

    @property
    def answers(self) -> Mapping[int, int]:
        """How many answers came, by status; those to repeated calls each."""
        return dict(self._session.answers)

    @property
    def under_way(self) -> Request | None:
        """A call that is waited for just now; None while there is none."""
        return self._session.under_way

    @property
    def client_ids(self) -> frozenset[str]:
        """The ids by which `createdBy` and `updatedBy` name this API client; known after the first call."""
        return self._session.client_ids
