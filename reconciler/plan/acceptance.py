"""Blocked changes that the environment file accepts until a date: shown, counted by no exit code. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from reconciler.errors.mistakes import Mistake
from reconciler.model import Acceptance, Accepted, Action, Change, Findings
from reconciler.plan.selection import matches


def accepting(
    changes: Sequence[Change], accept: Sequence[Acceptance], today: date, findings: Findings
) -> list[Change]:
    """Note on blocked changes who accepts them; an entry that ran out, or fits nothing, is a warning."""
    holding = [entry for entry in accept if _holds(entry, today, findings)]
    fitting = set[Acceptance]()
    noted = []
    for change in changes:
        if change.action is Action.BLOCKED:
            entry = next((each for each in holding if matches(change.key, each.pattern)), None)
            if entry:
                fitting.add(entry)
                change = change._replace(accepted=Accepted(entry.reason, str(entry.until)))
        noted.append(change)
    for entry in holding:
        if entry not in fitting:
            message = f"`{entry.pattern}` is accepted, and nothing of it is blocked: take it out"
            findings.warn(entry.source, message, Mistake.NOTHING_ACCEPTED)
    return noted


def _holds(entry: Acceptance, today: date, findings: Findings) -> bool:
    if entry.until >= today:
        return True
    message = f"`{entry.pattern}` was accepted until {entry.until}: renew that, or take it out"
    findings.warn(entry.source, message, Mistake.NO_LONGER_ACCEPTED)
    return False
