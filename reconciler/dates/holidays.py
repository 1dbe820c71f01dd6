"""Days on which a series does not take place: public holidays, and own lists (`calendars:`). Pure.

Public holidays come from the optional package `holidays`, whose data change from version to version: what a
plan says of them names its version. Importing it costs a second, so it happens where a region is looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from types import ModuleType

from reconciler.dates.grammar import dates_between, range_of

YEARS = range(1970, 2101)  # what is looked up; the package knows little before and guesses beyond


def days_of_calendar(name: str, own: Mapping[str, Iterable[str]]) -> Mapping[date, str]:
    """The dates of an entry of `calendars:`, else of a country (`US`) or a region of one (`US-CA`).

    Returns: date -> what it is called.

    own: the declared lists of dates and ranges, by name; they win over countries.
    Raises: ValueError: nothing is called so, or the package is not installed.
    """
    return _listed(name, own[name]) if name in own else _public(name, tuple(sorted(own)))


def called(own: Iterable[str]) -> Mapping[date, str]:
    """The dates of a declared list that have names."""
    named = own if isinstance(own, Mapping) else {}
    return {day: str(named[text]) for text in named for day in dates_between(*range_of(text))}


def calendars_of(country: str) -> list[str]:
    """A country and its regions, as `holidays:` names them; none where nothing is known of it.

    Raises: ValueError: the package is not installed.
    """
    regions = _package().list_supported_countries().get(country)
    return [] if regions is None else [country, *(f"{country}-{region}" for region in sorted(regions))]


@cache
def public_days(name: str, first: int, last: int) -> Mapping[date, str]:
    """The public holidays of a country or region in some years, by date; `name`: of `calendars_of`."""
    country, _, region = name.partition("-")
    years = range(first, last + 1)
    return dict(_package().country_holidays(country, subdiv=region or None, years=years))


def version() -> str:
    """The package that knows the public holidays, with its version."""
    return f"holidays {_package().__version__}"


def _listed(name: str, ranges: Iterable[str]) -> Mapping[date, str]:
    return {day: name for text in ranges for day in dates_between(*range_of(text))}


@cache
def _public(name: str, own: tuple[str, ...]) -> Mapping[date, str]:
    package = _package()
    country, _, region = name.partition("-")
    if country not in package.list_supported_countries() or (region and not _knows(country, region)):
        from difflib import get_close_matches  # only who mistypes waits for it

        regions = package.list_supported_countries().get(country, ())
        known = [*own, *package.list_supported_countries(), *(f"{country}-{code}" for code in regions)]
        near = get_close_matches(name, known, n=1, cutoff=0.4)
        advice = f"did you mean `{near[0]}`?" if near else "write a country, or its region, as in US-CA"
        raise ValueError(
            f"`{name}` is neither a region with known holidays nor one of `calendars:`; {advice}"
        )
    return dict(package.country_holidays(country, subdiv=region or None, years=YEARS))


def _knows(country: str, region: str) -> bool:
    return region in _package().list_supported_countries().get(country, ())


def _package() -> ModuleType:
    try:
        import holidays
    except ImportError:
        raise ValueError(
            "public holidays need one more package: pip install 'welkin-reconcile[holidays]', or list the "
            "dates under `calendars:`"
        ) from None
    return holidays
