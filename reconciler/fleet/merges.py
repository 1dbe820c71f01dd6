"""What a revision wishes of an environment, and what a merge means for it: whether it wishes something else,
and which changes of a plan that merge made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime

from reconciler.errors import ManifestError
from reconciler.fleet.digest import digest_of
from reconciler.fleet.shape import Source
from reconciler.fleet.sources import Sources
from reconciler.fleet.surveys import Survey, stranger, surveyed
from reconciler.manifest.folder import Folder
from reconciler.model import Plan, Planned
from reconciler.pipeline import Wishes, expand, load
from reconciler.pipeline.comparing import Before
from reconciler.plan.causes import only_edited


class Revisions:
    """Environments of one source, by path and revision."""

    def __init__(self, sources: Sources, source: Source) -> None:
        self._sources, self.source = sources, source

    def survey(self, revision: str) -> Survey:
        """The environments there are. Raises: ManifestError: the revision can't be had."""
        with self._opened(revision) as tree:
            return surveyed(self.source, tree)

    def wishes(self, path: str, revision: str, now: datetime) -> Wishes:
        """What an environment wants.

        Raises: ManifestError: everything that is wrong with its manifests; or the revision can't be had.
        """
        with self._opened(revision) as tree:
            return self._wishes(path, tree, now)

    def differs(self, path: str, base: str, head: str, now: datetime) -> bool:
        """Whether an environment wants something else than it did: a comment changes nothing.

        Raises: ManifestError: of the head, as of `wishes`. What can't be read of the base was something else.
        """
        with self._opened(head) as tree:
            wanted = digest_of(self._wishes(path, tree, now))
        try:
            return wanted != digest_of(self.wishes(path, base, now))
        except ManifestError:
            return True

    def changed(self, base: str, head: str, now: datetime) -> Iterator[str]:
        """The paths of environments that want something else than they did, or don't load any more."""
        known = {each.path: each.digest for each in self.survey(base).environments}
        for each in self.survey(head).environments:
            if each.digest is None or each.digest != known.get(each.path):
                try:
                    if each.path not in known or self.differs(each.path, base, head, now):
                        yield each.path
                except ManifestError:
                    yield each.path

    def of_merge(self, made: Planned, wishes: Wishes, base: str, head: str) -> Plan:
        """The plan's changes that manifests have made since a revision, and nothing else.

        Raises: ManifestError: either revision can't be had, or the manifests of the base.
        """
        with self._opened(base) as then, self._opened(head) as now:
            before = Before(then, base[:12], now)
            return only_edited(before.explain(made, wishes))

    def _wishes(self, path: str, tree: Folder, now: datetime) -> Wishes:
        (loaded,) = load(path, tree=tree, alone=True)  # those beside it were surveyed with it
        there = loaded.environment
        strange = there and stranger(self.source, there.tenant, there.source)
        if strange:
            loaded.findings.errors.append(strange)
        (wishes,) = expand([loaded], now)
        return wishes

    def _opened(self, revision: str) -> AbstractContextManager[Folder]:
        return self._sources.opened(self.source, revision)
