"""Whom a plan concerns, a line each, and which of its blocks take something away. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.model import Source
from reconciler.model.told import Block, Gist, WeekHours

PERSONAL = {Gist.NEW_PERSON, Gist.PERSON_GOES, Gist.DETAILS, Gist.HOURS, Gist.LEAVE}
_LESS = {Gist.PERSON_GOES, Gist.LOSES, Gist.ENDS}
_HOURS = {Gist.HOURS, Gist.LEAVE}
Weeks = Mapping[str, Sequence[WeekHours]] | None


class PersonLine(NamedTuple):
    """What happens to one person, and where that is declared."""

    user: str
    what: tuple[str, ...]
    places: tuple[Source, ...]


def taken_in(blocks: Iterable[Block], weeks: Weeks) -> Iterator[Block]:
    """The blocks that take something away: deletions, and hours of somebody who has fewer in some week."""
    fewer = {user for user, own in (weeks or {}).items() if any(week.after < week.before for week in own)}
    for block in blocks:
        gists = {count.gist for count in block.counts}
        loses_hours = bool(gists & _HOURS) and not fewer.isdisjoint(block.people)
        if not block.blocked and (block.sign == "-" or gists & _LESS or loses_hours):
            yield block


def people_in(blocks: Iterable[Block], hosts: Iterable[str]) -> Iterator[PersonLine]:
    """A line for everybody whose account, hours or leave change, or who loses appointments; by name.

    hosts: of the stranded appointments, each as often as one is lost.
    """
    own = defaultdict[str, list[Block]](list)
    for block in blocks:
        if any(count.gist in PERSONAL for count in block.counts):
            for user in block.people:
                own[user].append(block)
    stranded = Counter(hosts)
    for user in sorted(own.keys() | stranded.keys()):
        what = [_of_one(block, user) for block in own[user]]
        if lost := stranded[user]:
            what.append(f"{lost} appointment{'s' * (lost != 1)} stranded")
        places = (block.source for block in own[user] if block.source)
        yield PersonLine(user, tuple(dict.fromkeys(what)), tuple(dict.fromkeys(places)))


def _of_one(block: Block, user: str) -> str:
    """What a block says of one of its people."""
    if block.each:
        return f"{block.name}: {block.each[block.people.index(user)]}"
    return block.head or "; ".join(f"{line.label} {line.text}".strip() for line in block.lines)
