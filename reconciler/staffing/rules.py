"""Policies as manifests say them: whom a rule is for, what it asks, and who is excepted until when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from reconciler.dates.grammar import date_of
from reconciler.kinds import Context, Listed, Stay
from reconciler.model import Manifest, Source, Text
from reconciler.model.spec import PeopleSpec
from reconciler.staffing.people import Person

People = Mapping[str, Person]


class Whom:
    """Of those looked at, whom a rule or an exception is for, date by date.

    ever: all whom it is for on any date, in the order in which they are looked at.
    """

    def __init__(self, listed: Listed, people: People) -> None:
        self.listed, self.people = listed, people
        self.ever = self._looked_at(listed.ever)
        self._between = dict[tuple[int, int], frozenset[str]]()

    def on(self, day: date) -> list[str]:
        """Whom it is for on a date."""
        return self._looked_at(self.listed.on(day))

    def takes(self, user: str | None, first: date, last: date) -> bool:
        """Whether it is for somebody on any date from one to another, both included."""
        turns = self.listed.turn(first), self.listed.turn(last)
        if turns not in self._between:
            self._between[turns] = frozenset(self.listed.during(first, last))
        return user in self._between[turns]

    def strangers(self, today: date) -> set[str]:
        """Who is named, from today on, and nobody looked at."""
        return {*self.listed.during(today, date.max)} - self.people.keys()

    def _looked_at(self, names: Iterable[str]) -> list[str]:
        wanted = {*names}
        return [name for name in self.people if name in wanted]


@dataclass(frozen=True, slots=True)
class Exemption:
    """Violations dated up to and with `until` don't count; `users` None: whosever they are."""

    users: Whom | None
    until: date
    reason: str

    def holds(self, user: str | None, first: date, last: date) -> bool:
        return first <= self.until and (self.users is None or self.users.takes(user, first, last))


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `policies`; `says` is the whole of it, `value` what stands behind its own key `policy`."""

    policy: str
    value: str
    says: Mapping[str, Any]
    source: Source
    severity: str
    users: Whom
    exemptions: tuple[Exemption, ...]

    @classmethod
    def read(cls, manifest: Manifest, policy: str, people: People, context: Context) -> Rule:
        """Read an entry that its schema has found sound."""
        spec = cast(Mapping[str, Any], manifest.spec)
        return cls(
            policy,
            str(spec[policy]),
            spec,
            manifest.source,
            str(spec.get("severity", "deny")),
            _whom(spec.get("users", spec.get("of", "all")), people, context),
            tuple(_exemption(each, people, context) for each in spec.get("except", ())),
        )

    def exemption(self, user: str | None, first: date, last: date) -> Exemption | None:
        """The exception that holds for a violation of these dates."""
        return next((each for each in self.exemptions if each.holds(user, first, last)), None)

    def strangers(self, today: date) -> list[str]:
        """Whom it names, from today on, and nobody looks at."""
        lists = [self.users, *(each.users for each in self.exemptions if each.users)]
        return sorted({name for whom in lists for name in whom.strangers(today)})


def _whom(who: str | PeopleSpec | Mapping[str, Any], people: People, context: Context) -> Whom:
    """Whom `all`, a list of people, a team or `{credentials: …}` means."""
    if isinstance(who, Mapping) and "credentials" in who:
        named: str | Sequence[str] = who["credentials"]
        wanted = {named} if isinstance(named, str) else {*named}
        return Whom(_always(person for person in people.values() if person.credentials in wanted), people)
    if who == "all":
        return Whom(_always(people.values()), people)
    listed = [who] if isinstance(who, str | Mapping) else who
    return Whom(context.listed(cast(PeopleSpec, listed)), people)


def _always(people: Iterable[Person]) -> Listed:
    return Listed(Stay(Text(person.name, person.source)) for person in people)


def _exemption(spec: Mapping[str, Any], people: People, context: Context) -> Exemption:
    users = _whom(spec["users"], people, context) if "users" in spec else None
    return Exemption(users, date_of(spec["until"]), str(spec["reason"]))
