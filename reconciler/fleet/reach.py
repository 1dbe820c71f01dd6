"""How runs of one worker come to services: a line to each API client's, of which they share the connections
and the token.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import Self

from reconciler.apply.keeping import Keeper
from reconciler.client import PATIENT, Patience
from reconciler.client.connection import client_of
from reconciler.fleet.bucket import Bucket
from reconciler.fleet.database import Database
from reconciler.fleet.places import clients
from reconciler.fleet.secrets import Secrets
from reconciler.fleet.shape import Fleet
from reconciler.model import Environment
from reconciler.pipeline import Lines, Service, Settings

Who = tuple[str, str]  # tenant, client


class Reach:
    """The services of a fleet. For any thread."""

    def __init__(
        self,
        fleet: Fleet,
        database: Database,
        environ: Mapping[str, str],
        tell: Callable[[str], None],
        patience: Patience = PATIENT,
    ) -> None:
        self._fleet, self._database, self._environ = fleet, database, environ
        self._tell, self._patience = tell, patience
        self._lines = dict[Who, Lines]()
        self._lock = threading.Lock()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._open.close()

    def service(self, place: Environment, now: datetime, keeper: Keeper) -> Service:
        """The service that an environment names, for one run. Raises: UsageError."""
        lines = self._to((place.tenant, client_of(place, self._environ)), now)
        settings = lines.settings._replace(now=now, keeper=keeper)
        return Service(place, settings, lines.client(place), lines.environ)

    def renew(self, tenant: str) -> None:
        """A run of this tenant was told to hurry, and its line hurries ever after: have the next another."""
        with self._lock:
            for who in [who for who in self._lines if who[0] == tenant]:
                del self._lines[who]

    def _to(self, who: Who, now: datetime) -> Lines:
        """The lines of an API client, and others once it has another secret."""
        environ = Secrets(self._fleet, self._environ, clients(self._database) | {who}).environ(*who)
        with self._lock:
            lines = self._lines.get(who)
            if lines is None or lines.environ != environ:
                pace = Bucket(self._database, who[0], self._fleet.bounds(who[0]).rate).turn_s
                settings = Settings(now, pace=pace, patience=self._patience)
                lines = self._open.enter_context(Lines(settings, environ, self._tell, shared=False))
                self._lines[who] = lines
            return lines
