"""What `plan` and `drift` have in common: one environment begun with early, or several side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from reconciler.commands.reports import Wanted
from reconciler.commands.session import connected, reaching
from reconciler.commands.stopping import interruptible
from reconciler.errors import ReconcileError
from reconciler.model import Plan, Planned
from reconciler.pipeline import Draft, Settings, draft, expand, head_start, load
from reconciler.pipeline.several import Ready, plan_each, wishes_of
from reconciler.plan.selection import Selection

Finish = Callable[[Draft], Planned]


class Made(NamedTuple):
    """The plans by the paths of their environments, the calls each took, and what could not be planned.

    failures: None where only one environment was given: its error is raised.
    """

    by_path: Mapping[str, Plan]
    calls: Sequence[tuple[int, int]]
    failures: Mapping[str, str] | None

    @property
    def plans(self) -> list[Plan]:
        return [*self.by_path.values()]

    @property
    def wanted(self) -> Wanted:
        return Wanted(calls=self.calls, names=[*self.by_path], failures=self.failures)


def plan_them(
    paths: Sequence[str],
    settings: Settings,
    selection: Selection,
    adopt: bool,
    finish: Finish,
    *,
    several: bool = False,
) -> Made:
    """Plan one environment, or several of which none stops the others.

    several: more than one was given, however many of them are left.
    Raises: of one: ManifestError, ApiError, PlanError, UsageError.
    """
    if len(paths) == 1 and not several:
        return _plan_one(paths[0], settings, selection, adopt, finish)
    with reaching(settings) as reach:
        ends = plan_each(wishes_of([*dict.fromkeys(paths)], reach.lines, adopt), reach, selection, finish)
    ready = {path: end for path, end in ends.items() if isinstance(end, Ready)}
    return Made(
        {path: each.planned.plan for path, each in ready.items()},
        [(each.service.client.reads, each.service.client.writes) for each in ready.values()],
        failures_in(ends),
    )


def failures_in(ends: Mapping[str, object]) -> dict[str, str]:
    """What could not be done, by path, as it is said."""
    return {path: str(end) for path, end in ends.items() if isinstance(end, ReconcileError)}


def _plan_one(path: str, settings: Settings, selection: Selection, adopt: bool, finish: Finish) -> Made:
    with interruptible(), head_start(path, settings, os.environ, adopt) as begun:
        (wishes,) = expand(load(path), settings.now, adopt)
        with connected(wishes.environment, settings, begun) as service:
            made = finish(draft(wishes, service, selection)).plan
            calls = service.client.reads, service.client.writes
    return Made({path: made}, [calls], None)
