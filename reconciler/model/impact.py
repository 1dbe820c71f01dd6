"""The staffing effect and broken policies as a plan holds them: plain data, in the contract's own names.

Instants are UTC with milliseconds, dates `2027-03-01`; None is what wasn't read.
"""

from __future__ import annotations

from typing import TypedDict


class Place(TypedDict):
    path: str
    line: int


class Slot(TypedDict):
    start: str
    end: str


class Stranded(TypedDict):
    """A patient appointment whose host a plan takes away."""

    eventId: str
    host: str
    start: str
    end: str
    patients: list[str]
    reasons: list[str]
    changes: list[str]
    source: Place | None
    suggestions: list[Slot] | None


class Week(TypedDict):
    """Real hours on duty from a Monday to the Sunday."""

    monday: str
    before: float
    after: float


class PersonWeeks(TypedDict):
    user: str
    credentials: str | None
    weeks: list[Week]


class CredentialWeeks(TypedDict):
    credentials: str | None
    weeks: list[Week]


class Total(TypedDict):
    weeks: list[Week]


class Hours(TypedDict):
    people: list[PersonWeeks]
    byCredentials: list[CredentialWeeks]
    total: Total


class DateCoverage(TypedDict):
    """The least number of people on duty in each real half hour of a date."""

    date: str
    before: list[int]
    after: list[int]


class Coverage(TypedDict):
    timezone: str
    dates: list[DateCoverage]


class Departure(TypedDict):
    user: str
    lastDay: str
    successor: str | None
    appointments: list[str] | None
    availability: list[str]


class DoubleBooked(TypedDict):
    user: str
    events: list[str]
    start: str
    end: str


class OutsideHours(TypedDict):
    user: str
    event: str
    start: str
    end: str


class Impact(TypedDict):
    """What a plan does to people from `lookedFrom` to `lookedUntil`, both included."""

    lookedFrom: str
    lookedUntil: str
    stranded: list[Stranded] | None
    hours: Hours
    coverage: Coverage
    departures: list[Departure]
    doubleBooked: list[DoubleBooked] | None
    outsideHours: list[OutsideHours] | None


class RotaWeek(TypedDict):
    """The first week that changes for somebody, from a Monday by their own clock.

    before, after: for each of the seven dates the shifts that begin on it, in minutes from its midnight.
    """

    user: str
    timezone: str
    monday: str
    before: list[list[list[int]]]
    after: list[list[list[int]]]


class Exemption(TypedDict):
    until: str
    reason: str


class Violation(TypedDict):
    """A place at which a policy doesn't hold once the plan has been applied."""

    policy: str
    source: Place
    severity: str
    outcome: str
    user: str | None
    date: str | None
    start: str | None
    end: str | None
    limit: float | None
    before: float | None
    after: float | None
    exception: Exemption | None
    changes: list[str]
    message: str


class Thinness(TypedDict):
    """How thin a date is, as Welkin has it, beside what is usual on its weekday in the weeks looked at.

    short: how many fewer than a `cover` policy asks for, at worst. least: on duty at the thinnest moment of
    the time in which somebody usually is. hours: of all people together.
    """

    date: str
    short: float
    least: int
    usualLeast: float
    hours: float
    usualHours: float


class OnDuty(TypedDict):
    """When somebody is on duty, in epoch seconds: as Welkin has it, and with what is open carried out."""

    user: str
    before: list[list[int]]
    after: list[list[int]]


class Outlook(TypedDict):
    """How a clinic is staffed in the weeks to come.

    coverage: before, as Welkin has it; after, with what is open carried out. people: as Welkin has them.
    weeks: hours of everybody together. gaps: where a `cover` policy asks for more people than there are.
    changed: the dates on which what is open changes who is on duty. stranded: None where that wasn't read.
    """

    coverage: Coverage
    days: list[Thinness]
    people: list[OnDuty]
    weeks: list[Week]
    gaps: list[Violation]
    stranded: list[Stranded] | None
    changed: list[str]
