"""Changes of hours in words: a block for each person, or one for all to whom the same happens. Pure.

Rows are the service's pieces of a calendar. Told is what becomes of dates: which duties they had, and have.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain

from reconciler.dates.grammar import span_said as hours_of
from reconciler.dates.hours import Shifts
from reconciler.dates.said import day_said, span_said
from reconciler.dates.week import monday_of
from reconciler.dates.zones import same_zone
from reconciler.kinds import Context
from reconciler.kinds.work_hours.compared import ONCE
from reconciler.kinds.work_hours.facts import (
    NO_MORE,
    dates_declared,
    days_of,
    declared,
    duties_said,
    is_fact,
)
from reconciler.kinds.work_hours.patterns import CLOSURE, SHEET, SHIFT, SWAP, week_said
from reconciler.kinds.work_hours.periods import DAY
from reconciler.kinds.work_hours.pieces import BLOCKED, Piece, edits_in, pieces_of
from reconciler.kinds.work_hours.rows import person_in, row_in
from reconciler.kinds.work_hours.turning import ROTATION, Turning, is_new, rotations_in
from reconciler.model import About, Action, Change, Snapshot, Source, Users, joined
from reconciler.model.rotation import Rotation
from reconciler.model.told import Block, Count, Gist, Line, Telling, sign_of

_WORD = re.compile(r"\w+")
TEMPLATE = "template/"  # of the names of blocks; templates have no slash


def told(changes: Sequence[Change], telling: Telling) -> Iterator[Block]:
    """Blocks in their order; changes: of the hours of any number of people.

    What one fact changes is in one block. To whom a template does the same is in one block, too, whatever
    else makes their weeks differ; and all who share a rotation.
    """
    facts: dict[str, list[Piece]] = {}
    alike: dict[object, list[Piece]] = {}
    for piece in pieces_of(changes, telling):
        if piece.fact:
            facts.setdefault(piece.fact, []).append(piece)
        else:
            alike.setdefault(_likeness(piece), []).append(piece)
    shared = [group for group in alike.values() if len(group) > 1]
    alone: dict[str, list[Piece]] = {}
    for group in alike.values():
        if len(group) == 1:
            alone.setdefault(group[0].person, []).append(group[0])
    blocks = [_of_fact(fact, group, telling) for fact, group in facts.items()]
    blocks += [_shared(group, telling) for group in shared]
    blocks += [_own(own, telling) for own in alone.values()]
    blocks.sort(key=_order)
    yield from (block._replace(shifts=_spoken(block, telling.about.shifts)) for block in blocks)


def _order(block: Block) -> tuple[bool, str, date]:
    """What people share first; what moves several in the order of dates."""
    return not block.name.startswith((TEMPLATE, ROTATION)), block.name, block.first or date.min


def _spoken(block: Block, shifts: Shifts) -> frozenset[str]:
    """The names that stand in a block. One too many is no harm: it is explained."""
    texts = chain((block.head,), (line.text for line in block.lines))
    return frozenset(word for text in texts for word in _WORD.findall(text) if word in shifts)


def _likeness(piece: Piece) -> object:
    """What pieces of one block have in common."""
    if piece.template.startswith(ROTATION):
        return piece.template
    return piece.lines, _among(piece.template) or piece.hours


def about(changes: Sequence[Change], live: Snapshot, context: Context) -> About:
    """The zones of people elsewhere, and the templates and rotations that changed hours come from."""
    changed = [change for change in changes if change.action is not Action.NOOP]
    people = {person_in(change.key.name) for change in changed}
    zones = {name: context.zone_name(name, live.of(Users).by_name.get(name)) for name in sorted(people)}
    here = context.environment.timezone
    named = {change.rule for change in changed} | {*(edits := _edits(changed, context))}
    sources = {each.name: each.source for each in context.environment.under("templates")}
    sources |= edits
    sources |= {ROTATION + each.name: each.source for each in context.environment.under("rotations")}
    return About(
        {name: zone for name, zone in zones.items() if not same_zone(zone, here)},
        {str(name): source for name, source in sources.items() if name in named},
        rotations=rotations_in(changed, context),
    )


def _edits(changes: Sequence[Change], context: Context) -> dict[str, Source]:
    """Shifts that have other hours than several people's rows: `shift E: 06:00-14:00 → 06:30-14:30`."""
    named = {", ".join(map(hours_of, spans)): name for name, spans in context.environment.shifts.items()}
    if not named:
        return {}
    places = {each.name: each.source for each in context.environment.under("shifts")}
    today = context.today(context.environment.timezone)
    edits: dict[str, Source] = {}
    for edit, often in edits_in(changes, today, context.environment.shifts).items():
        old, _, new = edit.partition(" → ")
        if often > 1 and new in named and old not in named:
            edits[f"{SHIFT}{named[new]}: {edit}"] = places[named[new]]
    return edits


def routine(changes: Sequence[Change]) -> str:
    """`6 weeks of 2 rotations`."""
    rows = [row_in(change.key.name, change.after or {}).period for change in changes]
    people = [person_in(change.key.name) for change in changes]
    # The end of a week's last night is a row of its own, or a part of the week's.
    ends = {(name, monday_of((row.end or row.start) - DAY)) for name, row in zip(people, rows, strict=True)}
    weeks, rotations = len(ends), len({*people})
    return f"{weeks} week{'s' * (weeks != 1)} of {rotations} rotation{'s' * (rotations != 1)}"


def _own(pieces: Sequence[Piece], telling: Telling) -> Block:
    person = pieces[0].person
    lines = tuple(line for piece in pieces for line in piece.lines)
    zone = telling.about.zones.get(person)
    head = _when(pieces, telling) + (f" ({zone})" if zone else "")
    if len(lines) == 1 and lines[0].label == ONCE:
        head, lines = f"{head}: {lines[0].text}", ()
    return _block(f"workHours/{person}", head, lines, pieces, (person,), pieces[0].changes[0].source)


def _of_fact(fact: str, group: Sequence[Piece], telling: Telling) -> Block:
    """What a swap, a closure, sheets or a shift's hours change, with a line for each person; where they are
    many and are told alike, one for all."""
    pieces = sorted(group, key=lambda piece: piece.person)
    people = tuple(piece.person for piece in pieces)
    changes = [change for piece in pieces for change in piece.changes]
    said, _ = Counter(piece.hours for piece in pieces).most_common(1)[0]
    if fact.startswith(SWAP):
        head = f"{fact} ({whys})" if (whys := joined(change.why for change in changes)) else fact
    else:
        when = _dates(pieces, telling) if fact.startswith(SHEET) else said
        who = f"{len(people)} people" if len(people) > 1 else people[0]
        head = f"{fact}: {who}{f', {when}' if when else ''}"
    if fact.startswith(SWAP) and fact.endswith(NO_MORE):
        lines = [*_swapped_back(pieces, telling)]
    elif fact.startswith((SWAP, SHEET)):
        lines = [Line(piece.person, _in_one_line(piece)) for piece in pieces]
    else:
        pieces = [piece._replace(hours=_shorter(piece.hours, said)) for piece in pieces]
        named = (_named(piece, said, telling, begins=_own_dates(fact, piece)) for piece in pieces)
        lines = [Line("people", ", ".join(named)), *_blocked(pieces)]
    first = min(changes, key=lambda change: not is_fact(change.rule))  # of the rows around it, none says it
    source = telling.about.templates.get(fact) or first.source
    block = _block("workHours", head, tuple(lines), pieces, people, source)
    return block._replace(each=tuple(fact for _ in pieces))


def _shorter(hours: str, said: str) -> str:
    """`16 h → 24 h`, where the head says the week."""
    pair, of, week = hours.partition(" in the week of ")
    in_head = of and hours != said and said.count(of) == 1 and said.endswith(f"{of}{week}")
    return pair if in_head else hours


def _swapped_back(pieces: Sequence[Piece], telling: Telling) -> Iterator[Line]:
    """What each of a swap doesn't work any more."""
    rows = {
        piece.person: [row_in(each.key.name, each.before) for each in piece.changes if each.before]
        for piece in pieces
    }
    days = days_of(row for own in rows.values() for row in own)
    for person, own in rows.items():
        said = (duties_said(row, days, telling.about.shifts, telling.today) for row in own)
        yield Line(person, f"no more: {'; '.join(filter(None, said))}")
    yield from _blocked(pieces)


def _dates(pieces: Sequence[Piece], telling: Telling) -> str:
    ends = max(filter(None, (piece.last for piece in pieces)), default=pieces[0].first)
    return span_said(min(piece.first for piece in pieces), ends, telling.today)


def _own_dates(fact: str, piece: Piece) -> str:
    """The dates of a closure for somebody for whom they are others, as a sheet has the rest."""
    rules = dict.fromkeys(change.rule for change in piece.changes if change.rule.startswith(CLOSURE))
    return "" if fact in map(declared, rules) else ", ".join(map(dates_declared, rules))


def _blocked(pieces: Sequence[Piece]) -> list[Line]:
    """Of people told together, who is left as they are, and why."""
    whose: dict[str, list[str]] = {}
    for piece in pieces:
        for line in piece.lines:
            if line.label == BLOCKED:
                whose.setdefault(line.text, []).append(piece.person)
    return [Line(BLOCKED, f"{', '.join(names)}: {reason}") for reason, names in whose.items()]


def _in_one_line(piece: Piece, lines: Sequence[Line] = ()) -> str:
    """lines: those that say it, if not all of the piece's."""
    lines = lines or piece.lines
    plain = piece.fact.startswith(SWAP) and len(lines) == 1
    return "; ".join(
        line.text if plain or line.label == ONCE else f"{line.label} {line.text}" for line in lines
    )


def _shared(group: Sequence[Piece], telling: Telling) -> Block:
    templates = sorted({piece.template for piece in group})
    kind = _among(templates[0])
    pieces = sorted(group, key=lambda piece: piece.person)
    people = tuple(piece.person for piece in pieces)
    said, _ = Counter(piece.hours for piece in group).most_common(1)[0]
    if kind == ROTATION:
        lines = tuple(_turning(pieces, said, telling))
    elif all(piece.lines == group[0].lines for piece in group):
        names = (_named(piece, said, telling) for piece in pieces)
        lines = (*group[0].lines, Line("people", ", ".join(names)))
    else:
        lines = tuple(Line(_named(piece, said, telling), _in_one_line(piece)) for piece in pieces)
    usual = [piece for piece in group if piece.hours == said]
    head = f"{len(people)} people, {_when(usual, telling)}"
    source = telling.about.templates.get(templates[0]) or group[0].changes[0].source
    name = kind + "+".join(each.removeprefix(kind) for each in templates) if kind else "workHours"
    block = _block(name, head, lines, group, people, source)
    return block._replace(each=tuple(_when([piece], telling) for piece in pieces))


def _own_time(piece: Piece, first: date, last: date | None, telling: Telling) -> str:
    """From when on and until when something holds for somebody, where that isn't `first` and `last`."""
    begins, ends = (day and day_said(day, telling.today, weekday=False) for day in (piece.first, piece.last))
    said = [f"from {begins}"] if piece.first != first else []
    said += [f"until {ends}"] if ends and piece.last != last else []
    return " ".join(said)


def _among(name: str) -> str:
    """How the block is called, up to its name, of what hours come from: a template, or `rotation/NAME`."""
    return ROTATION if name.startswith(ROTATION) else TEMPLATE if name else ""


def _named(piece: Piece, said: str, telling: Telling, later: str = "", begins: str = "") -> str:
    """Somebody of several, with what is theirs alone: another zone, other hours than `said`.

    later, begins: of a rotation, how much later it comes, and from which date on it holds.
    """
    # Turns of one rotation differ on average by where in it a look ahead begins and ends, and no more.
    turns = piece.template.startswith(ROTATION)
    same = piece.hours == said or (turns and all(each.endswith("on average") for each in (piece.hours, said)))
    own = [telling.about.zones.get(piece.person, ""), "" if same else piece.hours, begins]
    beside = ", ".join(filter(None, own))
    return f"{piece.person}{later} ({beside})" if beside else f"{piece.person}{later}"


def _turning(pieces: Sequence[Piece], said: str, telling: Telling) -> Iterator[Line]:
    """A rotation by its weeks, with those of whom they say all; of others what is theirs alone."""
    nobody = Rotation(telling.today, ((),), False, {})
    rotation = telling.about.rotations.get(pieces[0].template.removeprefix(ROTATION), nobody)
    turning, first = Turning.of(rotation, pieces), min(piece.first for piece in pieces)

    def named(piece: Piece) -> str:
        edited = turning.says_all(piece) and not is_new(piece)  # what they have had is turns of it, too
        soon = edited or turning.is_free(piece.person, first, piece.first)
        when = "" if edited else _own_time(piece, piece.first if soon else first, None, telling)
        return _named(piece, said, telling, turning.later(piece.person), when)

    if turning.people:
        yield from turning.lines(telling.about.shifts, telling.today)
    whole = [piece for piece in pieces if turning.says_all(piece)]
    if whole:
        yield Line("people", ", ".join(map(named, whole)))
        yield from _blocked(whole)
    for piece in pieces:
        if piece not in whole:
            was = piece.becoming.was if piece.person in turning.people else ()
            yield Line(named(piece), _in_one_line(piece, was or piece.lines))


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
