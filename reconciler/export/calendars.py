"""Which calendar has just the dates that something leaves out: own lists, then public holidays. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date
from typing import NamedTuple

from reconciler.dates.holidays import calendars_of, called, days_of_calendar, public_days
from reconciler.dates.zones.names import country_of
from reconciler.kinds import UNNAMED
from reconciler.model.spec import CalendarSpec

FEWEST = 2  # dates that a calendar has to explain: of one, `except` says as much


class Calendar(NamedTuple):
    """What the dates of a calendar are called."""

    name: str
    days: Mapping[date, str]


class Explaining:
    """The calendars of a clinic, and those of the countries that zones are in."""

    def __init__(self, own: Mapping[str, CalendarSpec]) -> None:
        self._own = {
            name: {**dict.fromkeys(days_of_calendar(name, own), UNNAMED), **called(own[name])} for name in own
        }
        self._used: dict[str, None] = {}

    def __call__(self, zone: str, holes: Set[date], ruled: Set[date]) -> Calendar | None:
        """The one that has just these of some dates: one that explained others before, if that does."""
        if len(holes) < FEWEST:
            return None
        first = min(holes)
        known = self.known([zone], min(ruled).year, max(ruled).year)
        there = {name: days for name, days in known if first in days and days.keys() & ruled == holes}
        name = next((each for each in (*self._used, *there) if each in there), None)
        if name is None:
            return None
        self._used[name] = None
        return Calendar(name, there[name])

    def known(self, zones: Iterable[str], first: int, last: int) -> Iterator[tuple[str, Mapping[date, str]]]:
        """What dates of some years are called, by the name of each calendar."""
        yield from self._own.items()
        countries = dict.fromkeys(filter(None, map(country_of, zones)))
        try:
            names = [name for country in countries for name in calendars_of(country)]
        except ValueError:  # who has no package of public holidays writes dates
            return
        yield from ((name, public_days(name, first, last)) for name in names)
