"""What a tenant has, as entries of manifests, each in its section. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar, cast

from reconciler.dates.week import monday_of
from reconciler.dates.zones import zone_of
from reconciler.export.calendars import Explaining
from reconciler.export.closures import Looked
from reconciler.export.entries import Entry
from reconciler.export.hours import hours_entries, laid_out
from reconciler.export.meetings import Clocks, Horizon, meeting_entries
from reconciler.export.shifts import Stretch
from reconciler.export.teams import Span, with_teams
from reconciler.export.unsaid import Unsaid
from reconciler.export.wall import Wall, rotations_until, wall_of
from reconciler.kinds import Kind, Stock, Survey
from reconciler.kinds.event.stock import Meetings
from reconciler.kinds.user.stock import People
from reconciler.kinds.work_hours.stock import Rota
from reconciler.model import Environment, Snapshot
from reconciler.model.spec import CalendarSpec

ORDER = (
    "users", "teams", "shifts", "templates", "rotations", "workHours", "roster", "swaps", "closures", "leave",
    "calendars", "events",
)  # fmt: skip
HOURS = "workHours"
CHANGING = frozenset(("from", "hosts"))  # keys of series that others would say in several
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
Listen = Callable[[int, int], None]
S = TypeVar("S", bound=Stock)


@dataclass(frozen=True, slots=True)
class Manifests:
    """All that an export says.

    hours_ahead: how far rotations are written. together: whose hours are said with those of others.
    meetings: who hosts each of those that were taken, by id. left_out: by section, in words.
    """

    environment: Environment
    entries: tuple[Entry, ...]
    hours_ahead: timedelta
    together: frozenset[str] = frozenset()
    meetings: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    on: date = date.min


def manifests_of(
    live: Snapshot, kinds: Mapping[str, Kind], survey: Survey, unsaid: Unsaid, listen: Listen
) -> Manifests:
    """Write down what there is, without what can't be said so that it comes back."""
    stocks = {type(stock): stock for kind in kinds.values() if (stock := kind.stock(live, survey))}
    people, rota, meetings = _of(stocks, People), _of(stocks, Rota), _of(stocks, Meetings)
    context, explaining = survey.context, Explaining(survey.context.calendars)
    usual = context.environment.timezone
    zones = {name: str(said.get("timezone") or usual) for name, said in people.users.items()}
    clocks = Clocks(zones, usual, meetings.zones)
    wall, ahead = _wall(rota, clocks, meetings, explaining, survey, unsaid)
    hours = hours_entries(wall, _written_until(survey, ahead))
    horizon = Horizon(context.now + context.environment.horizon, survey.window.end)
    simply = bool(CHANGING & unsaid.sections)
    found = meeting_entries(meetings, clocks, explaining, horizon, simply, wall.is_closed, listen)
    users = [Entry("users", name, said) for name, said in people.users.items()]
    entries = [kept for entry in (*users, *hours, *found) if (kept := _without(entry, unsaid))]
    entries += _calendars(entries, context.calendars)
    entries = with_teams(entries, _borders(wall.stretches), "teams" not in unsaid.sections)
    left_out = {
        "users": _counted(people.left_out, unsaid, ("users",)),
        "workHours": _counted(rota.left_out, unsaid, ("workHours",)),
        "events": _counted(meetings.left_out, unsaid, ("events", "leave")),
    }
    ordered = sorted(entries, key=lambda entry: ORDER.index(entry.section))
    return Manifests(
        context.environment,
        tuple(map(_literally, ordered)),
        ahead,
        wall.together,
        {each.id: each.host for each in meetings.meetings},
        left_out,
        context.today(usual),
    )


def _wall(
    rota: Rota, clocks: Clocks, meetings: Meetings, explaining: Explaining, survey: Survey, unsaid: Unsaid
) -> tuple[Wall, timedelta]:
    """What hangs on the wall, and how far ahead rotations are written there."""
    people = {name: live for name, live in rota.people.items() if (HOURS, name) not in unsaid.entries}
    stretches = laid_out(people, unsaid.rows)
    ahead = _hours_ahead(survey, rotations_until(stretches))
    today, until = survey.context.today(clocks.usual), _written_until(survey, ahead)

    def calendars() -> dict[str, Mapping[date, str]]:
        return dict(explaining.known([clocks.usual, *clocks.own.values()], today.year, until.year))

    looked = Looked(today, until, _meeting_days(meetings, clocks.own))
    return wall_of(people, stretches, unsaid, clocks.own, calendars, looked), ahead


def _borders(stretches: Mapping[str, Sequence[Stretch]]) -> dict[str, Span]:
    """When hours of each begin and end."""
    return {
        name: Span([each.start for each in own], [each.end for each in own if each.end])
        for name, own in stretches.items()
    }


def _meeting_days(stock: Meetings, zones: Mapping[str, str]) -> Callable[[str], Collection[date]]:
    """The dates on which each hosts a meeting, by their own clock."""
    found: dict[str, set[date]] = {}
    for each in stock.meetings:
        found.setdefault(each.host, set()).add(each.start.astimezone(zone_of(zones[each.host])).date())
    return lambda name: found.get(name, ())


def _of(stocks: Mapping[type[Stock], Stock], kind: type[S]) -> S:
    return cast(S, stocks.get(kind) or kind())


def _hours_ahead(survey: Survey, until: date) -> timedelta:
    """How far ahead rotations have to be written, so that what there is of them is what is wished."""
    ahead = survey.context.environment.hours_ahead
    while _written_until(survey, ahead) < until:
        ahead += WEEK
    return ahead


def _written_until(survey: Survey, ahead: timedelta) -> date:
    return monday_of(survey.context.now.date() + ahead) + 6 * DAY


def _without(entry: Entry, unsaid: Unsaid) -> Entry | None:
    if (entry.section, entry.name) in unsaid.entries:
        return None
    lost = {key for section, name, key in unsaid.keys if (section, name) == (entry.section, entry.name)}
    if not lost or not isinstance(entry.spec, Mapping):
        return entry
    return entry._replace(spec={key: value for key, value in entry.spec.items() if key not in lost})


def _counted(left_out: Mapping[str, int], unsaid: Unsaid, sections: Sequence[str]) -> list[str]:
    """What is not in the files, in words."""
    counts = [f"{what} ({count})" for what, count in sorted(left_out.items()) if count]
    lost = [f"{section}/{name}" for section, name in sorted(unsaid.entries) if section in sections]
    lost += [f"{section}/{name}.{key}" for section, name, key in sorted(unsaid.keys) if section in sections]
    lost += [f"overrides of {name} on {on}" for name, on in sorted(unsaid.overrides) if HOURS in sections]
    return [*counts, *([f"what manifests can't say: {', '.join(lost)}"] if lost else [])]


def _calendars(entries: Iterable[Entry], own: Mapping[str, CalendarSpec]) -> list[Entry]:
    """The own lists of days that entries name."""
    named = {entry.spec.get("holidays") for entry in entries if isinstance(entry.spec, Mapping)}
    return [Entry("calendars", name, _days(own[name])) for name in sorted(own) if name in named]


def _days(calendar: CalendarSpec) -> object:
    if isinstance(calendar, Mapping):
        return {str(day): str(name) for day, name in calendar.items()}
    return [*map(str, calendar)]


def _literally(entry: Entry) -> Entry:
    """A `$(` that somebody typed is no variable."""
    return entry._replace(spec=_literal(entry.spec))


def _literal(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _literal(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_literal(each) for each in value]
    return str(value).replace("$(", "$$(")
