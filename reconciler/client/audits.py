"""Audits of the tenant, read-only. Full of patient data: must not be logged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from reconciler import routes
from reconciler.client.paging import MODEST, items
from reconciler.client.resource import Resource
from reconciler.model.typed import JsonObject


class Audits(Resource):
    """Each needs its own permission (else Forbidden) and shows only granted instances. In order of `sentAt`.

    `filters` are the service's own query keys: entity, cdtName, operation, instance, patientId, subject….
    """

    __slots__ = ()

    def data(
        self, start: datetime, end: datetime, filters: Mapping[str, str] | None = None
    ) -> Iterator[JsonObject]:
        """Who changed which record. Reference: data_audit."""
        return self._read("data", start, end, filters)

    def security(
        self, start: datetime, end: datetime, filters: Mapping[str, str] | None = None
    ) -> Iterator[JsonObject]:
        """Who changed whose access. Reference: security_audit."""
        return self._read("security", start, end, filters)

    def webhook(
        self, start: datetime, end: datetime, filters: Mapping[str, str] | None = None
    ) -> Iterator[JsonObject]:
        """What was sent to which webhook; `response` may be a whole web page. Reference: webhook_audit."""
        return self._read("webhook", start, end, filters)

    def _read(
        self, audit: str, start: datetime, end: datetime, filters: Mapping[str, str] | None
    ) -> Iterator[JsonObject]:
        request = routes.read_audit(self.scope, audit, start, end, size=MODEST, filters=filters)
        return items(self.session, request)
