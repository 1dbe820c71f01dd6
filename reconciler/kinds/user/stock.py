"""The users of a tenant as manifests say them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.dates.zones import is_zone
from reconciler.kinds import Stock, Survey
from reconciler.model import Snapshot, Users
from reconciler.model.typed import JsonObject

TEXTS = ("email", "phone", "timezone", "firstName", "lastName", "credentials", "locale")
ATTRIBUTES = "customUserAttributes"


@dataclass(frozen=True, slots=True, kw_only=True)
class People(Stock):
    """users: by username, what an entry says of each."""

    users: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def stock_of_users(live: Snapshot, survey: Survey) -> People:
    known, taken = live.of(Users).by_name, survey.taken(live)
    wanted = known.keys() if survey.users is None else {*survey.users}
    told = {str(name): str(id) for name, id in _declared_ids(survey)}
    users = {name: _said(known[name], told.get(name)) for name in taken}
    inactive = len(wanted & known.keys()) - len(taken)
    return People(users=users, left_out={"users who are inactive or of the system": inactive})


def _declared_ids(survey: Survey) -> Iterator[tuple[str, str]]:
    """Ids that no answer tells, as the environment's own manifests do."""
    return ((name, spec["id"]) for name, spec in survey.context.people.items() if "id" in spec)


def _said(user: JsonObject, id: str | None) -> dict[str, object]:
    said: dict[str, object] = {name: user[name] for name in TEXTS if user.get(name)}
    if "timezone" in said and not is_zone(str(said["timezone"])):
        del said["timezone"]
    attributes = dict(_attributes(user.get(ATTRIBUTES)))
    return said | ({"attributes": attributes} if attributes else {}) | ({"id": id} if id else {})


def _attributes(found: object) -> Iterator[tuple[str, object]]:
    """What has a text, or texts: anything else no manifest says."""
    for name, value in found.items() if isinstance(found, Mapping) else ():
        if isinstance(value, list) and value and all(map(_is_text, value)):
            yield str(name), sorted(map(str, value))
        elif _is_text(value):
            yield str(name), str(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str | int | float) and str(value) != ""
