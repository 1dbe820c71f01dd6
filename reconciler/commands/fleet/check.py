"""`welkin-reconcile fleet check`: everything that is wrong with a fleet, before any of it runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.fleet.options import common
from reconciler.commands.options import NOW

if TYPE_CHECKING:
    from reconciler.fleet.checking import Checked, Looked


@click.command("check")
@NOW
@common
def command(fleet: Path, database: str, format: str, now: datetime) -> int:
    """Check the fleet's file, its sources, every environment, and where each secret would come from.

    All problems at once. Asks no service, and needs no database.
    """
    import os

    from reconciler.commands.output import say, show
    from reconciler.errors import Exit
    from reconciler.errors.escape import json_text, page
    from reconciler.fleet.checking import check_fleet
    from reconciler.report.problems import problem_lines

    checked = check_fleet(fleet, os.environ, now)
    if format == "json":
        show(json_text(_data(checked)))
    else:
        say(*problem_lines(checked.errors, checked.warnings))
        show(page(_lines(checked)))
    return Exit.ERROR if checked.errors else Exit.OK


def _lines(checked: Checked) -> Iterator[str]:
    """Sources with what is fine in them."""
    for each in checked.sources:
        yield f"{each.source.name}  {_state(each)}  {_count(len(each.environments), 'environment')}"
        for one in checked.environments:
            if one.name.startswith(f"{each.source.name}/"):
                place = one.environment
                yield (
                    f"  {one.name}  {place.tenant}/{place.instance} as {place.owner}  "
                    f"secret of {one.client}: {one.secret}"
                )
    fine = _count(len(checked.environments), "environment")
    yield f"{fine} fine, {_count(len(checked.errors), 'problem')}."


def _state(looked: Looked) -> str:
    if looked.revision is None:
        return "can't be read"
    return f"at {looked.revision[:12]}" if looked.source.git else "as it is"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _data(checked: Checked) -> dict[str, object]:
    from reconciler.errors import problem_data

    ranked = [("error", each) for each in checked.errors] + [("warning", each) for each in checked.warnings]
    return {
        "format": "welkin-reconcile/fleet-check/1",
        "sources": [
            {"name": each.source.name, "revision": each.revision, "environments": len(each.environments)}
            for each in checked.sources
        ],
        "environments": [
            {
                "name": each.name,
                "tenant": each.environment.tenant,
                "instance": each.environment.instance,
                "owner": each.environment.owner,
                "client": each.client,
                "secret": each.secret,
            }
            for each in checked.environments
        ],
        "problems": [{"level": level, **problem_data(each)} for level, each in ranked],
    }
