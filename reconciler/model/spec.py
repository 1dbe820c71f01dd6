"""What the entries of manifests hold once their schemas have let them through (`Manifest.spec`).

Scalars are text as their authors typed it, numbers and flags, too; a `Text` is one whose place is asked for.
Mappings and lists are the reader's `Block` and `Items`: `place_of` tells where one stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Required, TypedDict, cast

from reconciler.dates.rules import Repeat
from reconciler.errors.mistakes import Mistake
from reconciler.model import Findings, Items, Node, Source, Text
from reconciler.model.typed import JsonObject
from reconciler.model.when import WhenSpec

Hours = str | Sequence[str]  # of a day: `off`, a span or several
Week = str | Mapping[str, Hours]  # hours by days; `off`
CalendarSpec = Iterable[str]  # dates and ranges; by them, where each has a name


class ApiSpec(TypedDict, total=False):
    """Where an environment's service is, and who asks."""

    client: str
    url: str


class AcceptSpec(TypedDict):
    """An entry of `accept:`."""

    key: Text
    reason: str
    until: Text


class EnvironmentSpec(TypedDict, total=False):
    """What an environment file says of itself."""

    tenant: Required[str]
    instance: Required[str]
    timezone: Required[str]
    api: ApiSpec
    owner: str
    horizon: str
    hoursAhead: str
    limits: Mapping[str, str]
    protect: Sequence[str]
    accept: Sequence[AcceptSpec]
    prune: str
    unmarked: str
    renamed: Mapping[str, str]
    demoData: str


class UserSpec(TypedDict, total=False):
    """An entry of `users:`."""

    email: Text
    phone: str
    timezone: str
    firstName: str
    lastName: str
    credentials: str
    locale: str
    attributes: Mapping[str, str | Sequence[str]]
    clear: Sequence[Text]
    ensure: str
    lastDay: Text
    successor: Text
    id: str
    reason: str


class Rotation(TypedDict):
    """Weeks that take turns, the first of them in that of `starts`."""

    weeks: Sequence[Week]
    starts: Text


class NamedRotation(TypedDict, total=False):
    """An entry of `rotations:`; of weeks and cycle it has one."""

    starts: Required[Text]
    weeks: Sequence[Week]
    cycle: str


class TemplateSpec(TypedDict, total=False):
    """An entry of `templates:`."""

    days: Week
    rotation: Rotation | Text  # by name in `workHours:` alone


class HoursSpec(WhenSpec, TemplateSpec, total=False):
    """An item of an entry of `workHours:`; of days, hours, rotation and template it has one."""

    override: str
    hours: Hours
    template: Text
    offset: Text
    reason: str


# Somebody, or all of a team, perhaps for a time; of user and team it has one.
SomebodySpec = TypedDict(
    "SomebodySpec", {"user": Text, "team": Text, "from": Text, "until": Text}, total=False
)
PeopleSpec = Sequence[Text | SomebodySpec]  # wherever people are listed; an entry of `teams:`


_For = TypedDict("_For", {"for": PeopleSpec, "except": PeopleSpec}, total=False)


class ClosureSpec(WhenSpec, _For, total=False):
    """An item of `closures:`; of on, from and holidays it has one."""

    holidays: Text | Sequence[Text]
    name: str
    reason: str


class SwapSpec(WhenSpec, total=False):
    """An item of `swaps:`."""

    between: Required[Sequence[Text]]
    reason: str


RosterSpec = Mapping[Text, Text]  # an entry of `roster:`: a row for each person


class PatientRef(TypedDict, total=False):
    """A patient, by one of these."""

    id: str
    externalId: str


class ParticipantSpec(SomebodySpec, total=False):
    """Who takes part; of user, team and patient it has one."""

    patient: PatientRef


class _Shared(TypedDict, total=False):
    ends: Text
    duration: Text
    mode: str
    participants: Sequence[Text | ParticipantSpec]
    location: str
    remarks: str
    reason: str


class ChangeSpec(_Shared, total=False):
    """What of one occurrence is otherwise."""

    starts: Text
    title: str
    host: Text


class FromSpec(ChangeSpec, total=False):
    """What of a series is otherwise from a date on."""

    type: str
    hosts: Sequence[Text]
    turn: str
    timezone: str
    repeat: Repeat | str
    color: str
    clear: Sequence[Text]


_Dated = TypedDict("_Dated", {"except": Sequence[Text], "from": Mapping[Text, FromSpec]}, total=False)


class EventSpec(_Shared, _Dated, total=False):
    """An entry of `events:`, of host and hosts it has one; `change` holds a text for an occurrence that is
    cancelled."""

    title: Required[str]
    starts: Required[Text]
    host: Text
    hosts: Sequence[Text]
    turn: str
    type: str
    allDay: str
    timezone: str
    repeat: Repeat | str
    also: Sequence[Text]
    change: Mapping[Text, ChangeSpec | str]
    holidays: Text | Sequence[Text]
    gap: str
    fold: str
    restore: str
    drift: str
    color: str
    clear: Sequence[Text]


class AbsenceSpec(WhenSpec, total=False):
    """A leave: whole days, or hours of each."""

    between: Text
    title: str
    reason: str


LeaveSpec = Text | AbsenceSpec | Sequence[Text | AbsenceSpec]  # text: a range of dates


class RecordSpec(TypedDict, total=False):
    """An item of `records:`."""

    patient: Required[PatientRef]
    type: Required[str]
    key: Required[Sequence[Text]]
    fields: Required[Mapping[Text, Text | Sequence[str]]]
    ensure: str


PatientSpec = Mapping[str, object]  # texts, and a list under `clear`


def entries_of(spec: LeaveSpec) -> Sequence[Text | AbsenceSpec]:
    """What an entry lists, or the one thing that it is."""
    return cast(Sequence[Text | AbsenceSpec], spec if isinstance(spec, Items) else [spec])


def place_of(value: object) -> Source:
    """Where a part of an entry stands: a text, a mapping or a list."""
    return cast(Node, value).source


def cleared_in(spec: JsonObject, findings: Findings) -> Sequence[Text]:
    """The names under `clear:`; one that is set as well is an error."""
    names = cast(Sequence[Text], spec.get("clear", ()))
    for name in names:
        if name in spec:
            findings.error(
                name.source, f"`{name}` is both set and cleared: keep one of the two", Mistake.SET_AND_CLEARED
            )
    return names
