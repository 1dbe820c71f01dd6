"""When the house is closed, and for whom: one value, which hours and meetings ask. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from reconciler.dates.holidays import called, days_of_calendar, version
from reconciler.errors.mistakes import Mistake
from reconciler.kinds._people import Listed, Teams, stays_in
from reconciler.model import Findings, Source, Text
from reconciler.model.spec import CalendarSpec, ClosureSpec, PeopleSpec, place_of
from reconciler.model.when import stretches_in, united

DAY = timedelta(days=1)
UNNAMED = "Closed"


class Closed(NamedTuple):
    """Dates on which the same people are off, from a first to a last, both included.

    whom: None: everybody but those in `but`. rolls: by public holidays, which are known for ever.
    """

    first: date
    last: date
    name: str
    source: Source
    why: str
    rolls: bool
    whom: frozenset[str] | None
    but: frozenset[str]

    def concerns(self, username: str) -> bool:
        return (self.whom is None or username in self.whom) and username not in self.but


class Closures(NamedTuple):
    """All closures in the order of the files, each as its stretches, ascending.

    users: those whom they name.
    """

    each: tuple[tuple[Closed, ...], ...] = ()
    users: tuple[Text, ...] = ()

    def on(self, day: date, username: str) -> Closed | None:
        """What closes a date for somebody; of several, what comes first in the files."""
        for stretches in self.each:
            place = bisect_right(stretches, day, key=_first) - 1
            if place >= 0 and day <= stretches[place].last and stretches[place].concerns(username):
                return stretches[place]
        return None

    def of(self, username: str, since: date, until: date) -> Iterator[Closed]:
        """What closes dates from `since` on for somebody, public holidays up to `until`; of what names the
        same date, the first holds."""
        for stretches in self.each:
            begin = bisect_left(stretches, since, key=_last)
            end = bisect_right(stretches, until, key=_first) if stretches[:1] and stretches[0].rolls else None
            found: Closed | None = None
            for each in stretches[begin:end]:
                if each.concerns(username):
                    if found and each.first == found.last + DAY and each.name == found.name:
                        found = found._replace(last=each.last)  # others come or go in the midst of it
                    else:
                        yield from [found] if found else ()
                        found = each
            yield from [found] if found else ()


def closures_of(
    specs: Iterable[ClosureSpec], calendars: Mapping[str, CalendarSpec], teams: Teams, findings: Findings
) -> Closures:
    """Read what stands under `closures:`; problems go to the findings."""
    specs = tuple(specs)
    lists = [people for spec in specs for people in (spec.get("for"), spec.get("except")) if people]
    users = (stay.user for people in lists for stay in stays_in(people, {}))
    return Closures(tuple(tuple(_closed(spec, calendars, teams, findings)) for spec in specs), tuple(users))


def free_days(
    named: Text | Sequence[Text], calendars: Mapping[str, CalendarSpec], findings: Findings
) -> Iterator[tuple[str, Mapping[date, str]]]:
    """The days of each calendar that is named: a region's public holidays, or an own list."""
    for name in [named] if isinstance(named, Text) else named:
        try:
            yield name, days_of_calendar(str(name), calendars)
            if name not in calendars:
                findings.notes.add(f"public holidays are those of {version()}")
        except ValueError as error:
            findings.error(name.source, str(error), Mistake.HOLIDAYS)


def _closed(
    spec: ClosureSpec, calendars: Mapping[str, CalendarSpec], teams: Teams, findings: Findings
) -> Iterator[Closed]:
    whom, but = (_listed(people, teams) for people in (spec.get("for"), spec.get("except")))
    name, why = str(spec.get("name", "")), str(spec.get("reason", ""))
    borders = sorted({*(whom.changes if whom else ()), *(but.changes if but else ())})
    for first, last, called_so in _dates(spec, calendars, findings):
        for begin, end in _between(first, last, borders):
            yield Closed(
                begin,
                end,
                name or called_so or UNNAMED,
                place_of(spec),
                why,
                "holidays" in spec,
                frozenset(whom.on(begin)) if whom else None,
                frozenset(but.on(begin)) if but else frozenset(),
            )


def _listed(people: PeopleSpec | None, teams: Teams) -> Listed | None:
    return None if people is None else Listed(stays_in(people, teams))


def _dates(
    spec: ClosureSpec, calendars: Mapping[str, CalendarSpec], findings: Findings
) -> Iterator[tuple[date, date, str]]:
    """Stretches of dates, ascending, with what a calendar calls them."""
    if "holidays" not in spec:
        yield from ((each.first, each.last, "") for each in united(stretches_in(spec, findings)))
        return
    names = dict[date, str]()
    for calendar, days in free_days(spec["holidays"], calendars, findings):
        own = {**dict.fromkeys(days, ""), **called(calendars[calendar])} if calendar in calendars else days
        names = {**own, **names}
    stretches = list[tuple[date, date, str]]()
    for day in sorted(names):
        if stretches and stretches[-1][1:] == (day - DAY, names[day]):
            stretches[-1] = (stretches[-1][0], day, names[day])
        else:
            stretches.append((day, day, names[day]))
    yield from stretches


def _between(first: date, last: date, borders: Sequence[date]) -> Iterator[tuple[date, date]]:
    """A stretch in pieces, none with a border after its first date."""
    begins = [first, *(border for border in borders if first < border <= last)]
    yield from zip(begins, [*(begin - DAY for begin in begins[1:]), last], strict=True)


def _first(closed: Closed) -> date:
    return closed.first


def _last(closed: Closed) -> date:
    return closed.last
