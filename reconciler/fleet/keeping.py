"""Keeps other runs away wherever they run, by leases, and notes a run beside all others.

A run of the fleet is driven like any other; its settings say who keeps others away:

    keeper = Shared(leases, run="9b1e70c2d3a4f5b6")
    service = Service(place, settings._replace(keeper=keeper), lines.client(place), environ)
    with service.alone():  # Locked: somebody else has the environment
        planned = plan(wishes, service)
        applied = apply(planned, service, Manner(journal=None))
    if applied.fenced:
        return  # without a word: another epoch goes on with it; nothing of this one may be noted any more

Its calls say in `User-Agent` which run and epoch they are of; lines are shared as ever. Those of
`shared=True` remember what they have read of a tenant: no run of the fleet may have them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconciler.client import Guard
from reconciler.errors import Fenced
from reconciler.fleet.leases import Lease, Leases
from reconciler.fleet.ledger import Ledger
from reconciler.model import Plan

USERS = "users"
TENANT_S = 300.0  # how long another run's wave of users is waited for


class Held:
    """What a run has while its lease lives: that, its part of the ledger, and the tenant's for a while."""

    def __init__(self, leases: Leases, run: str, lease: Lease) -> None:
        self._leases, self._held = leases, [lease]
        self.ledger = Ledger(leases, run, self._held)
        self.guard = Guard(f"run/{run}/{lease.epoch}", self._check, leases.write_s)

    def record(self, plan: Plan) -> Ledger:
        return self.ledger

    @contextmanager
    def with_tenant(self, plan: Plan, sleep: Callable[[float], object]) -> Iterator[bool]:
        key = (*self._held[0].key[:2], USERS)
        with self._leases.held(key, self.ledger.run, TENANT_S, sleep) as lease:
            unsettled_s = self.ledger.unsettled_s(lease, plan)
            if unsettled_s:
                sleep(unsettled_s)
            self._held.append(lease)
            try:
                yield True
            finally:
                self._held.remove(lease)

    def unsettled_s(self, plan: Plan) -> float:
        return self.ledger.unsettled_s(self._held[0], plan)

    def _check(self) -> None:
        try:
            for lease in list(self._held):
                lease.check()
        except Fenced:
            self.ledger.is_over = True
            raise


class Shared:
    """The keeper of one run."""

    def __init__(self, leases: Leases, run: str, sleep: Callable[[float], object] = time.sleep) -> None:
        self.leases, self.run, self._sleep = leases, run, sleep

    @contextmanager
    def alone(self, environment: tuple[str, ...], wait_s: float) -> Iterator[Held]:
        with self.leases.held(environment, self.run, wait_s, self._sleep) as lease:
            yield Held(self.leases, self.run, lease)
