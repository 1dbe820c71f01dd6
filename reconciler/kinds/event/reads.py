"""Reads events: those of the windows in which occurrences lie, and where else people may have put them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from reconciler.client import Client
from reconciler.kinds import Asked, Context, Survey
from reconciler.kinds.event.fields import FIELDS
from reconciler.kinds.event.occurrence import Occurrence
from reconciler.kinds.event.part import Events, where
from reconciler.kinds.event.unreadable import changes_unread, events_unread, hosts_unread, mark_in
from reconciler.kinds.event.windows import gaps, joined_windows, windows_beyond, windows_elsewhere
from reconciler.kinds.patient.reads import patients_unread
from reconciler.model import Change, Desired, Parts, Patients, Snapshot, Users, Window
from reconciler.model.typed import Event, JsonObject, Unreadable

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)  # a read more costs more than the days between two
# All that a read event is asked for; of ten thousand the rest, people's names among it, is half.
KEPT = frozenset(field.name for field in FIELDS) | {"id", "createdAt", "createdBy", "updatedAt", "updatedBy"}
FEW = 20  # objects up to this number are read one by one, more of them as pages


class Read(NamedTuple):
    """Events by id, and those that can't be read by what tells them apart."""

    found: dict[str, Event]
    odd: dict[str, Unreadable]

    def joined(self, more: Read) -> Read:
        return Read({**self.found, **more.found}, {**self.odd, **more.odd})

    def marked(self) -> list[JsonObject]:
        """What bears a mark, whether the rest can be read or not."""
        odd = ({"externalId": str(mark)} for odd in self.odd.values() if (mark := mark_in(odd.fields)))
        return [*self.found.values(), *odd]


def read_events(client: Client, asked: Asked, known: Parts) -> Events:
    """All that planning needs of the instance's events. Raises: ApiError."""
    read = _in(client, [asked.window])
    desired, context = asked.wanted()
    wishes = [wish for wish in desired if isinstance(wish, Occurrence)]
    earlier, later = windows_beyond(wishes, context)
    read = _in(client, earlier).joined(read).joined(_in(client, later))
    read = read.joined(_in(client, windows_elsewhere(wishes, read.marked(), context)))
    users = known.of(Users)
    found = tuple(read.found.values())
    ours, others = events_unread([*read.odd.values()], users.ids, wishes, context)
    lost = hosts_unread(users, wishes) | patients_unread(known.of(Patients), wishes)
    return Events(found=found, marks=where(found), unreadable=lost | ours, ignored={"event": others})


def survey_events(client: Client, survey: Survey) -> Events:
    """All events of the instance in the window of an export. Raises: ApiError."""
    read = _in(client, [survey.window])
    found = tuple(read.found.values())
    return Events(found=found, marks=where(found), ignored={"event": len(read.odd)})


def read_on(
    client: Client, part: Events, desired: Sequence[Desired], window: Window, context: Context
) -> Events | None:
    """The events with those of a window as far as planning didn't read it. Raises: ApiError."""
    earlier, later = windows_beyond((wish for wish in desired if isinstance(wish, Occurrence)), context)
    missing = gaps(window, [*earlier, context.window, *later])
    if not missing:
        return None
    read = Read({event["id"]: event for event in part.found}, {}).joined(_in(client, missing))
    return replace(part, found=tuple(read.found.values()))


def observe_events(client: Client, changes: Sequence[Change], known: Snapshot) -> Events:
    """Read again the events that changes are about. Raises: ApiError."""
    read = _touched(client, changes)
    found = tuple(read.found.values())
    return Events(
        found=found,
        marks=where(found) or known.of(Events).marks,
        unreadable=changes_unread(read.odd.values(), changes, known.ids),
    )


def _in(client: Client, windows: Iterable[Window]) -> Read:
    read = Read({}, {})
    for window in windows:
        for event in client.events.find(window.start, window.end, keys=KEPT):
            if isinstance(event, Unreadable):
                read.odd[str(event.fields.get("id") or event.fields)] = event
            else:
                read.found[event["id"]] = event
    return read


def _touched(client: Client, changes: Sequence[Change]) -> Read:
    """The live events that changes are about: by id while they are few and known, else by their days."""
    ids = [change.live_id for change in changes if change.live_id]
    if len(ids) == len(changes) <= FEW:
        events = list(zip(ids, client.each(client.events.get, ids), strict=True))
        odd = {
            id: Unreadable(e.field, {**e.fields, "id": id}) for id, e in events if isinstance(e, Unreadable)
        }
        return Read({id: e for id, e in events if e and not isinstance(e, Unreadable)}, odd)
    starts = [start for change in changes for start in _starts(change)]
    return _in(client, joined_windows((Window(start - DAY, start + DAY) for start in starts), WEEK))


def _starts(change: Change) -> Iterator[datetime]:
    for side in (change.before, change.after):
        if side and side.get("startDateTime"):
            yield datetime.fromisoformat(side["startDateTime"])
