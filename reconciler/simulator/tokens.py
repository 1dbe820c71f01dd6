"""Bearer tokens: issue, read, revoke, and the limit on issuing."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from dataclasses import dataclass
from hashlib import shake_256
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from reconciler.simulator.refusals import Error, Refusal
from reconciler.simulator.store import Store

_LIMIT, _WINDOW_MS = 100, 300_000  # more than 100 token requests in 5 minutes: blocked for 5 minutes
_REMEMBERED = 1_000  # clients, tokens: bounds what a long-lived server keeps


@dataclass(frozen=True, slots=True)
class Client:
    """An API client, as `createdBy` and `created_by_name` show it."""

    id: str
    name: str

    @property
    def label(self) -> str:
        return f"API_CLIENT:{self.name}"


def client_named(tenant: str, name: str) -> Client:
    """The same name has the same id for ever, without being stored."""
    return Client(str(uuid5(NAMESPACE_URL, f"welkin:{tenant}:{name}")), name)


class Tokens:
    """Tokens carry all that is needed to read them, so they outlive a restart on the same database."""

    def __init__(self, store: Store, ttl_s: int) -> None:
        self._ttl_s = ttl_s
        store.write("INSERT OR IGNORE INTO settings VALUES ('key', ?)", (secrets.token_bytes(32),))
        self._key: bytes = store.rows("SELECT value FROM settings WHERE name = 'key'")[0][0]
        self._read: dict[str, tuple[str, int, Client]] = {}
        self._revoked: dict[str, None] = {}
        self._requests: dict[Client, deque[int]] = {}
        self._blocked: dict[Client, int] = {}

    def admit(self, client: Client, now: int) -> None:
        """Count a token request. Raises the 429 of a client that asks too often."""
        if now < self._blocked.get(client, 0) <= now + _WINDOW_MS:
            raise _too_many()
        recent = self._requests.setdefault(client, deque())
        while recent and not now - _WINDOW_MS < recent[0] <= now:  # later than now: the clock was set back
            recent.popleft()
        recent.append(now)
        if len(recent) > _LIMIT:
            recent.clear()
            self._blocked[client] = now + _WINDOW_MS
            _forget(self._blocked)
            raise _too_many()
        _forget(self._requests)

    def issue(self, tenant: str, client: Client, now: int) -> str:
        """A JWT with the claims of the reference's sample, signed our own way: nobody could check theirs."""
        issued = now // 1000
        claims = {
            "custom:type": "API_CLIENT",
            "sub": client.id,
            "aud": "simulator",
            "event_id": str(uuid4()),
            "token_use": "id",
            "auth_time": issued,
            "iss": _issuer(tenant),
            "custom:id": client.id,
            "cognito:username": client.name,
            "exp": issued + self._ttl_s,
            "iat": issued,
        }
        signed = f"{_encoded({'kid': 'simulator', 'alg': 'RS256'})}.{_encoded(claims)}"
        return f"{signed}.{self._signature(signed)}"

    def client_of(self, token: str, tenant: str, now: int) -> Client:
        """Whose token this is. Raises the 401 of one that is false, of another tenant, or out of date."""
        issuer, expires, client = self._read.get(token) or self._parsed(token)
        if issuer != _issuer(tenant):
            raise not_valid()
        if now >= expires or token in self._revoked:
            raise Refusal(401, Error("TOKEN_EXPIRED", "The token has expired", "AUTH"))
        return client

    def revoke(self, token: str) -> None:
        self._revoked[token] = None
        _forget(self._revoked)

    def _parsed(self, token: str) -> tuple[str, int, Client]:
        signed, _, signature = token.rpartition(".")
        if not secrets.compare_digest(self._signature(signed).encode(), signature.encode()):
            raise not_valid()
        claims = _decoded(signed.partition(".")[2])
        found = claims["iss"], claims["exp"] * 1000, Client(claims["custom:id"], claims["cognito:username"])
        self._read[token] = found
        _forget(self._read)
        return found

    def _signature(self, signed: str) -> str:
        return _base64(shake_256(self._key + signed.encode()).digest(256))


def not_valid() -> Refusal:
    return Refusal(401, Error("NOT_VALID_JSON_WEB_TOKEN", "Not a valid JSON web token", "AUTH"))


def _too_many() -> Refusal:
    return Refusal(429, Error("TOO_MANY_REQUESTS", "Too many token requests; wait 5 minutes", "AUTH"))


def _issuer(tenant: str) -> str:
    """One pool of clients a tenant: a token is good for its own tenant only."""
    pool = shake_256(tenant.encode()).hexdigest(5)
    return f"https://cognito-idp.us-east-1.amazonaws.com/us-east-1_{pool}"


def _forget(remembered: dict[Any, Any]) -> None:
    """Drop the oldest beyond the bound; called after each insertion."""
    if len(remembered) > _REMEMBERED:
        del remembered[next(iter(remembered))]


def _encoded(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def _decoded(text: str) -> Any:
    return json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
