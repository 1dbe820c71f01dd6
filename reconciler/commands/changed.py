"""Manifests held against those of a Git revision: which differ, and what that has to do with a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model import Planned
    from reconciler.pipeline import Wishes


def changed(paths: Sequence[str], since: str | None) -> Sequence[str]:
    """Those of which a file differs from a Git revision; all where none is named. Raises: UsageError."""
    if since is None:
        return paths
    from reconciler.commands.output import say
    from reconciler.pipeline.comparing import before

    with before(since) as then:
        kept = [path for path in paths if then.differs(path)]
    if not kept:
        say(f"no environment differs from {since}")
    return kept


def explained(planned: Planned, wishes: Wishes, base: str | None) -> Planned:
    """The plan, with causes where a Git revision is named. Raises: UsageError; ManifestError."""
    if base is None:
        return planned
    from reconciler.pipeline.comparing import before

    with before(base) as then:
        return planned._replace(plan=then.explain(planned, wishes))
