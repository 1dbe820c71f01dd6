"""Changes of users in words: a block for each, who leaves told by their last day and successor. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from reconciler.dates.said import day_said
from reconciler.model import Action, Change
from reconciler.model.told import FEW, Block, Count, Gist, Leaver, Line, Naming, Telling, block_of


def told(changes: Sequence[Change], telling: Telling, named: Naming) -> Iterator[Block]:
    """Blocks in the order of names; named: the place of a field, and what it is called."""
    new = [change for change in changes if change.action is Action.CREATE]
    if len(new) > FEW:
        yield _together(new, named)
        changes = [change for change in changes if change.action is not Action.CREATE]
    gists = {Action.CREATE: Gist.NEW_PERSON, Action.DELETE: Gist.PERSON_GOES}
    blocks = [
        block_of(change, named, gists.get(change.action, Gist.DETAILS), (change.key.name,))
        for change in changes
        if change.key.name not in telling.leavers
    ]
    for name, leaver in telling.leavers.items():
        own = [change for change in changes if change.key.name == name]
        blocks.append(_departure(name, leaver, own, telling, named))
    yield from sorted(blocks, key=lambda block: block.name)


def _together(new: Sequence[Change], named: Naming) -> Block:
    """Many new people as one block, each by what they are."""
    told = sorted(new, key=lambda change: change.key)
    people = tuple(change.key.name for change in told)
    titles = [(change.after or {}).get("credentials") for change in told]
    each = (f"{name} ({title})" if title else name for name, title in zip(people, titles, strict=True))
    return Block(
        sign="+",
        name="user",
        head=f"{len(new)} new people: {', '.join(each)}",
        source=told[0].source,
        counts=(Count(Gist.NEW_PERSON),),
        people=people,
        each=("new",) * len(people),
        keys=tuple(change.key for change in told),
        details=tuple(f"+ {block.name}  {block.head}" for block in (block_of(c, named) for c in told)),
    )


def _departure(name: str, leaver: Leaver, own: Sequence[Change], telling: Telling, named: Naming) -> Block:
    """Who leaves, until when, who takes over, what is left, and what becomes of the user."""
    last = date.fromisoformat(leaver.departure["lastDay"])
    heir = leaver.departure["successor"]
    blocked = any(change.action is Action.BLOCKED for change in own)
    blocks = [block_of(change, named) for change in own]
    lines = [line for block in blocks for line in block.lines]
    lines += [Line("user", "is deleted") for change in own if change.action is Action.DELETE]
    lines += [Line("blocked", change.reason) for change in own if change.action is Action.BLOCKED]
    return Block(
        sign="!" if blocked else "-",
        name=f"user/{name}",
        head=f"leaves, last day {day_said(last, telling.today)}, {heir or 'nobody'} takes over",
        lines=(*_left(leaver), *lines),
        source=telling.about.leaving.get(name),
        counts=(Count(Gist.PERSON_GOES),) if leaver.happens else (),
        people=(name,),
        first=last,
        blocked=blocked,
        keys=tuple(change.key for change in own),
        details=tuple(f"{block.sign} {block.name}" for block in blocks),
    )


def _left(leaver: Leaver) -> Iterator[Line]:
    """What is booked after the last day, and nobody but people may move."""
    appointments, rows = leaver.departure["appointments"], len(leaver.departure["availability"])
    if appointments:
        number = len(appointments)
        said = "1 patient appointment is" if number == 1 else f"{number} patient appointments are"
        yield Line("booked", f"{said} left after that: move or cancel in Welkin")
    if rows:
        said = "1 row of availability lasts" if rows == 1 else f"{rows} rows of availability last"
        yield Line("booked", f"{said} beyond it: end in Welkin")
