"""Brakes: how much a plan may take away or rewrite before a person has to say so. Pure.

Counted in people and series, not in occurrences: ending one weekly meeting is one, however many dates it had.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from math import ceil
from types import MappingProxyType

from reconciler.dates.said import MOST
from reconciler.errors import UnsafePlan
from reconciler.kinds import kind_of, load_kinds, subject_of
from reconciler.model import Action, Brake, Change, Ground, Limits, Plan
from reconciler.model.impact import Violation

Names = Mapping[str, AbstractSet[str]]  # per kind, people or series
REMOVING = frozenset((Action.DELETE, Action.RETIRE))


def kept_of(changes: Iterable[Change]) -> dict[str, frozenset[str]]:
    """Per kind, the people and series that lose something and of which something stays as it is."""
    changes = list(changes)
    losing = {(change.key.kind, subject_of(change.key)) for change in changes if change.action in REMOVING}
    found = defaultdict[str, set[str]](set)
    for change in changes if losing else ():
        if change.action is Action.NOOP and (change.key.kind, subject_of(change.key)) in losing:
            found[change.key.kind].add(subject_of(change.key))
    return {kind: frozenset(names) for kind, names in found.items()}


def brakes(
    changes: Iterable[Change], owned: Names, limits: Limits, keeping: Names = MappingProxyType({})
) -> Iterator[Brake]:
    """Yield each limit the changes exceed.

    owned: per kind, the people or series whose live objects are ours: what percents are of.
    keeping: per kind, those of which something stays as it is, where the changes don't say so.
    """
    changes = list(changes)
    removed, rewritten = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for change in changes:
        if change.action in REMOVING:
            removed[change.key.kind].add(subject_of(change.key))
        elif change.action is Action.NOOP or change.ground is Ground.CUT_IN:
            continue  # nearly all of a plan
        elif kind_of(change.key).rewrites(change):
            rewritten[change.key.kind].add(subject_of(change.key))
    kept = {(kind, name) for kind, names in keeping.items() for name in names}
    if removed:  # only then it matters what stays, which is nearly everything
        staying = (change.key for change in changes if change.action not in REMOVING)
        kept |= {(key.kind, subject_of(key)) for key in staying}
    total = sum(map(len, removed.values()))
    emptied = [kind for kind, all_of in owned.items() if _all_gone(kind, all_of, removed[kind], kept)]
    if total > limits.deletes or (emptied and total):
        yield _deletes(total, emptied, limits)
    yield from _share("deletePercent", "lose events or hours", removed, owned, limits.delete_percent, limits)
    yield from _share("updatePercent", "be rewritten", rewritten, owned, limits.update_percent, limits)


def _all_gone(kind: str, owned: AbstractSet[str], removed: set[str], kept: set[tuple[str, str]]) -> bool:
    return bool(owned) and all(name in removed and (kind, name) not in kept for name in owned)


def _deletes(total: int, emptied: list[str], limits: Limits) -> Brake:
    allow = f"--allow deletes={total}"
    if emptied:
        what = " and ".join(load_kinds()[kind].words.subjects for kind in sorted(emptied))
        message = f"everything owned would go: all {what} ({total} in all)"
    else:
        message = f"{total} people and series would lose events or hours; limits.deletes is {limits.deletes}"
    return Brake("deletes", total, limits.deletes, message, allow)


def _share(
    limit: str,
    what: str,
    touched: Mapping[str, set[str]],
    owned: Names,
    percent: int,
    limits: Limits,
) -> Iterator[Brake]:
    for kind, names in sorted(touched.items()):
        total = len(owned.get(kind, ()))
        share = ceil(100 * len(names & owned.get(kind, frozenset())) / total) if total else 0
        if total >= limits.least and share > percent:
            subjects = load_kinds()[kind].words.subjects
            message = (
                f"{len(names)} of {total} {subjects} would {what}, {share} %; limits.{limit} is {percent}"
            )
            yield Brake(limit, share, percent, message, f"--allow {limit}={share}")


def _denied(violation: Violation) -> str:
    source = violation["source"]
    place = f"{source['path']}:{source['line']}: " if source["path"] else ""
    return f"{place}denied: {violation['message']}"


def refuse_unsafe(plan: Plan, allowed: Mapping[str, int]) -> None:
    """Raises: UnsafePlan: the plan breaks a policy, or is over a brake that nobody let go (`allowed`)."""
    if plan.denied:
        lines = [_denied(violation) for violation in plan.denied[:MOST]]
        more = [f"and {len(plan.denied) - MOST} more"] if len(plan.denied) > MOST else []
        raise UnsafePlan("refused, nothing was written: the plan breaks policies", *lines, *more)
    over = [brake for brake in plan.brakes if allowed.get(brake.limit, -1) < brake.count]
    if over:
        lines = [f"{brake.message}; if that is meant, add {brake.allow}" for brake in over]
        raise UnsafePlan("refused, nothing was written:", *lines)
