"""Definitions of custom data types. The reference has no such routes."""

from __future__ import annotations

from reconciler.simulator import cdts
from reconciler.simulator.call import Answer, Call, Route
from reconciler.simulator.refusals import missing


def find(call: Call) -> Answer:
    return Answer(200, cdts.all_of(call.store, call.place))


def read(call: Call) -> Answer:
    name = call.params["cdt"]
    found = cdts.named(call.store, call.place, name)
    if found is None:
        raise missing("CDT_NOT_FOUND", "CDT not found", cdtName=name)
    return Answer(200, found)


_ALL = "/{tenant}/{instance}/formations/current/cdts"

ROUTES = (
    Route("GET", _ALL, find, "FORMATION", live_query="page size sort", only="live"),
    Route("GET", f"{_ALL}/{{cdt}}", read, "FORMATION", only="live"),
)
