"""What kinds are handed when they are asked: what a plan shares, what a request is built with. No kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, Protocol, TypeVar

from reconciler.dates.zones import is_zone, wall_to_instant, zone_of
from reconciler.errors.mistakes import Mistake
from reconciler.errors.nearest import did_you_mean
from reconciler.kinds._closures import Closures
from reconciler.kinds._people import Listed, Teams, stays_in
from reconciler.model import Desired, Environment, Findings, Key, Ref, Snapshot, Source, Text, Users, Window
from reconciler.model.spec import CalendarSpec, HoursSpec, NamedRotation, PeopleSpec, TemplateSpec, UserSpec
from reconciler.model.typed import User, is_inactive
from reconciler.routes import Scope

# Events are read from a little before now, as what is past holds its mark, to a little beyond the horizon, so
# that an occurrence moved across an edge is still seen on both sides.
BEFORE, BEYOND = timedelta(days=8), timedelta(days=31)
EXPORTED = timedelta(weeks=53)  # how far ahead an export looks
DAY = timedelta(days=1)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Known(NamedTuple):
    """What a request is built with besides its change: whose objects there are, and the ids known by now.

    ids, patients: username -> id, external id -> id; whoever is in neither stands as a reference.
    created: what the same plan creates.
    in_remarks: our marks stand in the remarks, or it isn't known that they don't.
    plain: users show no key beyond the reference's, so that null clears nothing and they are sent whole.
    """

    scope: Scope
    ids: Mapping[str, str]
    patients: Mapping[str, str]
    created: frozenset[Key] = frozenset()
    in_remarks: bool = False
    plain: bool = False

    def person(self, name: str) -> str | Ref:
        """The id of a user as plans name it, `user/johndoe`, or by id where no username was known."""
        username = name.removeprefix("user/")
        unnamed = username if _UUID.fullmatch(username) else None
        return self.ids.get(username) or unnamed or Ref(Key("user", username))

    def patient(self, name: str) -> str | Ref:
        """The id of a patient, named by external id or by id."""
        key = Key("patient", name)
        return self.patients.get(name) or (Ref(key) if key in self.created else name)


class Leaving(NamedTuple):
    """How somebody leaves for good, as it is declared at `source`.

    last_day: None: they are to be gone as of yesterday. successor: who hosts in their place from then on.
    why: the reason that is given.
    """

    source: Source
    last_day: date | None = None
    successor: Text | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What expansion and planning of one environment share.

    now: aware; the only clock there is.
    window: the instants for which events are read.
    people: the declared users' entries, by username.
    templates: the declared templates' entries, by name.
    findings: where problems and warnings go.
    calendars: the declared lists of days, by name.
    rotations: the declared rotations' entries, by name.
    leaving: those who leave, by username.
    teams: everybody in each declared team, by its name.
    whole: all that is declared is here; else something may be missing only because it is unsound itself.
    closures: when the house is closed, and for whom.
    """

    environment: Environment
    now: datetime
    window: Window
    people: Mapping[str, UserSpec]
    templates: Mapping[str, TemplateSpec]
    findings: Findings
    adopt: bool = False
    calendars: Mapping[str, CalendarSpec] = field(default_factory=dict)
    rotations: Mapping[str, NamedRotation] = field(default_factory=dict)
    leaving: Mapping[str, Leaving] = field(default_factory=dict)
    teams: Teams = field(default_factory=dict)
    whole: bool = True
    closures: Closures = field(default_factory=Closures)

    @property
    def scope(self) -> Scope:
        return Scope(self.environment.tenant, self.environment.instance)

    def known(self, live: Snapshot) -> Known:
        """What the requests of a plan made now are built with."""
        declared = (manifest.name for manifest in self.environment.under("patients"))
        created = frozenset(Key("patient", name) for name in declared if not live.patients.get(name))
        return Known(self.scope, live.ids, live.patients, created)

    def template(self, spec: HoursSpec) -> TemplateSpec:
        """What the template says that `spec` names; empty where it names none."""
        name = spec.get("template")
        if name is None or name in self.templates or not self.whole:
            return self.templates.get(str(name), {})
        known = f"those are {', '.join(sorted(self.templates))}" if self.templates else "none is declared"
        self.findings.error(name.source, f"no template is called `{name}`: {known}", Mistake.UNKNOWN_TEMPLATE)
        return {}

    def listed(self, people: PeopleSpec) -> Listed:
        """Who is on a list of people on which date."""
        return Listed(stays_in(people, self.teams))

    def members(self) -> list[Text]:
        """Everybody who is in a team today, or will be."""
        today = self.today(self.environment.timezone)
        return [stay.user for stays in self.teams.values() for stay in stays if stay.last >= today]

    def in_teams(self, names: Iterable[str]) -> tuple[str, ...]:
        """Who is in any of these teams today, each once."""
        stays = (stay for name in names for stay in self.teams[name])
        return Listed(stays).on(self.today(self.environment.timezone))

    def zone_name(self, username: str, live: User | None = None) -> str:
        """A person's zone: as declared, else as live, else the environment's."""
        return self.own_zone(username, live) or self.environment.timezone

    def own_zone(self, username: str, live: User | None) -> str | None:
        """A person's zone: as declared, else as live; None where neither says one that exists."""
        declared, shown = self.people.get(username, {}).get("timezone"), (live or {}).get("timezone")
        known = shown if shown and is_zone(shown) else None
        return str(declared) if declared else known

    def today(self, zone: str) -> date:
        return self.now.astimezone(zone_of(zone)).date()

    def last_day(self, username: str, live: User | None = None) -> date | None:
        """The last date on duty, by their own clock, of somebody who leaves; None of everybody else."""
        leaving = self.leaving.get(username)
        if leaving is None:
            return None
        return leaving.last_day or self.today(self.zone_name(username, live)) - DAY

    def gone_from(self, username: str, live: User | None = None) -> datetime | None:
        """The midnight after the last day of somebody who leaves, by their own clock."""
        last = self.last_day(username, live)
        if last is None:
            return None
        zone = zone_of(self.zone_name(username, live))
        return wall_to_instant(datetime.combine(last + DAY, time()), zone)

    def has_left(self, username: str, live: User | None = None) -> bool:
        """Whether the last day of somebody has passed."""
        gone = self.gone_from(username, live)
        return gone is not None and gone <= self.now

    def host_at(self, username: str, start: datetime, users: Mapping[str, User]) -> str | None:
        """Who hosts what a person is to host then: somebody's successor once they are gone, and so on.

        users: as live, by name. None: nobody does.
        """
        host: str | None = username
        for _ in self.leaving:
            gone = self.gone_from(host, users.get(host)) if host else None
            if host is None or gone is None or start < gone:
                break
            host = self.leaving[host].successor
        return host

    def nearest_user(self, name: str) -> str:
        """How a message about an unknown name ends: that it is a team's, or with a near declared one."""
        if name in self.teams:
            return f"; a team is called so, and is listed as {{team: {name}}}"
        return did_you_mean(name, self.people)


def no_id(username: str) -> str:
    """Why nothing can be said of a person to the service."""
    return f"the service tells no id for {username}"


def without_id(username: str, live: Snapshot) -> str:
    """Why nothing of a person who is there can be written, with what to do; empty where it can."""
    if username not in live.of(Users).by_name or username in live.ids:
        return ""
    return f"{no_id(username)}: write `id:` (a UUID) beside the user's e-mail"


def inactive(username: str, live: Snapshot, otherwise: str) -> str:
    """Why the service takes nothing new of a person, with what to do; empty where it does."""
    if not is_inactive(live.of(Users).by_name.get(username, {})):
        return ""
    return f"{username} is INACTIVE: activate the user in Admin, or {otherwise}"


def window_of(environment: Environment, now: datetime, adopt: bool = False) -> Window:
    """The instants for which events are read, at least.

    adopt: what is taken over is all that an export took in.
    """
    end = now + environment.horizon + BEYOND
    return Window(now - BEFORE, max(end, now + EXPORTED) if adopt and environment.match_unmarked else end)


Ids = TypeVar("Ids", bound=Mapping[str, str], covariant=True)


class Identified(Protocol[Ids]):
    """Whoever knows ids: of users by username, of patients by external id."""

    @property
    def ids(self) -> Ids: ...

    @property
    def patients(self) -> Ids: ...


class Asked(Protocol):
    """What is asked of a reading, which begins before the manifests have been read.

    window: the instants for which events are read, at least.
    sections: those that the manifests have, as far as is known from the start; None: they may have any.
    """

    @property
    def window(self) -> Window: ...
    @property
    def sections(self) -> frozenset[str] | None: ...

    def wanted(self) -> tuple[Sequence[Desired], Context]:
        """What all kinds' manifests want; waits until it is known."""


class Dialect(Protocol):
    """What the service turned out to keep, found out by the run itself; None means not known yet."""

    external_id: bool | None
    rule_type: bool | None
    plain: set[str]
    rich: set[str]
