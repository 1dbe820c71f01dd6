"""One run on the pipeline: load, plan, apply, report. Each step may be done again, by another worker too.

A step comes to a little JSON, which the engine keeps. What the next one needs besides, the wishes and the
plan, stays in memory; where it isn't, as another worker did the step, it is made anew.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from enum import StrEnum
from functools import cached_property, partial
from typing import NamedTuple

from reconciler.apply.carry_out import Manner
from reconciler.errors import DatabaseDown, Locked, ManifestError, ReconcileError, UnsafePlan, UsageError
from reconciler.fleet.database import Database
from reconciler.fleet.digest import digest_of
from reconciler.fleet.ends import Result, blocked_in, left_open, line_of, look_of, outcome_of
from reconciler.fleet.engine import Steps
from reconciler.fleet.keeping import Shared
from reconciler.fleet.leases import Lease, Leases
from reconciler.fleet.merges import Revisions
from reconciler.fleet.places import Place
from reconciler.fleet.reach import Reach
from reconciler.fleet.reporting import Seen, report
from reconciler.fleet.runs import Begun, Cause, Ending, Kind, RunState
from reconciler.fleet.shape import Fleet, Source
from reconciler.fleet.sources import Sources
from reconciler.fleet.store import Transaction, one
from reconciler.fleet.tally import Counter, count
from reconciler.kinds import load_kinds
from reconciler.model import Plan, Planned
from reconciler.pipeline import Draft, Service, Stoppable, Wishes, apply, draft, finish
from reconciler.plan.planfile import plan_data
from reconciler.plan.savedplan import from_json
from reconciler.plan.soundness import sound

BUSY_S = 2.0  # before a run tries again whose environment, or tenant, has no room for it


class Why(StrEnum):
    """Why a run is to stop before its end."""

    DRAINED = "drained"
    CANCELLED = "cancelled"
    LATE = "late"


class Tools(NamedTuple):
    """What all runs of a worker share. clock: what they take for the present moment."""

    fleet: Fleet
    database: Database
    leases: Leases
    sources: Sources
    reach: Reach
    clock: Callable[[], datetime]


class _NoRoom(Exception):
    """The tenant has as many runs as it may have."""


class Execution:
    """One run, as one worker carries it out. why: it is to stop, and what for."""

    def __init__(self, begun: Begun, place: Place, source: Source, tools: Tools) -> None:
        self.begun, self.place, self.tools = begun, place, tools
        self.began = time.monotonic()
        self.why: Why | None = None
        self._said = ""
        self._api: str | None = None
        self._now = tools.clock()
        self._revisions = Revisions(tools.sources, source)
        self._opened = ExitStack()
        self._lock = threading.Lock()
        self._applying: Stoppable | None = None

    def stop(self, why: Why, said: str) -> None:
        """Write nothing more; what is under way ends. From any thread. said: what for, if it is an end."""
        with self._lock:
            if self.why is None:
                self.why, self._said = why, said
            applying = self._applying
        if applying:
            applying.stop()

    @property
    def was_hurried(self) -> bool:
        """Whether it was told to stop while it wrote, and its tenant's line with it."""
        return bool(self.why and self._applying)

    def carry_out(self, steps: Steps) -> float | None:
        """Do all steps; for how many seconds the run is to wait before it begins anew, None: it is over."""
        result = Result()
        with self._opened:
            for name, step in (("load", self._load), ("plan", self._plan), ("apply", self._apply)):
                result |= steps(name, partial(self._told, step))
                if "again" in result:
                    return result["again"]
                if "state" in result:
                    break
            steps("report", partial(self._report, result))
        return None

    def _told(self, step: Callable[[], Result]) -> Result:
        """What a step comes to, whatever it raises."""
        if self.why:
            return self._stopped()
        try:
            return step()
        except (Locked, _NoRoom):
            return {"again": BUSY_S}
        except DatabaseDown:  # for longer than it is waited for
            return {"again": BUSY_S}
        except UnsafePlan as error:
            return {"state": RunState.REFUSED, "message": line_of(error)}
        except ReconcileError as error:
            return {"state": RunState.FAILED, "message": line_of(error)}
        except Exception as error:  # a bug; its words may hold data
            return {
                "state": RunState.FAILED,
                "message": f"ended early ({type(error).__name__}): please report",
            }

    def _stopped(self) -> Result:
        if self.why is Why.DRAINED:
            return {"again": 0.0}
        state = RunState.CANCELLED if self.why is Why.CANCELLED else RunState.FAILED
        return {"state": state, "message": self._said}

    def _load(self) -> Result:
        try:
            wishes = self._wishes
        except ManifestError as error:
            return {"state": RunState.FAILED, "message": line_of(error), "loads": False}
        if self.begun.cause is Cause.MERGE and self._base and not self._is_news(wishes):
            return {"loads": True, "state": RunState.SUCCEEDED, "changes": 0, "applied": True}
        return {"loads": True}

    def _plan(self) -> Result:
        made = self._made
        plan = made.planned.plan
        self._keep(plan)
        if self.begun.kind is not Kind.DRIFT:
            return {"findings": [made.left, 0, 0, 0]}
        merged = self._merged(made)
        findings = [left_open(plan), merged, len(blocked_in(plan)), int(bool(plan.denied))]
        return {
            "state": RunState.SUCCEEDED,
            "changes": findings[0],
            "findings": findings,
            "applied": not merged,
        }

    def _apply(self) -> Result:
        applied = apply(self._made.planned, self._service, Manner(journal=None), begins=self._begins)
        if applied.fenced:
            count(self.tools.database, Counter.FENCED)
            return {"again": 0.0}
        if applied.stopped:
            return self._stopped()
        return outcome_of(applied)

    def _report(self, result: Result) -> None:
        """Say what came of it, if it is still this worker's to say."""
        ending = Ending(RunState(result["state"]), result.get("changes"), result.get("message"))
        look = look_of(result, self.begun.kind)._replace(api=self._api)

        def told(within: Transaction) -> None:
            report(within, self.tools.fleet, self.begun, self.place, ending, look, self._seen(result))

        self.tools.database.together(told)

    def _seen(self, result: Result) -> Seen:
        """What this worker saw of the environment; nothing where another one did the steps."""
        made, service = self.__dict__.get("_made"), self.__dict__.get("_service")
        is_whole = result["state"] == RunState.SUCCEEDED
        return Seen(
            made.planned.ahead if made and (is_whole or self.begun.kind is Kind.DRIFT) else None,
            service.client.answers if service else {},
            self.begun.kind is not Kind.DRIFT,
        )

    @cached_property
    def _wishes(self) -> Wishes:
        return self._revisions.wishes(self.place.path, self.begun.revision, self._now)

    @property
    def _base(self) -> str | None:
        """The revision since which there may be something merged and not applied."""
        return self.place.applied if self.place.applied != self.begun.revision else None

    def _is_news(self, wishes: Wishes) -> bool:
        """Whether something else is wished than was applied last; what can't be read any more was."""
        assert self._base
        try:
            then = self._revisions.wishes(self.place.path, self._base, self._now)
        except ManifestError:
            return True
        return digest_of(then) != digest_of(wishes)

    @cached_property
    def _service(self) -> Service:
        """The service, with nobody else on the environment, and with room for one more run of the tenant."""
        place, leases = self._wishes.environment, self.tools.leases
        service = self.tools.reach.service(place, self._now, Shared(leases, self.begun.id))
        slot = self._slot(service.client.api_url, place.tenant)
        self._api = service.client.api_url
        self._opened.callback(leases.give_back, slot)
        self._opened.enter_context(service.alone())
        return service

    def _slot(self, api: str, tenant: str) -> Lease:
        for number in range(self.tools.fleet.bounds(tenant).concurrency):
            lease = self.tools.leases.take((api, f"{tenant}#{number + 1}"), self.begun.id)
            if lease:
                return lease
        raise _NoRoom

    @cached_property
    def _made(self) -> _Made:
        """The plan, less what this run leaves alone."""
        drafted, kind = draft(self._wishes, self._service), self.begun.kind
        if kind is Kind.APPLY and self.begun.cause is Cause.MERGE and self._base:
            everything = left_open(drafted.plan)
            drafted = drafted._replace(plan=self._edited(drafted))
            return _Made(finish(drafted, ahead=True), drafted, everything - left_open(drafted.plan))
        drift, new_only, approved = kind is Kind.DRIFT, kind is Kind.ONLY_NEW, self._approved()
        made = finish(drafted, new_only=new_only, drift=drift, approved=approved, ahead=True)
        return _Made(made, drafted, 0)

    def _approved(self) -> list[Plan]:
        """The plan beyond which nothing is to be applied, if there is one."""
        run = self.begun.approved
        if run is None:
            return []
        kept = one(self.tools.database.rows("SELECT data FROM welkin.plan WHERE run = :run", run=run))
        if kept is None:
            raise UsageError("the plan that was approved is not kept any more: look at it again")
        return [sound(plan, load_kinds(), run) for plan in from_json(kept["data"], run)]

    def _edited(self, drafted: Draft) -> Plan:
        """What the manifests have changed since they were applied last."""
        assert self._base
        planned = Planned(drafted.plan, drafted.live, fresh=True)
        return self._revisions.of_merge(planned, self._wishes, self._base, self.begun.revision)

    def _merged(self, made: _Made) -> int:
        """How many of the changes manifests ask for, that were merged and not applied."""
        if not (self._base and made.planned.plan.differs and self._is_news(self._wishes)):
            return 0
        try:
            return left_open(self._edited(made.drafted))
        except ManifestError:  # of what was applied last: nobody can tell
            return 0

    def _keep(self, plan: Plan) -> None:
        if plan.differs:
            self.tools.database.run(
                """INSERT INTO welkin.plan (run, data, made) VALUES (:run, :data, :now)
                ON CONFLICT (run) DO UPDATE SET data = excluded.data, made = excluded.made""",
                run=self.begun.id,
                data=json.dumps(plan_data(plan), ensure_ascii=False),
            )

    def _begins(self, run: Stoppable) -> None:
        with self._lock:
            self._applying = run
            why = self.why
        if why:
            run.stop()


class _Made(NamedTuple):
    """left: how many changes of the draft this run leaves alone, as somebody made them in Welkin."""

    planned: Planned
    drafted: Draft
    left: int
