"""What manifests are ahead of: what was edited here and never applied, told from what people did in Welkin.

Nothing in Welkin says so. The journal knows what was made from here, and Git what was declared last.
"""

from __future__ import annotations

from pathlib import Path

from reconciler.apply.journal import read_created
from reconciler.errors import ManifestError, UsageError
from reconciler.model import Action
from reconciler.model.edits import Committed, Past
from reconciler.pipeline import Draft
from reconciler.pipeline.comparing import before


def past_of(drafted: Draft, journal: Path) -> Past:
    """What tells of a draft's changes whether they were ever applied. Raises: JournalError."""
    asked = frozenset(change.key for change in drafted.plan.changes if change.action is not Action.NOOP)
    if not asked:
        return Past()
    return Past(asked, read_created(journal, drafted.plan), _committed(drafted))


def _committed(drafted: Draft) -> Committed | None:
    """How the manifests of the last commit differ from what is live; None where nothing of them is known."""
    try:
        with before("HEAD") as head:
            plan = head.then(drafted.wishes, drafted.live, drafted.plan.api_url)
    except (UsageError, ManifestError):  # no repository, no commit, or nothing that could have been applied
        return None
    if plan is None:
        return None
    fields: dict[str | None, frozenset[str]] = {
        change.live_id: frozenset(field.path for field in change.diff)
        for change in plan.changes
        if change.live_id and change.source and change.action is not Action.DELETE
    }
    missing = (change.key for change in plan.changes if change.action is Action.CREATE)
    return Committed(fields, frozenset(missing))
