"""Policies as manifests say them: whom a rule is for, what it asks, and who is excepted until when. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from reconciler.dates.grammar import date_of
from reconciler.model import Manifest, Source
from reconciler.staffing.people import Person

People = Mapping[str, Person]


@dataclass(frozen=True, slots=True)
class Exemption:
    """Violations dated up to and with `until` don't count; `users` None: whosever they are."""

    users: frozenset[str] | None
    until: date
    reason: str

    def holds(self, user: str | None, day: date) -> bool:
        return day <= self.until and (self.users is None or user in self.users)


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `policies`; `says` is the whole of it, `value` what stands behind its own key `policy`.

    users: whom it is for, of those looked at, by name.
    """

    policy: str
    value: str
    says: Mapping[str, Any]
    source: Source
    severity: str
    users: tuple[str, ...]
    exemptions: tuple[Exemption, ...]

    @classmethod
    def read(cls, manifest: Manifest, policy: str, people: People) -> Rule:
        """Read an entry that its schema has found sound."""
        spec = cast(Mapping[str, Any], manifest.spec)
        return cls(
            policy,
            str(spec[policy]),
            spec,
            manifest.source,
            str(spec.get("severity", "deny")),
            tuple(selected(spec.get("users", spec.get("of", "all")), people)),
            tuple(_exemption(each, people) for each in spec.get("except", ())),
        )

    def exemption(self, user: str | None, day: date) -> Exemption | None:
        """The exception that holds for a violation of this date."""
        return next((each for each in self.exemptions if each.holds(user, day)), None)


def selected(who: str | Sequence[str] | Mapping[str, Any], people: People) -> list[str]:
    """Whom `all`, a list of usernames, or `{credentials: …}` means, of those looked at."""
    if isinstance(who, Mapping):
        named: str | Sequence[str] = who["credentials"]
        wanted = {named} if isinstance(named, str) else {*named}
        return [name for name, person in people.items() if person.credentials in wanted]
    if isinstance(who, str):
        return list(people) if who == "all" else [name for name in people if name == who]
    return [name for name in people if name in who]


def strangers(rule: Rule, people: People) -> list[str]:
    """Usernames that a rule names and nobody looked at bears."""
    lists = [rule.says.get("users"), rule.says.get("of")]
    lists += [each.get("users") for each in rule.says.get("except", ())]
    named = (str(name) for names in lists if isinstance(names, list) for name in names)
    return sorted({name for name in named if name not in people})


def _exemption(spec: Mapping[str, Any], people: People) -> Exemption:
    users = frozenset(selected(spec["users"], people)) if "users" in spec else None
    return Exemption(users, date_of(spec["until"]), str(spec["reason"]))
