"""Asks for the runs that schedules bring: one a slot, whoever looks, and one for all that were missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from reconciler.fleet.database import Database
from reconciler.fleet.names import slot_of_time
from reconciler.fleet.runs import PAUSED, Cause, Kind, Wanted, ask
from reconciler.fleet.schedule import daily_slot, drift_slot, is_due
from reconciler.fleet.shape import Fleet
from reconciler.fleet.store import Row, Transaction

A_BATCH = 100
_LAST = {Kind.DRIFT: "last_drift_slot", Kind.ONLY_NEW: "last_new_slot"}


class _Slot(NamedTuple):
    environment: str
    kind: Kind
    begins: datetime


def ask_for_due(database: Database, fleet: Fleet) -> int:
    """Have a run wait for each environment whose slot has come, unless one of its kind waits still."""
    return _ask_all(database, [slot for row in _places(database) for slot in _slots(row, fleet)])


def ask_for_all(database: Database) -> int:
    """Have each environment looked at now, whenever its slot is."""
    rows = _places(database)
    return _ask_all(database, [_Slot(row["name"], Kind.DRIFT, _moment(row["now"])) for row in rows])


def _places(database: Database) -> list[Row]:
    paused = PAUSED.replace("run.environment", "environment.name")
    return database.rows(
        f"""SELECT name, timezone, known, last_drift_slot, last_new_slot, :now AS now
        FROM welkin.environment AS environment WHERE NOT {paused}"""
    )


def _slots(row: Row, fleet: Fleet) -> Iterator[_Slot]:
    """The slots that have come and brought no run."""
    now, known = _moment(row["now"]), _moment(row["known"])
    latest = {Kind.DRIFT: drift_slot(row["name"], fleet.drift_every, now)}
    if fleet.only_new_at is not None and row["timezone"]:
        latest[Kind.ONLY_NEW] = daily_slot(fleet.only_new_at, row["timezone"], now)
    for kind, slot in latest.items():
        last = row[_LAST[kind]]
        if is_due(slot, datetime.fromisoformat(last) if last else None, known):
            yield _Slot(row["name"], kind, slot)


def _ask_all(database: Database, slots: Sequence[_Slot]) -> int:
    for begin in range(0, len(slots), A_BATCH):
        some = slots[begin : begin + A_BATCH]

        def ask_some(within: Transaction, some: Sequence[_Slot] = some) -> None:
            for slot in some:
                _ask(within, slot)

        database.together(ask_some)
    return len(slots)


def _ask(within: Transaction, slot: _Slot) -> None:
    of, text = {"name": slot.environment, "kind": slot.kind}, slot_of_time(slot.begins)
    waits = within.rows(
        """SELECT id FROM welkin.run WHERE environment = :name AND kind = :kind AND cause = 'schedule'
        AND state = 'waiting'""",
        **of,
    )
    if not waits:
        ask(within, Wanted(slot.environment, slot.kind, Cause.SCHEDULE, text))
    within.run(
        f"UPDATE welkin.environment SET {_LAST[slot.kind]} = :slot WHERE name = :name",
        slot=text,
        name=slot.environment,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
