"""What an apply did, as text: after a failure what landed and what is left, a line a person or series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.errors.escape import Printable, page
from reconciler.kinds import kind_of, subject_of
from reconciler.model import Outcome, Report, Status
from reconciler.model.told import SIGNS
from reconciler.report.review import ADDED, CHANGED, DESTROYED

LANDED = (Status.DONE, Status.ALREADY)
FAILED = (Status.FAILED, Status.UNKNOWN, Status.UNCONVERGED)
NOT_TRIED = (Status.SKIPPED, Status.BLOCKED)
MOST_LISTED = 100  # people and series told that are done; what failed is told whole
NAMED, MOST_NAMED = (*FAILED, Status.DROPPED), 3  # which occurrences it was, where they are few
WORDS = {Status.SKIPPED: "not tried", Status.ALREADY: "as wished already", Status.DROPPED: "past by now"}

Group = Sequence[Outcome]


def report_text(report: Report) -> Printable:
    """Describe what an apply did: after a failure what is done, what is not and why; then the counts."""
    complete = not report.having(*FAILED, *NOT_TRIED)
    lines = list(_sections(_groups(report), complete))
    done = [outcome.change.action for outcome in report.having(Status.DONE)]
    counts = ", ".join(
        f"{sum(action in actions for action in done)} {word}"
        for word, actions in (("added", ADDED), ("changed", CHANGED), ("destroyed", DESTROYED))
    )
    return page([*lines, f"Apply {'complete!' if complete else 'incomplete.'} Resources: {counts}."])


def outcome_text(outcome: Outcome) -> str:
    """One line about one change, as it comes."""
    return f"{_sign([outcome])} {_single(outcome)}"


def _groups(report: Report) -> list[Group]:
    """Outcomes of one person's hours or one series together, in plan order."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in report.outcomes:
        key = outcome.change.key
        groups.setdefault((key.kind, subject_of(key)), []).append(outcome)
    return list(groups.values())


def _sections(groups: Sequence[Group], complete: bool) -> Iterator[str]:
    """Each group once, below the worst that became of it."""
    for title, statuses, limit in (
        ("Done:", (Status.DONE,), 0 if complete else MOST_LISTED),
        ("Failed:", FAILED, len(groups)),
        ("Not tried:", NOT_TRIED, len(groups)),
        ("Past by now, dropped:", (Status.DROPPED,), len(groups)),
        ("Already as wished:", (Status.ALREADY,), len(groups)),
    ):
        found = [group for group in groups if _worst(group) in statuses]
        if not found or not limit:
            continue
        yield title
        yield from (f"  {_sign(group)} {_folded(group)}" for group in found[:limit])
        if len(found) > limit:
            yield f"  … and {len(found) - limit} more: `welkin-reconcile history` has them all"
        yield ""


def _worst(group: Group) -> Status:
    ranks = (*FAILED, *NOT_TRIED, Status.DROPPED, Status.DONE, Status.ALREADY)
    return min((outcome.status for outcome in group), key=ranks.index)


def _sign(group: Group) -> str:
    worst = _worst(group)
    if worst is Status.DONE:
        return SIGNS[next(outcome.change.action for outcome in group if outcome.status is Status.DONE)]
    return "=" if worst is Status.ALREADY else "!"


def _folded(group: Group) -> str:
    if len(group) == 1:
        return str(group[0].change.key) if group[0].status in LANDED else _single(group[0])
    key, total = group[0].change.key, len(group)
    pieces = kind_of(key).words.pieces
    alike: dict[tuple[Status, str], list[Outcome]] = {}
    for outcome in sorted(group, key=lambda outcome: outcome.status not in LANDED):
        alike.setdefault((outcome.status, outcome.message), []).append(outcome)
    parts = [_counted(status, len(same), message, same) for (status, message), same in alike.items()]
    first, _, rest = parts[0].partition(" ")
    return f"{key.kind}/{subject_of(key)}: {', '.join([f'{first} of {total} {pieces} {rest}', *parts[1:]])}"


def _counted(status: Status, count: int, message: str, named: Group = ()) -> str:
    shown = ""
    if status in NAMED and 0 < len(named) <= MOST_NAMED:
        shown = f" ({', '.join(str(outcome.change.key) for outcome in named)})"
    word = WORDS.get(status, status)
    return f"{count} {word}{shown}" + (f": {message}" if message not in ("", word) else "")


def _single(outcome: Outcome) -> str:
    message = f": {outcome.message}" if outcome.message else ""
    return f"{outcome.change.key} {outcome.status}{message}"
