"""Which live event is which occurrence. Pure.

First by mark, then, in a series, by nearness: a meeting moved to another day keeps people's answers. What a
series leaves over goes on to the one it is `renamed` to, and at last to an occurrence of whatever series that
people could not tell from it: same host, title and start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from functools import cache
from itertools import chain, groupby, pairwise
from typing import NamedTuple

from reconciler.dates.zones import zone_of
from reconciler.kinds import Context
from reconciler.kinds.event.fields import Fields, active, starts, untouchable
from reconciler.kinds.event.marks import Mark, mark_of
from reconciler.kinds.event.matching import Slot, match_in_order
from reconciler.kinds.event.occurrence import ANYWHERE, Occurrence, instant, key_of, past
from reconciler.kinds.event.part import Events
from reconciler.kinds.event.unmarked import Identity, Neighbours, Unmarked, identity
from reconciler.model import Snapshot, Users


class Owned(NamedTuple):
    """A live event of ours, with what its mark says."""

    mark: Mark
    event: Fields


Pair = tuple[Occurrence, Fields | None]


class Matched(NamedTuple):
    """One series: each wish, under the name it goes by in the service, with its event; and what is left."""

    pairs: list[Pair]
    left: list[Owned]


class Found(NamedTuple):
    """All series by name, and the live events that bear no mark of ours."""

    series: dict[str, Matched]
    others: Unmarked


def match_all(wishes: Mapping[str, Sequence[Occurrence]], live: Snapshot, context: Context) -> Found:
    """Find the live event of every wish; `wishes`: by series, ascending in each."""
    owned, others = _sorted_out(live, context)
    renamed = context.environment.renamed.items()
    heirs = {old.removeprefix("event/"): new.removeprefix("event/") for old, new in renamed}
    series: dict[str, Matched] = {}
    names = sorted({*wishes, *owned, *heirs.values()})
    for name in sorted(names, key=lambda name: _generations(name, heirs), reverse=True):
        matched = _match(name, wishes.get(name, ()), owned.get(name, []), context)
        heir = heirs.get(name)
        if heir in wishes and heir not in {*series, name}:
            owned[str(heir)] += matched.left
            matched = Matched(matched.pairs, [])
        series[name] = matched
    _hand_over(series, live, context)
    return Found(series, Unmarked(others))


def neighbours_of(found: Found, live: Snapshot, context: Context) -> Neighbours:
    """What must not be doubled, where events without a mark may count as declared ones."""
    lone = (wish for matched in found.series.values() for wish, event in matched.pairs if event is None)

    @cache
    def zone_of_host(host: str) -> tzinfo:
        name = live.names.get(host, "")
        return zone_of(context.zone_name(name, live.of(Users).by_name.get(name)))

    return found.others.neighbours({identity_of(wish, live) for wish in lone}, zone_of_host)


def due(wish: Occurrence, context: Context) -> bool:
    """Whether a missing occurrence is to be created: not past, and no repeat beyond the horizon.

    A leave that has begun is not past until it is over.
    """
    near = wish.once or wish.start < context.now + context.environment.horizon
    return near and not wish.absent and not wish.cancelled and not past(wish.fields, context.now)


def identity_of(wish: Occurrence, live: Snapshot) -> Identity:
    """What people know an occurrence by."""
    host = live.ids.get(wish.fields["hostId"].key.name, "")
    return host.lower(), wish.fields["eventTitle"], wish.fields["startDateTime"]


def _sorted_out(live: Snapshot, context: Context) -> tuple[defaultdict[str, list[Owned]], list[Fields]]:
    """Our events by the series of their mark, and everybody else's."""
    owned: defaultdict[str, list[Owned]] = defaultdict(list)
    others: list[Fields] = []
    for event in live.of(Events).found:
        mark = mark_of(event)
        if mark and mark.owner == context.environment.owner:
            owned[mark.series].append(Owned(mark, event))
        elif active(event) and not untouchable(event, context.now):
            others.append(event)
    return owned, others


def _generations(name: str, heirs: Mapping[str, str]) -> int:
    """How many names a series has still to go through, its own among them; in a circle, each once."""
    line = [name]
    while (heir := heirs.get(line[-1])) and heir not in line:
        line.append(heir)
    return len(line)


def _match(series: str, wishes: Sequence[Occurrence], owned: Sequence[Owned], context: Context) -> Matched:
    by_name: dict[str, Owned] = {}
    left: list[Owned] = []
    for each in owned:
        first = by_name.setdefault(each.mark.occurrence, each)
        if first is not each:  # two events for one occurrence
            pair = sorted((first, each), key=lambda one: _precedence(one, series))
            by_name[each.mark.occurrence] = pair[0]
            left.append(pair[1])
    pairs: list[Pair] = []
    names = chain(by_name, (wish.occurrence for wish in wishes))
    if "T" not in "".join(names):  # one a day, as nearly always
        found = ((wish, by_name.pop(wish.occurrence, None)) for wish in wishes)
        pairs += [(wish, owned and owned.event) for wish, owned in found]
    else:
        ascending = sorted(wishes, key=lambda wish: wish.wall)  # leave comes as it is written
        for _, day in groupby(ascending, key=lambda wish: wish.wall.date()):
            pairs += _same_day(list(day), by_name)
    left += by_name.values()
    return _with_nearest(Matched(pairs, left), context) if left else Matched(pairs, left)


def _precedence(owned: Owned, series: str) -> tuple[bool, bool, str, str]:
    """Of two events of one occurrence: the active one, the one under the present name, the older."""
    mark, event = owned
    return not active(event), mark.series != series, event.get("createdAt") or "", event["id"]


def _same_day(wishes: Sequence[Occurrence], by_name: dict[str, Owned]) -> Iterator[Pair]:
    """The occurrences of one date, each with the event of its mark, which leaves `by_name`.

    A mark with a time is that of one time only; the plain date may be the mark of whichever was the first
    once, before others were put beside it or taken away: of the occurrence that starts as the event does.
    """
    plain = str(wishes[0].wall.date())
    names = {wish.key: wish.timed for wish in wishes if wish.timed in by_name}
    lone = [wish for wish in wishes if wish.key not in names]
    if lone and plain in by_name:
        start = starts(by_name[plain].event)
        names[next((wish for wish in lone if wish.start == start), lone[0]).key] = plain
    for wish in wishes:
        free = wish.timed if wish.occurrence in names.values() else wish.occurrence
        name = names.setdefault(wish.key, free)
        owned = by_name.pop(name, None)
        if name != wish.occurrence:
            wish = replace(wish, key=key_of(wish.series, name), occurrence=name)
        yield wish, owned and owned.event


def _with_nearest(matched: Matched, context: Context) -> Matched:
    """Pair what no mark does, by start."""
    pairs, left = _with_running(matched, context.now)
    now = context.now
    lone = [place for place, (wish, event) in enumerate(pairs) if not event and not past(wish.fields, now)]
    free = _free(Matched(pairs, left), context)
    lone.sort(key=lambda place: pairs[place][0].start)
    free.sort(key=lambda each: (starts(each.event), each.event["id"]))
    slots = _slots([pairs[place][0] for place in lone], _spacing(pairs), context)
    found = match_in_order(slots, [starts(each.event) for each in free])
    for place, have in found:
        pairs[lone[place]] = pairs[lone[place]][0], free[have].event
    taken = {id(free[have]) for _, have in found}
    return Matched(pairs, [each for each in left if id(each) not in taken])


def _with_running(matched: Matched, now: datetime) -> Matched:
    """Pair a leave that has begun with the wish it overlaps, and with no other: its beginning stays."""
    left = list(matched.left)
    running = [
        each
        for each in left
        if active(each.event) and not untouchable(each.event, now) and starts(each.event) < now
    ]
    for place, (wish, event) in enumerate(matched.pairs if running else ()):
        same = next((each for each in running if event is None and _overlap(wish, each.event)), None)
        if same and not past(wish.fields, now):
            matched.pairs[place] = wish, same.event
            running.remove(same)
            left.remove(same)
    return Matched(matched.pairs, left)


def _overlap(wish: Occurrence, event: Fields) -> bool:
    ends, over = instant(wish.fields["endDateTime"]), instant(event["endDateTime"])
    return starts(event) <= ends and wish.start <= over


def _free(matched: Matched, context: Context) -> list[Owned]:
    """What of the events left over may become another occurrence. Of a rule's, only one whose own date was
    looked at: what people postponed from last month is still last month's."""
    ruled = any(wish.reach < ANYWHERE for wish, _ in matched.pairs)
    return [
        each
        for each in matched.left
        if active(each.event) and not untouchable(each.event, context.now)
        if starts(each.event) >= context.now
        if not ruled or looked_at(each.mark.occurrence, matched, context)
    ]


def looked_at(occurrence: str, matched: Matched, context: Context) -> bool:
    """Whether the date in an event's mark lies where occurrences were expanded: only then does a missing wish
    mean that nobody wants it any more."""
    window = context.window
    # Of a series whose rule begins later there is nothing yet, or what `also` adds.
    reach = max((wish.reach for wish, _ in matched.pairs if wish.reach < ANYWHERE), default=0 * _DAY)
    once = matched.pairs and all(wish.reach == ANYWHERE for wish, _ in matched.pairs)
    last = "9999" if once else f"{window.end + reach - _DAY:%Y-%m-%d}"
    return f"{window.start + _DAY:%Y-%m-%d}" < occurrence < last


def _slots(wishes: Sequence[Occurrence], spacing: timedelta, context: Context) -> list[Slot]:
    """What looks for an event. Beyond the horizon only a series that moves does, or the event of a date that
    is taken out would become the next one's; and it takes none that lies on a date of its own series."""
    are_due = [due(wish, context) for wish in wishes]
    if not any(are_due):
        return []
    return [
        Slot(wish.start, wish.reach if is_due else min(wish.reach, spacing), is_due)
        for wish, is_due in zip(wishes, are_due, strict=True)
    ]


def _spacing(pairs: Sequence[Pair]) -> timedelta:
    """The least time between two occurrences."""
    begins = sorted(wish.start for wish, _ in pairs)
    return min((later - sooner for sooner, later in pairwise(begins)), default=ANYWHERE)


def _hand_over(series: Mapping[str, Matched], live: Snapshot, context: Context) -> None:
    """Let an event that its series gives up become the new occurrence that people can't tell from it."""
    free = {
        identity(each.event): (matched, each)
        for matched in series.values()
        for each in _free(matched, context)
    }
    for matched in series.values() if free else ():
        for place, (wish, event) in enumerate(matched.pairs):
            if event is None and due(wish, context):
                giver, same = free.pop(identity_of(wish, live), (None, None))
                if giver and same:
                    giver.left.remove(same)
                    matched.pairs[place] = wish, same.event


_DAY = timedelta(days=1)
