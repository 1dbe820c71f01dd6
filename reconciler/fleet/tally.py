"""What is counted for ever, for whoever watches: runs that ended, requests by their answers, runs fenced."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from reconciler.fleet.database import Database
from reconciler.fleet.store import Transaction

Labels = tuple[str, ...]


class Counter(StrEnum):
    RUNS = "runs"  # kind, state
    REQUESTS = "requests"  # tenant, status
    FENCED = "fenced"


def count(within: Database | Transaction, counter: Counter, labels: Labels = (), number: int = 1) -> None:
    within.run(
        """INSERT INTO welkin.tally (counter, labels, number) VALUES (:counter, :labels, :number)
        ON CONFLICT (counter, labels) DO UPDATE SET number = tally.number + excluded.number""",
        counter=counter,
        labels="\n".join(labels),
        number=number,
    )


def counted(database: Database, counter: Counter) -> Mapping[Labels, int]:
    rows = database.rows("SELECT labels, number FROM welkin.tally WHERE counter = :counter", counter=counter)
    return {tuple(row["labels"].split("\n")) if row["labels"] else (): row["number"] for row in rows}
