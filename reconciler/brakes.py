"""Brakes: how much a plan may take away or rewrite before a person has to say so. Pure.

Counted in people and series, not in occurrences: ending one weekly meeting is one, however many dates it had.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import ceil

from reconciler.model import Action, Brake, Change, Limits

REMOVING = frozenset((Action.DELETE, Action.RETIRE))
REWRITING = frozenset((Action.UPDATE, Action.ADOPT))
# Said of hours rewritten only because the service keeps no overrides: that is no change of anybody's wish.
CUT_IN = "overrides are cut into the usual hours, as this service keeps none"
WORDS = {"user": "users", "workHours": "people with hours", "event": "series",
         "patient": "patients", "record": "records"}  # fmt: skip


def brakes(changes: Iterable[Change], owned: Mapping[str, set[str]], limits: Limits) -> Iterator[Brake]:
    """Yield each limit the changes exceed.

    owned: per kind, the people or series whose live objects are ours: what percents are of.
    """
    removed, rewritten, kept = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set), set()
    for change in changes:
        subject = change.key.subject
        if change.action in REMOVING:
            removed[change.key.kind].add(subject)
        else:
            kept.add((change.key.kind, subject))
            if change.action in REWRITING and change.reason != CUT_IN:
                rewritten[change.key.kind].add(subject)
    total = sum(map(len, removed.values()))
    emptied = [kind for kind, all_of in owned.items() if _all_gone(kind, all_of, removed[kind], kept)]
    if total > limits.deletes or (emptied and total):
        yield _deletes(total, emptied, limits)
    yield from _share("deletePercent", "lose events or hours", removed, owned, limits.delete_percent, limits)
    yield from _share("updatePercent", "be rewritten", rewritten, owned, limits.update_percent, limits)


def _all_gone(kind: str, owned: set[str], removed: set[str], kept: set[tuple[str, str]]) -> bool:
    return bool(owned) and all(name in removed and (kind, name) not in kept for name in owned)


def _deletes(total: int, emptied: list[str], limits: Limits) -> Brake:
    allow = f"--allow deletes={total}"
    if emptied:
        what = " and ".join(WORDS[kind] for kind in sorted(emptied))
        message = f"everything owned would go: all {what} ({total} in all)"
    else:
        message = f"{total} people and series would lose events or hours; limits.deletes is {limits.deletes}"
    return Brake("deletes", total, limits.deletes, message, allow)


def _share(
    limit: str,
    what: str,
    touched: Mapping[str, set[str]],
    owned: Mapping[str, set[str]],
    percent: int,
    limits: Limits,
) -> Iterator[Brake]:
    for kind, names in sorted(touched.items()):
        total = len(owned.get(kind, ()))
        share = ceil(100 * len(names & owned.get(kind, set())) / total) if total else 0
        if total >= limits.least and share > percent:
            message = (
                f"{len(names)} of {total} {WORDS[kind]} would {what}, {share} %; limits.{limit} is {percent}"
            )
            yield Brake(limit, share, percent, message, f"--allow {limit}={share}")
