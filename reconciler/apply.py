"""Carries out a plan: waves, workers, look-ups after lost answers, reading back. Decides nothing.

A wave is one kind's changes; within it all run at once, but one person's hours, which go in plan order in one
worker. Each change ends as exactly one Outcome. No write is repeated before it was looked for by identity.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import groupby
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

from reconciler.client import Client
from reconciler.errors import ApiError, NoAnswer, ServerError, StalePlan
from reconciler.kind import Kind
from reconciler.live import observe
from reconciler.model import Action, Change, FieldDiff, Key, Live, Outcome, Plan, Report, Snapshot, Status
from reconciler.plan import refs_of, wave_of
from reconciler.sending import Sender

LOOKUP_S = 15.0  # how long an unanswered write is looked for
READ_BACK_S = 10.0  # how long reads may lag behind writes
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 4.0
GIVE_UP = 3  # unknown writes in a row, none landed between: the rest would wait as long for nothing
LANDED = frozenset((Status.DONE, Status.ALREADY))
NOTHING_KNOWN = Snapshot(
    users={}, ids={}, hours={}, events=(), patients={}, marks=None, rule_types=None, our_ids=frozenset()
)


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
        listen: Callable[[Outcome], None] = lambda outcome: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Args: live: as read for the plan, if it was made just now; listen: told of each outcome."""
        self.plan, self.client, self.kinds, self.live = plan, client, kinds, live
        self.parallelism, self.now, self.listen, self.sleep = parallelism, now, listen, sleep
        self.sender = Sender(client, kinds, live)
        self.outcomes: dict[int, Outcome] = {}
        self.landed: set[Key] = set()
        self.stopped = Event()
        self.keeps_no_mark = False
        self.unanswered = 0

    def check(self) -> None:
        """Read the touched objects again: what is past is dropped, what is as wished is done already.

        Raises: StalePlan: naming every object that changed since the plan was made.
        """
        pending = self.plan.pending
        self.live = self._observe(pending)
        stale = []
        for change, found in self._located(pending, self.live):
            kind = self.kinds[change.key.kind]
            if _begun(change, self.now):
                self._settle(change, Status.DROPPED, "past by now")
            elif (kind.digest(found.fields) if found else None) != change.live_digest:
                fields = kind.remaining(change, found, self.live)
                stale += [f"  {change.key}: {_compared(fields)}"] if fields else []
                if not fields:
                    self._settle(change, Status.ALREADY)
            elif self._outdated(change):
                stale.append(f"  {change.key}: begins on a day that is past by now; plan again")
        if stale:
            raise StalePlan("\n".join(["Saved plan is stale: the service changed since it was made", *stale]))

    def run(self) -> Report:
        """Send what is left to send, wave by wave. A KeyboardInterrupt lets requests in flight finish."""
        for change in self.plan.changes:
            if change.action is Action.BLOCKED:
                self._settle(change, Status.BLOCKED, change.reason)
        for _, group in groupby(self.plan.pending, key=wave_of):
            wave = [change for change in group if id(change) not in self.outcomes]
            try:
                self._run_wave(wave)
            except KeyboardInterrupt:
                self.stopped.set()
            for change in wave:
                if id(change) not in self.outcomes:
                    self._settle(change, Status.SKIPPED, "interrupted")
        return Report(tuple(self.outcomes[id(c)] for c in self.plan.changes if id(c) in self.outcomes))

    def _run_wave(self, wave: Sequence[Change]) -> None:
        chains = [list(chain) for _, chain in groupby(wave, key=_chain)]
        first = next((chain for chain in chains if chain[0].action is Action.CREATE), None)
        if first:
            # The first create goes alone: it teaches what this service takes and keeps, before many are sent
            # the wrong way. What no answer shows is read back at once.
            chains.remove(first)
            to_learn = self.sender.has_to_learn(first[0])
            self._run_chain(first)
            if to_learn:
                lost = self._verify(self._done(first))
                self.keeps_no_mark = bool(lost) and first[0].key.kind == "event"
        self._run_all(chains)
        self._verify(self._done(wave))

    def _run_all(self, chains: Sequence[Sequence[Change]]) -> None:
        with ThreadPoolExecutor(self.parallelism) as pool:
            futures = [pool.submit(self._run_chain, chain) for chain in chains]
            try:
                for future in as_completed(futures):
                    future.result()
            except KeyboardInterrupt:
                self.stopped.set()

    def _run_chain(self, chain: Sequence[Change]) -> None:
        """One person's rows in order; if one can't be written, hours taken away for it are put back."""
        for place, change in enumerate(chain):
            self._run_one(change)
            if self._status(change) not in LANDED | {Status.BLOCKED}:
                for earlier in self._done(chain[:place]):
                    self._put_back(earlier)
                for later in chain[place + 1 :]:
                    self._settle(later, Status.SKIPPED, f"{change.key} could not be written")
                return

    def _put_back(self, change: Change) -> None:
        try:
            if self.sender.put_back(change):
                message = "put back: the hours that follow could not be written"
                self._settle(change, Status.SKIPPED, message)
        except ApiError as error:
            self._settle(change, Status.FAILED, f"applied, and could not be put back: {error}")

    def _run_one(self, change: Change) -> None:
        obstacle = self._obstacle(change)
        if obstacle:
            self._settle(change, *obstacle)
            return
        try:
            answer = self.sender.send(change, self._find)
        except (NoAnswer, ServerError) as error:
            self._look_up(change, error)
        except ApiError as error:
            self._settle(change, Status.FAILED, str(error))
        except Exception as error:  # a bug must not hide what landed
            self._settle(change, Status.FAILED, f"internal error: {type(error).__name__}: please report it")
        else:
            self._keep_id(change, answer)
            self._settle(change, Status.DONE)

    def _obstacle(self, change: Change) -> tuple[Status, str] | None:
        """Why a change is not sent at all."""
        if self.stopped.is_set():
            return Status.SKIPPED, "interrupted"
        if self.unanswered >= GIVE_UP:
            return Status.SKIPPED, "the service does not answer writes"
        failed = [key for key in change.after_keys if key not in self.landed]
        if failed:
            return Status.SKIPPED, f"needs {failed[0]}, which was not created"
        if wave_of(change)[2] and self.client.dialect.rule_type is False:
            advice = "the next plan cuts it into the usual hours"
            return Status.BLOCKED, f"this service keeps no overrides (ruleType): {advice}"
        if self.keeps_no_mark and change.action is Action.CREATE:
            return (
                Status.SKIPPED,
                "this service keeps no mark of ours: no other run could recognise the event",
            )
        unknown = sorted(key.name for key in refs_of(change) if key.name not in self.sender.ids)
        if unknown:
            advice = "write `id:` beside the user's e-mail"
            return Status.BLOCKED, f"the service tells no id for {unknown[0]}: {advice}"
        return None

    def _look_up(self, change: Change, error: ApiError) -> None:
        """Decide an unanswered write by looking at the service; only what is safe to repeat is repeated."""
        kind = self.kinds[change.key.kind]
        repeatable = change.request is not None and change.request.method != "POST"
        for pause in _pauses(LOOKUP_S):
            self.sleep(pause)
            try:
                seen = self._observe([change])
                (found,) = kind.locate([change], seen)
                if not kind.remaining(change, found, seen):
                    self._keep_id(change, found.fields if found else None)
                    self._settle(change, Status.DONE)
                    return
                if repeatable:
                    self.sender.send(change, self._find)
            except ApiError as later:
                error = later
        status = Status.FAILED if repeatable else Status.UNKNOWN
        self._settle(change, status, f"no answer, and not to be found for {LOOKUP_S:.0f} s: {error}")

    def _verify(self, changes: Sequence[Change]) -> list[Change]:
        """Read back what was sent, for a while if reads lag; what is not taken over is named.

        Returns: those of which there is no trace at all.
        """
        lost: list[Change] = []
        missing: dict[int, str] = {}
        left = list(changes)
        for pause in (0.0, *_pauses(READ_BACK_S)):
            if not left or self.stopped.is_set():
                return []
            self.sleep(pause)
            try:
                seen = self._observe(left)
            except ApiError as error:
                lost, missing = [], dict.fromkeys(map(id, left), f"could not be read back: {error}")
                continue
            found = dict(zip(map(id, left), self._located(left, seen), strict=True))
            missing = {
                key: _compared(fields)
                for key, (change, live) in found.items()
                if (fields := self.kinds[change.key.kind].remaining(change, live, seen))
            }
            left = [change for change in left if id(change) in missing]
            lost = [change for change in left if found[id(change)][1] is None]
        for change in left:
            self._settle(change, Status.UNCONVERGED, f"accepted, but {missing[id(change)]}")
        return lost

    def _observe(self, changes: Sequence[Change]) -> Snapshot:
        """Read again what changes touch, and take what that tells of ids and dialect."""
        known = replace(self.live, ids=dict(self.sender.ids))
        seen = observe(self.client, changes, known, self.now, self.parallelism)
        self.sender.learn_from(seen)
        return seen

    def _find(self, change: Change, again: bool) -> Live | None:
        """The live object of a change, as read for the plan; `again`: as it is now."""
        known = None if again else self._known.get(id(change))
        if known is None:
            (known,) = self.kinds[change.key.kind].locate([change], self._observe([change]))
        return known

    @cached_property
    def _known(self) -> dict[int, Live | None]:
        return {id(change): found for change, found in self._located(self.plan.pending, self.live)}

    def _located(self, changes: Sequence[Change], seen: Snapshot) -> Iterator[tuple[Change, Live | None]]:
        for name, group in groupby(changes, key=lambda change: change.key.kind):
            same = list(group)
            yield from zip(same, self.kinds[name].locate(same, seen), strict=True)

    def _keep_id(self, change: Change, answer: Any) -> None:
        """Remember the id of a new user, for those who wait for it."""
        id = answer.get("id") if isinstance(answer, Mapping) else None
        if change.key.kind == "user" and id:
            self.sender.ids[change.key.name] = str(id)

    def _outdated(self, change: Change) -> bool:
        """Whether new hours were to begin on the day of the plan, and that day is past."""
        if change.key.kind != "workHours" or change.action is not Action.CREATE:
            return False
        zone, start = ZoneInfo(self.plan.timezone), str((change.after or {})["startDate"])
        planned, today = (f"{at.astimezone(zone):%Y-%m-%d}" for at in (self.plan.created_at, self.now))
        return planned <= start < today

    def _done(self, changes: Sequence[Change]) -> list[Change]:
        return [change for change in changes if self._status(change) is Status.DONE]

    def _status(self, change: Change) -> Status | None:
        outcome = self.outcomes.get(id(change))
        return None if outcome is None else outcome.status

    def _settle(self, change: Change, status: Status, message: str = "") -> None:
        self.outcomes[id(change)] = outcome = Outcome(change, status, message)
        if status in LANDED:
            self.landed.add(change.key)
            self.unanswered = 0
        elif status is Status.UNKNOWN:
            self.unanswered += 1
        self.listen(outcome)


def _compared(fields: Iterable[FieldDiff]) -> str:
    """What a change wanted and what is there, field by field."""
    return "; ".join(f"{f.path or 'object'}: wanted {f.after!r}, is {f.before!r}" for f in fields)


def _chain(change: Change) -> Any:
    """What goes one after the other: a person's hours. Everything else stands alone."""
    return change.key.subject if change.key.kind == "workHours" else id(change)


def _begun(change: Change, now: datetime) -> bool:
    starts = ((side or {}).get("startDateTime") for side in (change.before, change.after))
    return any(start is not None and datetime.fromisoformat(start) < now for start in starts)


def _pauses(total_s: float) -> Iterator[float]:
    """Growing pauses that add up to about `total_s` seconds."""
    pause, spent = FIRST_PAUSE_S, 0.0
    while spent < total_s:
        yield pause
        spent += pause
        pause = min(pause * 2, LONGEST_PAUSE_S)
