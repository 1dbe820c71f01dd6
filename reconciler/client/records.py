"""CDT records of a patient and the definitions of CDT types (reference, Custom Data Types)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from reconciler import routes
from reconciler.client.answers import about_another, mapping, objects
from reconciler.client.paging import MODEST, REFUSED, items
from reconciler.client.reading import read_cdt_type, read_record
from reconciler.client.resource import Resource, is_about
from reconciler.errors import ApiError
from reconciler.model import Request
from reconciler.model.typed import CdtRecord, CdtType, JsonObject, Unreadable

BY_AGE = "created_at,asc"  # a field that every record has; pages need an order


class RowResult(NamedTuple):
    """What became of one row of a bulk update; `row` as the service gave it."""

    id: str
    ok: bool
    row: JsonObject


class Records(Resource):
    """Records hold their fields in `jsonBody`; `version` is the type's, not the record's.

    On `cdts`, or on the reference's `cdt` where only that exists: found out by the first answer.
    """

    __slots__ = ()

    def list(
        self,
        patient: str,
        cdt: str,
        *,
        fields: Iterable[str] = (),
        filters: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        sort: str | None = BY_AGE,
    ) -> Iterator[CdtRecord | Unreadable]:
        """Records of one type, by age; `filters`: `key=v1,v2`. What `start` and `end` bound is said nowhere.

        A service that refuses to sort (the reference knows no `sort`) is asked once more, in its own order.
        Reference: Find CDT records.
        """
        find = partial(
            routes.list_records,
            self.scope,
            patient,
            cdt,
            size=MODEST,
            fields=tuple(fields),
            filters=filters,
            start=start,
            end=end,
        )
        request = find(sort=sort)
        try:
            first = self._send(request)
        except ApiError as error:
            if error.status not in REFUSED or sort != BY_AGE:
                raise
            request = find()
            first = self._send(request)
        return map(read_record, items(self.session, self._spelled(request), first))

    def get(self, patient: str, cdt: str, id: str) -> CdtRecord | Unreadable | None:
        """One record; None if there is none such.

        Raises: NoAnswer: the answer is about another one. Reference: Reading CDT Record.
        """
        request = routes.read_record(self.scope, patient, cdt, id)
        try:
            raw = mapping(request, self._send(request))
        except ApiError as error:
            if error.status != 404:
                raise
            return None
        record = read_record(raw)
        if not isinstance(record, Unreadable) and not is_about(id, record["id"]):
            raise about_another(request)
        return record

    def create(self, patient: str, cdt: str, body: JsonObject) -> JsonObject:
        """Create from a flat body of fields; the answer has every field of the type.

        Reference: Create CDT Record.
        """
        request = routes.create_record(self.scope, patient, cdt, body)
        return mapping(request, self._send(request))

    def update(self, patient: str, cdt: str, id: str, body: JsonObject) -> JsonObject:
        """PATCH the given fields of one record. Reference: Updating CDT Record."""
        request = routes.update_record(self.scope, patient, cdt, id, body)
        return mapping(request, self._send(request))

    def update_many(self, patient: str, cdt: str, rows: Mapping[str, JsonObject]) -> Sequence[RowResult]:
        """PATCH several records at once, id to changed fields; a row can fail by itself.

        Reference: Updating CDT Record.
        """
        request = routes.update_records(self.scope, patient, cdt, rows)
        answer = mapping(request, self._send(request))
        return [_result(row) for row in objects(request, answer.get("rows"))]

    def delete(self, patient: str, cdt: str, id: str) -> None:
        """Delete for good. Not in the reference."""
        self._send(routes.delete_record(self.scope, patient, cdt, id))

    def _send(self, request: Request) -> object:
        if self.dialect.records_path is not None:
            return self.session.send(self._spelled(request))
        try:
            answer = self.session.send(request)
        except ApiError as error:
            if error.status not in {404, 405} or _knows_route(error):
                raise
            answer = self._send_as_reference(request, error)
            self.dialect.records_path = False
            return answer
        self.dialect.records_path = True
        return answer

    def _send_as_reference(self, request: Request, refused: ApiError) -> object:
        """Nothing is repeated: a 404 was not processed."""
        try:
            return self.session.send(routes.reference_records(request))
        except ApiError as error:
            if error.status in {404, 405} and not _knows_route(error):
                raise refused from None
            raise

    def _spelled(self, request: Request) -> Request:
        return routes.reference_records(request) if self.dialect.records_path is False else request


class CdtTypes(Resource):
    """Definitions of CDT types in force: name, relation, `fields[]` with type, dictionary and options."""

    __slots__ = ()

    def list(self) -> Sequence[CdtType | Unreadable]:
        """Every type; those whose name begins with `_` are internal. Not in the reference."""
        request = routes.list_cdts(self.scope)
        return list(map(read_cdt_type, objects(request, self.session.send(request))))

    def get(self, name: str) -> CdtType | Unreadable | None:
        """One type; None if there is none such. Not in the reference."""
        raw = self.one_or_none(routes.read_cdt(self.scope, name))
        return None if raw is None else read_cdt_type(raw)


def _knows_route(error: ApiError) -> bool:
    """Whether a 404 speaks of a record or a patient, not of the path."""
    return (error.error_code or "").startswith(("DT_RECORD", "PATIENT"))


def _result(row: JsonObject) -> RowResult:
    result = row.get("result")
    status = result.get("status") if isinstance(result, dict) else None
    return RowResult(str(row.get("id")), status == "OK", row)
