"""One environment from its manifests to what landed: what drives a command, or a fleet.

    (wishes,) = expand(load("env/clinic.yaml"), settings.now)
    with connect(wishes.environment, settings, os.environ) as service, service.alone():
        applied = apply(plan(wishes, service), service, Manner(journal))

Prints nothing, asks nobody, handles no signal: what there is to say on the way is told to callbacks, from any
thread. Several environments may be driven side by side, each by a service of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from reconciler.errors import ManifestError, Problem
from reconciler.errors.mistakes import Mistake
from reconciler.expand import context_of
from reconciler.expand import expand as expanded
from reconciler.kinds import Context, load_kinds, undeclared_users
from reconciler.live import read_on
from reconciler.manifest import Claims, load_environment
from reconciler.model import Desired, Environment, Findings, Key, Outcome, Plan, Planned, Snapshot
from reconciler.pipeline.lines import Lines, Settings
from reconciler.pipeline.service import HeadStart, Service, connect, head_start
from reconciler.plan.approval import Ahead, only_approved, only_new
from reconciler.plan.make import make_plan
from reconciler.plan.selection import ALL, Selection

if TYPE_CHECKING:
    from reconciler.apply.carry_out import Applied, Manner
    from reconciler.manifest.tree import Tree

__all__ = [
    "Checked", "Draft", "HeadStart", "Lines", "Loaded", "Service", "Settings", "Stoppable", "Wishes",
    "apply", "check", "connect", "draft", "expand", "finish", "head_start", "load", "plan", "wished",
]  # fmt: skip


class Loaded(NamedTuple):
    """What an environment file and its includes say; `environment` is None where that makes none."""

    environment: Environment | None
    findings: Findings


class Wishes(NamedTuple):
    """One environment, expanded."""

    context: Context
    desired: list[Desired]

    @property
    def environment(self) -> Environment:
        return self.context.environment


class Draft(NamedTuple):
    """What differs between wishes and what is live, before anything of it is left out or judged."""

    wishes: Wishes
    service: Service
    plan: Plan
    live: Snapshot


class Checked(NamedTuple):
    """What can be said of environments without a service: what is wrong, what is odd, and those that load."""

    errors: list[Problem]
    warnings: list[Problem]
    environments: list[Environment]


class Stoppable(Protocol):
    """A run that can be asked to begin nothing more, from any thread."""

    def stop(self) -> None: ...

    def under_way(self) -> Sequence[Key]: ...


def load(*paths: str, tree: Tree | None = None, alone: bool = False) -> list[Loaded]:
    """Read environment files with what they include; what is wrong stands in the findings.

    tree: where they lie; on disk if None. alone: without a look at the environment files beside them.
    """
    loaded, claims = [], Claims()
    for path in paths:
        findings = Findings()
        loaded.append(Loaded(load_environment(path, findings, claims, tree, alone), findings))
    return loaded


def expand(loaded: Iterable[Loaded], now: datetime, adopt: bool = False) -> list[Wishes]:
    """Say what environments want. All of them are checked before anything is done with one.

    Raises: ManifestError: every problem of every file.
    """
    loaded = list(loaded)
    wishes = [_expanded(each, now, adopt) for each in loaded]
    problems = [problem for each in loaded for problem in each.findings.errors]
    if problems:
        raise ManifestError(problems)
    return [wish for wish in wishes if wish]


def check(loaded: Iterable[Loaded], now: datetime) -> Checked:
    """Expand without a service, and say all that is wrong or odd."""
    errors, warnings, environments = set[Problem](), set[Problem](), []
    for each in loaded:
        wishes = _expanded(each, now)
        if wishes:
            environments.append(wishes.environment)
            for name, source in undeclared_users(wishes.desired, wishes.context).items():
                near = wishes.context.nearest_user(name)
                message = f"no manifest declares the user `{name}`: the tenant has to have it{near}"
                each.findings.warn(source, message, Mistake.UNDECLARED_USER)
        errors.update(each.findings.errors)
        warnings.update(each.findings.warnings)
    return Checked(sorted(errors), sorted(warnings), environments)


def _expanded(loaded: Loaded, now: datetime, adopt: bool = False) -> Wishes | None:
    there = loaded.environment
    return None if there is None else wished(there, now, loaded.findings, adopt)


def wished(environment: Environment, now: datetime, findings: Findings, adopt: bool = False) -> Wishes:
    """What an environment wants at `now`; what is wrong or looks it goes to the findings."""
    context = context_of(environment, now, findings, adopt)
    desired = expanded(context, load_kinds())
    if environment.under("leave"):
        from reconciler.staffing.cut_nights import warn_of_cut_nights

        warn_of_cut_nights(desired, context)
    return Wishes(context, desired)


def plan(
    wishes: Wishes,
    service: Service,
    selection: Selection = ALL,
    *,
    new_only: bool = False,
    approved: Sequence[Plan] = (),
    effect: bool = False,
) -> Planned:
    """Read what is live and plan what leads from there to what is wished.

    Arguments and errors as of `draft` and `finish`.
    """
    return finish(draft(wishes, service, selection), new_only=new_only, approved=approved, effect=effect)


def draft(wishes: Wishes, service: Service, selection: Selection = ALL) -> Draft:
    """Read what is live and say what differs.

    Raises: ApiError; PlanError; ManifestError: what only the live service could tell.
    """
    context, desired = wishes
    live = service.read(desired, context)
    made = make_plan(desired, live, load_kinds(), context, service.api_url, selection)
    if context.findings.errors:
        raise ManifestError(context.findings.errors)
    return Draft(wishes, service, made, live)


def finish(
    drafted: Draft,
    *,
    new_only: bool = False,
    approved: Sequence[Plan] = (),
    drift: bool = False,
    effect: bool = False,
    ahead: bool = False,
) -> Planned:
    """Keep of a draft what is asked for.

    Where something changes, the plan says what that does to people, which takes some more reads.

    Args:
        effect: say it even where nothing does. ahead: and how the weeks to come are staffed.
        new_only: create what is missing, nothing else.
        approved: plans that were reviewed: nothing beyond what they hold and the horizon brings.
        drift: nothing that merely the moving horizon brings; and who made what is live, and when.
    Raises: ApiError; NotApproved.
    """
    (context, desired), service, made, live = drafted
    if new_only:
        made = only_new(made)
    if approved:
        made = only_approved(made, approved, live.patients_by_id, Ahead.of(context))
    if drift:
        from reconciler.plan.drift import only_drift

        made = only_drift(made, live, context)
    if not (effect or ahead or made.differs):
        return Planned(made, live, fresh=True)
    from reconciler.staffing.review import judged, looked_ahead, to_read  # most runs ask for none

    looked = to_read(made, live, context)
    seen = read_on(service.client, live, desired, looked, context, load_kinds())
    if ahead:
        made, outlook = looked_ahead(made, seen, context)
        return Planned(made, live, fresh=True, ahead=outlook)
    return Planned(judged(made, seen, context), live, fresh=True)


def apply(
    planned: Planned,
    service: Service,
    manner: Manner,
    *,
    listen: Callable[[Outcome], None] = lambda outcome: None,
    begins: Callable[[Stoppable], None] = lambda run: None,
) -> Applied:
    """Write what is planned, alone on the environment and noted in the journal.

    Args:
        listen: told of each outcome.
        begins: told what stops the run, when all is checked and the first write comes next.
    Raises: Locked, UnsafePlan, StalePlan, JournalError, UsageError: nothing was written. What ends a run
        later stands in what is returned, beside what landed.
    """
    from reconciler.apply.carry_out import carry_out  # SQLite and all: a plan by itself doesn't need them

    if service.hold is None:  # others may have written since it was planned
        with service.alone():
            return apply(planned._replace(fresh=False), service, manner, listen=listen, begins=begins)
    now, who = service.settings.now, service.author
    return carry_out(planned, service.client, load_kinds(), manner, who, now, listen, begins, service.hold)
