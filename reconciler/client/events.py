"""Calendar events of the instance (reference, Calendar Events)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from types import GenericAlias
from typing import Any, TypedDict

from reconciler import routes
from reconciler.client.answers import about_another, mapping, objects
from reconciler.client.paging import MODEST, REFUSED, Shape, largest_pages, read_announced
from reconciler.client.reading import read_event
from reconciler.client.resource import Resource, in_chunks, is_about
from reconciler.errors import ApiError
from reconciler.model import Request
from reconciler.model.typed import Event, JsonObject, Participant, Unreadable

LONGEST_WINDOW = timedelta(days=92)  # the service's own limit is unknown


class Events(Resource):
    """Times are UTC instants; `local*`, `duration` and participants' profile data are derived."""

    __slots__ = ()

    def find(
        self,
        start: datetime,
        end: datetime,
        *,
        participants: Iterable[str] = (),
        event_type: str | None = None,
        include_cancelled: bool = True,
        keys: frozenset[str] | None = None,
    ) -> Iterator[Event | Unreadable]:
        """Events of the whole instance in `[start, end)`, each once, by start.

        keys: what is read of each, and of who takes part what `Participant` names; None: all, twice as much.
        Whether the service means overlap or start within is unknown: ask a day wider. A service that knows
        only the reference decides itself about cancelled events and order. Reference: Find Events.
        """
        participants = tuple(participants)
        seen: set[str] = set()
        for piece in _pieces(start, end):
            for raw in self._find(piece, participants, event_type, include_cancelled, keys):
                event = read_event(raw)
                if isinstance(event, Unreadable):
                    yield event
                elif event["id"] not in seen:
                    seen.add(event["id"])
                    yield event

    def get(self, id: str) -> Event | Unreadable | None:
        """One event, cancelled ones included; None if there is none such.

        Raises: NoAnswer: the answer is about another one. Reference: Get Event By ID.
        """
        return self._get(routes.read_event(self.scope, id), "id", id)

    def get_by_external_id(self, external_id: str) -> Event | Unreadable | None:
        """One event by the `externalId` of its creation; None if there is none such.

        Raises: NoAnswer: the answer is about another one. Reference: Get Event By ID.
        """
        request = routes.read_event(self.scope, external_id, by_external_id=True)
        return self._get(request, "externalId", external_id)

    def create(self, body: JsonObject) -> JsonObject:
        """Create; start, end, host and participants (with the host) are required, nothing is defaulted.

        Reference: Create Calendar Event.
        """
        return self.one(routes.create_event(self.scope, body))

    def update(self, id: str, body: JsonObject) -> JsonObject:
        """PATCH the given keys; NotFound or NotAllowed where the service knows only `replace`.

        Not in the reference.
        """
        return self.one(routes.update_event(self.scope, id, body))

    def replace(self, id: str, body: JsonObject) -> JsonObject:
        """PUT the whole event; send participants with their `id`.

        Reference: Update Calendar Event by ID.
        """
        return self.one(routes.replace_event(self.scope, id, body))

    def delete(self, id: str) -> None:
        """Delete: a future event is gone, a past one stays with status CANCELLED.

        Reference: Delete Calendar Event by ID.
        """
        self.session.send(routes.delete_event(self.scope, id))

    def answer_invitation(self, id: str, participant: str, status: str) -> None:
        """Set a participant's `participationStatus`, free text; the answer's body is documented nowhere.

        Reference: Update event invitation response by ID.
        """
        self.session.send(routes.answer_invitation(self.scope, id, participant, status))

    def summary(self, ids: Iterable[str], start: datetime, end: datetime) -> list[JsonObject]:
        """Counts, hours and occupancy per user: `{psmId, totalCreatedEvents, eventStatusCount, …}`.

        Reference: Get Summary for the User.
        """
        requests = [routes.event_summary(self.scope, chunk, start, end) for chunk in in_chunks(ids)]
        answers = zip(requests, self.session.send_all(requests), strict=True)
        return [row for request, answer in answers for row in _summary_rows(request, answer)]

    def _get(self, request: Request, name: str, key: str) -> Event | Unreadable | None:
        raw = self.one_or_none(request)
        if raw is None:
            return None
        if name == "id":  # the reference's sample shows none
            raw = {"id": key, **raw}
        event = read_event(raw)
        if isinstance(event, Unreadable) and event.field == name:
            return event
        if not is_about(key, raw.get(name)):
            raise about_another(request)
        return event

    def _find(
        self,
        piece: tuple[datetime, datetime],
        participants: Sequence[str],
        event_type: str | None,
        include_cancelled: bool,
        keys: frozenset[str] | None,
    ) -> Iterator[JsonObject]:
        shape = Shape(read_announced, page_of(keys) if keys else None)
        query = partial(
            routes.find_events, self.scope, *piece, participants=participants, event_type=event_type
        )
        if self.dialect.event_query is not False:
            rich = partial(query, include_cancelled=include_cancelled)
            try:
                pages = largest_pages(self.session, self.dialect, lambda size: rich(size=size), shape=shape)
            except ApiError as error:
                if error.status not in REFUSED:
                    raise
            else:
                self.dialect.event_query = True
                return pages
        plain = partial(query, sort=None, include_cancelled=False)
        pages = largest_pages(self.session, self.dialect, lambda size: plain(size=size), (MODEST,), shape)
        self.dialect.event_query = False
        return pages


@cache
def page_of(keys: frozenset[str]) -> type:
    """The form of a page of events of which these keys are read."""
    form: Any = TypedDict  # only who asks knows of what it is made
    event = form("Event", {**dict.fromkeys(keys, object), "participants": list[Participant]}, total=False)
    page: type = form("Page", {"content": GenericAlias(list, event), "last": object, "totalElements": object})
    return page


def _pieces(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        stop = min(end, start + LONGEST_WINDOW)
        yield start, stop
        start = stop


def _summary_rows(request: Request, payload: object) -> list[JsonObject]:
    return objects(request, mapping(request, payload).get("summary"))
