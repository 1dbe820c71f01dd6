"""Work hours (reference, Working Hours; api-facts 6). A user's id is called `psmId` here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from reconciler import routes
from reconciler.client.answers import objects, unexpected
from reconciler.client.resource import Fields, Resource, in_chunks
from reconciler.errors import ApiError
from reconciler.model import Request
from reconciler.routes import PSM_IDS, PSM_IDS_DASHED

_NOT_UNDERSTOOD = frozenset({400, 404, 422})


class WorkHours(Resource):
    """Rows of `details[]`: `workHoursId`, bounds, `daysInfo[]` with day 1 Monday to 7 Sunday."""

    __slots__ = ()

    def read(self, ids: Iterable[str], start: datetime, end: datetime) -> dict[str, list[Fields]]:
        """Rows that touch `[start, end)`, whole, per asked id; [] for who has none.

        Reads: one per 50 ids, and at most one more to learn the name of the parameter.
        Reference: Read Work Hours.
        """
        chunks = list(in_chunks(ids))
        found: dict[str, list[Fields]] = {id: [] for chunk in chunks for id in chunk}
        if not chunks:
            return found
        answers = []
        if self.dialect.hours_parameter is None:
            answers.append(self._learn(chunks.pop(0), start, end))
        requests = [self._request(chunk, start, end) for chunk in chunks]
        answers += map(_rows, requests, self.session.send_all(requests))
        _merge(answers, found)
        return found

    def create(self, body: Mapping[str, Any]) -> Fields:
        """Create one row. The answer may be `{psmId, details[]}`: read back rather than parse it for ids.

        Reference: Working Hours.
        """
        return self.one(routes.create_work_hours(self.scope, body))

    def replace(self, id: str, body: Mapping[str, Any]) -> Fields | None:
        """PUT a whole row. The answer is an echo without ids, or nothing. Reference: Update Work Hours."""
        request = routes.replace_work_hours(self.scope, id, body)
        answer: Fields | None = self.session.send(request)
        return answer

    def _learn(self, ids: Sequence[str], start: datetime, end: datetime) -> list[Fields]:
        """Read the first ids and find out by which parameter this service knows them."""
        request = self._request(ids, start, end, (PSM_IDS,))
        try:
            rows = _rows(request, self.session.send(request))
        except ApiError as error:
            if error.status not in _NOT_UNDERSTOOD:
                raise
            rows = self._ask(ids, start, end, (PSM_IDS_DASHED,))
            self.dialect.hours_parameter = (PSM_IDS_DASHED,)
            return rows
        if _names_any(rows, ids):
            self.dialect.hours_parameter = (PSM_IDS,)
            return rows
        return self._probe(ids, start, end)

    def _probe(self, ids: Sequence[str], start: datetime, end: datetime) -> list[Fields]:
        """Nothing came for psmIds: nobody has hours, or the parameter was ignored. Ask once the other way."""
        try:
            rows = self._ask(ids, start, end, (PSM_IDS_DASHED,))
        except ApiError as error:
            if error.status not in _NOT_UNDERSTOOD:
                raise
            self.dialect.hours_parameter = (PSM_IDS,)
            return []
        known = _names_any(rows, ids)
        # Each alone was tolerated, so both together are, and whichever counts is there.
        self.dialect.hours_parameter = (PSM_IDS_DASHED,) if known else (PSM_IDS, PSM_IDS_DASHED)
        return rows

    def _ask(
        self, ids: Sequence[str], start: datetime, end: datetime, names: tuple[str, ...]
    ) -> list[Fields]:
        request = self._request(ids, start, end, names)
        return _rows(request, self.session.send(request))

    def _request(
        self, ids: Sequence[str], start: datetime, end: datetime, names: tuple[str, ...] | None = None
    ) -> Request:
        names = names or self.dialect.hours_parameter or (PSM_IDS,)
        return routes.read_work_hours(self.scope, ids, start, end, names)


def _rows(request: Request, payload: Any) -> list[Fields]:
    rows = objects(request, payload)
    if not all(isinstance(row.get("details"), list) for row in rows):
        raise unexpected(request, "a list of users with their hours")
    return rows


def _names_any(rows: list[Fields], ids: Sequence[str]) -> bool:
    asked = {id.lower() for id in ids}
    return any(str(row.get("psmId")).lower() in asked for row in rows)


def _merge(answers: Iterable[list[Fields]], found: dict[str, list[Fields]]) -> None:
    """Sort rows under the ids asked for; a service that ignores the parameter sends others, too."""
    asked = {id.lower(): id for id in found}
    for rows in answers:
        for row in rows:
            id = asked.get(str(row.get("psmId")).lower())
            if id is not None:
                found[id].extend(row["details"])
