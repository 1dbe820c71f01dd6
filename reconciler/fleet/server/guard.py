"""What every request passes through: who asks, whether a form is one of ours, the headers of each answer."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse

from reconciler.fleet.server.access import HERE, asker_of
from reconciler.fleet.shape import Auth

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

COOKIE = "__Host-welkin"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
OPEN = ("/healthz", "/readyz", "/webhooks/", "/static/")  # to machines that bear no name


class Guard:
    """Lets through who may ask; `request.state.asker` and `.csrf` are known from here on."""

    def __init__(self, app: App, auth: Auth | None) -> None:
        self._app, self._auth = app, auth

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        cookie = _cookie(request) or secrets.token_hex(32)
        scope.setdefault("state", {})["csrf"] = token_of(cookie)
        answer = self._refusal(request, scope)
        is_new = cookie != _cookie(request)

        async def armed(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(each for each in HEADERS if each[0] not in names),
                    *([_set(cookie)] if is_new and not request.url.path.startswith(OPEN) else []),
                ]
            await send(message)

        await (answer or self._app)(scope, receive, armed)

    def _refusal(self, request: Request, scope: Message) -> PlainTextResponse | None:
        """Why a request goes no further; None: it does."""
        path = request.url.path
        if path.startswith(OPEN):
            scope["state"]["asker"] = HERE
            return None
        if self._auth is None and not _is_local(request.headers.get("host", "")):
            return PlainTextResponse("this page is for this computer only\n", 403)
        peer = request.client.host if request.client else ""
        asker = asker_of(self._auth, peer, {name.lower(): value for name, value in request.headers.items()})
        if asker is None:
            challenge = {"WWW-Authenticate": "Bearer"} if self._auth and self._auth.tokens else {}
            return PlainTextResponse("nobody whom this fleet knows\n", 401, challenge)
        scope["state"]["asker"] = asker
        if request.method not in ("GET", "HEAD", "OPTIONS") and not _is_ours(request):
            return PlainTextResponse("this was not asked for on a page of this fleet\n", 403)
        return None


def token_of(cookie: str) -> str:
    """What a form has to send back, of what the browser keeps."""
    return hashlib.sha256(f"form {cookie}".encode()).hexdigest()


def is_meant(request: Request, token: object) -> bool:
    """Whether what a form sent back is what it was given."""
    cookie = _cookie(request)
    return bool(cookie) and isinstance(token, str) and hmac.compare_digest(token_of(cookie), token)


def token_of_header(request: Request) -> bool:
    """Whether a request bears a token by itself, which browsers do for nobody."""
    return request.headers.get("authorization", "").lower().startswith("bearer ")


def _is_ours(request: Request) -> bool:
    """Whether a browser, where it says so, sends this from one of our own pages.

    Its `Origin: null` is that of forms on pages without a referrer, as ours are: then its other word counts.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin == "null":
        return site is not None
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def _is_local(host: str) -> bool:
    """Whether the name by which we were asked is this computer's: no other page's name leads to us."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in ("localhost", "::1") or name.startswith("127.")


def _cookie(request: Request) -> str:
    try:
        found = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found and len(found.value) == 64 else ""


def _set(cookie: str) -> tuple[bytes, bytes]:
    return b"set-cookie", f"{COOKIE}={cookie}; Path=/; SameSite=Lax; HttpOnly; Secure".encode()
