"""What a plan comes to in words, before any renderer: texts as they are, escaped where they are printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from reconciler.model import About, Action, Change, Key, Source
from reconciler.model.impact import Departure

SIGNS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.ADOPT: "~",
    Action.DELETE: "-",
    Action.RETIRE: "-",
    Action.BLOCKED: "!",
    Action.NOOP: "=",
}
Naming = Callable[[str], tuple[int, str]]
FEW = 5  # names said one by one
NOTHING: tuple[Any, ...] = (None, "", [], {}, ())


class Gist(StrEnum):
    """What a block comes to for people; the opening paragraph counts blocks by it."""

    NEW_PERSON = "new person"
    DETAILS = "details"
    PERSON_GOES = "person goes"
    HOURS = "hours"
    LEAVE = "leave"
    NEW_MEETING = "new meeting"
    MOVES = "moves"
    LOSES = "loses"
    GAINS = "gains"
    CHANGES = "changes"
    ENDS = "ends"
    ADOPTED = "adopted"
    OTHER = "other"


class Count(NamedTuple):
    """What the opening paragraph counts; `dates`: how many a series loses, gains or changes."""

    gist: Gist
    dates: int = 0


class Line(NamedTuple):
    """A fact of a block: what it is about, and what of it."""

    label: str
    text: str


class Block(NamedTuple):
    """What a plan does to one person, rotation or series.

    sign: `+ ~ - !`, of what is to be written. name: whose block it is, as `event/ward-huddle`.
    head: what happens, in one line. people: usernames of those concerned; each: what happens to each of
    several, in the same order.
    first: the date from which on, for time lines. details: a line for each change below.
    shifts: the names of shifts that its words speak of.
    """

    sign: str
    name: str
    head: str
    lines: tuple[Line, ...] = ()
    source: Source | None = None
    counts: tuple[Count, ...] = ()
    people: tuple[str, ...] = ()
    first: date | None = None
    blocked: bool = False
    keys: tuple[Key, ...] = ()
    details: tuple[str, ...] = ()
    each: tuple[str, ...] = ()
    shifts: frozenset[str] = frozenset()


class WeekHours(NamedTuple):
    """Real hours on duty in one week, from its Monday, before and after a plan."""

    monday: date
    before: float
    after: float


class Leaver(NamedTuple):
    """Somebody who leaves and is spoken of in a plan.

    happens: whether the plan changes anything of theirs; else it only tries to delete the user.
    """

    departure: Departure
    happens: bool


@dataclass(frozen=True, slots=True)
class Telling:
    """What a kind says changes with.

    today: in `zone`, the environment's. weeks: by username, all weeks of those for whom one differs, up to
    that of `until`; None where nobody has looked. leavers: by username.
    """

    today: date
    zone: str
    about: About
    weeks: Mapping[str, tuple[WeekHours, ...]] | None
    until: date | None = None
    leavers: Mapping[str, Leaver] = field(default_factory=dict)


def sign_of(changes: Iterable[Change]) -> str:
    """What changes come to together: `~` where they differ, `!` where one is blocked."""
    signs = {SIGNS[change.action] for change in changes}
    if "!" in signs:
        return "!"
    return signs.pop() if len(signs) == 1 else "~"


def value_said(value: Any) -> str:
    """A field's value in one line; people by their username."""
    if value in NOTHING:
        return "(none)"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(value_said, value))
    return str(value).removeprefix("user/")


def block_of(change: Change, named: Naming, gist: Gist = Gist.OTHER, people: tuple[str, ...] = ()) -> Block:
    """A block for one change by itself: of a new object its values, else what differs.

    named: the place of a field, by its path, and what it is called.
    """

    def rank(path: str) -> int:
        return named(path)[0]

    blocked, new = change.action is Action.BLOCKED, change.action is Action.CREATE
    values = _flat(change.after or {}) if new else {}
    said = [value_said(values[name]) for name in sorted(values, key=rank) if values[name] not in NOTHING]
    lines = [
        Line(named(field.path)[1], f"{value_said(field.before)} → {value_said(field.after)}")
        for field in sorted(change.diff, key=lambda field: rank(field.path))
    ]
    if change.reason and not blocked:
        lines.append(Line("note", change.reason))
    return Block(
        sign=SIGNS[change.action],
        name=str(change.key),
        head=f"blocked: {change.reason}" if blocked else ", ".join(said),
        lines=tuple(lines),
        source=change.source,
        counts=() if blocked else (Count(gist),),
        people=people,
        blocked=blocked,
        keys=(change.key,),
    )


def _flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    flat = dict[str, Any]()
    for name, value in fields.items():
        flat |= (
            {f"{name}.{below}": item for below, item in value.items()}
            if isinstance(value, Mapping)
            else {name: value}
        )
    return flat


def unquoted(changes: Sequence[Change], one: str, many: str) -> Iterator[Block]:
    """A block for all that the same happens to, without any value: what is told of invented patients."""
    alike: dict[tuple[Action, str], list[Change]] = {}
    for change in changes:
        alike.setdefault((change.action, change.reason), []).append(change)
    for (action, reason), group in alike.items():
        fields = dict.fromkeys(name for change in group for name in _touched(change))
        names = [change.key.name for change in group]
        said = ", ".join(names[:FEW]) + (f" and {len(names) - FEW} more" if len(names) > FEW else "")
        lines = [Line("fields", ", ".join(fields))] if fields else []
        lines += [Line("blocked" if action is Action.BLOCKED else "note", reason)] if reason else []
        yield Block(
            sign=SIGNS[action],
            name=str(group[0].key) if len(group) == 1 else one,
            head="" if len(group) == 1 else f"{len(group)} {many}: {said}",
            lines=tuple(lines),
            source=group[0].source,
            counts=() if action is Action.BLOCKED else (Count(Gist.OTHER),),
            blocked=action is Action.BLOCKED,
            keys=tuple(change.key for change in group),
            details=tuple(f"{SIGNS[action]} {change.key}" for change in group),
        )


def _touched(change: Change) -> Iterator[str]:
    if change.diff:
        yield from (field.path for field in change.diff)
    elif change.action is not Action.DELETE:
        yield from change.after or ()
