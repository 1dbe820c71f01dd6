"""The three audits of a tenant. The reference does not describe them: live only."""

from __future__ import annotations

from functools import partial
from typing import Any

from reconciler.simulator import checks, instants
from reconciler.simulator.call import Answer, Call, Route
from reconciler.simulator.paging import by_key, page_of, select, with_meta

_SORTABLE = {"sentAt": "sent", **by_key("eventSubtype")}
_OPERATIONS = {"CREATE": "_CREATED", "UPDATE": "_UPDATED", "DELETE": "_DELETED"}
# Parameters that compare with a key of the entry.
_EQUAL = {
    "entity": "eventEntity",
    **{
        name: name
        for name in (
            *("cdtName", "instance", "patientId", "subjectUserId", "subjectUsername", "subjectFullName"),
            *("subjectActor", "eventSubtype", "status"),
        )
    },
}


def find(kind: str, call: Call) -> Answer:
    page = page_of(call.query, _SORTABLE, call.largest_page)
    where = ["tenant = :tenant", "kind = :kind", "sent BETWEEN :since AND :until"]
    args: dict[str, Any] = {
        "tenant": call.tenant,
        "kind": kind,
        "since": instants.parse(call.asked("dateStart", checks.instant, instants.show(instants.FIRST))),
        "until": instants.parse(call.asked("dateEnd", checks.instant, instants.show(instants.LAST))),
    }
    for name, key in _EQUAL.items():
        if name in call.query:
            where.append(f"json_extract(body, '$.{key}') = :{name}")
            args[name] = call.query[name]
    operation = call.asked("operation", checks.one_of(*_OPERATIONS))
    if operation:
        where.append("json_extract(body, '$.eventSubtype') LIKE '%' || :operation")
        args["operation"] = _OPERATIONS[operation]
    total, entries = select(call.store, "audits", " AND ".join(where), args, page)
    return Answer(200, with_meta(page, total, entries))


def _route(kind: str, query: str) -> Route:
    known = f"dateStart dateEnd page size sort instance eventSubtype {query}"
    return Route(
        "GET", f"/{{tenant}}/admin/audit-{kind}", partial(find, kind), "AUDIT", live_query=known, only="live"
    )


_SUBJECT = "subjectUserId subjectUsername subjectFullName subjectActor"

ROUTES = (
    _route("data", f"entity cdtName operation patientId includeFormation {_SUBJECT}"),
    _route("security", _SUBJECT),
    _route("webhook", "entity status patientId"),
)
