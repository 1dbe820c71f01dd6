"""Looks at the service again: what the objects of a plan's changes show now, beside what was read for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from reconciler.apply.outcomes import Turn
from reconciler.apply.sender import Sender
from reconciler.client import Client
from reconciler.errors import ApiError
from reconciler.kinds import Kind
from reconciler.live import observe
from reconciler.model import Change, FieldDiff, Landed, Live, Patients, Snapshot, Users

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


class ReadBack:
    """One run's view of the service; `live` is what the plan is judged by."""

    def __init__(
        self,
        pending: Sequence[Turn],
        client: Client,
        kinds: Mapping[str, Kind],
        live: Snapshot,
        sender: Sender,
        *,
        now: datetime,
    ) -> None:
        self.client, self.kinds, self.live, self.sender, self.now = client, kinds, live, sender, now
        self._pending = pending

    def renew(self) -> list[Seen]:
        """Read the objects of all pending changes; what they show is what the plan is judged by from here."""
        changes = [turn.change for turn in self._pending]
        self.live = self.observe(changes)
        self.__dict__.pop("_known", None)
        return self.seen(changes, self.live)

    def look(self, changes: Sequence[Change]) -> list[Seen]:
        """Read the objects of these changes. Raises: ApiError."""
        return self.seen(changes, self.observe(changes))

    def find(self, turn: Turn, again: bool) -> Live | None:
        """The live object of a change, as it was before the run; `again`: as it is now. Raises: ApiError."""
        known = None if again else self._known.get(turn.place)
        if known is None:
            (seen,) = self.look([turn.change])
            if seen.unreadable:
                raise ApiError(seen.unreadable)
            known = seen.found
        return known

    def landed(self, turns: Sequence[Turn]) -> list[Landed]:
        """What was sent, each with its object before the run and as it is now. Raises: ApiError."""
        seen = self.look([turn.change for turn in turns])
        return [
            Landed(turn.change, self._known.get(turn.place), each.found, each.unreadable)
            for turn, each in zip(turns, seen, strict=True)
        ]

    def present(self) -> Snapshot:
        """What the plan is judged by, with the ids known by now."""
        users, patients = self.live.of(Users), self.live.of(Patients)
        return self.live.having(
            replace(users, ids=dict(self.sender.ids)), replace(patients, ids=dict(self.sender.patients))
        )

    @cached_property
    def _known(self) -> dict[int, Live | None]:
        """The live objects of what is pending as they were read before the run, by place."""
        located = self._located([turn.change for turn in self._pending], self.live)
        return {turn.place: found for turn, (_, found) in zip(self._pending, located, strict=True)}

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
