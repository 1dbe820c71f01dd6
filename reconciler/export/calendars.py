"""Which calendar leaves out just what series leave out: own lists first, then public holidays. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from reconciler.dates.holidays import calendars_of, days_of_calendar, public_days
from reconciler.dates.zones.names import country_of
from reconciler.export.series import Series

FEWEST = 2  # dates that a calendar has to explain: of one, `except` says as much


class Explaining:
    """The calendars of a clinic, and those of the country that a zone is in."""

    def __init__(self, own: Mapping[str, Iterable[str]]) -> None:
        self._own = {name: frozenset(days_of_calendar(name, own)) for name in own}

    def __call__(self, zone: str, found: Sequence[Series]) -> dict[str, frozenset[date]]:
        """Those that explain what one of the series leaves out, by name."""
        calendars: dict[str, frozenset[date]] = {}
        for series in found:
            holes = {wall.date() for wall in series.holes}
            ruled = {wall.date() for wall in series.ruled}
            if len(holes) >= FEWEST and not any(days & ruled == holes for days in calendars.values()):
                known = ((name, days) for name, days in self._known(zone, ruled) if days & ruled == holes)
                calendars |= dict([first] if (first := next(known, None)) else [])
        return calendars

    def _known(self, zone: str, ruled: set[date]) -> Iterator[tuple[str, frozenset[date]]]:
        yield from self._own.items()
        country = country_of(zone)
        try:
            names = calendars_of(country) if country else []
        except ValueError:  # who has no package of public holidays writes dates
            return
        years = min(ruled).year, max(ruled).year
        yield from ((name, public_days(name, *years)) for name in names)
