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
from itertools import groupby
from threading import Event
from typing import Any

from reconciler.brakes import subject_of
from reconciler.client import Client
from reconciler.errors import ApiError, NoAnswer, NotAllowed, NotFound, ServerError, StalePlan
from reconciler.kind import Kind
from reconciler.live import observe
from reconciler.model import Action, Change, Outcome, Plan, Ref, Report, Request, Snapshot, Status
from reconciler.plan import refs_of

LOOKUP_S = 15.0  # how long an unanswered write is looked for
READ_BACK_S = 10.0  # how long reads may lag behind writes
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 4.0
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
        self.outcomes: dict[int, Outcome] = {}
        self.stopped = Event()
        self.keeps_no_mark = False
        self._learn_from(live)

    def check(self) -> None:
        """Read the touched objects again: what is past is dropped, what is as wished is done already.

        Raises: StalePlan: naming every object that changed since the plan was made.
        """
        pending = self.plan.pending
        self.live = observe(self.client, pending, self.live, self.now, self.parallelism)
        self._learn_from(self.live)
        stale = []
        for change in pending:
            kind = self.kinds[change.key.kind]
            found = kind.locate(change, self.live)
            if _begun(change, self.now):
                self._settle(change, Status.DROPPED, "past by now")
            elif (kind.digest(found.fields) if found else None) == change.live_digest:
                continue
            elif not kind.remaining(change, found, self.live):
                self._settle(change, Status.ALREADY)
            else:
                stale.append(self._moved_on(change))
        if stale:
            raise StalePlan("\n".join(["Saved plan is stale: the service changed since it was made", *stale]))

    def run(self) -> Report:
        """Send what is left to send, wave by wave. A KeyboardInterrupt lets requests in flight finish."""
        for change in self.plan.changes:
            if change.action is Action.BLOCKED:
                self._settle(change, Status.BLOCKED, change.reason)
        for _, wave in groupby(self.plan.pending, key=_wave):
            self._run_wave([change for change in wave if id(change) not in self.outcomes])
        return Report(tuple(self.outcomes[id(c)] for c in self.plan.changes if id(c) in self.outcomes))

    def _run_wave(self, wave: Sequence[Change]) -> None:
        chains = [list(chain) for _, chain in groupby(wave, key=_chain)]
        first = next((chain for chain in chains if chain[0].action is Action.CREATE), None)
        if first and self._has_to_learn(first[0]):
            # The first create teaches what this service keeps, before many are sent the wrong way.
            chains.remove(first)
            self._run_chain(first)
            self._verify([change for change in first if self._status(change) is Status.DONE])
        self._run_all(chains)
        sent = [change for chain in chains for change in chain if self._status(change) is Status.DONE]
        self._verify(sent)

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
            if self._status(change) not in LANDED:
                for earlier in chain[:place]:
                    self._put_back(earlier)
                for later in chain[place + 1 :]:
                    self._settle(later, Status.SKIPPED, f"{change.key} could not be written")
                return

    def _put_back(self, change: Change) -> None:
        request = self.kinds[change.key.kind].undo(change)
        if request is None or self._status(change) is not Status.DONE:
            return
        try:
            self.client.send(replace(request, body=self._body(change, request)))
            self._settle(change, Status.SKIPPED, "put back: the hours that follow could not be written")
        except ApiError as error:
            self._settle(change, Status.FAILED, f"applied, and could not be put back: {error}")

    def _run_one(self, change: Change) -> None:
        obstacle = self._obstacle(change)
        if obstacle:
            self._settle(change, *obstacle)
            return
        try:
            answer = self._send(change)
        except (NoAnswer, ServerError) as error:
            self._look_up(change, error)
        except ApiError as error:
            self._settle(change, Status.FAILED, str(error))
        else:
            self._keep_id(change, answer)
            self._settle(change, Status.DONE)

    def _obstacle(self, change: Change) -> tuple[Status, str] | None:
        """Why a change is not sent at all."""
        if self.stopped.is_set():
            return Status.SKIPPED, "interrupted"
        failed = [key for key in change.after_keys if not self._landed(key)]
        if failed:
            return Status.SKIPPED, f"needs {failed[0]}, which was not created"
        if _is_override(change) and self.client.dialect.rule_type is False:
            advice = "the next plan cuts it into the usual hours"
            return Status.BLOCKED, f"this service keeps no overrides (ruleType): {advice}"
        if change.action is Action.CREATE and change.key.kind == "event" and self.keeps_no_mark:
            return (
                Status.FAILED,
                "this service keeps no mark of ours: another run could not recognise the event",
            )
        unknown = sorted(key.name for key in refs_of(change) if key.name not in self.live.ids)
        if unknown:
            name = unknown[0]
            return Status.BLOCKED, f"the service tells no id for {name}: write `id:` beside the user's e-mail"
        return None

    def _send(self, change: Change) -> Any:
        """Send a change's request in the words the service takes."""
        assert change.request is not None
        body = self._body(change, change.request)
        dialect = self.client.dialect
        if change.request.method == "PATCH" and change.key.kind == "event" and dialect.event_patch is False:
            return self._send_whole(change, body)
        try:
            return self.client.send(replace(change.request, body=body))
        except (NotAllowed, NotFound):
            if change.request.method != "PATCH" or change.live_id is None:
                raise
            return self._send_whole(change, body, ask_again=True)
        except ApiError as error:
            if error.status != 400 or change.key.kind in dialect.plain:
                raise
            return self._send_plain(change, body, error)

    def _send_plain(self, change: Change, refused: Any, error: ApiError) -> Any:
        """A 400 may mean keys that the reference doesn't know: try once without, and remember."""
        assert change.request is not None
        plain = self.client.dialect.plain
        plain.add(change.key.kind)
        body = self._body(change, change.request)
        try:
            if body == refused:
                raise error
            return self.client.send(replace(change.request, body=body))
        except ApiError:
            plain.discard(change.key.kind)
            raise

    def _send_whole(self, change: Change, body: Any, ask_again: bool = False) -> Any:
        """PUT the whole object, where PATCH is not known here; told apart from an object that is gone."""
        kind = self.kinds[change.key.kind]
        if ask_again or kind.locate(change, self.live) is None:
            self.live = _with_events(self.live, self._observe([change]))
        found = kind.locate(change, self.live)
        request = found and kind.replacement(change, body, found)
        if not request:
            raise NotFound(f"{change.key} is gone: somebody deleted it since it was read; plan again")
        self.client.dialect.event_patch = False
        return self.client.send(replace(request, body=kind.adapt(request.body, self.client.dialect)))

    def _look_up(self, change: Change, error: ApiError) -> None:
        """Decide an unanswered write by looking at the service; only what is safe to repeat is repeated."""
        kind = self.kinds[change.key.kind]
        repeatable = change.request is not None and change.request.method != "POST"
        for pause in _pauses(LOOKUP_S):
            self.sleep(pause)
            try:
                seen = self._observe([change])
                found = kind.locate(change, seen)
                if not kind.remaining(change, found, seen):
                    self._keep_id(change, found.fields if found else None)
                    self._settle(change, Status.DONE)
                    return
                if repeatable:
                    self._send(change)
            except ApiError as later:
                error = later
        status = Status.FAILED if repeatable else Status.UNKNOWN
        self._settle(change, status, f"no answer, and not to be found for {LOOKUP_S:.0f} s: {error}")

    def _verify(self, changes: Sequence[Change]) -> None:
        """Read back what was sent, for a while if reads lag; what is not taken over is named."""
        missing: dict[int, str] = {}
        left = list(changes)
        for pause in (0.0, *_pauses(READ_BACK_S)):
            if not left:
                return
            self.sleep(pause)
            try:
                seen = self._observe(left)
            except ApiError as error:
                missing = dict.fromkeys(map(id, left), f"could not be read back: {error}")
                continue
            self._learn_from(seen)
            missing = {id(change): text for change in left if (text := self._missing(change, seen))}
            left = [change for change in left if id(change) in missing]
        for change in left:
            self._settle(change, Status.UNCONVERGED, missing[id(change)])
            if change.action is Action.CREATE and change.key.kind == "event":
                self.keeps_no_mark = True

    def _missing(self, change: Change, seen: Snapshot) -> str:
        kind = self.kinds[change.key.kind]
        found = kind.locate(change, seen)
        if found and found.id:
            self.live = replace(self.live, ids=seen.ids)
        fields = kind.remaining(change, found, seen)
        return "; ".join(f"{f.path or 'object'}: wanted {f.after!r}, got {f.before!r}" for f in fields)

    def _observe(self, changes: Iterable[Change]) -> Snapshot:
        return observe(self.client, changes, self.live, self.now, self.parallelism)

    def _has_to_learn(self, change: Change) -> bool:
        dialect = self.client.dialect
        if change.key.kind == "event":
            return dialect.external_id is None
        return _is_override(change) and dialect.rule_type is None

    def _learn_from(self, seen: Snapshot) -> None:
        dialect = self.client.dialect
        if seen.marks is not None:
            dialect.external_id = seen.marks == "externalId"
        if seen.rule_types is not None:
            dialect.rule_type = seen.rule_types

    def _keep_id(self, change: Change, answer: Any) -> None:
        """Remember the id of a new user, for those who wait for it."""
        id = answer.get("id") if isinstance(answer, Mapping) else None
        if change.key.kind == "user" and id:
            self.live = replace(self.live, ids={**self.live.ids, change.key.name: str(id)})

    def _body(self, change: Change, request: Request) -> Any:
        if request.body is None:
            return None
        return self.kinds[change.key.kind].adapt(_resolved(request.body, self.live.ids), self.client.dialect)

    def _landed(self, key: Any) -> bool:
        return any(o.status in LANDED for o in self.outcomes.values() if o.change.key == key)

    def _status(self, change: Change) -> Status | None:
        outcome = self.outcomes.get(id(change))
        return None if outcome is None else outcome.status

    def _settle(self, change: Change, status: Status, message: str = "") -> None:
        self.outcomes[id(change)] = outcome = Outcome(change, status, message)
        self.listen(outcome)

    def _moved_on(self, change: Change) -> str:
        kind = self.kinds[change.key.kind]
        found = kind.locate(change, self.live)
        now = "; ".join(
            f"{field.path or 'object'}: now {field.before!r}, wanted {field.after!r}"
            for field in kind.remaining(change, found, self.live)
        )
        return f"  {change.key}: {now}"


def _wave(change: Change) -> tuple[bool, str, bool]:
    """What is sent together: one kind; overrides after the usual hours, deletions by themselves."""
    return change.action is Action.DELETE, change.key.kind, _is_override(change)


def _chain(change: Change) -> Any:
    """What goes one after the other: a person's hours. Everything else stands alone."""
    return subject_of(change) if change.key.kind == "workHours" else id(change)


def _is_override(change: Change) -> bool:
    return change.key.kind == "workHours" and "/override@" in change.key.name


def _begun(change: Change, now: datetime) -> bool:
    side = change.before or change.after or {}
    start = side.get("startDateTime")
    return start is not None and datetime.fromisoformat(start) < now


def _resolved(value: Any, ids: Mapping[str, str]) -> Any:
    """A body with ids in place of references."""
    if isinstance(value, Ref):
        return ids[value.key.name]
    if isinstance(value, Mapping):
        return {name: _resolved(item, ids) for name, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, ids) for item in value]
    return value


def _pauses(total_s: float) -> Iterator[float]:
    """Growing pauses that add up to about `total_s` seconds."""
    pause, spent = FIRST_PAUSE_S, 0.0
    while spent < total_s:
        yield pause
        spent += pause
        pause = min(pause * 2, LONGEST_PAUSE_S)


def _with_events(live: Snapshot, seen: Snapshot) -> Snapshot:
    fresh = {event["id"]: event for event in seen.events}
    return replace(live, events=[*(e for e in live.events if e.get("id") not in fresh), *seen.events])
