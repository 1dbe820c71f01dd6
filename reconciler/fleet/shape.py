"""What a fleet consists of, as its file says it: values, without behaviour and without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from reconciler.model import Source as Place
from reconciler.model import Text

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Held(NamedTuple):
    """Where a secret lies: in a variable or in a file. place: where that is said."""

    place: Place
    env: str | None = None
    file: Path | None = None


class Source(NamedTuple):
    """Where manifests come from: a repository, or a folder.

    place: where it is described. reach: where its address stands. environments: patterns of its environment
    files, each with its place. tenants: whose environments may stand in it; anybody's if None.
    """

    name: str
    place: Place
    reach: Place
    environments: tuple[Text, ...]
    git: str | None = None
    path: Path | None = None
    ref: str = "main"
    tenants: frozenset[str] | None = None
    poll: timedelta = MINUTE
    webhook: Held | None = None


class Bounds(NamedTuple):
    """What runs of a tenant are held to. rate: calls a second."""

    concurrency: int = 2
    rate: float = 5.0
    timeout: timedelta = 15 * MINUTE
    attempts: int = 3


class Notify(NamedTuple):
    """Somebody who is told of changes of state. tenants: of whose environments; of all if None."""

    on: frozenset[str]
    url: Held
    tenants: frozenset[str] | None = None
    form: str = "json"


class Auth(NamedTuple):
    """How it is known who asks for a page: by a header of a proxy in these networks, or by a token.

    place: where that is said.
    """

    place: Place
    proxy_header: str | None = None
    networks: tuple[str, ...] = ()
    tokens: Path | None = None


@dataclass(frozen=True, slots=True)
class Fleet:
    """Many environments that are kept true.

    only_new_at: in minutes since midnight; None: the horizon doesn't move on by itself. named: the tenants
    that are spoken of beside the sources, each at its place.
    """

    path: Path
    sources: tuple[Source, ...]
    drift_every: timedelta = HOUR
    only_new_at: int | None = None
    apply_on_merge: bool = False
    defaults: Bounds = field(default_factory=Bounds)
    tenants: Mapping[str, Bounds] = field(default_factory=dict)
    secrets: Path | None = None
    keep_runs: timedelta = 90 * DAY
    keep_plans: timedelta = 30 * DAY
    notify: tuple[Notify, ...] = ()
    auth: Auth | None = None
    named: tuple[Text, ...] = ()

    def bounds(self, tenant: str) -> Bounds:
        return self.tenants.get(tenant, self.defaults)

    def source(self, name: str) -> Source | None:
        return next((each for each in self.sources if each.name == name), None)
