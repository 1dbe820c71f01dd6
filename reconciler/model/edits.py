"""What of manifests is to say something else, so that they say what is live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconciler.model import Action, Change, Key

EDITED = "edited since the last commit and not applied: apply it first"
NEVER = "not in Welkin, and nothing here tells that it ever was: apply it, or take it out"
LAST = -1  # as a step: behind the last item of a list


class After(int):
    """As a step: behind an item of a list, by its position."""


Value = str | Mapping[str, "Value"] | Sequence["Value"]


class Edit(NamedTuple):
    """A place of an entry, and what is to stand there; None: nothing.

    path: keys and positions below the entry; those at its end may be missing, and are added.
    order: the keys of the mapping in which one may be missing, as people write them.
    note: why it is written out here, for a comment beside it.
    about: what of the service is told so.
    """

    section: str
    name: str
    path: tuple[str | int, ...]
    value: Value | None
    about: Key
    order: Sequence[str] = ()
    note: str = ""


class Untold(NamedTuple):
    """What no edit says, and why.

    ahead: it isn't that Welkin is ahead of the manifests: they are ahead of what was applied.
    """

    about: Key
    reason: str
    ahead: bool = False


class Committed(NamedTuple):
    """How what was committed last differs from what is live.

    fields: by the id of what is live, of what it declares. missing: what of it isn't live.
    """

    fields: Mapping[str | None, frozenset[str]]
    missing: frozenset[Key]


class Past(NamedTuple):
    """What tells what people did in Welkin from what was edited here and never applied.

    asked: what is judged; what comes up beside it is of our own edits.
    created: what runs of `apply` here have made, as keys. committed: None where no commit tells anything.
    """

    asked: frozenset[Key] = frozenset()
    created: frozenset[str] = frozenset()
    committed: Committed | None = None

    def ahead(self, change: Change, begun: bool = False) -> Untold | None:
        """Why a change isn't owed to people in Welkin; None where it may be.

        begun: whether more of the same series is live.
        """
        if change.key not in self.asked:
            return None
        missing = change.action is Action.CREATE
        reason = self._of_missing(change.key, begun) if missing else self._of_edited(change)
        return Untold(change.key, reason, ahead=True) if reason else None

    def _of_missing(self, key: Key, begun: bool) -> str:
        if str(key) in self.created:
            return ""
        if self.committed and key not in self.committed.missing:
            return EDITED
        series = str(key).partition("@")[0]
        made_here = not self.committed and any(each.partition("@")[0] == series for each in self.created)
        return "" if begun and not made_here else NEVER

    def drifted(self, change: Change) -> Change:
        """A change without the fields in which nothing but the manifests is otherwise by now."""
        if not (self.committed and change.key in self.asked and change.live_id in self.committed.fields):
            return change
        fields = self.committed.fields[change.live_id]
        return change._replace(diff=tuple(field for field in change.diff if field.path in fields))

    def _of_edited(self, change: Change) -> str:
        return EDITED if change.diff and not self.drifted(change).diff else ""
