"""`welkin-reconcile get`: lists what the service has. Never writes, and tells of patients only on request."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

import click

from reconciler.commands.options import common

if TYPE_CHECKING:
    from reconciler.client import Client
    from reconciler.errors.escape import Printable
    from reconciler.listing.things import Query
    from reconciler.model import Environment
    from reconciler.model.typed import JsonObject
    from reconciler.pipeline import Settings

# What was asked for, by the options' names.
Asked = TypedDict("Asked", {
    "user": tuple[str, ...], "patient": str | None, "email": str | None, "type": str | None,
    "audit": Literal["data", "security", "webhook"] | None, "from": str | None, "to": str | None,
})  # fmt: skip
TABLE_FORMATS = click.option(
    "--format", type=click.Choice(["table", "json", "yaml"]), default="table", show_default=True
)
# As in `listing`, which is imported only when something is read: `--help` of every command comes by here.
KINDS = ("users", "work-hours", "events", "schedules", "available", "summary", "patients", "records", "cdts",
         "audits")  # fmt: skip
AUDITS = ("data", "security", "webhook")
HIDDEN = "patients' data is left out; --show-patient-data shows it"
MAY_HIDE = frozenset(("patients", "records", "events", "schedules", "available", "audits"))


@click.command("get")
@click.argument("thing", metavar="KIND", type=click.Choice(KINDS))
@click.argument("path", metavar="ENV")
@click.option("--user", multiple=True, metavar="NAME", help="Only of this person; may be given again.")
@click.option("--patient", metavar="ID", help="Only of this patient, by external id or id.")
@click.option("--email", metavar="ADDRESS", help="Find patients by e-mail; typed here, stored nowhere.")
@click.option("--type", metavar="CDT", help="Type of the records.")
@click.option("--audit", type=click.Choice(AUDITS), help="Which audit.  [default: data]", show_default=False)
@click.option("--from", metavar="WHEN", help="Date (in the environment's zone) or instant.")
@click.option("--to", metavar="WHEN", help="Date, the whole day, or instant.")
@click.option("--show-patient-data", is_flag=True, help="Show patients' names, contacts and texts, too.")
@click.option("--utc", is_flag=True, help="Times of a table in UTC, not in the environment's zone.")
@partial(common, format=TABLE_FORMATS)
def command(
    thing: str,
    path: str,
    show_patient_data: bool,
    utc: bool,
    settings: Settings,
    format: str,
    **asked: Unpack[Asked],
) -> None:
    """List what the service has.

    KIND: users, work-hours, events, schedules, available, summary, patients, records, cdts (their types) or
    audits. ENV: the environment file, which says where. Without --from and --to: the week from now for events
    and schedules, half a year for work hours, the last 28 days for the summary, the last day for audits.
    """
    from reconciler.commands.output import say, show
    from reconciler.commands.session import connected
    from reconciler.listing.things import THINGS

    environment = _environment(path)
    query = _query(thing, asked, environment, settings.now)
    with connected(environment, settings) as service:
        client = service.client
        rows = THINGS[thing].read(client, query)
        if not show_patient_data and thing in MAY_HIDE:
            rows = _hidden(thing, rows, client, query, environment)
            say(HIDDEN)
        zone = "UTC" if utc else environment.timezone
        for piece in _printed(thing, rows, format, client, zone):
            show(piece)


def _environment(path: str) -> Environment:
    from reconciler.errors import ManifestError
    from reconciler.manifest import load_environment
    from reconciler.model import Findings

    findings = Findings()
    environment = load_environment(path, findings)
    if environment is None or findings.errors:
        raise ManifestError(findings.errors)
    return environment


def _query(thing: str, asked: Asked, environment: Environment, now: datetime) -> Query:
    """What was asked for. Raises: UsageError: an option that this kind doesn't know."""
    from reconciler.errors import UsageError
    from reconciler.listing.things import THINGS, Query

    known = THINGS[thing]
    for name, value in asked.items():
        if value and name not in known.takes:
            takes = ", ".join(f"--{each}" for each in sorted(known.takes)) or "no such options"
            raise UsageError(f"`get {thing}` knows no --{name}; it takes {takes}")
    start = _instant(asked["from"], environment.timezone) if asked["from"] else now - known.before
    usual = start + known.before + known.after
    end = _instant(asked["to"], environment.timezone, end=True) if asked["to"] else usual
    if end < start:
        raise UsageError("--to lies before --from")
    return Query(
        start, end, asked["user"], asked["patient"], asked["email"], asked["type"], asked["audit"] or "data"
    )


def _instant(text: str, zone: str, end: bool = False) -> datetime:
    """An instant, or a date as the first moment of its day; `end`: of the day after."""
    from reconciler.dates.zones import wall_to_instant, zone_of
    from reconciler.errors import UsageError

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"`{text}` is no date or instant: write 2026-12-01 or 2026-12-01T09:00:00Z"
        ) from None
    if moment.tzinfo is not None:
        return moment
    is_date = len(text) == len("2026-12-01")
    return wall_to_instant(moment + timedelta(days=1) if end and is_date else moment, zone_of(zone))


def _hidden(
    thing: str, rows: Iterable[JsonObject], client: Client, query: Query, environment: Environment
) -> Iterator[JsonObject]:
    from reconciler.kinds.event.freetext import Ours
    from reconciler.listing.privacy import patient_data_hider, record_hider
    from reconciler.model.typed import Unreadable

    if thing == "records":
        cdt = client.cdt_types.get(query.cdt or "")
        return map(record_hider(None if isinstance(cdt, Unreadable) else cdt), rows)
    ours = Ours.of(environment, frozenset())

    def told(event: JsonObject) -> JsonObject:
        # The ids are known from the first answer on.
        return ours._replace(clients=client.client_ids).event(event)

    return map(patient_data_hider(thing, told), rows)


def _printed(
    thing: str, rows: Iterable[JsonObject], format: str, client: Client, zone: str
) -> Iterator[Printable]:
    """Pieces of the result, as the rows come."""
    from reconciler.commands.wrapping import width_of
    from reconciler.listing.cells import Teller
    from reconciler.listing.rows import json_pieces, yaml_pieces
    from reconciler.listing.table import table_lines
    from reconciler.listing.things import usernames

    match format:
        case "json":
            return json_pieces(rows)
        case "yaml":
            from reconciler.manifest import dump

            return yaml_pieces(rows, dump)
    names = usernames(client) if thing == "events" else {}
    return table_lines(thing, rows, Teller(zone, names), width_of(sys.stdout), _too_many)


def _too_many(headings: Sequence[str]) -> None:
    from reconciler.commands.output import say

    say(f"too narrow for {', '.join(headings)}: a wider terminal or --format json shows them")
