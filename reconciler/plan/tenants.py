"""What plans of one tenant say of the tenant's own objects, its users: each is planned once. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from reconciler.kinds import kind_of
from reconciler.model import Action, Change, Key, Plan
from reconciler.plan.brakes import brakes, kept_of


def of_tenant(change: Change) -> bool:
    """Whether a change is one of the tenant, and shows in all of its instances."""
    return kind_of(change.key).of_tenant


def tenant_warnings(changes: Iterable[Change]) -> list[str]:
    """What to warn of where changes reach beyond their own instance."""
    changing = (change for change in changes if change.action is not Action.NOOP and of_tenant(change))
    subjects = sorted({kind_of(change.key).words.subjects for change in changing})
    return [
        f"{what} belong to the whole tenant: a change of one shows in all of its instances"
        for what in subjects
    ]


def planned_once(plans: Sequence[Plan]) -> list[Plan]:
    """The plans, of which those of one tenant leave to the first what it does to the tenant's own."""
    before = defaultdict[tuple[str, str], dict[Key, list[Change]]](lambda: defaultdict(list))
    return [_referring(plan, before[plan.api_url, plan.tenant]) for plan in plans]


def rank(plan: Plan) -> int:
    """When a plan is carried out among others: first who makes the tenant's objects, last who ends them."""
    own = [change for change in plan.pending if of_tenant(change)]
    if any(change.action is not Action.DELETE for change in own):
        return 0
    return 2 if own else 1


def _referring(plan: Plan, before: dict[Key, list[Change]]) -> Plan:
    """The plan without what is planned already; `before` takes what it does itself."""
    if not before:
        kept = list(plan.changes)
    else:
        kept = [change for change in plan.changes if not (of_tenant(change) and _is_told(change, before))]
    for change in kept:
        if of_tenant(change):
            before[change.key].append(change)
    if len(kept) == len(plan.changes):
        return plan
    there = {change.key for change in kept}
    kept = [c._replace(after_keys=tuple(key for key in c.after_keys if key in there)) for c in kept]
    gone = {*tenant_warnings(plan.changes)} - {*tenant_warnings(kept)}
    return replace(
        plan,
        changes=tuple(kept),
        warnings=tuple(warning for warning in plan.warnings if warning not in gone),
        brakes=tuple(brakes(kept, plan.owned, plan.limits)),
        kept=kept_of(kept),
    )


def _is_told(change: Change, before: dict[Key, list[Change]]) -> bool:
    """Whether nothing of a change is left to do once others of its tenant have been made."""
    others = before.get(change.key, [])
    alike = [other for other in others if other.action is change.action]
    if change.action is Action.NOOP or change.action is Action.CREATE:
        return bool(others)
    return bool(alike) and {*_paths([change])} <= {*_paths(alike)}


def _paths(changes: Iterable[Change]) -> Iterator[tuple[str, object]]:
    yield from ((field.path, str(field.after)) for change in changes for field in change.diff)
