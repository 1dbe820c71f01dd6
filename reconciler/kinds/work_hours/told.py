"""Changes of hours in words: a block for each person, or one for all to whom the same happens. Pure.

Rows are the service's pieces of a calendar. Told is what becomes of dates: which duties they had, and have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, islice, pairwise

from reconciler.dates.said import day_said, days_said, hours_said, span_said
from reconciler.dates.week import joined, ranges
from reconciler.dates.zones import same_zone
from reconciler.kinds import Context
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.patterns import ROTATIONS, Duties, Stretch, spans_said, stretches, week_said
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, Spans
from reconciler.kinds.work_hours.rows import LONG_AGO, is_override, row_in
from reconciler.model import About, Action, Change, Snapshot, Source, Users
from reconciler.model.told import Block, Count, Gist, Line, Telling, sign_of

LONGEST = timedelta(weeks=60)  # looked at of hours without an end
FAR = timedelta(weeks=20)
ONCE = "hours"  # the label of a line that may as well stand in the head
FEW_PAIRS, FEW_DATES, FEW_WEEKS, FEW_STRETCHES = 2, 3, 3, 4


@dataclass(frozen=True, slots=True)
class Piece:
    """What happens to one person's usual hours, or to their overrides.

    hours: what it makes of their week, without the day from which on. first, last: the dates; open without an
    end.
    """

    person: str
    hours: str
    lines: tuple[Line, ...]
    first: date
    last: date | None
    changes: tuple[Change, ...]

    @property
    def template(self) -> str:
        """The one from which these hours come."""
        names = {change.rule for change in self.changes if change.rule and not is_override(change.key.name)}
        return names.pop() if len(names) == 1 else ""


def told(changes: Sequence[Change], telling: Telling) -> Iterator[Block]:
    """Blocks in the order of names; changes: of the hours of any number of people."""
    alike: dict[object, list[Piece]] = {}
    for piece in _pieces(changes, telling):
        alike.setdefault((piece.hours, piece.lines, bool(piece.template)), []).append(piece)
    shared = [group for group in alike.values() if len(group) > 1]
    alone: dict[str, list[Piece]] = {}
    for group in alike.values():
        if len(group) == 1:
            alone.setdefault(group[0].person, []).append(group[0])
    blocks = [*(_shared(group, telling) for group in shared), *(_own(own, telling) for own in alone.values())]
    yield from sorted(blocks, key=lambda block: (not block.name.startswith("template/"), block.name))


def about(changes: Sequence[Change], live: Snapshot, context: Context) -> About:
    """The zones of people elsewhere, and the templates that changed hours come from."""
    changed = [change for change in changes if change.action is not Action.NOOP]
    people = {change.key.name.rpartition("@")[0].removesuffix("/override") for change in changed}
    zones = {name: context.zone_name(name, live.of(Users).by_name.get(name)) for name in sorted(people)}
    here = context.environment.timezone
    named = {change.rule for change in changed}
    templates = (each for each in context.environment.under("templates") if each.name in named)
    return About(
        {name: zone for name, zone in zones.items() if not same_zone(zone, here)},
        {str(each.name): each.source for each in templates},
    )


def routine(changes: Sequence[Change]) -> str:
    """`6 weeks of 2 rotations`."""
    people = {change.key.name.rpartition("@")[0] for change in changes}
    weeks, rotations = len(changes), len(people)
    return f"{weeks} week{'s' * (weeks != 1)} of {rotations} rotation{'s' * (rotations != 1)}"


def _pieces(changes: Iterable[Change], telling: Telling) -> Iterator[Piece]:
    own: dict[tuple[str, bool], list[Change]] = {}
    for change in changes:
        name = change.key.name.rpartition("@")[0]
        own.setdefault((name.removesuffix("/override"), is_override(change.key.name)), []).append(change)
    for (person, special), theirs in own.items():
        lines, first, last = (_overrides if special else _usual)(theirs, telling)
        blocked = dict.fromkeys(change.reason for change in theirs if change.action is Action.BLOCKED)
        lines += tuple(Line("blocked", reason) for reason in blocked)
        beside = special and (person, False) in own  # the other piece says what becomes of the week
        hours = "" if beside else _hours(person, telling)
        yield Piece(person, hours, lines, first, last, tuple(theirs))


def _usual(changes: Sequence[Change], telling: Telling) -> tuple[tuple[Line, ...], date, date | None]:
    rows = [
        [row_in(change.key.name, side) for change in changes if (side := getattr(change, name))]
        for name in ("before", "after")
    ]
    since, until, open_ended = _bounds([*rows[0], *rows[1]], telling.today)
    before, after = (_without_a_night_before(_duties(of, since, until + DAY), since) for of in rows)
    changed = [day for day in _dates(since, until) if before.get(day, ()) != after.get(day, ())]
    if not changed:
        return (Line("hours", "the same on every date, kept in other rows"),), since, None
    # What reaches so far goes on: rotations are written up to a date, and further as time passes.
    goes_on = changed[-1] > telling.today + FAR or (open_ended and changed[-1] + 2 * 7 * DAY > until)
    first = _begins(rows[1], changed[0], telling.today)
    last = None if goes_on else changed[-1]
    return tuple(_compared(before, after, changed, rows[1], last, telling)), first, last


def _compared(
    before: Duties,
    after: Duties,
    changed: Sequence[date],
    rows: Sequence[Row],
    last: date | None,
    telling: Telling,
) -> Iterator[Line]:
    """What dates had, and have; date by date where that is short, else as weeks before and after.

    rows: as they will be, for where a period begins.
    """
    first = _begins(rows, changed[0], telling.today)
    pairs: dict[tuple[Spans, Spans], list[date]] = {}
    for day in changed:
        pairs.setdefault(_apart(before, after, day), []).append(day)
    end = last or changed[-1]
    had, has = any(map(before.get, changed)), any(map(after.get, changed))
    if had and has and (len(pairs) <= FEW_PAIRS or len(changed) <= FEW_DATES):
        for (old, new), days in pairs.items():
            label = days_said(days, telling.today) if len(days) <= FEW_DATES else ranges(_weekdays(days))
            yield Line(label, f"{_spans(old, days)} → {_spans(new, days)}")
        return
    if not (had and has):  # nothing to tell apart: the head says from when on
        either = list(_first_few(before if had else after, first, end))
        if len(either) == 1:
            yield Line(ONCE, f"no more {either[0].text}" if had else either[0].text)
            return
    if had:
        until = max(day for day in changed if before.get(day))  # their rows end there
        found = (stretch.text for stretch in _first_few(before, first, until))
        yield from (Line("until now" if has else "no more", text) for text in found)
    for stretch in _first_few(after, first, end) if has else ():
        begins = _begins(rows, stretch.first, telling.today)
        yield Line(f"from {day_said(begins, telling.today, weekday=False)}", stretch.text)


def _first_few(duties: Duties, first: date, last: date) -> Iterator[Stretch]:
    return islice(stretches(duties, first, last), FEW_STRETCHES)


def _begins(rows: Iterable[Row], changed: date, today: date) -> date:
    """From when on it is said to hold: the first date of the period, where that is free before and after."""
    starts = (row.period.start for row in rows if today < row.period.start <= changed)
    start = max(starts, default=changed)
    return start if changed - start < 7 * DAY else changed


def _without_a_night_before(duties: Duties, first: date) -> Duties:
    """The duties without what a first date has from midnight on only as the end of a night before it."""
    spans = duties.get(first, ())
    later = {duties.get(first + weeks * 7 * DAY) for weeks in ROTATIONS}
    if spans and spans[0][0] == 0 and spans not in later and spans[1:] in later:
        return {**duties, first: spans[1:]}
    return duties


def _apart(before: Duties, after: Duties, day: date) -> tuple[Spans, Spans]:
    """A date's duties before and after, without what both have from midnight on: the end of a night before
    that stays as it is."""
    old, new = before.get(day, ()), after.get(day, ())
    if old and new and old[0][0] == new[0][0] == 0:
        shared = min(old[0][1], new[0][1])
        if shared < DAY_MINUTES // 2:
            return _without(old, shared), _without(new, shared)
    return old, new


def _without(spans: Spans, minutes: int) -> Spans:
    _, end = spans[0]
    return spans[1:] if end == minutes else ((minutes, end), *spans[1:])


def _overrides(changes: Sequence[Change], telling: Telling) -> tuple[tuple[Line, ...], date, date | None]:
    """An override is told by its name, its dates and hours; one that goes, as no longer there."""
    lines, dates = [], list[date]()
    for change in sorted(changes, key=lambda change: change.key.name):
        sides = [side and row_in(change.key.name, side) for side in (change.before, change.after)]
        old, new = (row if row and row.period.start != LONG_AGO else None for row in sides)
        row = new or old
        if row is None:
            continue
        first, last = row.period.start, row.period.end or row.period.start
        dates += [first, last]
        when = span_said(first, last, telling.today)
        name = f" ({row.name})" if row.name else ""
        if change.rule:
            lines.append(Line(f"override{name}", change.rule))
        elif new is None or old is None:
            ends = "ends: as usual again, not " if new is None else ""
            lines.append(Line(when, f"{ends}{_stated(row)}{name}"))
        else:
            was = "" if old.period[:2] == new.period[:2] else f"{span_said(*_ends(old), telling.today)} "
            lines.append(Line(when, f"{was}{_stated(old)} → {_stated(new)}{name}"))
    return tuple(lines), min(dates, default=telling.today), max(dates, default=telling.today)


def _ends(row: Row) -> tuple[date, date]:
    return row.period.start, row.period.end or row.period.start


def _stated(row: Row) -> str:
    """The hours of an override: of one date or all alike once, else by weekday."""
    week = row.hours(date.min).week or row.period.week
    said = {spans_said(spans, day) for day, spans in week.items()}
    return said.pop() if len(said) == 1 else week_said(week)


def _hours(person: str, telling: Telling) -> str:
    """What becomes of somebody's hours a week: `40 h → 24 h a week`."""
    if telling.weeks is None:
        return ""
    weeks = telling.weeks.get(person, ())
    if not weeks:
        return "no change in hours"
    if len(weeks) <= FEW_WEEKS:
        said = (
            f"{hours_said(week.before)} → {hours_said(week.after)} in the week of "
            f"{day_said(week.monday, telling.today)}"
            for week in weeks
        )
        return ", ".join(said)
    pair, often = Counter((week.before, week.after) for week in weeks).most_common(1)[0]
    if 2 * often >= len(weeks):
        return f"{f'{hours_said(pair[0])} → ' if pair[0] else ''}{hours_said(pair[1])} a week"
    before, after = (
        sum(side) / len(weeks) for side in zip(*((week.before, week.after) for week in weeks), strict=True)
    )
    was = f"{hours_said(round(before, 1))} → " if before else ""
    return f"{was}{hours_said(round(after, 1))} a week on average"


def _own(pieces: Sequence[Piece], telling: Telling) -> Block:
    person = pieces[0].person
    lines = tuple(line for piece in pieces for line in piece.lines)
    zone = telling.about.zones.get(person)
    head = _when(pieces, telling) + (f" ({zone})" if zone else "")
    if len(lines) == 1 and lines[0].label == ONCE:
        head, lines = f"{head}: {lines[0].text}", ()
    return _block(f"workHours/{person}", head, lines, pieces, (person,), pieces[0].changes[0].source)


def _shared(group: Sequence[Piece], telling: Telling) -> Block:
    templates = sorted({piece.template for piece in group})
    people = tuple(sorted(piece.person for piece in group))
    lines = (*group[0].lines, Line("people", ", ".join(people)))
    head = f"{len(people)} people, {_when(group, telling)}"
    source = telling.about.templates.get(templates[0]) or group[0].changes[0].source
    name = f"template/{'+'.join(templates)}" if templates[0] else "workHours"
    return _block(name, head, lines, group, people, source)


def _block(
    name: str,
    head: str,
    lines: tuple[Line, ...],
    pieces: Sequence[Piece],
    people: tuple[str, ...],
    source: Source | None,
) -> Block:
    changes = tuple(change for piece in pieces for change in piece.changes)
    return Block(
        sign=sign_of(changes),
        name=name,
        head=head,
        lines=lines,
        source=source,
        counts=(Count(Gist.HOURS),),
        people=people,
        first=min(piece.first for piece in pieces),
        blocked=any(change.action is Action.BLOCKED for change in changes),
        keys=tuple(change.key for change in changes),
        details=tuple(_detail(change) for change in changes),
    )


def _when(pieces: Sequence[Piece], telling: Telling) -> str:
    first = min(piece.first for piece in pieces)
    ends = [piece.last for piece in pieces]
    hours = pieces[0].hours
    if " in the week of " in hours:
        return hours
    last = None if None in ends else max(end for end in ends if end)
    when = f"from {day_said(first, telling.today)}" if last is None else span_said(first, last, telling.today)
    if not hours:
        return when
    return f"{hours} {when}" if hours.endswith(" a week") else f"{hours}, {when}"


def _detail(change: Change) -> str:
    """One row of the service: its dates and week, before and after."""
    sides = []
    for side in (change.before, change.after):
        if side:
            row = row_in(change.key.name, side)
            week = week_said(row.hours(date.min).week)
            sides.append(f"{row.period.start} – {row.period.end or '(open)'} {week}")
    return f"{sign_of([change])} {change.key}  {' → '.join(sides)}"


def _bounds(rows: Sequence[Row], today: date) -> tuple[date, date, bool]:
    """From which date to which one rows are looked at, and whether one goes on without an end."""
    starts = [row.period.start for row in rows if row.period.start != LONG_AGO]
    ends = [row.period.end for row in rows if row.period.end and row.period.end >= today]
    since = max(min(starts, default=today), today)
    open_ended = any(row.period.end is None and row.period.week for row in rows)
    last = max(chain(starts, ends, (since,))) + (4 * 7 * DAY if open_ended else 0 * DAY)
    return since, min(last, since + LONGEST), open_ended


def _dates(first: date, last: date) -> Iterator[date]:
    return (first + DAY * step for step in range((last - first).days + 1))


def _duties(rows: Iterable[Row], first: date, last: date) -> Duties:
    """The duties of each date, each on the date on which it begins."""
    found: dict[date, Spans] = {}
    for row in rows:
        end = min(row.period.end or last, last)  # a night of the day before the last goes on into it
        for day in _dates(max(row.period.start, first), end):
            found[day] = (*found.get(day, ()), *row.period.week.get(day.isoweekday(), ()))
    days = sorted(found)
    neighbours = [(day, next) for day, next in pairwise(days) if next - day == DAY]
    return {day: tuple(spans) for day, spans in joined(found, neighbours).items() if day < last}


def _weekdays(days: Iterable[date]) -> list[int]:
    return sorted({day.isoweekday() for day in days})


def _spans(spans: Spans, days: Sequence[date]) -> str:
    return spans_said(spans, days[0].isoweekday())
