"""Schedules, for display only (reference, Schedule)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from reconciler import routes
from reconciler.client.answers import objects
from reconciler.client.reading import read_schedule
from reconciler.client.resource import Resource, in_chunks
from reconciler.model import Request
from reconciler.model.typed import JsonObject, Unreadable
from reconciler.routes import Scope

Read = list[JsonObject | Unreadable]
Route = Callable[[Scope, Iterable[str], datetime, datetime], Request]


class Schedules(Resource):
    """Each call answers `[{psmId, workHours[], events[]}]`, each asked user once, with [] for nothing."""

    __slots__ = ()

    def read(self, ids: Iterable[str], start: datetime, end: datetime) -> Read:
        """Hours and events. Reference: Get Schedules."""
        return self._read(routes.read_schedules, ids, start, end)

    def available(self, ids: Iterable[str], start: datetime, end: datetime) -> Read:
        """Hours that no event takes. Reference: Get Available Schedules."""
        return self._read(routes.read_available_schedules, ids, start, end)

    def full(self, ids: Iterable[str], start: datetime, end: datetime) -> Read:
        """Not in the reference."""
        return self._read(routes.read_full_schedules, ids, start, end)

    def _read(self, route: Route, ids: Iterable[str], start: datetime, end: datetime) -> Read:
        requests = [route(self.scope, chunk, start, end) for chunk in in_chunks(ids)]
        answers = zip(requests, self.session.send_all(requests), strict=True)
        return [read_schedule(raw) for request, answer in answers for raw in objects(request, answer)]
