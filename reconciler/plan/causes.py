"""Why each change of a plan is there: the manifests were edited, somebody acted in Welkin, or both. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.kinds import kind_of, subject_of
from reconciler.model import Action, Cause, Change, Key, Plan
from reconciler.plan.brakes import brakes

BY_HAND = "somebody has changed in Welkin: left to a reviewed apply"
BESIDE = f"waits for hours that {BY_HAND}"


def with_causes(plan: Plan, edited: Iterable[Change], moved: Iterable[Change]) -> Plan:
    """The plan with the cause of each change.

    edited: what these manifests change where those before were applied. moved: what the manifests before
    would change on the service as it is.
    """
    by_manifest, by_live = _Told(edited), _Told(moved)
    changes = (
        change
        if change.action is Action.NOOP
        else change._replace(cause=_cause(by_manifest.explains(change), by_live.explains(change)))
        for change in plan.changes
    )
    return replace(plan, changes=tuple(changes))


def only_edited(plan: Plan) -> Plan:
    """Of a plan with causes, what the manifests have changed: what somebody did in Welkin is left as it is.

    What needs something that is left so is blocked, and named; and so are hours beside rows of the same
    person that would have to end elsewhere first, and are left.
    """
    left = [change for change in plan.changes if change.cause is Cause.LIVE]
    keys = {change.key for change in left}
    chains = {_chain(change) for change in left if kind_of(change.key).moves(change)}
    changes = list[Change]()
    for change in plan.changes:
        if change.cause is Cause.LIVE:
            continue
        needed = next((key for key in change.after_keys if key in keys), None)
        if change.request and (needed or _chain(change) in chains):
            keys.add(change.key)
            change = change.blocked(f"needs {needed}, which {BY_HAND}" if needed else BESIDE)
        changes.append(change)
    own = tuple(brakes(changes, plan.owned, plan.limits, plan.kept))
    return replace(plan, changes=tuple(changes), brakes=own)


def _chain(change: Change) -> tuple[str, str | None]:
    return change.key.kind, kind_of(change.key).chain(change)


def _cause(manifest: bool, live: bool) -> Cause:
    if manifest:
        return Cause.BOTH if live else Cause.MANIFEST
    return Cause.LIVE


class _Told:
    """What another plan changes: by key the fields that differ, and whose changes there are."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self.fields = dict[Key, set[str] | None]()  # None: the object needs nothing
        self.subjects = set[Key]()
        for change in changes:
            fields = None if change.action is Action.NOOP else {field.path for field in change.diff}
            self.fields.setdefault(change.key, fields)
            if fields is not None:
                self.subjects.add(_subject(change.key))

    def explains(self, change: Change) -> bool:
        """Whether it changes one of the same fields, or the same object; of no such key, the same subject."""
        if change.key not in self.fields:
            return _subject(change.key) in self.subjects
        fields = self.fields[change.key]
        if fields is None:
            return False
        own = {field.path for field in change.diff}
        return not (own and fields) or not own.isdisjoint(fields)


def _subject(key: Key) -> Key:
    return Key(key.kind, subject_of(key))
