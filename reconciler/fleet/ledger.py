"""A run's writes in the database, noted before they leave: only while all of its leases are its own.

What the journal's file is on one machine (`apply/journal.py`), with the same events. An intent that the
database doesn't take is a write that isn't sent; nothing is noted any more for a run whose epoch is over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from reconciler.errors import DatabaseError, JournalError
from reconciler.fleet.leases import Lease, Leases
from reconciler.fleet.store import Transaction, Value
from reconciler.kinds import kind_of
from reconciler.model import Change, Outcome, Plan, Request

# A write of an earlier epoch may still land for so long after the end of its lease, whatever is between.
SETTLED_S = 30.0
_OURS = "EXISTS (SELECT 1 FROM welkin.lease WHERE key = :lease AND epoch = :epoch)"
_INTEND = """
    INSERT INTO welkin.write (run, epoch, id, lease, change, action, method, path, intended)
    SELECT :run, :epoch, :id, :within, :change, :action, :method, :path, :now WHERE {lives}
    ON CONFLICT (run, epoch, id) DO UPDATE SET intended = excluded.intended
"""
_LIVES = """
    EXISTS (SELECT 1 FROM welkin.lease WHERE key = :key{n} AND epoch = :epoch{n} AND until > :now + :write)
"""
_ANSWER = f"""
    UPDATE welkin.write SET answered = :now, status = :status, error_code = :error_code, live_id = :live_id
    WHERE run = :run AND epoch = :epoch AND id = :id AND {_OURS}
"""
_SETTLE = f"""
    INSERT INTO welkin.outcome (run, change, action, settled, status, error_code)
    SELECT :run, :change, :action, :now, :status, :error_code WHERE {_OURS}
    ON CONFLICT (run, change, action) DO UPDATE SET
        settled = excluded.settled, status = excluded.status, error_code = excluded.error_code
"""
_CONFIRM = f"""
    UPDATE welkin.outcome SET read_back = :seen
    WHERE run = :run AND change = :change AND action = :action AND {_OURS}
"""
_UNSETTLED = """
    SELECT DISTINCT change, action FROM welkin.write
    WHERE lease = :within AND status IS NULL AND intended > :since AND NOT (run = :run AND epoch = :epoch)
"""


class Ledger:
    """One run's part, for any thread.

    held: the leases that the run has, that of its environment first. ended: what `end` was told. is_over: one
    of them has ended, and nothing more is noted.
    """

    def __init__(self, leases: Leases, run: str, held: Sequence[Lease]) -> None:
        self.run, self.held = run, held
        self.intended = 0
        self.broken: JournalError | None = None
        self.ended = ""
        self.is_over = False
        self._leases, self._database = leases, leases.database
        self._lock = threading.Lock()

    def intend(self, change: Change, request: Request) -> int:
        if self.broken:
            raise self.broken
        with self._lock:
            self.intended += 1
            number = self.intended
        values: dict[str, Value] = {"method": request.method, "path": request.path, "id": number}
        lives = list[str]()
        for place, lease in enumerate(self.held):
            values |= {"within": lease.name, f"key{place}": lease.name, f"epoch{place}": lease.epoch}
            lives.append(_LIVES.format(n=place))
        values |= {**self._named(change), "write": self._leases.write_s}
        statement = _INTEND.format(lives=" AND ".join(lives))
        if not self._noted(lambda: self._database.run(statement, **values)):
            self.is_over = True
            raise self.held[0].fenced()
        return number

    def answer(self, write: int, status: int | None, error_code: str | None, live_id: str | None) -> None:
        values: dict[str, Value] = {"status": status, "error_code": error_code, "live_id": live_id}
        self._note(lambda: self._database.run(_ANSWER, **self._ours(), id=write, **values))

    def settle(self, outcome: Outcome) -> None:
        values: dict[str, Value] = {"status": outcome.status.value, "error_code": outcome.error_code}
        self._note(lambda: self._database.run(_SETTLE, **self._named(outcome.change), **values))

    def confirm(self, changes: Iterable[Change], seen: str) -> None:
        def confirmed(within: Transaction) -> int:
            return sum(within.run(_CONFIRM, **self._named(change), seen=seen) for change in changes)

        self._note(lambda: self._database.together(confirmed))

    def end(self, outcome: str) -> None:
        self.ended = outcome

    def unsettled_s(self, lease: Lease, plan: Plan) -> float:
        """How long a write of an earlier epoch may still be under way to what a plan changes.

        Raises: JournalError.
        """
        if lease.before is None or lease.taken >= lease.before + SETTLED_S:
            return 0.0
        # What was intended before has had as long as it may take and that much more.
        since = lease.before - self._leases.length_s - SETTLED_S
        try:
            rows = self._database.rows(_UNSETTLED, **self._ours(), within=lease.name, since=since)
        except DatabaseError as error:
            raise JournalError(str(error)) from None
        wanted = {(noted["change"], noted["action"]) for noted in map(self._named, plan.pending)}
        met = any((row["change"], row["action"]) in wanted for row in rows)
        return lease.before + SETTLED_S - lease.taken if met else 0.0

    def _ours(self) -> dict[str, Value]:
        return {"run": self.run, "lease": self.held[0].name, "epoch": self.held[0].epoch}

    def _named(self, change: Change) -> dict[str, Value]:
        named = {"change": kind_of(change.key).noted(change.key), "action": change.action.value}
        return {**self._ours(), **named}

    def _noted(self, note: Callable[[], int]) -> int:
        try:
            return note()
        except DatabaseError as error:
            self.broken = JournalError(str(error))
        raise self.broken

    def _note(self, note: Callable[[], int]) -> None:
        """Write what has happened already: a failure must not hide it, but stops what would follow."""
        with suppress(JournalError):
            if not self.is_over:
                self._noted(note)
