"""What became of each change of a plan: the last word counts, and journal and listener hear them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from reconciler.apply.keeping import Record
from reconciler.model import Change, Key, Outcome, Plan, Report, Status

LANDED = frozenset((Status.DONE, Status.ALREADY))
ENDED = LANDED | {Status.DROPPED}


class Turn(NamedTuple):
    """A change at its place in the plan: its key may stand there twice, as two events may carry one mark."""

    place: int
    change: Change


class Outcomes:
    """One run's outcomes, from any thread.

    pending: what the plan would send. landed: the objects that are as wished. unanswered: writes in a row of
    which nobody knows whether they landed.
    """

    def __init__(self, plan: Plan, record: Record | None, listen: Callable[[Outcome], None]) -> None:
        self.turns = [Turn(place, change) for place, change in enumerate(plan.changes)]
        self.pending = [turn for turn in self.turns if turn.change.request]
        self.landed = set[Key]()
        self.unanswered = 0
        self._record, self._listen = record, listen
        self._outcomes: dict[int, Outcome] = {}
        self._read_back: set[int] = set()

    def settle(self, turn: Turn, status: Status, message: str = "", code: str | None = None) -> None:
        self._outcomes[turn.place] = outcome = Outcome(turn.change, status, message, code)
        if status in LANDED:
            self.landed.add(turn.change.key)
            self.unanswered = 0
        elif status is Status.UNKNOWN:
            self.unanswered += 1
        if self._record:
            self._record.settle(outcome)
        self._listen(outcome)

    def confirm(self, turns: Sequence[Turn], seen: str) -> None:
        """Note what reading back showed: `as wished` or `not as wished`."""
        self._read_back.update(turn.place for turn in turns)
        if self._record and turns:
            self._record.confirm([turn.change for turn in turns], seen)

    def of(self, turn: Turn) -> Status | None:
        outcome = self._outcomes.get(turn.place)
        return None if outcome is None else outcome.status

    def done(self, turns: Sequence[Turn]) -> list[Turn]:
        """Those that the service took, as far as is known."""
        return [turn for turn in turns if self.of(turn) is Status.DONE]

    def is_read_back(self, turn: Turn) -> bool:
        return turn.place in self._read_back

    def lost(self) -> Iterator[Change]:
        """What has not ended as the plan had it."""
        return (each.change for each in list(self._outcomes.values()) if each.status not in ENDED)

    def break_off(self) -> None:
        """Say of each change what is known of it: nobody read back what was sent, or it was not sent."""
        self._listen = lambda outcome: None  # which may be what failed
        for turn in self.pending:
            if self.of(turn) is None:
                self.settle(turn, Status.SKIPPED, "the run ended before it")
            elif self.of(turn) is Status.DONE and turn.place not in self._read_back:
                self.settle(turn, Status.UNCONVERGED, "accepted, and not read back: the run ended before")

    def report(self) -> Report:
        return Report(tuple(self._outcomes[place] for place in sorted(self._outcomes)))
