"""What is taken of other programs' files, what is left out and why, and who the people in them are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from reconciler.manifest.spelling import Data
from reconciler.model import Environment
from reconciler.model.spec import UserSpec

MOST_SKIPPED = 1000  # of a file: what follows isn't looked at any more
MOST_TAKEN = 5000  # periods and events of a run
_HARMLESS = re.compile(r"[0-9:./, –-]{1,40}")


class Place(NamedTuple):
    """A line of a file, and the event there."""

    file: str
    line: int
    uid: str | None = None


class Skipped(NamedTuple):
    """What is left out, and why."""

    place: Place
    reason: str


class Unfit(Exception):
    """Why something can't be taken, in words that tell nothing of it. line: where, if not where it begins."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


@dataclass(slots=True, eq=False)
class Period:
    """Hours of a person, as an item of `workHours:`; the places are those of the rows it is made of."""

    user: str
    spec: dict[str, Data]
    places: list[Place]


@dataclass(slots=True, eq=False)
class Meeting:
    """An event or series, as an entry of `events:`."""

    spec: dict[str, Data]
    place: Place


@dataclass(slots=True)
class Taken:
    """What a run has found so far."""

    periods: list[Period] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)  # of what is left out, by file

    def skip(self, place: Place, reason: str) -> None:
        self._counts[place.file] += 1
        if self._counts[place.file] == MOST_SKIPPED:
            reason = "too much: what else can't be taken isn't named"
        if self._counts[place.file] <= MOST_SKIPPED:
            self.skipped.append(Skipped(place, reason))

    def warn(self, place: Place, message: str) -> None:
        line = f"{place.file}:{place.line}: {message}"
        if line not in self.warnings:
            self.warnings.append(line)

    def in_order(self) -> list[Skipped]:
        """What is left out, file by file, line by line."""
        files = list(dict.fromkeys(each.place.file for each in self.skipped))
        return sorted(self.skipped, key=lambda each: (files.index(each.place.file), each.place.line))

    def is_full(self, file: str) -> bool:
        """Whether a file isn't what it should be, or there is more than anybody would read."""
        return self._counts[file] >= MOST_SKIPPED or len(self.periods) + len(self.meetings) >= MOST_TAKEN


class People:
    """Those whom an environment declares, by username or e-mail, in any case."""

    def __init__(self, environment: Environment, host: str | None = None) -> None:
        users = {each.name: cast(UserSpec, each.spec) for each in environment.under("users")}
        self._usual = environment.timezone
        self._zones = {name: str(spec["timezone"]) for name, spec in users.items() if "timezone" in spec}
        mails = {str(spec["email"]).casefold(): name for name, spec in users.items() if "email" in spec}
        self._names = mails | {name.casefold(): name for name in users} | {name: name for name in users}
        self.host = host

    def find(self, text: str) -> str | None:
        """The username of whoever is meant; None: nobody who is declared."""
        text = text.strip()
        return self._names.get(text) or self._names.get(text.casefold())

    def zone(self, user: str) -> str:
        """The zone of a person's wall clock."""
        return self._zones.get(user, self._usual)


def shown(text: str) -> str:
    """A value, for a message: dates and times only, as whatever else may be a name."""
    return f"`{text}`" if _HARMLESS.fullmatch(text) else "this"


def entries_of(taken: Taken, names: Mapping[int, str]) -> dict[str, dict[str, Data]]:
    """What is taken as sections of a manifest; `names` are those of the events, in their order."""
    hours: dict[str, Data] = {}
    for period in taken.periods:
        periods = cast(list[Data], hours.setdefault(period.user, []))
        periods.append(period.spec)
    events: dict[str, Data] = {names[index]: each.spec for index, each in enumerate(taken.meetings)}
    return {name: found for name, found in (("workHours", hours), ("events", events)) if found}
