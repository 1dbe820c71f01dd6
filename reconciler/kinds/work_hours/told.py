"""Changes of hours in words: a block for each person, or one for all to whom the same happens. Pure.

Rows are the service's pieces of a calendar. Told is what becomes of dates: which duties they had, and have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from reconciler.dates.said import day_said, hours_said, span_said
from reconciler.dates.zones import same_zone
from reconciler.kinds import Context
from reconciler.kinds.work_hours.compared import ONCE, Becoming, compared
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.patterns import ROTATIONS, override_hours_said, week_said
from reconciler.kinds.work_hours.periods import DAY_MINUTES
from reconciler.kinds.work_hours.rows import LONG_AGO, is_override, person_in, row_in
from reconciler.model import About, Action, Change, Snapshot, Source, Users
from reconciler.model.told import Block, Count, Gist, Line, Telling, WeekHours, sign_of

FEW_WEEKS = 3
USUAL = 0.75  # the part of weeks that have to be alike for one to stand for all
TEMPLATE, ROTATION = "template/", "rotation/"  # of the names of blocks; templates have no slash


@dataclass(frozen=True, slots=True)
class Piece:
    """What happens to one person's usual hours, or to their overrides.

    hours: what it makes of their week, without the day from which on; `then`: and of later ones. first, last:
    the dates; open without an end. template: the one, or `rotation/NAME`, from which these hours come.
    happens: whether any date differs, and will.
    """

    person: str
    hours: str
    then: str
    lines: tuple[Line, ...]
    first: date
    last: date | None
    changes: tuple[Change, ...]
    template: str
    happens: bool


def told(changes: Sequence[Change], telling: Telling) -> Iterator[Block]:
    """Blocks in the order of names; changes: of the hours of any number of people.

    To whom a template does the same is in one block, whatever else makes their weeks differ.
    """
    alike: dict[object, list[Piece]] = {}
    for piece in _pieces(changes, telling):
        alike.setdefault((piece.lines, _among(piece.template) or piece.hours), []).append(piece)
    shared = [group for group in alike.values() if len(group) > 1]
    alone: dict[str, list[Piece]] = {}
    for group in alike.values():
        if len(group) == 1:
            alone.setdefault(group[0].person, []).append(group[0])
    blocks = [*(_shared(group, telling) for group in shared), *(_own(own, telling) for own in alone.values())]
    yield from sorted(blocks, key=lambda block: (not block.name.startswith((TEMPLATE, ROTATION)), block.name))


def about(changes: Sequence[Change], live: Snapshot, context: Context) -> About:
    """The zones of people elsewhere, and the templates and rotations that changed hours come from."""
    changed = [change for change in changes if change.action is not Action.NOOP]
    people = {person_in(change.key.name) for change in changed}
    zones = {name: context.zone_name(name, live.of(Users).by_name.get(name)) for name in sorted(people)}
    here = context.environment.timezone
    named = {change.rule for change in changed}
    sources = {each.name: each.source for each in context.environment.under("templates")}
    sources |= {ROTATION + each.name: each.source for each in context.environment.under("rotations")}
    return About(
        {name: zone for name, zone in zones.items() if not same_zone(zone, here)},
        {str(name): source for name, source in sources.items() if name in named},
    )


def routine(changes: Sequence[Change]) -> str:
    """`6 weeks of 2 rotations`."""
    people = {person_in(change.key.name) for change in changes}
    weeks, rotations = len(changes), len(people)
    return f"{weeks} week{'s' * (weeks != 1)} of {rotations} rotation{'s' * (rotations != 1)}"


def _pieces(changes: Iterable[Change], telling: Telling) -> Iterator[Piece]:
    own: dict[tuple[str, bool], list[Change]] = {}
    for change in changes:
        name = change.key.name
        own.setdefault((person_in(name), is_override(name)), []).append(change)
    for (person, special), theirs in own.items():
        sent = [change for change in theirs if change.action is not Action.BLOCKED]
        becoming = _overrides(sent or theirs, telling) if special else _usual(person, sent or theirs, telling)
        blocked = dict.fromkeys(change.reason for change in theirs if change.action is Action.BLOCKED)
        names = {change.rule for change in theirs if change.rule and not special}
        beside = special and (person, False) in own  # the other piece says what becomes of the week
        unseen = telling.until is not None and becoming.first > telling.until
        yield Piece(
            person,
            *(("", "") if beside or unseen or not sent else _hours(person, telling)),
            becoming.lines + tuple(Line("blocked", reason) for reason in blocked),
            becoming.first,
            becoming.last,
            tuple(theirs),
            template=names.pop() if len(names) == 1 else "",
            happens=bool(sent) and becoming.differs,
        )


def _usual(person: str, changes: Sequence[Change], telling: Telling) -> Becoming:
    before, after = (
        [row_in(change.key.name, side) for change in changes if (side := getattr(change, name))]
        for name in ("before", "after")
    )
    weeks = (telling.weeks or {}).get(person, ())
    busy = {week.monday for week in weeks if week.before and week.before == week.after}
    return compared(before, after, telling.today, busy.__contains__)


def _overrides(changes: Sequence[Change], telling: Telling) -> Becoming:
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
        lines.append(
            Line(f"override ({row.name})" if row.name else "override", _becomes(old, new, change, telling))
        )
    first, last = min(dates, default=telling.today), max(dates, default=telling.today)
    return Becoming(tuple(lines), first, last, True)


def _becomes(old: Row | None, new: Row | None, change: Change, telling: Telling) -> str:
    """What of an override differs; a new one as it is declared.

    Rows hold the end of a night before, and of a night that follows its beginning: then dates have to do.
    """
    had, has = (row and span_said(*_ends(row), telling.today) for row in (old, new))
    if old is None or new is None:
        row, when = (new, has) if new else (old, had)
        said = f"{when} {_stated(row)}" if row and not _has_nights(row) else f"{when}"
        return change.rule or said if new else f"no more: {said}"
    named = f", named {old.name} before" if old.name and old.name != new.name else ""
    if not (_has_nights(old) or _has_nights(new)):
        when = f"{had} → {has}" if had != has else had
        hours = f"{_stated(old)} → {_stated(new)}" if _stated(old) != _stated(new) else _stated(new)
        return f"{when} {hours}{named}"
    if had != has or not change.diff:
        return f"{had} → {change.rule or has}{named}"
    lines = compared([old], [new], telling.today, lambda monday: False).lines
    return "; ".join(f"{label} {text}" for label, text in lines) + named


def _has_nights(row: Row) -> bool:
    """Whether a piece of it begins or ends at a midnight."""
    return any(start == 0 or end == DAY_MINUTES for spans in row.period.week.values() for start, end in spans)


def _ends(row: Row) -> tuple[date, date]:
    return row.period.start, row.period.end or row.period.start


def _stated(row: Row) -> str:
    return override_hours_said(row.hours(date.min).week or row.period.week)


def _hours(person: str, telling: Telling) -> tuple[str, str]:
    """What becomes of hours from the first week that differs on, `40 h → 24 h a week`; and then."""
    if telling.weeks is None:
        return "", ""
    weeks = telling.weeks.get(person, ())
    differing = [place for place, week in enumerate(weeks) if week.before != week.after]
    if not differing:
        return "no change in hours", ""
    if len(differing) <= FEW_WEEKS:
        said = (
            f"{_pair(weeks[place])} in the week of {day_said(weeks[place].monday, telling.today)}"
            for place in differing
        )
        return ", ".join(said), ""
    span = weeks[differing[0] : differing[-1] + 1]
    runs = [[*run] for _, run in groupby(span, key=lambda week: week[1:])]
    steady = [run[0] for run in runs if len(run) > FEW_WEEKS]
    if not steady or sum(map(len, runs)) * USUAL > sum(len(run) for run in runs if len(run) > FEW_WEEKS):
        return _for_all(span), ""
    first, *later = (next(weeks) for _, weeks in groupby(steady, key=lambda week: week[1:]))
    then = (f", then {_pair(week, new=True)} from {day_said(week.monday, telling.today)}" for week in later)
    return f"{_pair(first, new=True)} a week", "".join(then)


def _for_all(span: Sequence[WeekHours]) -> str:
    """What most weeks come to, else their average."""
    pair, often = Counter(week[1:] for week in span).most_common(1)[0]
    if often >= USUAL * len(span):
        return f"{_pair(WeekHours(span[0].monday, *pair), new=True)} a week"
    return f"{_pair(_average(span), new=True)} a week on average"


def _average(span: Sequence[WeekHours]) -> WeekHours:
    """The average of weeks; of a rotation of whole turns, without the first week, in which it may begin."""
    turns = (
        turn
        for turn in ROTATIONS
        if turn < len(span)
        and sum(one[1:] == other[1:] for one, other in zip(span, span[turn:], strict=False))
        >= USUAL * (len(span) - turn)
    )
    turn = next(turns, 1)
    whole = span[1 : 1 + (len(span) - 1) // turn * turn] or span
    sums = (sum(week.before for week in whole), sum(week.after for week in whole))
    return WeekHours(span[0].monday, *(round(hours / len(whole), 1) for hours in sums))


def _pair(week: WeekHours, new: bool = False) -> str:
    """new: of who has had no hours, what they had goes without saying."""
    return f"{'' if new and not week.before else f'{hours_said(week.before)} → '}{hours_said(week.after)}"


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
    kind = _among(templates[0])
    pieces = sorted(group, key=lambda piece: piece.person)
    people = tuple(piece.person for piece in pieces)
    said, _ = Counter(piece.hours for piece in group).most_common(1)[0]
    first = min(piece.first for piece in group) if kind == ROTATION else None
    named = (_named(piece, said, first, telling) for piece in pieces)
    lines = (*group[0].lines, Line("people", ", ".join(named)))
    usual = [piece for piece in group if piece.hours == said]
    head = f"{len(people)} people, {_when(usual, telling)}"
    source = telling.about.templates.get(templates[0]) or group[0].changes[0].source
    name = kind + "+".join(each.removeprefix(kind) for each in templates) if kind else "workHours"
    block = _block(name, head, lines, group, people, source)
    return replace(block, each=tuple(_when([piece], telling) for piece in pieces))


def _among(name: str) -> str:
    """How the block is called, up to its name, of what hours come from: a template, or `rotation/NAME`."""
    return ROTATION if name.startswith(ROTATION) else TEMPLATE if name else ""


def _named(piece: Piece, said: str, first: date | None, telling: Telling) -> str:
    """Somebody of several, with what is theirs alone: another zone, other hours than `said`, a later turn."""
    own = [telling.about.zones.get(piece.person, ""), piece.hours if piece.hours != said else ""]
    if first and piece.first != first:
        own.append(f"from {day_said(piece.first, telling.today, weekday=False)}")
    beside = ", ".join(filter(None, own))
    return f"{piece.person} ({beside})" if beside else piece.person


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
        counts=(Count(Gist.HOURS),) if any(piece.happens for piece in pieces) else (),
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
    when += pieces[0].then
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
