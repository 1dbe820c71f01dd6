"""Looks whether what was sent has landed: after a lost answer, and once a wave is through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import Event

from reconciler.apply.outcomes import Outcomes, Turn
from reconciler.apply.pauses import LOOKUP_S, READ_BACK_S, pauses
from reconciler.apply.readback import ReadBack
from reconciler.apply.sender import Sender
from reconciler.apply.stale import differing
from reconciler.errors import ApiError, JournalError
from reconciler.model import Status


class Proof:
    """One run's look-ups, each of which ends in outcomes."""

    def __init__(
        self,
        read_back: ReadBack,
        sender: Sender,
        outcomes: Outcomes,
        stopped: Event,
        sleep: Callable[[float], object],
    ) -> None:
        self._read_back, self._sender, self._outcomes = read_back, sender, outcomes
        self._stopped, self._sleep = stopped, sleep

    def look_up(self, turn: Turn, error: ApiError) -> None:
        """Decide an unanswered write by looking at the service; only what is safe to repeat is repeated."""
        change = turn.change
        repeatable = change.request is not None and change.request.method != "POST"
        for pause in pauses(LOOKUP_S):
            self._sleep(pause)
            try:
                (seen,) = self._read_back.look([change])
                if not seen.missing:
                    self._sender.keep_id(change, seen.found.fields if seen.found else None)
                    self._outcomes.settle(turn, Status.DONE)
                    return
                if repeatable and not seen.unreadable and not self._stopped.is_set():
                    self._sender.send(change, partial(self._read_back.find, turn))
            except ApiError as later:
                error = later
            except JournalError:
                break
            if self._stopped.is_set():
                break
        status = Status.FAILED if repeatable else Status.UNKNOWN
        advice = "" if repeatable else "; run again: it is looked for first"
        message = f"no answer, and not to be found for {LOOKUP_S:.0f} s: {error}{advice}"
        self._outcomes.settle(turn, status, message, error.error_code)

    def read_back(self, turns: Sequence[Turn]) -> list[Turn]:
        """Read back what was sent, for a while if reads lag; what is not taken over is named.

        Returns: those of which there is no trace at all.
        """
        left, lost = list(turns), list[Turn]()
        reasons = dict[int, str]()  # by place
        for pause in (0.0, *pauses(READ_BACK_S)):
            if not left or self._stopped.is_set():
                return []
            if pause:
                self._sleep(pause)
            try:
                seen = self._read_back.look([turn.change for turn in left])
            except ApiError as error:
                lost, reasons = [], {turn.place: f"could not be read back: {error}" for turn in left}
                continue
            looked = list(zip(left, seen, strict=True))
            self._outcomes.confirm([turn for turn, each in looked if not each.missing], "as wished")
            left = [turn for turn, each in looked if each.missing]
            lost = [turn for turn, each in looked if each.is_lost]
            reasons = {turn.place: differing(each) for turn, each in looked if each.missing}
        for turn in left:
            self._outcomes.settle(turn, Status.UNCONVERGED, f"accepted, but {reasons[turn.place]}")
        self._outcomes.confirm(left, "not as wished")
        return lost
