"""What one fact changes of several people's hours, as a block: a swap, a closure, a sheet, a shift. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reconciler.dates.said import day_said, span_said
from reconciler.kinds.work_hours.blocks import block_for, blocked, in_one_line, named
from reconciler.kinds.work_hours.facts import (
    NO_MORE,
    dates_declared,
    days_of,
    days_off_said,
    declared,
    duties_said,
    is_fact,
    stated_in,
)
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.patterns import CLOSURE, SHEET, SWAP
from reconciler.kinds.work_hours.pieces import Piece
from reconciler.kinds.work_hours.rows import is_override, person_in, row_in
from reconciler.model import Change, joined
from reconciler.model.told import Block, Line, Telling


def of_fact(fact: str, group: Sequence[Piece], telling: Telling) -> Block:
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
        lines = [Line(piece.person, in_one_line(piece)) for piece in pieces]
        lines += _before(fact, pieces, telling)
    else:
        pieces = [piece._replace(hours=_shorter(piece.hours, said)) for piece in pieces]
        people_said = (named(piece, said, telling, begins=_own_dates(fact, piece)) for piece in pieces)
        lines = [*_before(fact, pieces, telling), Line("people", ", ".join(people_said)), *blocked(pieces)]
    first = min(changes, key=lambda change: not is_fact(change.rule))  # of the rows around it, none says it
    source = telling.about.templates.get(fact) or first.source
    block = block_for("workHours", head, tuple(lines), pieces, people, source)
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
    yield from blocked(pieces)


def _dates(pieces: Sequence[Piece], telling: Telling) -> str:
    ends = max(filter(None, (piece.last for piece in pieces)), default=pieces[0].first)
    return span_said(min(piece.first for piece in pieces), ends, telling.today)


def _before(fact: str, pieces: Sequence[Piece], telling: Telling) -> Iterator[Line]:
    """What a swap or a closure that changes was, with those for whom it was so."""
    edited = [change for piece in pieces for change in piece.changes if _was_of_one(change)]
    rows = [(person_in(each.key.name), row_in(each.key.name, each.before)) for each in edited if each.before]
    if fact.startswith(SWAP):
        become = [row_in(change.key.name, change.after) for change in edited if change.after]
        had, has = days_of(row for _, row in rows), days_of(become)
        dates = ", ".join(day_said(day, telling.today, weekday=False) for day in had)
        yield from [Line("before", f"on {dates}")] if had != has else []
        return
    called: dict[str, list[tuple[str, Row]]] = {}
    for person, row in rows:
        called.setdefault(row.name or "", []).append((person, row))
    for name, theirs in called.items():
        said = f"{name} on {days_off_said([row for _, row in theirs], telling.today)}"
        whose = f": {', '.join(person for person, _ in theirs)}" if len(called) > 1 else ""
        yield from [Line("before", f"{said}{whose}")] if fact != f"{CLOSURE}{said}" else []


def _was_of_one(change: Change) -> bool:
    """Whether a row of a swap or a closure was one before, and not something else's that is used again."""
    is_of_one = is_override(change.key.name) and change.rule.startswith((SWAP, CLOSURE))
    if not (is_of_one and change.before and change.after):
        return False
    old, new = (row_in(change.key.name, side) for side in (change.before, change.after))
    return old.name == new.name or not stated_in(old).keys().isdisjoint(stated_in(new))


def _own_dates(fact: str, piece: Piece) -> str:
    """The dates of a closure for somebody for whom they are others, as a sheet has the rest."""
    rules = dict.fromkeys(change.rule for change in piece.changes if change.rule.startswith(CLOSURE))
    return "" if fact in map(declared, rules) else ", ".join(map(dates_declared, rules))
