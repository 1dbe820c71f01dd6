"""Who keeps other runs away from an environment, and where a run is noted: on this machine, or beyond it.

A run of one machine holds a lock of its kernel (`lock.py`) and notes its writes in a file (`journal.py`).
Where many share a database, what stands here is implemented there: a run holds leases that may end, is asked
before each write leaves whether it still may, and is noted beside all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from reconciler.client import UNGUARDED, Guard
from reconciler.errors import JournalError
from reconciler.model import Change, Outcome, Plan, Request


class Record(Protocol):
    """Where a run's writes are noted before they leave, and what became of them.

    intended: how many writes were, or may have been, sent. broken: why nothing more can be noted, and thus
    nothing more is intended.
    """

    @property
    def intended(self) -> int: ...

    @property
    def broken(self) -> JournalError | None: ...

    def intend(self, change: Change, request: Request) -> int:
        """Note a write before it is sent; returns the number to answer it under.

        Raises: JournalError; Fenced: the run may write no more.
        """

    def answer(self, write: int, status: int | None, error_code: str | None, live_id: str | None) -> None:
        """Note what came back; without a status: nothing did."""

    def settle(self, outcome: Outcome) -> None:
        """Note what became of a change; said again, the last word counts."""

    def confirm(self, changes: Iterable[Change], seen: str) -> None:
        """Note what reading back showed: `as wished` or `not as wished`."""

    def end(self, outcome: str) -> None:
        """Note how the run ended."""


class Hold(Protocol):
    """What a run has while it is alone on an environment."""

    @property
    def guard(self) -> Guard:
        """What its client heeds."""

    def record(self, plan: Plan) -> Record | None:
        """Where its writes are noted, beside the journal's file; None: nowhere."""

    def with_tenant(self, plan: Plan, sleep: Callable[[float], object]) -> AbstractContextManager[bool]:
        """Be alone on what belongs to the tenant; whether others may have written there since it was read.

        sleep: may raise, to wait no longer.
        Raises: Locked; DatabaseError; JournalError.
        """

    def unsettled_s(self, plan: Plan) -> float:
        """How long a write of an earlier run may still be under way to what a plan changes.

        Raises: JournalError.
        """


class Keeper(Protocol):
    """Keeps others away."""

    def alone(self, environment: tuple[str, ...], wait_s: float) -> AbstractContextManager[Hold]:
        """Be alone on an environment (API, tenant, instance, owner), waiting so long for who is there.

        Raises: Locked: another run works on it; UsageError; DatabaseError.
        """


class Here:
    """The hold of a run whose lock the kernel keeps: it can't be lost."""

    guard = UNGUARDED

    def record(self, plan: Plan) -> Record | None:
        return None

    def with_tenant(self, plan: Plan, sleep: Callable[[float], object]) -> AbstractContextManager[bool]:
        return nullcontext(False)

    def unsettled_s(self, plan: Plan) -> float:
        return 0.0


class Both:
    """A run noted in two places: in the first, which may refuse a write, before the second."""

    def __init__(self, first: Record, second: Record) -> None:
        self._first, self._second = first, second
        self._numbers = dict[int, int]()  # of writes, in the second by those in the first

    @property
    def intended(self) -> int:
        return self._first.intended

    @property
    def broken(self) -> JournalError | None:
        return self._first.broken or self._second.broken

    def intend(self, change: Change, request: Request) -> int:
        write = self._first.intend(change, request)
        self._numbers[write] = self._second.intend(change, request)
        return write

    def answer(self, write: int, status: int | None, error_code: str | None, live_id: str | None) -> None:
        self._first.answer(write, status, error_code, live_id)
        self._second.answer(self._numbers[write], status, error_code, live_id)

    def settle(self, outcome: Outcome) -> None:
        self._first.settle(outcome)
        self._second.settle(outcome)

    def confirm(self, changes: Iterable[Change], seen: str) -> None:
        changes = list(changes)
        self._first.confirm(changes, seen)
        self._second.confirm(changes, seen)

    def end(self, outcome: str) -> None:
        self._first.end(outcome)
        self._second.end(outcome)
