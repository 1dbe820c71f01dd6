"""The bearer token: fetched, shared by threads, renewed. The only file that sends the secret.

More than 100 token requests of a client in 5 minutes block it for 5 minutes: hence one token
for all threads, a refusal that is remembered, and a bound on renewals.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from reconciler import routes
from reconciler.client.answers import Answer, mapping, parse
from reconciler.client.connection import Connection, tenant_variable
from reconciler.errors import ApiError, Forbidden, NoAnswer, NotFound, RateLimited, Unauthorized
from reconciler.model import Request
from reconciler.model.typed import JsonObject

BLOCK_S = 300.0
MOST_TOKENS = 90  # of ours in that time; the service blocks at 100
DEFAULT_LIFE_S = 55 * 60.0
LONGEST_LIFE_S = 24 * 60 * 60.0  # whatever the token says


class Token(NamedTuple):
    """A token; `until` on the monotonic clock of the source."""

    text: str
    until: float
    ids: frozenset[str]

    def __repr__(self) -> str:
        return "Token(...)"


class TokenSource:
    """Gives the current token and gets another when it ends or is refused."""

    def __init__(
        self, connection: Connection, ask: Callable[[Request], Answer], clock: Callable[[], float]
    ) -> None:
        """Args: ask: sends a request without a token; clock: monotonic, so that a jump does no harm."""
        self._connection, self._ask, self._clock = connection, ask, clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._asked_at: deque[float] = deque()
        self._refused: tuple[ApiError, float] | None = None

    @property
    def client_ids(self) -> frozenset[str]:
        """The ids by which `updatedBy` names us; empty before the first token, or if unreadable."""
        return self._token.ids if self._token else frozenset()

    def get(self) -> str:
        """The token to send; asks for one if there is none or its end is near."""
        with self._lock:
            if self._token is None or self._clock() >= self._token.until:
                self._token = self._fetch()
            return self._token.text

    def renew(self, refused: str) -> str:
        """Another token than the refused one; the one another thread got meanwhile will do."""
        with self._lock:
            if self._token is None or self._token.text == refused:
                self._token = self._fetch()
            return self._token.text

    def permit(self) -> None:
        """Count one token request that is about to go, repeated ones each.

        Raises: ApiError: one more would block the client, or the last refusal still holds.
        """
        self._check_allowed()
        self._asked_at.append(self._clock())

    def _fetch(self) -> Token:
        self._check_allowed()
        request = routes.token(self._connection.tenant, self._connection.client, self._connection.secret)
        answer = self._ask(request)
        if 400 <= answer.status < 500:
            error = self._refusal(request, answer.status)
            self._refused = error, self._clock()
            raise error
        text = self._text(request, parse(request, answer))
        claims = _claims(text)
        return Token(text, self._clock() + _life(claims), _ids(claims))

    def _check_allowed(self) -> None:
        now = self._clock()
        if self._refused and now - self._refused[1] < BLOCK_S:
            known = self._refused[0]
            raise type(known)(str(known), status=known.status)
        while self._asked_at and now - self._asked_at[0] >= BLOCK_S:
            self._asked_at.popleft()
        if len(self._asked_at) >= MOST_TOKENS:
            raise RateLimited(
                f"{MOST_TOKENS} tokens in 5 minutes did not last: stopped before the service blocks "
                "the client; check in Admin that the API client is enabled"
            )

    def _refusal(self, request: Request, status: int) -> ApiError:
        who = f"API client {self._connection.client} of tenant {self._connection.tenant}"
        says = f"{routes.shown(request)}: {status}"
        if status in {403, 429}:
            return RateLimited(
                f"{says}: token requests of {who} seem blocked (more than 100 in 5 minutes): "
                "wait up to 5 minutes and run again; the secret need not be wrong",
                status=status,
            )
        if status == 401:
            own = tenant_variable("WELKIN_SECRET", self._connection.tenant)
            where = f"check ${own}, $WELKIN_SECRET, --secret-file or the keyring, whichever comes first"
            return Unauthorized(f"{says}: the secret of {who} is wrong: {where}", status=status)
        if status in {400, 404, 410}:
            make = ApiError if status == 400 else NotFound
            return make(f"{says}: there is no {who}: check both names and the API URL", status=status)
        return ApiError(f"{says}: no token for {who}: check the API URL", status=status)

    def _text(self, request: Request, payload: object) -> str:
        found = mapping(request, payload)
        if found.get("enabled") is False:
            error = Forbidden(f"{routes.shown(request)}: this API client is disabled: enable it in Admin")
            self._refused = error, self._clock()
            raise error
        text = found.get("token")
        # A token of other characters would be refused by the HTTP library, with the token in its error.
        if not isinstance(text, str) or not text or not text.isascii() or not text.isprintable():
            raise NoAnswer(
                f"{routes.shown(request)}: no token in the answer: this is not the Welkin API; "
                "check the API URL"
            )
        return text


def _claims(token: str) -> JsonObject:
    """Read a JWT's claims without verifying them; {} where it is none."""
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _life(claims: JsonObject) -> float:
    """Seconds for which to use a token: nine tenths of its life by its own `iat`, not by our clock."""
    issued, expires = claims.get("iat"), claims.get("exp")
    if isinstance(issued, int | float) and isinstance(expires, int | float) and expires > issued:
        return min(expires - issued, LONGEST_LIFE_S) * 0.9
    return DEFAULT_LIFE_S


def _ids(claims: JsonObject) -> frozenset[str]:
    found = (claims.get("custom:id"), claims.get("sub"))
    return frozenset(id for id in found if isinstance(id, str) and id)
