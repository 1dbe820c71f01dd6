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
from reconciler.kinds.work_hours.blocks import block_for, blocked, in_one_line, named
from reconciler.kinds.work_hours.compared import ONCE
from reconciler.kinds.work_hours.facts_told import of_fact
from reconciler.kinds.work_hours.patterns import SHIFT
from reconciler.kinds.work_hours.periods import DAY
from reconciler.kinds.work_hours.pieces import BLOCKED, Piece, edits_in, pieces_of
from reconciler.kinds.work_hours.rows import person_in, row_in
from reconciler.kinds.work_hours.turning import ROTATION, Turning, is_new, rotations_in
from reconciler.model import About, Action, Change, Snapshot, Source, Users
from reconciler.model.rotation import Rotation
from reconciler.model.told import Block, Line, Telling

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
    blocks = [of_fact(fact, group, telling) for fact, group in facts.items()]
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
    lines = tuple(line for piece in pieces for line in _turn_said(piece, telling))
    zone = telling.about.zones.get(person)
    head = _when(pieces, telling) + (f" ({zone})" if zone else "")
    if len(lines) == 1 and lines[0].label == ONCE:
        head, lines = f"{head}: {lines[0].text}", ()
    return block_for(f"workHours/{person}", head, lines, pieces, (person,), pieces[0].changes[0].source)


def _turn_said(piece: Piece, telling: Telling) -> Sequence[Line]:
    """A piece's lines; where somebody comes to a rotation alone, with that by its name, as it is declared."""
    rotation = telling.about.rotations.get(piece.template.removeprefix(ROTATION))
    was = piece.becoming.was
    if rotation is None or not piece.template.startswith(ROTATION) or not (is_new(piece) or was):
        return piece.lines
    turning = Turning.of(rotation, [piece])
    if not turning.people:
        return piece.lines
    weeks, *_ = turning._replace(old=None).lines(telling.about.shifts, telling.today)
    label = f"from {day_said(piece.first, telling.today, weekday=False)}" if was else ONCE
    name = piece.template.replace("/", " ", 1)
    blocked = (line for line in piece.lines if line.label == BLOCKED)
    return (*was, Line(label, f"{name}{turning.later(piece.person)}: {weeks.text}"), *blocked)


def _shared(group: Sequence[Piece], telling: Telling) -> Block:
    templates = sorted({piece.template for piece in group})
    kind = _among(templates[0])
    pieces = sorted(group, key=lambda piece: piece.person)
    people = tuple(piece.person for piece in pieces)
    said, _ = Counter(piece.hours for piece in group).most_common(1)[0]
    if kind == ROTATION:
        lines = tuple(_turning(pieces, said, telling))
    elif all(piece.lines == group[0].lines for piece in group):
        names = (named(piece, said, telling) for piece in pieces)
        lines = (*group[0].lines, Line("people", ", ".join(names)))
    else:
        lines = tuple(Line(named(piece, said, telling), in_one_line(piece)) for piece in pieces)
    usual = [piece for piece in group if piece.hours == said]
    head = f"{len(people)} people, {_when(usual, telling)}"
    source = telling.about.templates.get(templates[0]) or group[0].changes[0].source
    name = kind + "+".join(each.removeprefix(kind) for each in templates) if kind else "workHours"
    block = block_for(name, head, lines, group, people, source)
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


def _turning(pieces: Sequence[Piece], said: str, telling: Telling) -> Iterator[Line]:
    """A rotation by its weeks, with those of whom they say all; of others what is theirs alone."""
    nobody = Rotation(telling.today, ((),), False, {})
    rotation = telling.about.rotations.get(pieces[0].template.removeprefix(ROTATION), nobody)
    turning, first = Turning.of(rotation, pieces), min(piece.first for piece in pieces)

    def called(piece: Piece) -> str:
        edited = turning.says_all(piece) and not is_new(piece)  # what they have had is turns of it, too
        soon = edited or turning.is_free(piece.person, first, piece.first)
        when = "" if edited else _own_time(piece, piece.first if soon else first, None, telling)
        return named(piece, said, telling, turning.later(piece.person), when)

    if turning.people:
        yield from turning.lines(telling.about.shifts, telling.today)
    whole = [piece for piece in pieces if turning.says_all(piece)]
    if whole:
        yield Line("people", ", ".join(map(called, whole)))
        yield from blocked(whole)
    for piece in pieces:
        if piece not in whole:
            was = piece.becoming.was if piece.person in turning.people else ()
            yield Line(called(piece), in_one_line(piece, was or piece.lines))


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
