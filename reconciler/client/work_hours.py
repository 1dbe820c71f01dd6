"""Work hours (reference, Working Hours). A user's id is called `psmId` here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from reconciler import routes
from reconciler.client.answers import mapping, unexpected
from reconciler.client.reading import is_uuid, read_rows
from reconciler.client.resource import Resource, in_chunks
from reconciler.errors import ApiError
from reconciler.model import Request
from reconciler.model.typed import HoursRow, JsonObject, Unreadable
from reconciler.routes import PSM_IDS, PSM_IDS_DASHED

_NOT_UNDERSTOOD = frozenset({400, 404, 422})


class WorkHours(Resource):
    """Rows of `details[]`: `workHoursId`, bounds, `daysInfo[]` with day 1 Monday to 7 Sunday."""

    __slots__ = ()

    def read(
        self, ids: Iterable[str], start: datetime, end: datetime
    ) -> dict[str, list[HoursRow] | Unreadable]:
        """Rows that touch `[start, end)`, whole, per asked id; [] for who has none.

        Reads: one per 50 ids, and at most one more to learn the name of the parameter.
        Reference: Read Work Hours.
        """
        chunks = list(in_chunks(ids))
        if not chunks:
            return {}
        answers = []
        if self.dialect.hours_parameter is None:
            answers.append(self._learn(chunks[0], start, end))
        requests = [self._request(chunk, start, end) for chunk in chunks[len(answers) :]]
        answers += map(_entries, requests, self.session.send_all(requests))
        found: dict[str, list[object] | Unreadable] = {}
        for chunk, entries in zip(chunks, answers, strict=True):
            found |= _sorted_out(chunk, entries)
        return _read(found)

    def create(self, body: JsonObject) -> JsonObject:
        """Create one row. The answer may be `{psmId, details[]}`: read back rather than parse it for ids.

        Reference: Working Hours.
        """
        return self.one(routes.create_work_hours(self.scope, body))

    def replace(self, id: str, body: JsonObject) -> JsonObject | None:
        """PUT a whole row. The answer is an echo without ids, or nothing. Reference: Update Work Hours."""
        request = routes.replace_work_hours(self.scope, id, body)
        answer = self.session.send(request)
        return None if answer is None else mapping(request, answer)

    def _learn(self, ids: Sequence[str], start: datetime, end: datetime) -> list[object]:
        """Read the first ids and find out by which parameter this service knows them."""
        request = self._request(ids, start, end, (PSM_IDS,))
        try:
            rows = _entries(request, self.session.send(request))
        except ApiError as error:
            if error.status not in _NOT_UNDERSTOOD:
                raise
            rows = self._ask(ids, start, end, (PSM_IDS_DASHED,))
            self.dialect.hours_parameter = (PSM_IDS_DASHED,)
            return rows
        if _names_any(rows, ids):
            self.dialect.hours_parameter = (PSM_IDS,)
            return rows
        return self._probe(ids, start, end, rows)

    def _probe(self, ids: Sequence[str], start: datetime, end: datetime, came: list[object]) -> list[object]:
        """Nothing of theirs came for psmIds: nobody has hours, or the parameter was ignored. Ask once the
        other way."""
        try:
            rows = self._ask(ids, start, end, (PSM_IDS_DASHED,))
        except ApiError as error:
            if error.status not in _NOT_UNDERSTOOD:
                raise
            self.dialect.hours_parameter = (PSM_IDS,)
            return came
        known = _names_any(rows, ids)
        # Each alone was tolerated, so both together are, and whichever counts is there.
        self.dialect.hours_parameter = (PSM_IDS_DASHED,) if known else (PSM_IDS, PSM_IDS_DASHED)
        return rows

    def _ask(
        self, ids: Sequence[str], start: datetime, end: datetime, names: tuple[str, ...]
    ) -> list[object]:
        request = self._request(ids, start, end, names)
        return _entries(request, self.session.send(request))

    def _request(
        self, ids: Sequence[str], start: datetime, end: datetime, names: tuple[str, ...] | None = None
    ) -> Request:
        names = names or self.dialect.hours_parameter or (PSM_IDS,)
        return routes.read_work_hours(self.scope, ids, start, end, names)


def _entries(request: Request, payload: object) -> list[object]:
    """The answer's list of people with their hours; what it holds is read person by person."""
    if not isinstance(payload, list):
        raise unexpected(request, "a list of users with their hours")
    return payload


def _names_any(entries: list[object], ids: Sequence[str]) -> bool:
    asked = {id.lower() for id in ids}
    return any(_psm(entry).lower() in asked for entry in entries)


def _psm(entry: object) -> str:
    """Whose hours an entry holds; empty where it doesn't say."""
    id = entry.get("psmId") if isinstance(entry, dict) else None
    return id if isinstance(id, str) else ""


def _sorted_out(ids: Sequence[str], entries: list[object]) -> dict[str, list[object] | Unreadable]:
    """The raw rows of those who were asked for; a service that ignores the parameter sends others, too.

    Where an entry doesn't say whose it is, it may be that of anybody for whom no other came.
    """
    asked = {id.lower(): id for id in ids}
    found: dict[str, list[object]] = {}
    odd: dict[str, list[object] | Unreadable] = {}
    is_lost = False
    for entry in entries:
        psm = _psm(entry)
        id = asked.get(psm.lower())
        if id is None or not isinstance(entry, dict):
            is_lost = is_lost or not is_uuid(psm)
        elif isinstance(entry.get("details"), list):
            found.setdefault(id, []).extend(entry["details"])
        else:
            odd[id] = Unreadable("details", entry)
    silent: list[object] | Unreadable = Unreadable("psmId", {}) if is_lost else []
    return dict.fromkeys(ids, silent) | found | odd


def _read(found: Mapping[str, list[object] | Unreadable]) -> dict[str, list[HoursRow] | Unreadable]:
    """The rows of each person, read; those that lack what the others show of their rule can't be read."""
    read = {id: rows if isinstance(rows, Unreadable) else read_rows(rows) for id, rows in found.items()}
    for name in ("type", "ruleType"):
        if any(name in row for rows in read.values() if isinstance(rows, list) for row in rows):
            for id, rows in read.items():
                if isinstance(rows, list) and any(name not in row for row in rows):
                    read[id] = Unreadable(name, {})
    return read
