"""Carries out a plan: waves, workers, look-ups after lost answers, reading back. Decides nothing.

A wave is one kind's changes; within it all run at once, but one person's hours, which go in plan order in one
worker. Each change ends as exactly one Outcome. No write is repeated before it was looked for by identity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import groupby
from threading import Event
from typing import Any

from reconciler.apply.journal import Run
from reconciler.apply.pauses import LOOKUP_S, READ_BACK_S, pauses
from reconciler.apply.readback import NOTHING_KNOWN, Evidence
from reconciler.apply.sender import Sender
from reconciler.apply.stale import confirmed, differing, settled
from reconciler.apply.trial import NO_OVERRIDES, Trial
from reconciler.client import Client
from reconciler.client.reading import is_id
from reconciler.client.resource import is_about
from reconciler.errors import ApiError, Forbidden, JournalError, NoAnswer, ServerError
from reconciler.kinds import Kind, kind_of, wave_of
from reconciler.model import Action, Change, Key, Outcome, Plan, Report, Snapshot, Status
from reconciler.plan.make import refs_of

GIVE_UP = 3  # unknown writes in a row, none landed between: the rest would wait as long for nothing
LANDED = frozenset((Status.DONE, Status.ALREADY))
ENDED = LANDED | {Status.DROPPED}
UNSENT = frozenset((Status.SKIPPED, Status.BLOCKED))
NEVER_FOR_CLIENTS = "ACCESS_FOR_API_CLIENT_RESTRICTED"  # api-facts 11: holds for all of the kind


class Applier:
    """One run of one plan."""

    def __init__(
        self,
        plan: Plan,
        client: Client,
        kinds: Mapping[str, Kind],
        live: Snapshot = NOTHING_KNOWN,
        *,
        parallelism: int,
        now: datetime,
        record: Run | None = None,
        listen: Callable[[Outcome], None] = lambda outcome: None,
    ) -> None:
        """Args:
        live: as read for the plan, if it was made just now.
        record: the journal's part for this run.
        listen: told of each outcome, from any thread.
        """
        self.plan, self.client, self.kinds = plan, client, kinds
        self.parallelism, self.now, self.record = parallelism, now, record
        self.stopped = Event()
        self.listen, self.sleep = listen, client.patience.pauses or self.stopped.wait
        self.sender = Sender(client, kinds, live, record)
        self.evidence = Evidence(plan, client, kinds, live, self.sender, now=now)
        self.outcomes: dict[int, Outcome] = {}
        self.confirmed: set[int] = set()  # read back, by id()
        self.failure: Exception | None = None
        self.landed: set[Key] = set()
        self.refused: dict[tuple[str, str], Key] = {}  # method and kind -> whom it was refused for first
        self.traceless: dict[str, str] = {}  # kind -> why none is created any more
        self.busy: dict[int, Change] = {}  # what a request is under way for
        self.read_back: set[int] = set()  # changes that nothing more has to be asked about
        self.unanswered = 0

    def check(self) -> None:
        """Read the touched objects again: what is past is dropped, what is as wished is done already.

        Raises: StalePlan: naming every object that changed since the plan was made.
        """
        seen = self.evidence.renew()
        self.sender.ids.update(confirmed(self.plan, self.evidence.live, self.kinds))
        for outcome in list(settled(self.plan, seen, self.kinds, self.evidence.live, self.now)):
            self._settle(outcome.change, outcome.status, outcome.message)

    def stop(self) -> None:
        """Start no more requests; those in flight end, and `run` then reports. From any thread."""
        self.stopped.set()
        self.evidence.client.hurry()

    def under_way(self) -> list[Key]:
        """Whose requests are on their way right now. From any thread."""
        return [change.key for change in list(self.busy.values())]

    def run(self) -> Report:
        """Send what is left to send, wave by wave. Whatever happens on the way, what landed is in the report;
        `failure` then holds what ended it."""
        try:
            self._run()
        except Exception as error:
            self.failure = error
            self._give_up()
        return Report(tuple(self.outcomes[id(c)] for c in self.plan.changes if id(c) in self.outcomes))

    def _run(self) -> None:
        for change in self.plan.changes:
            if change.action is Action.BLOCKED:
                self._settle(change, Status.BLOCKED, change.reason)
        for _, group in groupby(self.plan.pending, key=wave_of):
            self._run_wave([change for change in group if id(change) not in self.outcomes])

    def _give_up(self) -> None:
        """Say of each change what is known of it: nobody read back what was sent, or it was not sent."""
        self.listen = lambda outcome: None  # which may be what failed
        for change in self.plan.pending:
            if self._status(change) is None:
                self._settle(change, Status.SKIPPED, "the run ended before it")
            elif self._status(change) is Status.DONE and id(change) not in self.confirmed:
                self._settle(change, Status.UNCONVERGED, "accepted, and not read back: the run ended before")

    def _run_wave(self, wave: Sequence[Change]) -> None:
        together = []
        for _, group in groupby(wave, key=_chain):
            chain = list(group)
            if any(map(self.sender.is_news, chain)):  # alone, so that not each of many has to find out
                self._run_chain(chain)
            else:
                together.append(chain)
        with ThreadPoolExecutor(self.parallelism) as pool:
            list(pool.map(self._run_chain, together))
        self._verify([change for change in self._done(wave) if id(change) not in self.read_back])

    def _run_chain(self, chain: Sequence[Change]) -> None:
        """One person's rows in order; if one can't be written, hours taken away for it are put back."""
        for place, change in enumerate(chain):
            run = self._try_out if self.sender.is_news(change) else self._run_one
            run(change)
            if self._status(change) not in LANDED | {Status.BLOCKED, Status.UNCONVERGED}:
                for earlier in self._done(chain[:place]):
                    self._put_back(earlier)
                for later in chain[place + 1 :]:
                    self._settle(later, Status.SKIPPED, f"comes after {change.key}")
                return

    def _put_back(self, change: Change) -> None:
        try:
            if self.sender.put_back(change, self.evidence.find):
                message = "put back: the hours that follow could not be written"
                self._settle(change, Status.SKIPPED, message)
        except (ApiError, JournalError) as error:
            self._settle(change, Status.FAILED, f"applied, and could not be put back: {error}")

    def _try_out(self, change: Change) -> None:
        """The first write of its sort: it is read back before any other like it is sent."""
        kind = kind_of(change.key)
        traceless = kind.traceless(self.client.dialect)
        if wave_of(change).late:
            self._try_override(change)
        else:
            self._run_one(change)
            lost = self._verify(self._done([change]))
            if lost and traceless and change.action is Action.CREATE:
                self.traceless[kind.name] = traceless
            if kind.chain(change) is None:  # a row is read again with those written after it
                self.read_back.add(id(change))
        if self._status(change) in LANDED | {Status.UNCONVERGED}:
            self.sender.learnt(change)

    def _try_override(self, change: Change) -> None:
        if self._obstacle(change):
            self._run_one(change)
            return
        try:
            trial = Trial(change, self.sender, self.evidence, self.sleep)
        except ApiError as error:
            self._settle(change, Status.SKIPPED, f"the hours it lies in could not be read: {error}")
            return
        self._run_one(change)
        if self._status(change) not in UNSENT:
            ended = trial.end(answered=self._status(change) is Status.DONE)
            if ended:
                self._settle(change, *ended)

    def _run_one(self, change: Change) -> None:
        obstacle = self._obstacle(change)
        if obstacle:
            self._settle(change, *obstacle)
            return
        self.busy[id(change)] = change
        try:
            self._send(change)
        finally:
            del self.busy[id(change)]

    def _send(self, change: Change) -> None:
        try:
            answer = self.sender.send(change, self.evidence.find)
        except JournalError as error:
            self._settle(change, Status.SKIPPED, f"{error}; nothing is sent that cannot be noted first")
        except (NoAnswer, ServerError) as error:
            self._look_up(change, error)
        except ApiError as error:
            self._refuse(change, error)
        except Exception as error:  # a bug must not hide what landed
            self._settle(change, Status.FAILED, f"internal error: {type(error).__name__}: please report it")
        else:
            self._keep_id(change, answer)
            self._settle(change, Status.DONE)

    def _refuse(self, change: Change, error: ApiError) -> None:
        """Settle what the service refused; what it refuses to all API clients is not asked again."""
        # What the refusal taught may say it better: that this service keeps no overrides, for one.
        obstacle = self._obstacle(change)
        if obstacle and not self.stopped.is_set():
            self._settle(change, *obstacle)
            return
        if isinstance(error, Forbidden) and error.error_code == NEVER_FOR_CLIENTS:
            self.refused.setdefault(_capability(change), change.key)
        self._settle(change, Status.FAILED, str(error), error.error_code)

    def _obstacle(self, change: Change) -> tuple[Status, str] | None:
        """Why a change is not sent at all."""
        if self.stopped.is_set():
            return Status.SKIPPED, "interrupted"
        if self.unanswered >= GIVE_UP:
            return Status.SKIPPED, "the service does not answer writes"
        if _capability(change) in self.refused:
            return Status.SKIPPED, f"refused to every API client, as for {self.refused[_capability(change)]}"
        failed = [key for key in change.after_keys if key not in self.landed]
        if failed:
            return Status.SKIPPED, f"needs {failed[0]}, which was not created"
        left = self._left_of_leaver(change)
        if left:
            return Status.SKIPPED, f"goes after what is theirs, and {left} has not ended"
        if wave_of(change).late and self.client.dialect.rule_type is False:
            return Status.BLOCKED, NO_OVERRIDES
        if change.action is Action.CREATE and change.key.kind in self.traceless:
            return Status.SKIPPED, self.traceless[change.key.kind]
        unknown = sorted(key for key in refs_of(change) if self.sender.id_of(key) is None)
        if unknown:
            said = f"the service tells no id for {unknown[0].name}"
            advice = kind_of(unknown[0]).where_ids_are_written
            return Status.BLOCKED, f"{said}: {advice}" if advice else said
        return None

    def _left_of_leaver(self, change: Change) -> Key | None:
        """What of a person who is to be deleted has not ended: nobody could end it once they are gone."""
        leaver = kind_of(change.key).leaver(change)
        if leaver is None:
            return None
        lost = (outcome.change for outcome in self.outcomes.values() if outcome.status not in ENDED)
        return next((other.key for other in lost if kind_of(other.key).involves(other, leaver)), None)

    def _look_up(self, change: Change, error: ApiError) -> None:
        """Decide an unanswered write by looking at the service; only what is safe to repeat is repeated."""
        repeatable = change.request is not None and change.request.method != "POST"
        for pause in pauses(LOOKUP_S):
            self.sleep(pause)
            try:
                (seen,) = self.evidence.look([change])
                if not seen.missing:
                    self._keep_id(change, seen.found.fields if seen.found else None)
                    self._settle(change, Status.DONE)
                    return
                if repeatable and not seen.unreadable and not self.stopped.is_set():
                    self.sender.send(change, self.evidence.find)
            except ApiError as later:
                error = later
            except JournalError:
                break
            if self.stopped.is_set():
                break
        status = Status.FAILED if repeatable else Status.UNKNOWN
        advice = "" if repeatable else "; run again: it is looked for first"
        message = f"no answer, and not to be found for {LOOKUP_S:.0f} s: {error}{advice}"
        self._settle(change, status, message, error.error_code)

    def _verify(self, changes: Sequence[Change]) -> list[Change]:
        """Read back what was sent, for a while if reads lag; what is not taken over is named.

        Returns: those of which there is no trace at all.
        """
        left, reasons, lost = list(changes), dict[int, str](), list[Change]()
        for pause in (0.0, *pauses(READ_BACK_S)):
            if not left or self.stopped.is_set():
                return []
            if pause:
                self.sleep(pause)
            try:
                seen = self.evidence.look(left)
            except ApiError as error:
                lost, reasons = [], {id(change): f"could not be read back: {error}" for change in left}
                continue
            open = [each for each in seen if each.missing]
            self._confirm([each.change for each in seen if not each.missing], "as wished")
            left = [each.change for each in open]
            lost = [each.change for each in open if each.found is None and not each.unreadable]
            reasons = {id(each.change): differing(each) for each in open}
        for change in left:
            self._settle(change, Status.UNCONVERGED, f"accepted, but {reasons[id(change)]}")
        self._confirm(left, "not as wished")
        return lost

    def _confirm(self, changes: Sequence[Change], seen: str) -> None:
        self.confirmed |= set(map(id, changes))
        if self.record and changes:
            self.record.confirm(changes, seen)

    def _keep_id(self, change: Change, answer: Any) -> None:
        """Remember the id of a new user or patient, for those who wait for it; not one of somebody else."""
        name = kind_of(change.key).identity
        if not name or not isinstance(answer, Mapping) or not is_id(answer.get("id")):
            return
        if is_about(change.key.name, answer.get(name, change.key.name)):
            self.sender.keep_id(change.key, answer["id"])

    def _done(self, changes: Sequence[Change]) -> list[Change]:
        return [change for change in changes if self._status(change) is Status.DONE]

    def _status(self, change: Change) -> Status | None:
        outcome = self.outcomes.get(id(change))
        return None if outcome is None else outcome.status

    def _settle(self, change: Change, status: Status, message: str = "", code: str | None = None) -> None:
        self.outcomes[id(change)] = outcome = Outcome(change, status, message, code)
        if status in LANDED:
            self.landed.add(change.key)
            self.unanswered = 0
        elif status is Status.UNKNOWN:
            self.unanswered += 1
        if self.record:
            self.record.settle(outcome)
        self.listen(outcome)


def _chain(change: Change) -> Any:
    """What goes one after the other; everything else stands alone."""
    return kind_of(change.key).chain(change) or id(change)


def _capability(change: Change) -> tuple[str, str]:
    return (change.request.method if change.request else "", change.key.kind)
