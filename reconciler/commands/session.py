"""What commands begin with: manifests loaded and expanded, a service connected, a plan made."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from reconciler.client import Client
from reconciler.client.connection import Connection, Place, connection_from
from reconciler.commands.options import Common
from reconciler.commands.output import say
from reconciler.commands.stopping import interruptible
from reconciler.errors import ManifestError, Problem, UsageError
from reconciler.expand import context_of, expand, nearest_user, undeclared_users
from reconciler.kinds import Context, Kind
from reconciler.live import read_live
from reconciler.manifest import load_environment
from reconciler.model import Desired, Environment, Findings, Plan, Snapshot
from reconciler.plan.make import Selection, make_plan

SIMULATOR = "simulator"  # stands for the embedded Welkin's URL in plans: its port is another one every time
DATA = Path(".welkin-reconcile")


class Wishes(NamedTuple):
    """One environment, expanded."""

    context: Context
    desired: list[Desired]


class Planned(NamedTuple):
    """A plan with what it was made from."""

    plan: Plan
    live: Snapshot


def load(
    paths: tuple[str, ...], now: datetime, kinds: Mapping[str, Kind], adopt: bool = False
) -> list[Wishes]:
    """Load and expand environment files, checking all of them before anything is done with one.

    Raises: ManifestError: every problem of every file.
    """
    wishes, problems = [], []
    for path in paths:
        findings = Findings()
        wishes.append(_expanded(path, now, kinds, findings, adopt))
        problems += findings.errors
    if problems:
        raise ManifestError(problems)
    return [wish for wish in wishes if wish]


def checked(
    paths: tuple[str, ...], now: datetime, kinds: Mapping[str, Kind]
) -> tuple[list[Problem], list[Problem], list[Environment]]:
    """Load and expand without a service; return the errors, the warnings and what was loaded."""
    findings, environments = Findings(), []
    for path in paths:
        wishes = _expanded(path, now, kinds, findings)
        if wishes:
            environments.append(wishes.context.environment)
            for name, source in undeclared_users(wishes.desired, wishes.context).items():
                near = nearest_user(name, wishes.context)
                findings.warn(
                    source, f"no manifest declares the user `{name}`: the tenant has to have it{near}"
                )
    return sorted(set(findings.errors)), sorted(set(findings.warnings)), environments


def _expanded(
    path: str, now: datetime, kinds: Mapping[str, Kind], findings: Findings, adopt: bool = False
) -> Wishes | None:
    environment = load_environment(path, findings)
    if environment is None:
        return None
    context = context_of(environment, now, findings, adopt)
    return Wishes(context, expand(context, kinds))


@contextmanager
def connected(place: Place, common: Common) -> Iterator[Client]:
    """Connect to the service a place names, or to the embedded one; the client is closed at the end.

    Until something is written, Ctrl-C ends it all.

    Raises: UsageError.
    """
    with (
        interruptible(),
        _reachable(place, common) as connection,
        Client(connection, parallelism=common.parallelism, rate=common.rate, tell=say) as client,
        interruptible(client.stop),
    ):
        yield client


def planned(
    wishes: Wishes, kinds: Mapping[str, Kind], client: Client, common: Common, selection: Selection
) -> Planned:
    """Read what is live and plan what leads from there to what is wished.

    Raises: ApiError; ManifestError: what only the live service could tell.
    """
    context, desired = wishes
    live = read_live(client, desired, context, common.parallelism)
    url = SIMULATOR if common.simulator else client.api_url
    plan = make_plan(desired, live, kinds, context, url, selection)
    if context.findings.errors:
        raise ManifestError(context.findings.errors)
    return Planned(plan, live)


@contextmanager
def _reachable(place: Place, common: Common) -> Iterator[Connection]:
    if not common.simulator:
        if place.api_url == SIMULATOR:
            raise UsageError("this plan was made for the embedded Welkin: add --simulator")
        yield connection_from(place, os.environ, api_url=common.api_url, secret_file=common.secret_file)
        return
    if common.api_url:
        raise UsageError("--simulator and --api-url exclude each other: keep one")
    secret = os.environ.get("WELKIN_SECRET") or SIMULATOR
    with _embedded(secret, common.now, place.timezone) as url:
        yield Connection(url, place.tenant, place.instance, place.client or SIMULATOR, secret)


@contextmanager
def _embedded(secret: str, now: datetime, timezone: str) -> Iterator[str]:
    """Run the embedded Welkin for as long as the command runs, on data that stay.

    timezone: in which we read the hours of people without a zone of their own, and so does it.
    """
    from reconciler.simulator import Options, start

    try:
        DATA.mkdir(exist_ok=True)
        db = str(DATA / "simulator.db")
        running = start(Options(db=db, secret=secret, now=now, timezone=timezone))
    except ImportError:
        raise UsageError(
            "--simulator needs more packages: pip install 'welkin-reconcile[simulator]'"
        ) from None
    except OSError as error:
        raise UsageError(f"the embedded Welkin cannot start in {DATA}: {error.strerror}") from None
    try:
        yield running.url
    finally:
        running.stop()
