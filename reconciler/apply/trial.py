"""The first override of a run, sent to see whether this service keeps its `ruleType`.

One that doesn't takes it for usual hours and cuts the row it lies in: seen so, all is put right at once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from reconciler.apply.pauses import LOOKUP_S, READ_BACK_S, pauses
from reconciler.apply.readback import ReadBack
from reconciler.apply.sender import Sender
from reconciler.errors import ApiError, JournalError, NoAnswer, ServerError
from reconciler.kinds.work_hours.mistaken import as_usual_long_ago, repairs, trace_of
from reconciler.model import Change, Request, Status

NO_OVERRIDES = "this service keeps no overrides (ruleType): the next plan cuts it into the usual hours"
UNSEEN = "refused, as by a service that keeps no overrides (ruleType); it holds no hours that would show it"


class Trial:
    """One override with its person's rows as they were before it."""

    def __init__(
        self, change: Change, sender: Sender, read_back: ReadBack, sleep: Callable[[float], object]
    ) -> None:
        """Raises: ApiError: the rows could not be read."""
        self.change, self.sender, self.read_back, self.sleep = change, sender, read_back, sleep
        self.before = read_back.observe([change])
        self.repairs: list[Request] = []

    def end(self, answered: bool) -> tuple[Status, str] | None:
        """Look what became of the override, and put right what is wrong; None where that says nothing new.

        answered: the service took the write, so that it has to show soon.
        """
        if self._kept(answered):
            return None
        if not answered and not self.repairs:
            return self._refused() if self.change.key in self.sender.refused else None
        self.sender.dialect.rule_type = False
        try:
            for request in self.repairs:
                self._insist(request)
        except (ApiError, JournalError) as error:
            message = f"taken for usual hours, and what it changed could not be put back: {error}"
            return Status.FAILED, message
        return (Status.BLOCKED, NO_OVERRIDES) if self.repairs else None

    def _refused(self) -> tuple[Status, str] | None:
        """Find out whether it was refused for its `ruleType`; None where something else is wrong with it.

        Rows show that. Where there is none, one is left that holds for nobody and tells later plans, too.
        """
        trace = trace_of(self.change, self.before, self.sender.client.scope)
        if self.sender.dialect.rule_type is None and trace:
            try:
                self._insist(trace)
            except ApiError:
                return None
            self._look_at_trace()
        if self.sender.dialect.rule_type is None:
            return Status.BLOCKED, UNSEEN
        return None if self.sender.dialect.rule_type else (Status.BLOCKED, NO_OVERRIDES)

    def _look_at_trace(self) -> None:
        for pause in (0.0, *pauses(READ_BACK_S)):
            if pause:
                self.sleep(pause)
            with suppress(ApiError):
                self.read_back.observe([as_usual_long_ago(self.change)])
            if self.sender.dialect.rule_type is not None:
                return

    def _kept(self, answered: bool) -> bool:
        """Whether the override shows as one. If not, `repairs` says what has to be put right."""
        for pause in (0.0, *(pauses(READ_BACK_S) if answered else ())):
            if pause:
                self.sleep(pause)
            try:
                after = self.read_back.observe([self.change])
            except ApiError:
                continue
            (seen,) = self.read_back.seen([self.change], after)
            if seen.unreadable:
                continue
            if seen.found or not seen.missing:
                return True
            self.repairs = repairs(self.change, self.before, after, self.sender.client.scope)
            if self.repairs:
                return False
        return False

    def _insist(self, request: Request) -> None:
        """Send a repair until it is answered: twice does no harm. Raises: ApiError, JournalError."""
        for pause in pauses(LOOKUP_S):
            try:
                return self.sender.put_right(self.change, request)
            except (NoAnswer, ServerError):
                self.sleep(pause)
        return self.sender.put_right(self.change, request)
