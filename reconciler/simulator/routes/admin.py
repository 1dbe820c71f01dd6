"""The simulator's own routes, all below `/_simulator/`: they meet no faults and are counted nowhere.

GET, PUT /clock: `{"now": instant, "frozen": bool}`; PUT takes `"advanceSeconds"` too.
GET, POST, DELETE /faults: POST `{"faults": [text, …]}` adds some (see `faults`), DELETE ends all.
GET, DELETE /requests: how often each route was called, by `METHOD /path/template`.
GET, PATCH /users/{tenant}/{username}: all that is stored; PATCH does what people do in Admin.
POST /seed: a document as in `seeding`.
"""

from __future__ import annotations

from collections.abc import Callable

from reconciler.simulator import checks, instants
from reconciler.simulator.call import Answer, Call, Route
from reconciler.simulator.faults import parse_fault
from reconciler.simulator.refusals import Error, Refusal
from reconciler.simulator.routes import users
from reconciler.simulator.seeding import plant

_CLOCK = checks.shape(
    {},
    {
        "now": checks.instant,
        "advanceSeconds": checks.whole(0, 100 * 366 * 86_400),
        "frozen": checks.boolean,
    },
    "refuse",
)
_FAULTS = checks.shape({"faults": checks.listed(checks.text)}, {}, "refuse")


def read_clock(call: Call) -> Answer:
    return Answer(200, {"now": call.now, "frozen": call.world.clock.frozen})


def set_clock(call: Call) -> Answer:
    wish, clock = call.checked(_CLOCK), call.world.clock
    if "frozen" in wish:
        clock.freeze(wish["frozen"])
    start = instants.parse(wish["now"]) if "now" in wish else clock.now()
    clock.set(min(start + wish.get("advanceSeconds", 0) * 1000, instants.LAST))
    return read_clock(call)


def read_faults(call: Call) -> Answer:
    return Answer(
        200, {"faults": [{"fault": str(fault), "met": met} for fault, met in call.world.faults.met.items()]}
    )


def add_faults(call: Call) -> Answer:
    try:
        call.world.faults.add([parse_fault(text) for text in call.checked(_FAULTS)["faults"]])
    except ValueError as error:
        raise Refusal(400, Error("FAULT_UNKNOWN", str(error))) from error
    return read_faults(call)


def end_faults(call: Call) -> Answer:
    call.world.faults.met.clear()
    return Answer(204)


def read_requests(call: Call) -> Answer:
    return Answer(200, dict(call.world.journal.counts))


def forget_requests(call: Call) -> Answer:
    call.world.journal.counts.clear()
    return Answer(204)


def plant_seed(call: Call) -> Answer:
    plant(call.world, call.body)
    return Answer(204)


def _route(method: str, path: str, handle: Callable[[Call], Answer]) -> Route:
    return Route(method, f"/_simulator{path}", handle, "SIMULATOR", open=True)


ROUTES = (
    _route("GET", "/clock", read_clock),
    _route("PUT", "/clock", set_clock),
    _route("GET", "/faults", read_faults),
    _route("POST", "/faults", add_faults),
    _route("DELETE", "/faults", end_faults),
    _route("GET", "/requests", read_requests),
    _route("DELETE", "/requests", forget_requests),
    _route("GET", "/users/{tenant}/{user}", users.read_whole),
    _route("PATCH", "/users/{tenant}/{user}", users.change),
    _route("POST", "/seed", plant_seed),
)
