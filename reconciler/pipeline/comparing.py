"""Two revisions of a repository: what the one would change on a service to which the other was applied.

    with revisions("main..HEAD") as between:
        for pair in between.pairs(["env/clinic.yaml"]):
            print(between.compare(pair, now).plan.changes)

No service is asked, and nothing is read but Git's objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from reconciler.client.connection import DEFAULT_URL
from reconciler.errors import ManifestError, UsageError
from reconciler.expand import context_of
from reconciler.kinds import load_kinds
from reconciler.manifest import load_environment
from reconciler.manifest.git import repository_here
from reconciler.manifest.moved import Pair, differs, found_in, paired
from reconciler.manifest.tree import Revision, Tree, Whole, WorkingTree
from reconciler.model import Findings, Plan, Planned, Snapshot
from reconciler.pipeline import Wishes, wished
from reconciler.plan.causes import with_causes
from reconciler.plan.comparison import Comparison, Side, compared
from reconciler.plan.make import make_plan
from reconciler.plan.selection import ALL, Selection
from reconciler.plan.supposed import NOTHING, Supposed, Wanted, applied, planned, seen_from, unmanaged
from reconciler.staffing.review import judged


class Revisions:
    """The two sides of a comparison."""

    def __init__(self, base: Revision, head: Revision) -> None:
        self.base, self.head = base, head

    def pairs(self, paths: Sequence[str]) -> list[Pair]:
        """The environment files of these paths, from the current folder, as either side has them."""
        here = Path.cwd()
        return paired([self.head.shown(here / path) for path in paths], self.base, self.head)

    def changed_since(self, revision: str, pairs: Sequence[Pair]) -> list[Pair]:
        """The pairs of which the head's file, or one that it includes, differs from a third revision."""
        repository = self.head.repository
        then = Revision(repository, repository.commit(revision))
        return [pair for pair in pairs if not pair.head or differs(pair.head, self.head, then)]

    def compare(self, pair: Pair, now: datetime, selection: Selection = ALL) -> Comparison:
        """Say what the head changes, and what the base declared that the head speaks of no more.

        Raises: ManifestError: of either side; UsageError: neither side has the environment; PlanError: the
            selection names somebody, or a team, that the head doesn't know.
        """
        base, head = (
            Side(tree.commit.revision, tree.commit.id, path is not None)
            for tree, path in ((self.base, pair.base), (self.head, pair.head))
        )
        if not (base.present or head.present):
            message = f"neither {base.revision} nor {head.revision} has this file"
            raise UsageError(f"{pair.path}: {message}")
        had = _wanted(pair.base, self.base, now, f"{base.revision}:") if pair.base else None
        wanted = _wanted(pair.head, self.head, now) if pair.head else _nothing(had, now)
        plan, supposed = _compared(had, wanted, selection if head.present else ALL)
        if not head.present:
            said = f"{pair.base}: {head.revision} has this file no more"
            warning = f"{said}: what it declared stays in Welkin, unmanaged"
            plan = replace(plan, warnings=(warning, *plan.warnings))
        return compared(pair.path, base, head, plan, supposed)


class Before:
    """Manifests as they were at a revision, for plans of what they are now."""

    def __init__(self, tree: Whole, name: str, here: Tree | None = None) -> None:
        """Args: name: of the revision, shown before its paths. here: what there is now; on disk if None."""
        self.tree, self.name, self.here = tree, name, here or WorkingTree()

    def differs(self, path: str) -> bool:
        """Whether a file of an environment, an included one too, isn't what it was."""
        return differs(path, self.here, self.tree)

    def explain(self, made: Planned, wishes: Wishes) -> Plan:
        """The plan with the cause of each change.

        Raises: ManifestError: of the manifests as they were.
        """
        assert made.live is not None
        context = replace(wishes.context, findings=Findings())
        wanted, url = Wanted(context, wishes.desired), made.plan.api_url
        had = self._had(wishes)
        supposed = applied(had, url) if had else NOTHING
        edited = planned(wanted, seen_from(supposed, had.context.environment if had else None, wanted), url)
        then = self._plan(had, made.live, url) if had else None
        return with_causes(made.plan, edited.changes, then.changes if then else ())

    def then(self, wishes: Wishes, live: Snapshot, api_url: str) -> Plan | None:
        """What the manifests as they were would change now; None where there were none.

        Raises: ManifestError: of them.
        """
        had = self._had(wishes)
        return self._plan(had, live, api_url) if had else None

    def _had(self, wishes: Wishes) -> Wanted | None:
        path = found_in(self.tree, wishes.environment.source.path, self.here)
        return _wanted(path, self.tree, wishes.context.now, f"{self.name}:") if path else None

    def _plan(self, had: Wanted, live: Snapshot, api_url: str) -> Plan:
        return make_plan(had.desired, live, load_kinds(), had.context, api_url)


@contextmanager
def before(revision: str) -> Iterator[Before]:
    """The manifests at a revision. Raises: UsageError: it isn't there."""
    with repository_here() as repository:
        yield Before(Revision(repository, repository.commit(revision)), revision)


@contextmanager
def revisions(text: str) -> Iterator[Revisions]:
    """The sides of `BASE..HEAD` or `A...B`. Raises: UsageError: one of them isn't there."""
    with repository_here() as repository:
        base, head = (Revision(repository, commit) for commit in repository.between(text))
        yield Revisions(base, head)


def _nothing(had: Wanted | None, now: datetime) -> Wanted:
    """What an environment wants that is not there any more."""
    assert had is not None
    environment = replace(had.context.environment, manifests=(), accept=(), renamed={}, prune=False)
    return Wanted(context_of(environment, now, Findings()), ())


def _compared(had: Wanted | None, wanted: Wanted, selection: Selection) -> tuple[Plan, Supposed]:
    environment, findings = wanted.context.environment, wanted.context.findings
    url = environment.api_url or DEFAULT_URL
    before = applied(had, url) if had else NOTHING
    supposed = seen_from(before, had.context.environment if had else None, wanted)
    plan = planned(wanted, supposed, url, selection)
    if findings.errors:
        raise ManifestError(findings.errors)
    plan = judged(plan, supposed.live, wanted.context)
    chosen = selection.of_today(wanted.context)
    made = [change for change in supposed.made if chosen.takes(change)]
    return replace(plan, unmanaged=unmanaged(supposed._replace(made=made), wanted, plan)), supposed


def _wanted(path: str, tree: Tree, now: datetime, label: str = "") -> Wanted:
    """What an environment wants; `label`: what is put before the paths of its problems."""
    findings = Findings()
    environment = load_environment(path, findings, tree=tree)
    wishes = environment and wished(environment, now, findings)
    if findings.errors or not wishes:
        raise ManifestError([each._replace(path=f"{label}{each.path}") for each in findings.errors])
    return Wanted(*wishes)
