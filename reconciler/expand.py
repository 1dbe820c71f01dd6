"""Manifests -> desired objects of every kind, as each kind reads its own sections. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast

from reconciler.dates.grammar import date_of
from reconciler.kinds import Context, Kind, Leaving, check_people, closures_of, teams_of, window_of
from reconciler.model import Desired, Environment, Findings
from reconciler.model.spec import CalendarSpec, ClosureSpec, NamedRotation, PeopleSpec, TemplateSpec, UserSpec

LISTING = ("teams", "events", "policies", "closures")  # sections that list people


def context_of(environment: Environment, now: datetime, findings: Findings, adopt: bool = False) -> Context:
    """What expansion and planning share; `now` is aware."""
    people, templates, lists, rotations, teams = (
        {manifest.name: manifest.spec for manifest in environment.under(section)}
        for section in ("users", "templates", "calendars", "rotations", "teams")
    )
    users, whole = cast(Mapping[str, UserSpec], people), not findings.errors
    calendars = cast(Mapping[str, CalendarSpec], lists)
    everybody = teams_of(cast(Mapping[str, PeopleSpec], teams), findings)
    closures = cast(Sequence[ClosureSpec], [manifest.spec for manifest in environment.under("closures")])
    check_people(environment.under(*LISTING), teams if whole else None, findings)
    return Context(
        environment=environment,
        now=now,
        window=window_of(environment, now, adopt),
        people=users,
        templates=cast(Mapping[str, TemplateSpec], templates),
        findings=findings,
        adopt=adopt,
        calendars=calendars,
        rotations=cast(Mapping[str, NamedRotation], rotations),
        leaving=dict(_leaving(environment)),
        teams=everybody,
        whole=whole,
        closures=closures_of(closures, calendars, everybody, findings),
    )


def _leaving(environment: Environment) -> Iterator[tuple[str, Leaving]]:
    """Who leaves: `absent` is as of yesterday, without a successor."""
    for manifest in environment.under("users"):
        spec = cast(UserSpec, manifest.spec)
        why = str(spec.get("reason", ""))
        if spec.get("ensure") == "absent":
            yield manifest.name, Leaving(manifest.source, why=why)
        elif spec.get("ensure") == "departed":
            last = spec.get("lastDay")  # it may be missing after other errors
            last_day = date_of(last) if last else None
            yield manifest.name, Leaving(manifest.source, last_day, spec.get("successor"), why)


def expand(context: Context, kinds: Mapping[str, Kind]) -> list[Desired]:
    """Expand all manifests, in the order of kinds, sections and files; problems go to the findings."""
    desired: list[Desired] = []
    for kind in kinds.values():
        manifests = context.environment.under(*kind.sections)
        wishes = [wish for manifest in manifests for wish in kind.expand(manifest, context)]
        desired += kind.agreed(wishes, context)
    return desired
