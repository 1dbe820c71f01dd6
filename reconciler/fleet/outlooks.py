"""How environments are staffed in the weeks to come, kept for whoever looks; and which run made a date so."""

from __future__ import annotations

import json
from collections.abc import Iterable

from reconciler.fleet.store import Transaction, one
from reconciler.model.impact import Outlook, Violation


def keep_outlook(within: Transaction, environment: str, outlook: Outlook) -> None:
    within.run(
        """INSERT INTO welkin.staffing (environment, days, data, made)
        VALUES (:environment, :days, :data, :now) ON CONFLICT (environment) DO UPDATE
        SET days = excluded.days, data = excluded.data, made = excluded.made""",
        environment=environment,
        days=json.dumps(outlook["days"]),
        data=json.dumps(outlook),
    )


def gaps_of(within: Transaction, environment: str) -> list[Violation] | None:
    """Where fewer people than agreed were known to be on duty; None: nobody has looked yet."""
    row = one(within.rows("SELECT data FROM welkin.staffing WHERE environment = :name", name=environment))
    return None if row is None else json.loads(row["data"]).get("gaps", [])


def note_made(
    within: Transaction, environment: str, run: str, revision: str | None, dates: Iterable[str]
) -> None:
    """Note that from now on these dates are as a run has made them."""
    for date in dates:
        within.run(
            """INSERT INTO welkin.made (environment, date, run, revision)
            VALUES (:environment, :date, :run, :revision) ON CONFLICT (environment, date) DO UPDATE
            SET run = excluded.run, revision = excluded.revision""",
            environment=environment,
            date=date,
            run=run,
            revision=revision,
        )
