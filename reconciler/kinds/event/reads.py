"""Reads events: those of the windows in which occurrences lie, and where else people may have put them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from reconciler.client import Client
from reconciler.kinds import Context
from reconciler.kinds.event.occurrence import Occurrence
from reconciler.kinds.event.part import Events, where
from reconciler.kinds.event.unreadable import changes_unread, events_unread, hosts_unread, mark_in
from reconciler.kinds.event.windows import joined_windows, windows_elsewhere, windows_of
from reconciler.kinds.patient.reads import patients_unread
from reconciler.model import Change, Desired, Parts, Patients, Snapshot, Users, Window
from reconciler.model.typed import Event, Unreadable

DAY = timedelta(days=1)
FEW = 20  # objects up to this number are read one by one, more of them as pages


class Read(NamedTuple):
    """Events, each once, and those that can't be read."""

    found: list[Event]
    odd: list[Unreadable]

    def joined(self, more: Read) -> Read:
        found = {event["id"]: event for event in (*self.found, *more.found)}
        return Read(list(found.values()), self.odd + more.odd)

    def marked(self) -> list[Mapping[str, Any]]:
        """What bears a mark, whether the rest can be read or not."""
        return [
            *self.found,
            *({"externalId": str(mark)} for odd in self.odd if (mark := mark_in(odd.fields))),
        ]


def read_events(client: Client, desired: Sequence[Desired], known: Parts, context: Context) -> Events:
    """All that planning needs of the instance's events. Raises: ApiError."""
    wishes = [wish for wish in desired if isinstance(wish, Occurrence)]
    read = _in(client, windows_of(wishes, context))
    read = read.joined(_in(client, windows_elsewhere(wishes, read.marked(), context)))
    users = known.of(Users)
    ours, others = events_unread(read.odd, users.ids, wishes, context)
    lost = hosts_unread(users, wishes) | patients_unread(known.of(Patients), wishes)
    return Events(
        found=read.found, marks=where(read.found), unreadable=lost | ours, ignored={"event": others}
    )


def observe_events(client: Client, changes: Sequence[Change], known: Snapshot) -> Events:
    """Read again the events that changes are about. Raises: ApiError."""
    read = _touched(client, changes)
    return Events(
        found=read.found,
        marks=where(read.found) or known.of(Events).marks,
        unreadable=changes_unread(read.odd, changes, known.ids),
    )


def _in(client: Client, windows: Iterable[Window]) -> Read:
    found: dict[str, Event] = {}
    odd: dict[str, Unreadable] = {}
    for window in windows:
        for event in client.events.find(window.start, window.end):
            if isinstance(event, Unreadable):
                odd[str(event.fields.get("id") or event.fields)] = event
            else:
                found[event["id"]] = event
    return Read(list(found.values()), list(odd.values()))


def _touched(client: Client, changes: Sequence[Change]) -> Read:
    """The live events that changes are about: by id while they are few and known, else by their days."""
    ids = [change.live_id for change in changes if change.live_id]
    if len(ids) == len(changes) <= FEW:
        read = list(zip(ids, client.each(client.events.get, ids), strict=True))
        odd = [Unreadable(it.field, {**it.fields, "id": id}) for id, it in read if isinstance(it, Unreadable)]
        return Read([event for _, event in read if event and not isinstance(event, Unreadable)], odd)
    starts = [start for change in changes for start in _starts(change)]
    return _in(client, joined_windows(Window(start - DAY, start + DAY) for start in starts))


def _starts(change: Change) -> Iterator[datetime]:
    for side in (change.before, change.after):
        if side and side.get("startDateTime"):
            yield datetime.fromisoformat(side["startDateTime"])
