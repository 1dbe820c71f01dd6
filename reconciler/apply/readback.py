"""Looks at the service again: what the objects of a plan's changes show now, beside what was read for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from reconciler.apply.sender import Sender
from reconciler.client import Client
from reconciler.errors import ApiError
from reconciler.kinds import Kind
from reconciler.live import observe
from reconciler.model import Change, FieldDiff, Live, Patients, Plan, Snapshot, Users

NOTHING_KNOWN = Snapshot()


class Seen(NamedTuple):
    """What a change's object shows: the object, and what of the change is not there (yet).

    unreadable: why there is no telling, where the answer can't be read; then nothing counts as there.
    """

    change: Change
    found: Live | None
    missing: list[FieldDiff]
    unreadable: str = ""

    @property
    def is_lost(self) -> bool:
        """Whether there is no trace of what the change was to make."""
        return bool(self.missing) and self.found is None and not self.unreadable


class Evidence:
    """One run's view of the service; `live` is what the plan is judged by."""

    def __init__(
        self,
        plan: Plan,
        client: Client,
        kinds: Mapping[str, Kind],
        live: Snapshot,
        sender: Sender,
        *,
        now: datetime,
    ) -> None:
        self.plan, self.client, self.kinds, self.live, self.sender = plan, client, kinds, live, sender
        self.now = now

    def renew(self) -> list[Seen]:
        """Read the objects of all pending changes; what they show is what the plan is judged by from here."""
        self.live = self.observe(self.plan.pending)
        self.__dict__.pop("_known", None)
        return self.seen(self.plan.pending, self.live)

    def look(self, changes: Sequence[Change]) -> list[Seen]:
        """Read the objects of these changes. Raises: ApiError."""
        return self.seen(changes, self.observe(changes))

    def find(self, change: Change, again: bool) -> Live | None:
        """The live object of a change, as it was before the run; `again`: as it is now. Raises: ApiError."""
        known = None if again else self.before(change)
        if known is None:
            (seen,) = self.look([change])
            if seen.unreadable:
                raise ApiError(seen.unreadable)
            known = seen.found
        return known

    def present(self) -> Snapshot:
        """What the plan is judged by, with the ids known by now."""
        users, patients = self.live.of(Users), self.live.of(Patients)
        return self.live.having(
            replace(users, ids=dict(self.sender.ids)), replace(patients, ids=dict(self.sender.patients))
        )

    def before(self, change: Change) -> Live | None:
        """The live object of a change as it was read before the run."""
        return self._known.get(id(change))

    @cached_property
    def _known(self) -> dict[int, Live | None]:
        return {id(change): found for change, found in self._located(self.plan.pending, self.live)}

    def observe(self, changes: Iterable[Change]) -> Snapshot:
        """Read again what changes touch, and take what that tells of ids and dialect. Raises: ApiError."""
        seen = observe(self.client, changes, self.present(), self.now, self.kinds)
        self.sender.learn_from(seen)
        return seen

    def seen(self, changes: Sequence[Change], live: Snapshot) -> list[Seen]:
        """What a snapshot shows of these changes."""
        return [self._seen(change, found, live) for change, found in self._located(changes, live)]

    def _seen(self, change: Change, found: Live | None, live: Snapshot) -> Seen:
        odd = live.unreadable.get(change.key, "")
        remaining = self.kinds[change.key.kind].remaining
        return Seen(
            change, found, [FieldDiff("", None, "present")] if odd else remaining(change, found, live), odd
        )

    def _located(self, changes: Sequence[Change], live: Snapshot) -> Iterator[tuple[Change, Live | None]]:
        for name, group in groupby(changes, key=lambda change: change.key.kind):
            same = list(group)
            yield from zip(same, self.kinds[name].locate(same, live), strict=True)
