"""`welkin-reconcile calendar`: what the manifests mean, without a network; with `--live` what Welkin has."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from reconciler.commands.files import OUTPUT
from reconciler.commands.options import Whole, common
from reconciler.errors.output_file import write_file

if TYPE_CHECKING:
    from reconciler.errors.escape import Printable
    from reconciler.kinds import Context
    from reconciler.pipeline import Settings, Wishes
    from reconciler.staffing.week import Calendar, Weeks

MOST_WEEKS = 53
CALENDAR_FORMATS = click.option(
    "--format",
    type=click.Choice(["text", "json", "html", "ics"]),
    default="text",
    show_default=True,
    help="Weeks as text, data or a page to print, or all events as a file for calendar programs.",
)


class _Date(click.ParamType[date]):
    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"`{value}` is not a date: write a day of the week wanted, as in 2026-12-07")


class Asked(NamedTuple):
    """Which weeks, whose, as who has them; without users and teams everybody's.

    members: who is in the teams today.
    """

    week: date | None
    number: int
    users: tuple[str, ...]
    teams: tuple[str, ...]
    live: bool
    members: tuple[str, ...] = ()

    def of(self, everybody: Iterable[str]) -> list[str]:
        """Whose weeks, by name."""
        return [*dict.fromkeys((*self.users, *self.members))] if self.users or self.teams else [*everybody]


@click.command("calendar")
@click.argument("path", metavar="ENV")
@click.option("--week", type=_Date(), help="The week of this date; without it, the present one.")
@click.option("--weeks", type=Whole(1, MOST_WEEKS), help="So many weeks.  [default: 1]")
@click.option("--day", is_flag=True, help="Who is on now and today; with --week, on that date.")
@click.option("--user", "users", multiple=True, metavar="NAME", help="Only this person, day by day.")
@click.option("--team", "teams", multiple=True, metavar="NAME", help="Only those in this team today.")
@click.option("--live", is_flag=True, help="What Welkin has, instead of what the manifests say.")
@click.option("--out", type=OUTPUT, help="Write to a file.")
@partial(common, format=CALENDAR_FORMATS)
def command(
    path: str,
    week: date | None,
    weeks: int | None,
    day: bool,
    users: tuple[str, ...],
    teams: tuple[str, ...],
    live: bool,
    out: Path | None,
    settings: Settings,
    format: str,
) -> None:
    """Show who works when, as the manifests say; without --live it uses no network.

    A grid for the wall: a line a person, a column a date, each person's hours in their own time zone, a night
    on the date on which it begins, nothing where no hours are known; `*` is explained below. Hours that have
    a name under `shifts:` go by it. With
    `--format html` the same as a page, a week a sheet of paper; with `--format ics` every series with its
    rule, exceptions and changed dates, for calendar programs.
    """
    from reconciler.commands.output import show
    from reconciler.errors import UsageError

    if day and weeks:
        raise UsageError("--day is one day: leave out --weeks")
    if day and format == "html":
        raise UsageError("--day is of text and data: a page shows weeks")
    if not live and (settings.simulator or settings.api_url):
        raise UsageError("nothing is asked of a service without --live: add it")
    if format == "ics":
        if live:
            raise UsageError("--format ics is of the manifests, which have the rules: leave out --live")
        text = _ics(path, settings.now, users, teams)
    else:
        laid_out = _weeks(path, settings, Asked(week, weeks or 1, users, teams, live))
        text = _told(laid_out, week, day, bool(users) and not teams, format)
    if out:
        write_file(out, text, private=False)
    else:
        show(text)


def _told(weeks: Weeks, week: date | None, day: bool, in_full: bool, format: str) -> Printable:
    from reconciler.commands.wrapping import page_width
    from reconciler.errors.escape import json_text
    from reconciler.report.rota import weeks_data
    from reconciler.report.wall import day_page, people_page, weeks_page
    from reconciler.report.wall_page import calendar_page

    if format == "json":
        return json_text(weeks_data(weeks))
    if format == "html":
        return calendar_page(weeks)
    width = page_width(sys.stdout)
    if day:
        return day_page(weeks, week or weeks.today, width)
    return people_page(weeks, width) if in_full else weeks_page(weeks, width)


def _weeks(path: str, settings: Settings, asked: Asked) -> Weeks:
    from reconciler.dates.week import monday_of
    from reconciler.staffing.declared import declared_calendar
    from reconciler.staffing.week import Weeks, lay_out

    context = _known(path, settings.now, asked.users, asked.teams)
    asked = asked._replace(members=context.in_teams(asked.teams))
    monday = monday_of(asked.week or context.today(context.environment.timezone))
    there = _expanded(context, monday, asked.number)
    if asked.live:
        calendar = _live(there, settings, monday, asked)
    else:
        calendar = declared_calendar(there.desired, there.context)
    environment = context.environment
    names = [name for name in asked.of(calendar.zones) if name in calendar.zones]
    people = lay_out(calendar, names, monday, asked.number)
    place = f"{environment.tenant}/{environment.instance}"
    return Weeks(
        place, environment.timezone, settings.now, asked.live, monday, asked.number, people,
        environment.shifts,
    )  # fmt: skip


def _expanded(context: Context, monday: date, count: int) -> Wishes:
    """What the manifests mean for these weeks, as if they had begun, and the horizon reached their end."""
    from reconciler.pipeline import Loaded, expand

    horizon = max(context.environment.horizon, timedelta(weeks=count))
    then = datetime.combine(monday, time(), UTC)
    loaded = Loaded(replace(context.environment, horizon=horizon), context.findings)
    (wishes,) = expand([loaded], then)
    return wishes


def _live(wishes: Wishes, settings: Settings, monday: date, asked: Asked) -> Calendar:
    """What the service has. Raises: UsageError: somebody asked for by name isn't there."""
    from reconciler.commands.output import say
    from reconciler.commands.session import connected
    from reconciler.errors import UsageError
    from reconciler.kinds import undeclared_users
    from reconciler.live.calendar import read_calendar

    with connected(wishes.environment, settings) as service:
        calendar = read_calendar(service.client, wishes.desired, wishes.context, monday, asked.number)
    declared = {*wishes.context.people, *undeclared_users(wishes.desired, wishes.context)}
    if missing := sorted({*asked.of(declared)} - calendar.zones.keys()):
        lacking = f"Welkin has no {', '.join(missing)}, or tells no id"
        if {*asked.users}.intersection(missing):
            raise UsageError(lacking)
        say(f"{lacking}: not shown")
    return calendar


def _ics(path: str, now: datetime, users: tuple[str, ...], teams: tuple[str, ...]) -> Printable:
    from reconciler.errors import UsageError
    from reconciler.report.ics import ics_of

    try:
        context = _known(path, now, users, teams)
        whose = frozenset((*users, *context.in_teams(teams)))
        return ics_of(context, whose if users or teams else None)
    except ImportError:
        raise UsageError("--format ics needs one more package: pip install 'welkin-reconcile[ics]'") from None


def _known(path: str, now: datetime, users: tuple[str, ...], teams: tuple[str, ...]) -> Context:
    """What an environment is at `now`.

    Raises: UsageError: a user whom no manifest speaks of, or a team that none declares.
    """
    from reconciler.commands.output import say
    from reconciler.errors import UsageError
    from reconciler.kinds import undeclared_users, unknown_team
    from reconciler.pipeline import expand, load

    ((context, desired),) = expand(load(path), now)
    known = context.people.keys() | undeclared_users(desired, context).keys()
    for name in users:
        if name not in known:
            raise UsageError(f"the manifests know no user `{name}`{context.nearest_user(name)}")
    for name in teams:
        if name not in context.teams:
            raise UsageError(unknown_team(name, context.teams))
        if not context.in_teams([name]):
            say(f"nobody is in the team {name} today")
    return context
