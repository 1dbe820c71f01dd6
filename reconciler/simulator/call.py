"""What a route's handler gets, what it gives back, and how a route is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from reconciler.simulator import instants
from reconciler.simulator.checks import Bad, Check, instant
from reconciler.simulator.clock import Clock
from reconciler.simulator.faults import Faults
from reconciler.simulator.journal import Journal
from reconciler.simulator.options import Options
from reconciler.simulator.paging import DEFAULT_SIZE
from reconciler.simulator.refusals import Error, Refusal, invalid
from reconciler.simulator.store import Store
from reconciler.simulator.tokens import Client, Tokens


@dataclass(frozen=True, slots=True)
class World:
    """All that outlives a request."""

    options: Options
    clock: Clock
    store: Store
    tokens: Tokens
    faults: Faults
    journal: Journal

    def close(self) -> None:
        self.store.close()
        self.journal.close()


class Answer(NamedTuple):
    """`body` is JSON; None: none at all, not even a content type; bytes: a page of HTML."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Call:
    """One request after its route, token, query and JSON were found good.

    `params` are the decoded path variables. The values of a query parameter that came more than once are
    joined by commas, the way lists are sent anyway. `body` is None where the request had none.
    `strict`: unknown keys are refused whatever the profile does; for seeds, where they are typing errors.
    """

    world: World
    uri: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    client: Client
    strict: bool = False

    @property
    def live(self) -> bool:
        return self.world.options.profile == "live"

    @property
    def store(self) -> Store:
        return self.world.store

    @property
    def tenant(self) -> str:
        return self.params["tenant"]

    @property
    def place(self) -> str:
        return f"{self.params['tenant']}/{self.params['instance']}"

    @property
    def now(self) -> str:
        return instants.show(self.world.clock.now())

    @property
    def unknown_keys(self) -> Literal["refuse", "drop"]:
        """What `checks.shape` does with keys it doesn't know."""
        if self.strict:
            return "refuse"
        return "drop" if self.live else self.world.options.unknown_keys

    @property
    def largest_page(self) -> int:
        """The reference names no other size than the default (reference, Find Events)."""
        return self.world.options.max_page_size if self.live else DEFAULT_SIZE

    def checked(self, check: Check) -> Any:
        """The body as the check returns it. Raises the 400 that names every problem."""
        try:
            return check(self.body)
        except Bad as bad:
            raise invalid([(path or "body", why) for path, why in bad.problems]) from bad

    def asked(self, name: str, check: Check, default: Any = None) -> Any:
        """A query parameter as the check returns it, the default where it is absent."""
        if name not in self.query:
            return default
        try:
            return check(self.query[name])
        except Bad as bad:
            raise invalid([(name, why) for _, why in bad.problems]) from bad

    def required(self, name: str, check: Check) -> Any:
        if name not in self.query:
            raise invalid([(name, "is required")])
        return self.asked(name, check)

    def required_range(self) -> tuple[int, int]:
        """`from` and `to`, in milliseconds since the epoch."""
        since, until = (instants.parse(self.required(name, instant)) for name in ("from", "to"))
        if until < since:
            raise invalid([("to", "must not be before from")])
        return since, until

    def restricted(self) -> Refusal:
        """The 403 recorded for what no API client may do."""
        details = {
            "clientId": self.client.id,
            "clientName": self.client.name,
            "clientType": "API_CLIENT",
            "organizationName": self.tenant,
            "requestURI": self.uri,
        }
        message = "Access for API client is restricted"
        return Refusal(403, Error("ACCESS_FOR_API_CLIENT_RESTRICTED", message, "AUTH", details))


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path template.

    `query` names the parameters both profiles know, `live_query` those that live knows besides; any other
    is refused by the reference, and means nothing live. `component` is the componentType of its errors.
    `only`: the one profile that has the route. `open`: needs no token.
    """

    method: str
    path: str
    handle: Callable[[Call], Answer]
    component: str
    query: str = ""
    live_query: str = ""
    only: Literal["live", "reference"] | None = None
    open: bool = False

    def known_query(self, live: bool) -> frozenset[str]:
        return frozenset(f"{self.query} {self.live_query if live else ''}".split())
