"""Carries out a plan: waves, workers, look-ups after lost answers, reading back. Decides nothing.

A wave is one kind's changes; within it all run at once, but one person's hours, which go in plan order in one
worker. Each change ends as exactly one Outcome. No write is repeated before it was looked for by identity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from threading import Event

from reconciler.apply.keeping import Hold, Record
from reconciler.apply.obstacles import Obstacles
from reconciler.apply.outcomes import LANDED, Outcomes, Turn
from reconciler.apply.proof import Proof
from reconciler.apply.readback import ReadBack, Seen
from reconciler.apply.sender import Sender
from reconciler.apply.stale import confirmed, settled
from reconciler.apply.trial import Trial
from reconciler.client import Client
from reconciler.errors import ApiError, Fenced, Interrupted, JournalError, NoAnswer, ServerError
from reconciler.kinds import Kind, kind_of, wave_of
from reconciler.model import Action, Key, Landed, Outcome, Plan, Report, Snapshot, Status
from reconciler.plan.tenants import of_tenant

SENT = frozenset((Status.DONE, Status.UNCONVERGED, Status.UNKNOWN, Status.FAILED))
UNSENT = frozenset((Status.SKIPPED, Status.BLOCKED))


class Applier:
    """One run of one plan."""

    def __init__(
        self,
        plan: Plan,
        client: Client,
        kinds: Mapping[str, Kind],
        live: Snapshot,
        *,
        now: datetime,
        record: Record | None,
        hold: Hold,
        listen: Callable[[Outcome], None],
    ) -> None:
        """Args:
        live: as read for the plan, if it was made just now.
        record: the journal's part for this run. hold: what keeps others away.
        listen: told of each outcome, from any thread.
        """
        self.plan, self.kinds, self.now, self._client, self._hold = plan, kinds, now, client, hold
        self.stopped = Event()
        self.failure: Exception | None = None
        self.sender = Sender(client, kinds, live, record)
        self._outcomes = Outcomes(plan, record, listen)
        self.read_back = ReadBack(self._outcomes.pending, client, kinds, live, self.sender, now=now)
        self._sleep = client.patience.pauses or self.stopped.wait
        self._obstacles = Obstacles(self._outcomes, self.sender, self.stopped)
        self._proof = Proof(self.read_back, self.sender, self._outcomes, self.stopped, self._sleep)
        self._busy: dict[int, Key] = {}  # by place, what a request is under way for

    def check(self) -> None:
        """Read the touched objects again: what is past is dropped, what is as wished is done already.

        Raises: StalePlan: naming every object that changed since the plan was made.
        """
        seen = self.read_back.renew()
        self.sender.ids.update(confirmed(self.plan, self.read_back.live, self.kinds))
        self._settle_seen(self._outcomes.pending, seen, self.read_back.live)

    def stop(self) -> None:
        """Start no more requests; those in flight end, and `run` then reports. From any thread."""
        self.stopped.set()
        self._client.hurry()

    def under_way(self) -> list[Key]:
        """Whose requests are on their way right now. From any thread."""
        return list(self._busy.values())

    def run(self) -> Report:
        """Send what is left to send, wave by wave. Whatever happens on the way, what landed is in the report;
        `failure` then holds what ended it."""
        try:
            for turn in self._outcomes.turns:
                if turn.change.action is Action.BLOCKED:
                    self._outcomes.settle(turn, Status.BLOCKED, turn.change.reason)
            for _, group in groupby(self._outcomes.pending, key=lambda turn: wave_of(turn.change)):
                wave = self._left(group)
                if any(of_tenant(turn.change) for turn in wave) and not self.stopped.is_set():
                    self._run_shared_wave(wave)
                else:
                    self._run_wave(wave)
        except Interrupted:
            self._outcomes.break_off()
        except Exception as error:
            self.failure = error
            self._outcomes.break_off()
        return self._outcomes.report()

    def landed(self) -> list[Landed]:
        """What of the run may have reached the service, its objects read again. Raises: ApiError."""
        sent = [turn for turn in self._outcomes.pending if self._outcomes.of(turn) in SENT]
        return self.read_back.landed(sent)

    def _left(self, turns: Iterable[Turn]) -> list[Turn]:
        return [turn for turn in turns if self._outcomes.of(turn) is None]

    def _settle_seen(self, turns: Sequence[Turn], seen: Sequence[Seen], live: Snapshot) -> None:
        """Say of changes what needs no sending, as their objects are now. Raises: StalePlan."""
        outcomes = settled(self.plan, seen, self.kinds, live, self.now)
        for turn, outcome in zip(turns, outcomes, strict=True):
            if outcome:
                self._outcomes.settle(turn, outcome.status, outcome.message)

    def _run_shared_wave(self, wave: Sequence[Turn]) -> None:
        """Run a wave of what other environments have, too: what one of them did meanwhile is done already."""
        with self._hold.with_tenant(self.plan, self._wait) as others_write:
            if others_write:
                changes = [turn.change for turn in wave]
                live = self.read_back.observe(changes)
                self._settle_seen(wave, self.read_back.seen(changes, live), live)
            self._run_wave(self._left(wave))

    def _wait(self, seconds: float) -> None:
        """Wait for another run. Raises: Interrupted: this one is to stop."""
        if self.stopped.wait(seconds):
            raise Interrupted("interrupted")

    def _run_wave(self, wave: Sequence[Turn]) -> None:
        together = []
        for _, group in groupby(wave, key=_chain):
            chain = list(group)
            if any(self.sender.is_news(turn.change) for turn in chain):
                self._run_chain(chain)  # alone, so that not each of many has to find out
            else:
                together.append(chain)
        self._client.each(self._run_chain, together)
        self._proof.read_back([turn for turn in self._outcomes.done(wave) if not self._is_proven(turn)])

    def _is_proven(self, turn: Turn) -> bool:
        """Whether nothing more has to be asked; but a row is read again with those written after it."""
        return kind_of(turn.change.key).chain(turn.change) is None and self._outcomes.is_read_back(turn)

    def _run_chain(self, chain: Sequence[Turn]) -> None:
        """One person's rows in order; if one can't be written, hours taken away for it are put back."""
        for number, turn in enumerate(chain):
            run = self._try_out if self.sender.is_news(turn.change) else self._run_one
            run(turn)
            if self._outcomes.of(turn) not in LANDED | {Status.BLOCKED, Status.UNCONVERGED}:
                for earlier in self._outcomes.done(chain[:number]):
                    self._put_back(earlier)
                for later in chain[number + 1 :]:
                    self._outcomes.settle(later, Status.SKIPPED, f"comes after {turn.change.key}")
                return

    def _put_back(self, turn: Turn) -> None:
        try:
            if self.sender.put_back(turn.change, partial(self.read_back.find, turn)):
                message = "put back: the hours that follow could not be written"
                self._outcomes.settle(turn, Status.SKIPPED, message)
        except (ApiError, JournalError) as error:
            message = f"applied, and could not be put back: {error}"
            self._outcomes.settle(turn, Status.FAILED, message)

    def _try_out(self, turn: Turn) -> None:
        """The first write of its sort: it is read back before any other like it is sent."""
        change, kind = turn.change, kind_of(turn.change.key)
        traceless = kind.traceless(self.sender.dialect)
        if wave_of(change).late:
            self._try_override(turn)
        else:
            self._run_one(turn)
            lost = self._proof.read_back(self._outcomes.done([turn]))
            if self._outcomes.of(turn) is Status.UNCONVERGED and kind.goes_elsewhere(
                change, self.sender.dialect
            ):
                self._run_one(turn)
                lost = self._proof.read_back(self._outcomes.done([turn]))
            if lost and traceless and change.action is Action.CREATE:
                self._obstacles.note_no_trace(kind.name, traceless)
        if self._outcomes.of(turn) in LANDED | {Status.UNCONVERGED}:
            self.sender.learnt(change)

    def _try_override(self, turn: Turn) -> None:
        if self._obstacles.before(turn.change):
            self._run_one(turn)
            return
        try:
            trial = Trial(turn.change, self.sender, self.read_back, self._sleep)
        except ApiError as error:
            message = f"the hours it lies in could not be read: {error}"
            self._outcomes.settle(turn, Status.SKIPPED, message)
            return
        self._run_one(turn)
        if self._outcomes.of(turn) not in UNSENT:
            ended = trial.end(answered=self._outcomes.of(turn) is Status.DONE)
            if ended:
                self._outcomes.settle(turn, *ended)

    def _run_one(self, turn: Turn) -> None:
        obstacle = self._obstacles.before(turn.change)
        if obstacle:
            self._outcomes.settle(turn, *obstacle)
            return
        self._busy[turn.place] = turn.change.key
        try:
            self._send(turn)
        finally:
            del self._busy[turn.place]

    def _send(self, turn: Turn) -> None:
        settle = partial(self._outcomes.settle, turn)
        try:
            answer = self.sender.send(turn.change, partial(self.read_back.find, turn))
        except JournalError as error:
            settle(Status.SKIPPED, f"{error}; nothing is sent that cannot be noted first")
        except (NoAnswer, ServerError) as error:
            self._proof.look_up(turn, error)
        except ApiError as error:
            self._obstacles.note_refusal(turn.change, error)
            settle(Status.FAILED, str(error), error.error_code)
        except Fenced:
            self.stopped.set()  # whoever has it now goes on with the rest
            raise
        except Exception as error:  # a bug must not hide what landed
            settle(Status.FAILED, f"internal error: {type(error).__name__}: please report it")
        else:
            self.sender.keep_id(turn.change, answer)
            settle(Status.DONE)


def _chain(turn: Turn) -> str | int:
    """What goes one after the other; everything else stands alone."""
    return kind_of(turn.change.key).chain(turn.change) or turn.place
