"""Manifests -> desired objects of every kind, and what they refer to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from reconciler.expand.leaving import without_leavers
from reconciler.kinds import Context, Kind, window_of
from reconciler.manifest.accounts import form_of, likeness
from reconciler.model import Desired, Environment, Findings, Key, Manifest, Source

ONE_PERSON = "if that is one person, keep one of the two; an account too many can't be deleted again"
KIND_OF = {"leave": "event"}  # sections that are another spelling of a kind


def context_of(environment: Environment, now: datetime, findings: Findings, adopt: bool = False) -> Context:
    """What expansion and planning share; `now` is aware."""
    people = {manifest.name: manifest.spec for manifest in environment.of_kind("user")}
    return Context(
        environment=environment,
        now=now,
        window=window_of(environment, now),
        people=people,
        templates={manifest.name: manifest.spec for manifest in environment.of_kind("template")},
        findings=findings,
        adopt=adopt,
        calendars={manifest.name: manifest.spec for manifest in environment.of_kind("calendar")},
        leaving=frozenset(name for name, spec in people.items() if spec.get("ensure") == "absent"),
    )


def expand(context: Context, kinds: Mapping[str, Kind]) -> list[Desired]:
    """Expand all manifests, in the order of kinds and files; problems go to the findings."""
    desired: list[Desired] = []
    for manifest in context.environment.manifests:
        kind = kinds.get(KIND_OF.get(manifest.kind, manifest.kind))
        if kind:
            desired += kind.expand(manifest, context)
    _check_keys(desired, context)
    _check_accounts(context)
    return without_leavers(desired, context)


def _check_keys(desired: Iterable[Desired], context: Context) -> None:
    """No event can be wished twice, as by a series that is called as a person's leave is."""
    first: dict[Key, Source] = {}
    for wish in (wish for wish in desired if wish.key.kind == "event"):
        place = first.setdefault(wish.key, wish.source)
        if place is not wish.source:
            message = f"{wish.key} is in {_at(place)} already: give one of them another name"
            context.findings.error(wish.source, message)


def _check_accounts(context: Context) -> None:
    """No two people of one address, or of names that differ by capitals only: one person's two accounts."""
    names: dict[str, Manifest] = {}
    addresses: dict[str, Manifest] = {}
    for user in context.environment.of_kind("user"):
        address = user.spec.get("email")
        if user.spec.get("ensure") == "absent":
            continue
        twin = names.setdefault(form_of(user.name), user)
        if twin is not user:
            message = (
                f"`{user.name}` is {likeness(user.name, twin.name)} as `{twin.name}` ({_at(twin.source)})"
            )
            context.findings.warn(user.source, f"{message}: {ONE_PERSON}")
        if address:
            other = addresses.setdefault(form_of(address), user)
            if other is not user:
                place = _at(other.spec["email"].source)
                message = f"`{user.name}` has the address of `{other.name}` ({place})"
                context.findings.warn(address.source, f"{message}: {ONE_PERSON}")


def _at(source: Source) -> str:
    return f"{source.path}:{source.line}"
