"""All meetings of an export as entries, named by titles; and leave. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime
from functools import partial
from itertools import chain, count
from typing import NamedTuple

from reconciler.dates.grammar import dates_between
from reconciler.dates.zones import is_zone
from reconciler.export.calendars import Calendar
from reconciler.export.entries import Entry, Writer
from reconciler.export.grouping import series_in
from reconciler.export.points import DAY, Group, Point, best_group
from reconciler.export.words import LONGEST_NAME, slug
from reconciler.kinds.event.leave import leave_series
from reconciler.kinds.event.occurrence import LEAVE
from reconciler.kinds.event.stock import Meeting, Meetings

COMMON_ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "UTC",
)  # fmt: skip


class Clocks(NamedTuple):
    """own: the zones that manifests give people. usual: of all else. others: that may be a meeting's."""

    own: Mapping[str, str]
    usual: str
    others: Collection[str]

    def of(self, host: str) -> str:
        return self.own.get(host, self.usual)

    def candidates(self, host: str) -> Iterator[str]:
        named = (self.of(host), self.usual, *self.others, *sorted({*self.own.values()}), *COMMON_ZONES)
        yield from (zone for zone in dict.fromkeys(named) if is_zone(zone))


class Horizon(NamedTuple):
    """Until when there is something to see: of ours as far as it is written, of others as far as was read."""

    ours: datetime
    others: datetime


def meeting_entries(
    stock: Meetings,
    clocks: Clocks,
    calendar: Callable[[str, Set[date], Set[date]], Calendar | None],
    horizon: Horizon,
    simply: bool,
    closed: Callable[[str, date], bool],
    listen: Callable[[int, int], None],
) -> list[Entry]:
    """The entries of `leave:` and `events:`, in a stable order.

    calendar: that which has, of a zone, just some of some dates. simply: one rule and one host for each.
    closed: whether a date is, for a host.
    listen: told how many groups of how many are done.
    """
    leaves, meetings = _leave(stock.meetings, clocks)
    leave = [
        Entry("leave", name, own[0] if len(own) == 1 and isinstance(own[0], str) else own)
        for name, own in sorted(leaves.items())
    ]
    names = _Names(leave_series(name) for name in clocks.own)
    entries = list[Entry]()

    def placed(group: Sequence[Meeting]) -> Group:
        return best_group(group, clocks.candidates(group[0].host))

    for found in series_in(meetings, placed, horizon.others.date(), simply, listen):
        group, hosts = found.group, sorted(found.hosts)
        zones = {clocks.of(host) for host in hosts}
        zone = zones.pop() if len(zones) == 1 else ""
        beyond = group.wall(horizon.ours if found.name else horizon.others)
        writer = Writer(group, zone, partial(calendar, group.zone_name), beyond, closed)
        name = found.name or names.new(found.title, hosts[0])
        holds = frozenset(point.meeting.id for point in found.series.held.values())
        entries.append(Entry("events", name, writer.spec(found.series), holds=holds))
    return [*leave, *entries]


class _Names:
    """Names for series: the title, if need be with the host or a number."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {*taken}

    def new(self, title: str, host: str) -> str:
        plain = slug(title) or "meeting"
        named = f"{plain}-{slug(host)}"[: LONGEST_NAME + 8].rstrip("-")
        numbered = (f"{plain}-{number}" for number in count(2))
        found = next(name for name in chain((plain, named), numbered) if name not in self._taken)
        self._taken.add(found)
        return found


def _leave(meetings: Sequence[Meeting], clocks: Clocks) -> tuple[dict[str, list[object]], list[Meeting]]:
    """The leaves of people, and the meetings that are none."""
    leaves, days, others = dict[str, list[object]](), dict[str, set[date]](), list[Meeting]()
    for each in meetings:
        point = _point_of_leave(each, clocks.of(each.host))
        first = point.wall.date() if point else date.min
        last = first + point.length - DAY if point and each.all_day else first
        taken = days.setdefault(each.host, set())
        if point and taken.isdisjoint(dates_between(first, last)):
            taken |= dates_between(first, last)
            leaves.setdefault(each.host, []).append(_absence(point, first, last))
        else:
            others.append(each)
    return leaves, others


def _absence(point: Point, first: date, last: date) -> object:
    """A leave as its entry says it."""
    title = point.meeting.said["title"]
    on = str(first) if first == last else f"{first}..{last}"
    hours = (
        {} if point.meeting.all_day else {"between": f"{point.wall:%H:%M}-{point.wall + point.length:%H:%M}"}
    )
    said = {**hours, **({"title": title} if title != LEAVE else {})}
    return {"on": on, **said} if said else on


def _point_of_leave(meeting: Meeting, zone: str) -> Point | None:
    """A leave on its host's wall, of whole days, or of ours of hours; None for any other event."""
    series = leave_series(meeting.host)
    ours = meeting.mark is not None and meeting.mark.series == series
    if meeting.said.keys() != {"title", "type"} or meeting.said["type"] != "LEAVE":
        return None
    if not (ours or (meeting.all_day and meeting.mark is None)):
        return None
    (point,) = Group([meeting], zone).points
    known = not meeting.mark or meeting.mark.occurrence[:10] == str(point.wall.date())
    long_enough = point.length >= DAY if meeting.all_day else point.length < DAY
    return point if known and long_enough else None
