"""Which meetings may be one series: by our mark; of others what is alike, shares hosts, or follows. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from reconciler.export.attending import attending_of
from reconciler.export.hosts import hosts_of
from reconciler.export.infer import Recurrence
from reconciler.export.points import Group, Point
from reconciler.export.series import PEOPLE, Leg, Series, common, marked_series, series_of
from reconciler.kinds.event.stock import Meeting

PACE = "every", "interval"  # what a series keeps that goes on otherwise
SOON = timedelta(days=13)  # within which a series that goes on otherwise has its next date
Placed = Callable[[Sequence[Meeting]], Group]  # meetings on the wall that suits them


class Found(NamedTuple):
    """A series with the group it is of. name: of one of ours."""

    group: Group
    series: Series
    name: str = ""

    @property
    def title(self) -> str:
        return str(next(iter(self.series.held.values())).meeting.said["title"])

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(point.meeting.host for point in self.series.held.values())


def series_in(
    meetings: Sequence[Meeting],
    placed: Placed,
    horizon: date,
    simply: bool,
    listen: Callable[[int, int], None],
) -> list[Found]:
    """All series of some meetings, in a stable order.

    horizon: the last date of which anything is known. simply: one rule and one host each. listen: told how
    many groups of how many are done.
    """
    ours, others = _by_mark(meetings)
    groups = [*_alike(others)]
    found, alone = list[Found](), list[Found]()
    for done, (name, group) in enumerate([*ours, *(("", group) for group in groups)]):
        listen(done, len(ours) + len(groups))
        if name:
            on_wall = placed(group)
            found.append(Found(on_wall, marked_series(on_wall, simply), name))
        else:
            alone += _of_others(group, placed, simply)
    listen(len(ours) + len(groups), len(ours) + len(groups))
    return [*found, *(alone if simply else _following(alone, horizon))]


def _by_mark(meetings: Iterable[Meeting]) -> tuple[list[tuple[str, list[Meeting]]], list[Meeting]]:
    """Ours by the series' name, and all others."""
    ours, others = dict[str, list[Meeting]](), list[Meeting]()
    for each in meetings:
        (ours.setdefault(each.mark.series, []) if each.mark else others).append(each)
    return sorted(ours.items()), others


def _alike(meetings: Iterable[Meeting]) -> list[list[Meeting]]:
    """Meetings that are alike but for their times, hosts and participants."""
    groups = dict[tuple[object, ...], list[Meeting]]()
    for each in meetings:
        said = sorted((key, str(value)) for key, value in each.said.items() if key != PEOPLE)
        groups.setdefault((each.all_day, *said), []).append(each)
    return sorted(groups.values(), key=lambda group: (str(group[0].said["title"]).lower(), _order(group)))


def _order(group: Sequence[Meeting]) -> tuple[object, ...]:
    return group[0].start, group[0].id


def _of_others(group: Sequence[Meeting], placed: Placed, simply: bool) -> Iterator[Found]:
    """Hosts who take turns with each other; of all else each host and list of participants by itself."""
    parts = [] if simply else _at_one_time(group, placed)
    shared = [found for part in parts if (found := _in_turn(part, placed))]
    yield from shared
    taken = {point.meeting.id for each in shared for point in each.series.held.values()}
    alone = dict[tuple[str, str], list[Meeting]]()
    for each in group:
        if each.id not in taken:
            alone.setdefault((each.host, str(each.said.get(PEOPLE))), []).append(each)
    for own in sorted(alone.values(), key=_order):
        placed_so = placed(own)
        yield from (Found(placed_so, series) for series in series_of(placed_so))


def _at_one_time(group: Sequence[Meeting], placed: Placed) -> list[list[Meeting]]:
    """Meetings of several hosts at one time of day, on different dates."""
    if len({each.host for each in group}) < 2:
        return []
    parts = dict[tuple[object, ...], list[Point]]()
    for point in placed(group).points:
        parts.setdefault((point.clock, point.length), []).append(point)
    return [
        [point.meeting for point in part]
        for part in parts.values()
        if len({point.meeting.host for point in part}) > 1 and len({point.day for point in part}) == len(part)
    ]


def _in_turn(part: Sequence[Meeting], placed: Placed) -> Found | None:
    """The one series that hosts share exactly, if on a weekday not always the same one hosts."""
    group = placed(part)
    found = series_of(group)
    if len(found) != 1 or not found[0].legs or found[0].also:
        return None
    (series,) = found
    hosts = hosts_of(series)
    weekdays = {(wall.weekday(), point.meeting.host) for wall, point in series.held.items()}
    mixed = max(Counter(weekday for weekday, _ in weekdays).values()) > 1
    exact = len(hosts.names) > 1 and mixed and not hosts.others and not attending_of(series).others
    unmoved = all(point.wall == wall for wall, point in series.held.items())
    return Found(group, series) if exact and unmoved else None


def _following(found: Sequence[Found], horizon: date) -> list[Found]:
    """Series of which one goes on where another one ends, as one: where there is no doubt which."""
    left = [*found]
    by_title = dict[tuple[object, ...], list[Found]]()
    for each in found:
        if each.series.legs and not each.series.also:
            key = each.title, each.hosts, each.group.is_all_day, each.group.by_wall, each.group.zone_name
            by_title.setdefault(key, []).append(each)
    for same in by_title.values():
        pairs = [(one, other) for one in same for other in same if _goes_on(one, other, horizon)]
        ends, begins = (Counter(id(pair[side]) for pair in pairs) for side in (0, 1))
        for one, other in sorted(pairs, key=lambda pair: pair[0].series.first, reverse=True):
            if ends[id(one)] == begins[id(other)] == 1:
                left[_place(left, one)] = _joined(one, left.pop(_place(left, other)))
    return left


def _place(found: Sequence[Found], each: Found) -> int:
    """Where a series is that may have grown at its end."""
    return next(place for place, other in enumerate(found) if other.series.first == each.series.first
                and other.group is each.group)  # fmt: skip


def _goes_on(one: Found, other: Found, horizon: date) -> bool:
    """Whether a series ends, for no reason that is seen, just where one begins that is much like it."""
    before, after = one.series.legs[-1], other.series.legs[0]
    period, *_, last = before.recurrence.dates[-8:]  # as many as a rule gives before it begins anew, and one
    if not last < after.begins <= last + (last - period) + SOON:
        return False
    if any(before.recurrence.repeat.get(key) != after.recurrence.repeat.get(key) for key in PACE):
        return False
    due = before.recurrence.further(min(horizon, after.begins + SOON))
    there, comes = _staff(one.series), _staff(other.series)
    if not due or after.begins > due[0] + SOON or 2 * len(there & comes) < len(there | comes):
        return False
    said, says = (_without_people(each.series) for each in (one, other))
    alike = before.beat.clock == after.beat.clock, before.beat.length == after.beat.length
    same = sum((*alike, said == says, before.recurrence.rule == after.recurrence.rule))
    return same >= 2 and said.keys() <= says.keys()


def _staff(series: Series) -> frozenset[str]:
    """Who takes part in most of its meetings."""
    people = common(series.held).get(PEOPLE, ())
    return frozenset(people if isinstance(people, tuple) else ())


def _without_people(series: Series) -> Mapping[str, object]:
    return {key: value for key, value in common(series.held).items() if key != PEOPLE}


def _joined(one: Found, other: Found) -> Found:
    """The first of two series with the other one as it goes on."""
    before, after = one.series.legs[-1], other.series.legs[0]
    dates = (*before.recurrence.dates, *before.recurrence.further(after.recurrence.dates[-1]))
    held = {**one.series.held, **other.series.held}
    if before.recurrence.rule == after.recurrence.rule and {*after.recurrence.dates} <= {*dates}:
        there = {wall.date() for wall in held}
        rule = Recurrence(before.recurrence.repeat, dates, tuple(day for day in dates if day not in there))
        legs = [
            *(
                _ruled_by(rule, leg) if leg.recurrence is before.recurrence else leg
                for leg in one.series.legs
            ),
            after._replace(recurrence=rule, own_rule=False),
            *(
                _ruled_by(rule, leg) if leg.recurrence is after.recurrence else leg
                for leg in other.series.legs[1:]
            ),
        ]
        return one._replace(series=Series(one.series.beat, legs, held))
    return one._replace(series=Series(one.series.beat, [*one.series.legs, *other.series.legs], held))


def _ruled_by(rule: Recurrence, leg: Leg) -> Leg:
    return leg._replace(recurrence=rule)
