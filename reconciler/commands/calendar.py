"""`welkin-reconcile calendar`: what the manifests mean, without a network."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.files import OUTPUT
from reconciler.commands.options import NOW
from reconciler.errors.output_file import write_file

if TYPE_CHECKING:
    from reconciler.errors.escape import Printable
    from reconciler.pipeline import Wishes


class _Date(click.ParamType[date]):
    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"`{value}` is not a date: write a day of the week wanted, as in 2026-12-07")


@click.command("calendar")
@click.argument("environment", metavar="ENV")
@click.option("--week", type=_Date(), help="The week of this date; without it, the present one.")
@click.option("--user", "users", multiple=True, metavar="NAME", help="Only this person.")
@click.option("--out", type=OUTPUT, help="Write to a file.")
@NOW
@click.option(
    "--format",
    type=click.Choice(["text", "json", "ics"]),
    default="text",
    show_default=True,
    help="A week as text or data, or all events as a file for calendar programs.",
)
def command(
    environment: str, week: date | None, users: tuple[str, ...], out: Path | None, now: datetime, format: str
) -> None:
    """Show the calendar that the manifests describe. Uses no network.

    Hours and events of a week, each person's in their own time zone; or, with `--format ics`, every series
    with its rule, exceptions and changed dates, to be imported by calendar programs.
    """
    from reconciler.commands.output import show

    text = _ics(environment, now, users) if format == "ics" else _week(environment, now, week, users, format)
    if out:
        write_file(out, text, private=False)
    else:
        show(text, wrap=format == "text")


def _week(
    environment: str, now: datetime, week: date | None, users: tuple[str, ...], format: str
) -> Printable:
    from reconciler.errors.escape import json_text
    from reconciler.report.rota import FORMAT, weeks_data, weeks_text
    from reconciler.staffing.week import monday_of, weeks

    if week is None:  # the present one, where the clinic is
        here, _ = _wishes(environment, now, users)
        week = here.today(here.environment.timezone)
    monday = monday_of(week)
    context, desired = _wishes(environment, datetime.combine(monday, time(), UTC), users)
    found = weeks(desired, context, monday, users)
    if format == "json":
        return json_text({"format": FORMAT, "week": str(monday), "people": weeks_data(found)})
    place = f"{context.environment.tenant}/{context.environment.instance}"
    return weeks_text(found, f"{place}, week {monday:%V} from {monday:%a %d %b %Y}")


def _ics(environment: str, now: datetime, users: tuple[str, ...]) -> Printable:
    from reconciler.errors import UsageError
    from reconciler.report.ics import ics_of

    context, _ = _wishes(environment, now, users)
    try:
        return ics_of(context, users)
    except ImportError:
        raise UsageError("--format ics needs one more package: pip install 'welkin-reconcile[ics]'") from None


def _wishes(environment: str, now: datetime, users: tuple[str, ...]) -> Wishes:
    """Load an environment as it is at `now`.

    Raises: UsageError: a user whom no manifest speaks of.
    """
    from reconciler.errors import UsageError
    from reconciler.pipeline import expand, load

    (wishes,) = expand(load(environment), now)
    known = wishes.context.people.keys() | wishes.context.undeclared(wishes.desired).keys()
    for name in users:
        if name not in known:
            raise UsageError(f"the manifests know no user `{name}`{wishes.context.nearest_user(name)}")
    return wishes
