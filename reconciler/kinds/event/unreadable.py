"""What of the events can't be read: whose it is, and so what is left as it is. Pure.

An event says whose it is by its mark; where that can't be read either, by what people know it by: host, title
and start, of which what can be read must not speak against it. So nothing is made a second time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler import routes
from reconciler.client.reading import is_id, is_instant
from reconciler.kinds import Context, subject_of
from reconciler.kinds.event.marks import Mark, mark_of
from reconciler.kinds.event.occurrence import Occurrence, instant, key_of
from reconciler.model import Change, Key, Users
from reconciler.model.typed import JsonObject, Unreadable

Ids = Mapping[str, str]  # username -> id
Reasons = dict[Key, str]  # the object that can't be read -> why nothing is done about it


class Looks(NamedTuple):
    """What people know an event by; None: it can't be read, or isn't known."""

    title: str | None
    host: str | None
    start: str | None


def hosts_unread(users: Users, wishes: Iterable[Occurrence]) -> Reasons:
    """The events of people, host or not, of whom not even the id can be read."""
    nameless = users.odd.keys() - users.ids.keys()
    reasons: Reasons = {}
    for wish in wishes if nameless else ():
        lost = min((ref.key.name for ref in wish.staff() if ref.key.name in nameless), default=None)
        if lost is not None:
            reasons[wish.key] = users.odd[lost].said(f"the user {lost}")
    return reasons


def events_unread(
    odd: Sequence[Unreadable], ids: Ids, wishes: Sequence[Occurrence], context: Context
) -> tuple[Reasons, int]:
    """The events of ours, by occurrence, and of how many others there is no telling and no need to."""
    reasons: Reasons = {}
    if not odd:
        return reasons, 0
    owner, heirs = context.environment.owner, context.environment.renamed
    alike = _Alike(wishes, ids)
    others = 0
    for event in odd:
        mark = mark_in(event.fields)
        ours = set[Key]()
        if mark and mark.owner == owner:
            ours = {key_of(name, mark.occurrence) for name in _line(mark.series, heirs)}
        ours |= alike.find(event.fields)
        reasons |= dict.fromkeys(ours, event.said("an event of this series"))
        others += not ours
    return reasons, others


def changes_unread(odd: Iterable[Unreadable], changes: Sequence[Change], ids: Ids) -> Reasons:
    """Which changes of events the unreadable ones, read again, are about."""
    by_id = {change.live_id: change.key for change in changes if change.live_id}
    keys = {change.key for change in changes}
    new = [(change.key, _looks_of_change(change, ids)) for change in changes if not change.live_id]
    reasons: Reasons = {}
    for event in odd:
        mark, looks, said = mark_in(event.fields), looks_of(event.fields), event.said("the event")
        found = {key_of(mark.series, mark.occurrence)} & keys if mark else set[Key]()
        found |= {by_id[id] for id in (event.fields.get("id"),) if is_id(id) and id in by_id}
        moved = _is_mark_lost(event.fields)
        found |= {key for key, wished in new if not found and _agree(looks, wished, moved)}
        reasons |= dict.fromkeys(found, said)
    return reasons


def mark_in(event: JsonObject) -> Mark | None:
    """The mark of a raw event, wherever it can be read."""
    external = event.get("externalId")
    return mark_of({**event, "externalId": external if isinstance(external, str) else None})


def looks_of(event: JsonObject) -> Looks:
    """What can be read of how people know a raw event."""
    title, host, start = (event.get(name) for name in ("eventTitle", "hostId", "startDateTime"))
    has_title = "eventTitle" in event and (title is None or isinstance(title, str))
    return Looks(
        str(title or "") if has_title else None,
        host.lower() if isinstance(host, str) and is_id(host) else None,
        routes.stamp(instant(start)) if isinstance(start, str) and is_instant(start) else None,
    )


class _Alike:
    """Wished occurrences by how people know them."""

    def __init__(self, wishes: Sequence[Occurrence], ids: Ids) -> None:
        self.by_title: dict[str | None, list[tuple[Key, Looks]]] = defaultdict(list)
        for wish in wishes:
            host = ids.get(wish.fields["hostId"].key.name, "").lower() or None
            looks = Looks(str(wish.fields["eventTitle"]), host, wish.fields["startDateTime"])
            self.by_title[looks.title].append((wish.key, looks))
            self.by_title[None].append((wish.key, looks))

    def find(self, event: JsonObject) -> set[Key]:
        """The first occurrence of each series that a raw event may be. One whose mark is lost may have been
        moved since."""
        looks, moved = looks_of(event), _is_mark_lost(event)
        found: dict[str, Key] = {}
        for key, wished in self.by_title.get(looks.title, ()):
            if _agree(looks, wished, moved):
                found.setdefault(subject_of(key), key)
        return set(found.values())


def _agree(event: Looks, wished: Looks, moved: bool) -> bool:
    """Whether all that can be read of both is the same: one of which nothing can be read may be any."""
    pairs = list(zip(event, wished, strict=True))[: 2 if moved else 3]
    return all(one is None or other is None or one == other for one, other in pairs)


def _is_mark_lost(event: JsonObject) -> bool:
    """Whether a mark of ours may have stood where nothing can be read any more."""
    external, info = event.get("externalId"), event.get("additionalInfo")
    if external is not None and not (isinstance(external, str) and (not external or is_id(external))):
        return True
    remarks = info.get("remarks") if isinstance(info, Mapping) else None
    unset = info in (None, "") or isinstance(info, Mapping)
    return not external and not (unset and (remarks is None or isinstance(remarks, str)))


def _line(series: str, heirs: Mapping[str, str]) -> Iterator[str]:
    """A series and those that its events go on to by `renamed`."""
    line = [series]
    while (heir := heirs.get(f"event/{line[-1]}", "").removeprefix("event/")) and heir not in line:
        line.append(heir)
    yield from line


def _looks_of_change(change: Change, ids: Ids) -> Looks:
    after = change.after or {}
    host = ids.get(str(after.get("hostId")).removeprefix("user/"), "").lower() or None
    return Looks(after.get("eventTitle"), host, after.get("startDateTime"))
