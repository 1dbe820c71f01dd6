"""One HTTP exchange, from the bytes in to the bytes out, faults included."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from email.utils import formatdate
from typing import Any

from reconciler.simulator.breakage import PROXY_PAGE, Cut, Hang, ProxyFailure, altered, break_off, refuse
from reconciler.simulator.call import Answer, Route, World
from reconciler.simulator.handling import LARGEST_BODY, answer_to
from reconciler.simulator.refusals import Error, Refusal
from reconciler.simulator.request import Request
from reconciler.simulator.visitors import refuse_strangers

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# What all recorded answers carry; never ETag, Location and the like.
_HEADERS = [
    (b"cache-control", b"no-cache, no-store, max-age=0, must-revalidate"),
    (b"strict-transport-security", b"max-age=31536000 ; includeSubDomains"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, Security-Role, XSRF-Token, Unresolved-Variables",
    ),
]


class Exchange:
    """The ASGI endpoint of one path template; without routes, that of every unknown path."""

    def __init__(self, world: World, template: str, routes: Iterable[Route] = ()) -> None:
        self._world = world
        self._template = template
        self._routes = {route.method: route for route in routes}
        self._admin = template.startswith("/_simulator")  # meets no faults, counts for nothing

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        with suppress(asyncio.CancelledError):  # the server stops, and has closed the connection already
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        body = await _body(receive)
        if body is None:
            return
        request = Request(
            method=scope["method"],
            path=scope["path"],
            params=scope.get("path_params", {}),
            query=scope["query_string"].decode("latin-1"),
            authorization=headers.get(b"authorization", b"").decode("latin-1"),
            body=body,
            agent=headers.get(b"user-agent", b"").decode("latin-1"),
        )
        try:
            answer = await self._answer(request, scope["headers"])
        except (Cut, Hang) as silence:
            self._note(request, None, None)
            if isinstance(silence, Cut):
                scope["state"]["cut"]()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        self._note(request, answer.status, answer.body)
        await self._send(answer, send)

    async def _answer(self, request: Request, headers: list[tuple[bytes, bytes]]) -> Answer:
        """The answer, unless a fault comes before it, instead of it, or into it."""
        route = self._routes.get(request.method)
        wish = dict(headers).get(b"x-simulator-fault", b"").decode("latin-1")
        try:
            refuse_strangers(headers, self._admin)
            return await self._with_faults(request, route, wish)
        except ProxyFailure:
            return Answer(502, PROXY_PAGE)
        except Refusal as refusal:
            body = refusal.body(route.component if route else "API", self._world.clock.now())
            return Answer(refusal.status, body, refusal.headers)

    async def _with_faults(self, request: Request, route: Route | None, wish: str) -> Answer:
        world = self._world
        try:
            due = [] if self._admin else world.faults.due(request.method, request.path, wish)
        except ValueError as error:
            raise Refusal(400, Error("FAULT_UNKNOWN", str(error))) from error
        delay_s = sum(fault.delay_s(world.faults.lot) for fault in due)
        if delay_s:
            await asyncio.sleep(delay_s)
        break_off(due, "before")
        refuse(due, world.tokens, request.token)
        answer = answer_to(request, route, bool(self._routes), world)
        break_off(due, "after")
        return answer._replace(body=altered(due, answer.body, world.faults.lot)) if due else answer

    def _note(self, request: Request, status: int | None, body: Any) -> None:
        if not self._admin:
            self._world.journal.note(self._world.clock.now(), self._template, request, status, body)

    async def _send(self, answer: Answer, send: Send) -> None:
        # `Date` is the simulated clock's: clients take it for the server's.
        headers = [*_HEADERS, (b"date", formatdate(self._world.clock.now() // 1000, usegmt=True).encode())]
        headers += [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        body = b""
        if isinstance(answer.body, bytes):
            body = answer.body
            headers.append((b"content-type", b"text/html"))
        elif answer.body is not None:
            body = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
            headers.append((b"content-type", b"application/json"))
        if answer.status != 204:
            headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _body(receive: Receive) -> bytes | None:
    """A little more than the largest body allowed at most, the rest is dropped; None: the client is gone."""
    parts: list[bytes] = []
    length = 0
    while (message := await receive())["type"] == "http.request":
        if length <= LARGEST_BODY:
            parts.append(message["body"])
            length += len(message["body"])
        if not message["more_body"]:
            return b"".join(parts)
    return None
