"""Several environments side by side: tenant by tenant over shared lines; what fails stops nothing else.

What becomes of each is kept by the path it was given by, an error in place of what could not be done:
the next step is for those alone that came so far.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from typing import NamedTuple, TypeVar

from reconciler.client.threads import Pool, result_of
from reconciler.errors import ReconcileError
from reconciler.model import Environment, Plan, Planned
from reconciler.pipeline import Draft, Lines, Service, Wishes, draft, expand, load
from reconciler.plan.selection import Selection
from reconciler.plan.tenants import of_tenant, planned_once

OF_A_TENANT, AT_ONCE = 4, 32  # environments at a time
A = TypeVar("A")
B = TypeVar("B")


class Ready(NamedTuple):
    """A plan, and the service to carry it out."""

    planned: Planned
    service: Service


class Reach(NamedTuple):
    """How services are come to: over which lines, and for how long a run that is there already is waited for.

    alone_s: None: others are not kept away. opened: what is closed when all is over.
    """

    lines: Lines
    opened: ExitStack
    alone_s: float | None = None

    def __call__(self, place: Environment | Plan) -> Service:
        """Raises: UsageError; Locked."""
        service = Service(place, self.lines.settings, self.lines.client(place), self.lines.environ)
        if self.alone_s is not None:
            self.opened.enter_context(service.alone(self.alone_s))
        return service


def wishes_of(paths: Sequence[str], lines: Lines, adopt: bool) -> dict[str, Wishes | ReconcileError]:
    """What each environment wants, or all that is wrong with its files."""
    found = dict[str, Wishes | ReconcileError]()
    for path, loaded in zip(paths, load(*paths), strict=True):
        try:
            (found[path],) = expand([loaded], lines.settings.now, adopt)
        except ReconcileError as error:
            found[path] = error
    return found


def plan_each(
    wishes: Mapping[str, Wishes | ReconcileError],
    reach: Reach,
    selection: Selection,
    finish: Callable[[Draft], Planned],
) -> dict[str, Ready | ReconcileError]:
    """Plan all of them. What is the tenant's own is planned in the first that can be, and nowhere else."""

    def drafted(wishes: Wishes) -> Draft:
        return draft(wishes, reach(wishes.environment), selection)

    def finished(draft: Draft) -> Ready:
        return Ready(finish(draft), draft.service)

    drafts = side_by_side(wishes, lambda wishes: wishes.environment.tenant, drafted)
    while True:
        ready = side_by_side(_planned_once(drafts), lambda draft: draft.plan.tenant, finished)
        lost = {path: end for path, end in ready.items() if isinstance(end, ReconcileError)}
        if not any(_plans_for_others(drafts[path]) for path in lost):
            return ready
        drafts.update(lost)  # another one plans what these would have


def _plans_for_others(draft: Draft | ReconcileError) -> bool:
    return isinstance(draft, Draft) and any(map(of_tenant, draft.plan.changes))


def _planned_once(drafts: Mapping[str, Draft | ReconcileError]) -> dict[str, Draft | ReconcileError]:
    made = {path: each for path, each in drafts.items() if isinstance(each, Draft)}
    plans = planned_once([each.plan for each in made.values()])
    return {**drafts} | {
        path: each._replace(plan=plan) for (path, each), plan in zip(made.items(), plans, strict=True)
    }


def side_by_side(
    given: Mapping[str, A | ReconcileError],
    tenant: Callable[[A], str],
    work: Callable[[A], B],
    one_by_one: bool = False,
) -> dict[str, B | ReconcileError]:
    """Do the same with each that has come so far: some of a tenant at a time, tenants beside each other.

    one_by_one: of a tenant one after the other, in the order given.
    """
    room = threading.BoundedSemaphore(AT_ONCE)

    def done(each: A) -> B | ReconcileError:
        with room:
            return _attempt(each, work)

    pools, ends = dict[str, Pool](), dict[str, Future[B | ReconcileError]]()
    try:
        for path, each in given.items():
            if not isinstance(each, ReconcileError):
                pool = pools.setdefault(tenant(each), Pool(1 if one_by_one else OF_A_TENANT))
                ends[path] = pool.submit(done, each)
        return {
            path: each if isinstance(each, ReconcileError) else result_of(ends[path])
            for path, each in given.items()
        }
    finally:
        for pool in pools.values():
            pool.close()


def _attempt(each: A, work: Callable[[A], B]) -> B | ReconcileError:
    try:
        return work(each)
    except ReconcileError as error:
        return error
    except Exception as error:  # a bug; it is nobody else's, and its words may hold data
        return ReconcileError(f"this ended early ({type(error).__name__}): please report it")
