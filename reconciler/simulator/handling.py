"""From a raw request to an answer: path, token, query, JSON, then the route's handler in a transaction."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from reconciler.simulator.call import Answer, Call, Route, World
from reconciler.simulator.refusals import Error, Refusal, invalid, missing
from reconciler.simulator.request import Request
from reconciler.simulator.tokens import Client, not_valid

LARGEST_BODY = 4 * 2**20  # bytes; bounds what one request can make the server hold
_DEEPEST = 50  # levels of JSON: far above any real body, far below what Python's encoder bears
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_NOBODY = Client("", "")


def answer_to(request: Request, route: Route | None, known_path: bool, world: World) -> Answer:
    """Raises Refusal, after which the store is as it was."""
    if route is None:
        raise _no_route(request, known_path)
    call = _call(world, route, request)
    if route.method == "GET":
        return route.handle(call)
    with world.store.transaction():
        return route.handle(call)


def _no_route(request: Request, known_path: bool) -> Refusal:
    if known_path:
        return Refusal(405, Error("METHOD_NOT_ALLOWED", f"{request.method} is not supported here"))
    return missing("NOT_FOUND", "No such path", path=request.path[:1000])


def _call(world: World, route: Route, request: Request) -> Call:
    params = {name: unquote(value) for name, value in request.params.items()}
    _check_place(params, world.options.tenants)
    client = _NOBODY if route.open else _client(world, params["tenant"], request.token)
    query = _query(request.query, route, world.options.profile == "live")
    body = _json(request.body) if route.method in ("POST", "PUT", "PATCH") else None
    return Call(world, request.path, params, query, body, client)


def _check_place(params: Mapping[str, str], tenants: tuple[str, ...] | None) -> None:
    """Any well-formed tenant and instance exists, unless the options name the tenants."""
    names = [params[kind] for kind in ("tenant", "instance") if kind in params]
    if not all(map(_NAME.fullmatch, names)) or names[1:] == ["admin"]:
        raise missing("NOT_FOUND", "No such tenant or instance")
    if names and tenants is not None and names[0] not in tenants:
        raise missing("TENANT_NOT_FOUND", "No such tenant", "TENANT", tenant=names[0])


def _client(world: World, tenant: str, token: str) -> Client:
    if not token:
        raise not_valid()
    return world.tokens.client_of(token, tenant, world.clock.now())


def _query(text: str, route: Route, live: bool) -> dict[str, str]:
    """What the route knows of a query. Live takes no notice of the rest, as of a `page`."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        query[name] = f"{query[name]},{value}" if name in query else value
    known = route.known_query(live)
    unknown = [name for name in query if name not in known]
    if unknown and not live:
        raise invalid([(name[:100], "is not a known query parameter") for name in unknown[:20]])
    return {name: value for name, value in query.items() if name in known}


def _json(body: bytes) -> Any:
    if not body:
        return None
    if len(body) > LARGEST_BODY:
        raise invalid([("body", f"must have at most {LARGEST_BODY} bytes")])
    try:
        value = json.loads(body.decode(), parse_float=_finite, parse_constant=_finite)
        if b"\\ud" in body.lower():
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Refusal(400, Error("NOT_READABLE", "The body is not well-formed JSON in UTF-8")) from error
    if _depth_exceeds(value, _DEEPEST):
        raise invalid([("body", f"must be at most {_DEEPEST} levels deep")])
    return value


def _finite(text: str) -> float:
    """JSON knows neither NaN nor Infinity, and no answer may carry them."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"not a JSON number: {text}")
    return value


def _depth_exceeds(value: Any, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_depth_exceeds(each, levels - 1) for each in inside)
