"""What blocks about hours are made of, whatever they tell of: people with what is theirs alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from reconciler.kinds.work_hours.compared import ONCE
from reconciler.kinds.work_hours.patterns import SWAP, week_said
from reconciler.kinds.work_hours.pieces import BLOCKED, Piece
from reconciler.kinds.work_hours.rows import row_in
from reconciler.kinds.work_hours.turning import ROTATION
from reconciler.model import Action, Change, Source
from reconciler.model.told import Block, Count, Gist, Line, Telling, sign_of


def blocked(pieces: Sequence[Piece]) -> list[Line]:
    """Of people told together, who is left as they are, and why."""
    whose: dict[str, list[str]] = {}
    for piece in pieces:
        for line in piece.lines:
            if line.label == BLOCKED:
                whose.setdefault(line.text, []).append(piece.person)
    return [Line(BLOCKED, f"{', '.join(names)}: {reason}") for reason, names in whose.items()]


def in_one_line(piece: Piece, lines: Sequence[Line] = ()) -> str:
    """lines: those that say it, if not all of the piece's."""
    lines = lines or piece.lines
    plain = piece.fact.startswith(SWAP) and len(lines) == 1
    return "; ".join(
        line.text if plain or line.label == ONCE else f"{line.label} {line.text}" for line in lines
    )


def named(piece: Piece, said: str, telling: Telling, later: str = "", begins: str = "") -> str:
    """Somebody of several, with what is theirs alone: another zone, other hours than `said`.

    later, begins: of a rotation, how much later it comes, and from which date on it holds.
    """
    # Turns of one rotation differ on average by where in it a look ahead begins and ends, and no more.
    turns = piece.template.startswith(ROTATION)
    same = piece.hours == said or (turns and all(each.endswith("on average") for each in (piece.hours, said)))
    own = [telling.about.zones.get(piece.person, ""), "" if same else piece.hours, begins]
    beside = ", ".join(filter(None, own))
    return f"{piece.person}{later} ({beside})" if beside else f"{piece.person}{later}"


def block_for(
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


def _detail(change: Change) -> str:
    """One row of the service: its dates and week, before and after."""
    sides = []
    for side in (change.before, change.after):
        if side:
            row = row_in(change.key.name, side)
            week = week_said(row.hours(date.min).week)
            sides.append(f"{row.period.start} – {row.period.end or '(open)'} {week}")
    return f"{sign_of([change])} {change.key}  {' → '.join(sides)}"
