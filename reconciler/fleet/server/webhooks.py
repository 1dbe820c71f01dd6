"""What forges tell of a push: a known source is looked at at once, and nothing else of it is believed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from reconciler.errors import DatabaseError, UsageError
from reconciler.fleet.database import Database
from reconciler.fleet.secrets import held
from reconciler.fleet.server.body import TooLarge, body_of
from reconciler.fleet.shape import Fleet, Source
from reconciler.fleet.store import Transaction

LARGEST = 1 << 20  # bytes
SLOWEST_S = 5.0  # from the first byte to the last
DELIVERIES = ("x-github-delivery", "x-gitlab-event-uuid", "idempotency-key", "x-delivery")
SIGNATURES, TOKENS = ("x-hub-signature-256", "x-signature-256"), ("x-gitlab-token", "x-token")
ADDRESSES = (("clone_url",), ("repository", "clone_url"), ("project", "git_http_url"))
# What a forge proves with that it is the one; a program of one's own may do either.
PROOFS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "github": (SIGNATURES[:1], ()),
    "gitlab": ((), TOKENS[:1]),
    "generic": (SIGNATURES, TOKENS),
}


class Refusal(NamedTuple):
    status: int
    line: str


class Push(NamedTuple):
    """What was sent. headers: by names in small letters."""

    forge: str
    headers: Mapping[str, str]
    body: bytes


class Webhooks:
    """environ: where secrets may lie, as the fleet's file says."""

    def __init__(self, fleet: Fleet, database: Database, environ: Mapping[str, str]) -> None:
        self._fleet, self._database, self._environ = fleet, database, environ

    def routes(self) -> Iterator[Route]:
        for forge in PROOFS:
            yield Route(f"/webhooks/{forge}", self._endpoint(forge), methods=["POST"])

    def _endpoint(self, forge: str) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            try:
                body = await asyncio.wait_for(body_of(request, LARGEST), SLOWEST_S)
            except TimeoutError:
                return _said(Refusal(408, f"not all of it came within {SLOWEST_S:g} s"))
            except TooLarge:
                return _said(Refusal(413, f"larger than {LARGEST >> 20} MiB"))
            headers = {name.lower(): value for name, value in request.headers.items()}
            return await run_in_threadpool(self._answered, Push(forge, headers, body))

        return endpoint

    def _answered(self, push: Push) -> Response:
        try:
            refusal = self.take(push)
        except DatabaseError as error:
            refusal = Refusal(503, str(error))
        return _said(refusal) if refusal else PlainTextResponse("it is looked at\n", 202)

    def take(self, push: Push) -> Refusal | None:
        """Have a source looked at, or say why not."""
        try:
            said = json.loads(push.body)
        except (ValueError, RecursionError):
            return Refusal(400, "not JSON")
        url = _address(said)
        if url is None:
            return Refusal(400, "no `clone_url` in it")
        source = next((each for each in self._fleet.sources if each.git == url), None)
        if source is None or source.webhook is None:
            return Refusal(404, "no source with a `webhook:` has this `clone_url`")
        refusal = self._unproven(push, source)
        if refusal:
            return refusal
        is_new = self._database.together(lambda within: _noted(within, source.name, _delivery(push)))
        return None if is_new else Refusal(409, "this delivery was here before")

    def _unproven(self, push: Push, source: Source) -> Refusal | None:
        assert source.webhook
        try:
            secret = held(source.webhook, self._environ).value
        except UsageError as error:
            return Refusal(503, f"the secret of {source.name} can't be read: {error}")
        signatures, tokens = PROOFS[push.forge]
        signed = "sha256=" + hmac.new(secret.encode(), push.body, hashlib.sha256).hexdigest()
        proofs = [(push.headers.get(name), signed) for name in signatures]
        proofs += [(push.headers.get(name), secret) for name in tokens]
        proven = [_same(given, right) for given, right in proofs if given is not None]
        return None if any(proven) else Refusal(401, "its signature or token is not that of the source")


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())


def _address(said: object) -> str | None:
    """The address of the repository that was pushed to."""
    for keys in ADDRESSES:
        found = said
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, str):
            return found
    return None


def _delivery(push: Push) -> str:
    """What a delivery goes by; one without a name by what it says."""
    named = next((push.headers[name] for name in DELIVERIES if push.headers.get(name)), None)
    return hashlib.sha256(named.encode("utf-8", "replace") if named else push.body).hexdigest()


def _noted(within: Transaction, source: str, delivery: str) -> bool:
    """Have the source looked at, unless this delivery was here before."""
    is_new = within.run(
        """INSERT INTO welkin.delivery (source, id, at) VALUES (:source, :id, :now)
        ON CONFLICT (source, id) DO NOTHING""",
        source=source,
        id=delivery,
    )
    if is_new:
        within.run(
            """INSERT INTO welkin.source (name, asked) VALUES (:name, :now)
            ON CONFLICT (name) DO UPDATE SET asked = excluded.asked""",
            name=source,
        )
    return bool(is_new)


def _said(refusal: Refusal) -> Response:
    return PlainTextResponse(f"{refusal.line}\n", refusal.status)
