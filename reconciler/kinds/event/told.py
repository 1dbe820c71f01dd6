"""Changes of events in words: a block for each series, however many of its dates they are about. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta, tzinfo
from itertools import groupby
from typing import Any

from reconciler.dates.said import MOST, day_said, days_said, span_said
from reconciler.dates.week import ranges
from reconciler.dates.words import FOLLOWS
from reconciler.dates.zones import zone_of
from reconciler.kinds import Context
from reconciler.kinds.event.clocks import When, when_of, when_said
from reconciler.kinds.event.company import company
from reconciler.kinds.event.differences import Told, difference, differences, told_of
from reconciler.kinds.event.heirs import heirs
from reconciler.kinds.event.marks import LEAVES, Mark
from reconciler.kinds.event.occurrence import LEAVE, series_of
from reconciler.model import About, Action, Change
from reconciler.model.told import Block, Count, Gist, Line, Telling, sign_of

IN_UTC = re.compile(
    r" \([^()]* UTC\)(?=; from |$)"
)  # when a series moves in UTC is nothing to a reader with a zone
UPDATED = frozenset((Action.UPDATE, Action.ADOPT))


def told(changes: Sequence[Change], telling: Telling) -> Iterator[Block]:
    """Blocks in the order of names; changes: of any number of series."""
    ordered, zone = sorted(changes, key=_series), zone_of(telling.zone)
    series = {
        name: sorted((_told(change, zone) for change in own), key=lambda each: each.day)
        for name, own in groupby(ordered, key=_series)
    }
    alike = heirs(series, telling.about.series)
    for name, own in series.items():
        yield _block(name, own, alike.get(name), telling)


def about(changes: Sequence[Change], context: Context) -> About:
    """How many occurrences each series that changes has, and how far repeats are written."""
    environment = context.environment
    today = context.today(environment.timezone)
    touched = {_series(change) for change in changes if change.action is not Action.NOOP}
    to_come = Counter(_series(change) for change in changes if _date_of(change) >= today)
    until = (context.now + environment.horizon).astimezone(zone_of(environment.timezone)).date()
    return About(series={name: to_come[name] for name in sorted(touched)}, written_until=str(until))


def routine(changes: Sequence[Change]) -> str:
    """`60 occurrences of 12 series`."""
    return f"{len(changes)} occurrence{'s' * (len(changes) != 1)} of {len(set(map(_series, changes)))} series"


def written_until(changes: Sequence[Change]) -> Mapping[str, date]:
    """The last live date of each series of which later ones are missing; else the day before the first."""
    missing = [change for change in changes if change.is_routine]
    last = dict[str, date]()
    for change in missing:
        before = _date_of(change) - timedelta(days=1)
        last[_series(change)] = min(before, last.get(_series(change), before))
    written = defaultdict[str, list[date]](list)
    for change in changes:
        if change.live_id and change.action is not Action.DELETE:
            written[_series(change)].append(_date_of(change))
    return {name: max(written.get(name) or [day]) for name, day in last.items()}


def _date_of(change: Change) -> date:
    return date.fromisoformat(change.key.name.rpartition("@")[2][:10])


def _series(change: Change) -> str:
    return series_of(change.key)


def _told(change: Change, zone: tzinfo) -> Told:
    old, new = (side and when_of(side, zone) for side in (change.before, change.after))
    return Told(change, old or None, new or None)


def _block(name: str, own: Sequence[Told], alike: Line | None, telling: Telling) -> Block:
    leave = name.startswith(LEAVES) and all(map(_is_leave, own))
    lines = _leave_lines(own, telling) if leave else list(_lines(own, telling))
    head = lines[0].text if leave else _head(name, own, telling)
    lines = [*lines[leave:], *([alike] if alike else [])]
    changes = tuple(each.change for each in own)
    return Block(
        sign=sign_of(changes),
        name=f"event/{name}",
        head=head,
        lines=tuple(dict.fromkeys(lines)),
        source=next((change.source for change in changes if change.source), None),
        counts=(Count(Gist.LEAVE),) if leave else tuple(_counts(name, own, telling)),
        people=_people(changes),
        first=own[0].day,
        blocked=any(change.action is Action.BLOCKED for change in changes),
        keys=tuple(change.key for change in changes),
        details=tuple(_detail(each, telling) for each in own),
    )


def _is_leave(each: Told) -> bool:
    sides = (each.change.after, each.change.before)
    return any(
        side.get("eventType") == "LEAVE" or side.get("allDayEvent") or side.get("eventTitle") == LEAVE
        for side in sides
        if side
    )


def _head(name: str, own: Sequence[Told], telling: Telling) -> str:
    """`2 of 31 occurrences`, with the dates where no line names them."""
    days = [each.day for each in own]
    count = len(own)
    created, gone = (
        all(each.change.action is action for each in own) for action in (Action.CREATE, Action.DELETE)
    )
    title = next((_title(each) for each in own), "") if created or gone else ""
    of = telling.about.series.get(name, 0)
    number = "1 date" if count == 1 == of else f"{count} occurrence{'s' * (count > 1)}"
    if of > count:
        number = f"{count} of {of} occurrences"
    parts = [f"“{title}”"] if title else []
    parts += [f"renamed from {old}" for old in sorted(_renamed(name, own))]
    parts += ["adopted"] if any(each.change.action is Action.ADOPT for each in own) else []
    clocks = {each.new.clock for each in own if each.new} if created else set()
    rule = _rule(own, telling)
    if rule or len(clocks) == 1:
        parts.append(rule or f"{_weekdays(days, telling)} {clocks.pop()}")
    single = created and count == 1  # its day has been said
    parts += [number] if gone or single else [number, span_said(days[0], days[-1], telling.today)]
    return ", ".join(parts)


def _rule(own: Iterable[Told], telling: Telling) -> str:
    """The one by which all of these are new; empty where there is none."""
    return _one_rule((each.change.rule if _is_new(each) else "" for each in own), telling)


def _one_rule(rules: Iterable[str], telling: Telling) -> str:
    """The rule that all of these are, as a reader of this zone needs it; empty where there are several."""
    said = {IN_UTC.sub("", rule) for rule in rules}
    return said.pop().replace(f" {telling.zone}", "") if len(said) == 1 else ""


def _title(each: Told) -> str:
    return str((each.change.after or each.change.before or {}).get("eventTitle") or "")


def _weekdays(days: Sequence[date], telling: Telling) -> str:
    """`tue, thu`; of a single date that date."""
    if len(days) == 1:
        return day_said(days[0], telling.today)
    return ranges(sorted({day.isoweekday() for day in days}))


def _is_new(each: Told) -> bool:
    return each.change.action is Action.CREATE


def _renamed(name: str, own: Iterable[Told]) -> set[str]:
    """The series that marks named before."""
    found = set()
    for each in own:
        mark = Mark.parse((each.change.before or {}).get("externalId"))
        if each.change.action in UPDATED and mark and mark.series != name:
            found.add(mark.series)
    return found


def _counts(name: str, own: Sequence[Told], telling: Telling) -> Iterator[Count]:
    sorts: dict[Gist, int] = {}
    total = telling.about.series.get(name, 0)
    by_action = Counter(each.change.action for each in own)
    new, ends = (by_action[action] >= total for action in (Action.CREATE, Action.DELETE))
    for each in own:
        gist = _gist(each, new, ends)
        if gist:
            sorts[gist] = sorts.get(gist, 0) + 1
    if Gist.MOVES in sorts:
        sorts.pop(Gist.CHANGES, None)
    yield from (Count(gist, dates) for gist, dates in sorts.items())


def _gist(each: Told, new: bool, ends: bool) -> Gist | None:
    match each.change.action:
        case Action.CREATE:
            return Gist.NEW_MEETING if new else Gist.GAINS
        case Action.DELETE:
            return Gist.ENDS if ends else Gist.LOSES
        case Action.ADOPT:
            return Gist.ADOPTED
        case Action.UPDATE:
            if each.status:
                return Gist.LOSES if each.status == "cancelled" else Gist.GAINS
            return Gist.MOVES if each.old != each.new else Gist.CHANGES
    return None


def _lines(own: Sequence[Told], telling: Telling) -> Iterator[Line]:
    new = [each for each in own if _is_new(each)]
    gone = [each for each in own if each.change.action is Action.DELETE]
    changed = [each for each in own if each.change.action in UPDATED]
    yield from _created(new, len(new) == len(own), telling) if new else ()
    rule = _one_rule((each.change.rule for each in changed), telling)
    if FOLLOWS in rule:  # how a series goes on is more than a change of these dates tells
        yield Line("rule", rule)
    yield from differences(changed, telling.today)
    if gone:
        yield Line("gone", _dated(gone, telling))
    blocked: dict[str, list[Told]] = {}
    for each in own:
        if each.change.action is Action.BLOCKED:
            blocked.setdefault(each.change.reason, []).append(each)
    for reason, group in blocked.items():
        days = f"{days_said([each.day for each in group], telling.today)}: " if len(group) < len(own) else ""
        yield Line("blocked", f"{days}{reason}")


def _created(new: Sequence[Told], alone: bool, telling: Telling) -> Iterator[Line]:
    """When, with whom and where."""
    clocks: dict[str, list[date]] = {}
    for each in new:
        if each.new:
            clocks.setdefault(each.new.clock, []).append(each.new.first)
    if not alone or (len(clocks) > 1 and not _rule(new, telling)):  # else the head says it
        for clock, days in clocks.items():
            yield Line("when", f"{_weekdays(days, telling)} {clock}")
    yield Line("with", company(new, telling.today))


def _dated(gone: Sequence[Told], telling: Telling) -> str:
    """The dates that go, each with why; up to ten, the others by their number."""
    said = []
    for each in gone[:MOST]:
        reason = f" ({each.change.reason})" if each.change.reason else ""
        said.append(f"{day_said(each.day, telling.today)}{reason}")
    reasons = {each.change.reason for each in gone}
    if len(gone) > 1 and len(reasons) == 1:
        why = f" ({next(iter(reasons))})" if any(reasons) else ""
        return days_said([each.day for each in gone], telling.today) + why
    return ", ".join(said) + (f" and {len(gone) - MOST} more" if len(gone) > MOST else "")


def _leave_lines(own: Sequence[Told], telling: Telling) -> list[Line]:
    """A leave in one line: its days or hours, and which they were; a title of its own."""
    lines = []
    for each in own:
        old, new = (
            _away(side, when, telling.today)
            for side, when in ((each.change.before, each.old), (each.change.after, each.new))
        )
        match each.change.action:
            case Action.CREATE:
                said = f"on leave {new}"
            case Action.DELETE:
                said = f"no leave {old}"
            case _:
                said = f"on leave {old} → {new}" if old != new else f"on leave {new or old}"
        lines.append(Line("and", said))
        if each.change.action is Action.BLOCKED:
            lines.append(Line("blocked", each.change.reason))
    return lines


def _away(side: Mapping[str, Any] | None, when: When | None, today: date) -> str:
    """When somebody is on leave; of whole days no clock is told, whatever the zones of host and reader."""
    if side is None or when is None:
        return ""
    hours = side.get("eventType") == "LEAVE" and not side.get("allDayEvent")
    said = when_said(when, today) if hours else span_said(when.first, when.last, today)
    title = side.get("eventTitle") or LEAVE
    return said if title == LEAVE else f"{said} (“{title}”)"


def _people(changes: Iterable[Change]) -> tuple[str, ...]:
    sides = [side for change in changes for side in (change.before, change.after) if side]
    named = {str(side.get("hostId") or "") for side in sides}
    named |= {who for side in sides for who in side.get("participants") or ()}
    return tuple(sorted(who.removeprefix("user/") for who in named if who.startswith("user/")))


def _detail(each: Told, telling: Telling) -> str:
    """One occurrence: when it is, and what differs."""
    old, new = (when and when_said(when, telling.today) for when in (each.old, each.new))
    when = f"{old} → {new}" if old and new and old != new else new or old or ""
    said = [f"{label} {text}" for label, text in map(difference, told_of(each.change))]
    said += [each.status] if each.status else []
    reason = [each.change.reason] if each.change.reason else []
    return "  ".join([f"{sign_of([each.change])} {each.change.key}", when, *said, *reason])
