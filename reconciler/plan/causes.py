"""Why each change of a plan is there: the manifests were edited, somebody acted in Welkin, or both. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.kinds import subject_of
from reconciler.model import Action, Cause, Change, Key, Plan


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
