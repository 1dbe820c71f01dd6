"""Puts the server together: the world as the options ask for it, and the routes its profile has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack, closing

from starlette.routing import Route as Path
from starlette.routing import Router

from reconciler.simulator.call import Route, World
from reconciler.simulator.clock import Clock
from reconciler.simulator.exchange import Exchange, Message, Receive, Send
from reconciler.simulator.faults import Fault, Faults
from reconciler.simulator.journal import Journal
from reconciler.simulator.options import Options
from reconciler.simulator.refusals import Refusal
from reconciler.simulator.routes import (
    admin,
    audits,
    contract,
    events,
    formations,
    hours,
    patients,
    records,
    schedules,
    tokens,
    users,
)
from reconciler.simulator.seed_file import read_seed
from reconciler.simulator.seeding import plant
from reconciler.simulator.store import Store
from reconciler.simulator.tokens import Tokens

# Tried in this order: what is asked most first, and `/admin/` before paths with an instance in its place.
ROUTES: tuple[Route, ...] = (
    *admin.ROUTES,
    *users.ROUTES,
    *events.ROUTES,
    *hours.ROUTES,
    *schedules.ROUTES,
    *patients.ROUTES,
    *records.ROUTES,
    *formations.ROUTES,
    *audits.ROUTES,
    *tokens.ROUTES,
    *contract.ROUTES,
)


def build_world(options: Options) -> World:
    """Seeds are in it already. Raises OSError and ValueError for files that can't be used."""
    with ExitStack() as undo:
        store = undo.enter_context(closing(Store(options.db)))
        journal = undo.enter_context(closing(Journal(options.record)))
        world = World(
            options=options,
            clock=Clock(options.now),
            store=store,
            tokens=Tokens(store, options.token_ttl_s),
            faults=Faults((*_latency(options), *options.faults), options.random_seed),
            journal=journal,
        )
        _load(world)
        undo.pop_all()  # all went well: they stay open
    return world


def _load(world: World) -> None:
    for path in world.options.seed_files:
        document = read_seed(path)
        try:
            with world.store.transaction():
                plant(world, document)
        except Refusal as refusal:
            raise ValueError(f"{path}: {refusal.errors[0].message}") from refusal


def _latency(options: Options) -> tuple[Fault, ...]:
    if not (options.latency_ms or options.jitter_ms):
        return ()
    return (Fault("latency", f"{options.latency_ms}~{options.jitter_ms}"),)


def build_app(world: World) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """An ASGI application for HTTP."""
    by_path: dict[str, list[Route]] = {}
    for route in ROUTES:
        if route.only in (None, world.options.profile):
            by_path.setdefault(route.path, []).append(route)
    paths = [Path(template, Exchange(world, template, routes)) for template, routes in by_path.items()]
    router = Router(paths, redirect_slashes=False, default=Exchange(world, "(unknown path)"))

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        # Routed by the path as sent: decoded, a `%2F` inside an external id would become a step of the path.
        scope["path"] = scope["raw_path"].decode("ascii")
        await router(scope, receive, send)

    return app
