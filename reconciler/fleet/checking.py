"""Everything that is wrong with a fleet before any of it runs: no service is asked, and no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from reconciler.client.connection import client_of, url_of
from reconciler.errors import ManifestError, Problem, UsageError
from reconciler.errors.mistakes import Mistake
from reconciler.fleet.configuration import check_tenants, load_fleet
from reconciler.fleet.secrets import Secrets, held
from reconciler.fleet.shape import Fleet, Held, Source
from reconciler.fleet.sources import Sources
from reconciler.fleet.surveys import Declared, clashes, surveyed
from reconciler.model import Environment, Findings
from reconciler.model import Source as Place
from reconciler.pipeline import check, load


class Looked(NamedTuple):
    """A source as it was found; revision: None where it can't be read."""

    source: Source
    revision: str | None
    environments: tuple[Declared, ...] = ()


class Ready(NamedTuple):
    """An environment in which nothing is wrong. secret: where it comes from."""

    name: str
    environment: Environment
    client: str
    secret: str


class Checked(NamedTuple):
    """What there is, and all that is wrong or odd."""

    sources: list[Looked]
    environments: list[Ready]
    errors: list[Problem]
    warnings: list[Problem]


def check_fleet(path: Path, environ: Mapping[str, str], now: datetime) -> Checked:
    """Read the fleet's file, all sources, all environments, and look for all secrets."""
    findings = Findings()
    fleet = load_fleet(path, findings)
    if fleet is None:
        return Checked([], [], sorted(findings.errors), [])
    sources, looked, loaded = Sources(fleet, environ), list[Looked](), dict[str, Environment]()
    for source in fleet.sources:
        try:
            looked.append(_looked(source, sources, now, findings, loaded))
        except ManifestError as error:
            findings.errors += error.problems
            looked.append(Looked(source, None))
    _check_together(fleet, looked, findings)
    _check_held(fleet, environ, findings)
    places = {each.name: each.client_at or Place(each.path, 1) for one in looked for each in one.environments}
    ready = list(_ready(fleet, environ, loaded, places, findings))
    return Checked(looked, ready, sorted(set(findings.errors)), sorted(set(findings.warnings)))


def _looked(
    source: Source, sources: Sources, now: datetime, findings: Findings, loaded: dict[str, Environment]
) -> Looked:
    """Read a source; its sound environments are added by name. Raises: ManifestError: it can't be read."""
    revision = sources.fetch(source)
    with sources.opened(source, revision) as tree:
        survey = surveyed(source, tree)
        findings.errors += survey.problems
        findings.warnings += _within(source, survey.warnings)
        for each in survey.environments:
            told = check(load(each.path, tree=tree, alone=True), now)
            problems = [*told.errors, *each.problems]
            findings.errors += _within(source, problems)
            findings.warnings += _within(source, told.warnings)
            if not problems:
                (loaded[each.name],) = told.environments
    return Looked(source, revision, survey.environments)


def _within(source: Source, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Problems as they are told where there are several sources."""
    yield from (problem._replace(path=f"{source.name}/{problem.path}") for problem in problems)


def _check_together(fleet: Fleet, looked: list[Looked], findings: Findings) -> None:
    """What environments of all sources say together."""
    known = [each for one in looked for each in one.environments]
    told = {(problem.path, problem.line, problem.column) for problem in findings.errors}
    by_name = {each.name: each for each in known}
    for name, problem in clashes(known).items():
        shown = problem._replace(path=f"{by_name[name].source}/{problem.path}")
        if (shown.path, shown.line, shown.column) not in told:
            findings.errors.append(shown)
    unlisted = any(each.source.tenants is None for each in looked)
    if unlisted and all(each.revision for each in looked):
        listed = frozenset[str]().union(*(each.source.tenants or () for each in looked))
        check_tenants(fleet, listed | {each.tenant for each in known if each.tenant}, findings)


def _check_held(fleet: Fleet, environ: Mapping[str, str], findings: Findings) -> None:
    """What lies where the fleet's file says: each is needed as soon as something happens."""
    where: list[Held] = [source.webhook for source in fleet.sources if source.webhook]
    for each in (*where, *(notify.url for notify in fleet.notify)):
        try:
            held(each, environ)
        except UsageError as error:
            findings.error(each.place, str(error), Mistake.NO_SECRET)
    auth = fleet.auth
    if auth and auth.tokens and not auth.tokens.is_dir():
        findings.error(auth.place, f"there is no folder {auth.tokens}", Mistake.NO_SECRET)


def _ready(
    fleet: Fleet,
    environ: Mapping[str, str],
    loaded: Mapping[str, Environment],
    places: Mapping[str, Place],
    findings: Findings,
) -> Iterator[Ready]:
    """The environments that could be run; what is told of others stands where they name their clients."""
    named = {name: each for name, each in loaded.items() if environ.get("WELKIN_CLIENT") or each.client}
    clients = {(each.tenant, client_of(each, environ)) for each in named.values()}
    secrets = Secrets(fleet, environ, clients)
    for name, each in loaded.items():
        place = places[name]._replace(path=f"{name.partition('/')[0]}/{each.source.path}")
        mistake = Mistake.NO_CLIENT
        try:
            client = client_of(each, environ)
            mistake = Mistake.FOREIGN_HOST
            url_of(each, environ)
            mistake = Mistake.NO_SECRET
            yield Ready(name, each, client, secrets.of(each.tenant, client).found)
        except UsageError as error:
            findings.error(place, str(error), mistake)
