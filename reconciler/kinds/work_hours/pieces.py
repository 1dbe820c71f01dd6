"""What changes make of each person's hours: usual ones, overrides, and what one fact changes of either. Pure.

A *fact* is what one place in the manifests says of several people: a swap, a closure, a sheet, a shift.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.dates.grammar import span_said as hours_of
from reconciler.dates.hours import Shifts
from reconciler.dates.said import span_said
from reconciler.dates.week import monday_of
from reconciler.kinds.work_hours.compared import ONCE, Becoming, Changed, compared
from reconciler.kinds.work_hours.facts import (
    days_of,
    declared,
    duties_become,
    duties_said,
    facts_of,
    is_fact,
    stated_in,
)
from reconciler.kinds.work_hours.hours_told import hours_told
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.patterns import (
    ROSTER,
    SHEET,
    SHIFT,
    SWAP,
    override_hours_said,
)
from reconciler.kinds.work_hours.periods import DAY_MINUTES
from reconciler.kinds.work_hours.rows import LONG_AGO, is_override, person_in, row_in
from reconciler.kinds.work_hours.sheets_told import sheets_in
from reconciler.model import Action, Change
from reconciler.model.told import Line, Telling

BLOCKED = "blocked"  # the label of why something is left as it is


class Piece(NamedTuple):
    """What happens to one person's usual hours, or to their overrides.

    hours: what it makes of their week, without the day from which on; `then`: and of later ones. first, last:
    the dates; open without an end. template: the one, or `rotation/NAME`, from which these hours come.
    fact: what changes them and others', in words; empty where nothing does by itself.
    happens: whether any date differs, and will. becoming: of which dates.
    """

    person: str
    hours: str
    then: str
    lines: tuple[Line, ...]
    first: date
    last: date | None
    changes: tuple[Change, ...]
    template: str
    fact: str
    happens: bool
    becoming: Becoming


def pieces_of(changes: Sequence[Change], telling: Telling) -> Iterator[Piece]:
    """The pieces of any number of people."""
    own: dict[tuple[str, str | None], list[Change]] = {}
    for change, said in zip(changes, facts_of(changes, telling.today), strict=True):
        name = change.key.name
        own.setdefault((person_in(name), said if is_override(name) else None), []).append(change)
    mondays = {key: {*_mondays(theirs)} for key, theirs in own.items() if key[1] is not None}
    facts = Counter(person for person, _ in mondays)
    shared = Counter((person, monday) for (person, _), found in mondays.items() for monday in found)
    for (person, fact), theirs in own.items():
        if fact is None:
            yield from _usual_pieces(person, theirs, telling)
            continue
        becoming = _overrides(_sent(theirs) or theirs, telling)
        weeks = mondays[person, fact]
        # Of a week that others change as well, none says what becomes of it; usual hours do.
        beside = (person, None) in own or any(shared[person, monday] > 1 for monday in weeks)
        yield _piece(person, theirs, becoming, telling, fact, beside, weeks if facts[person] > 1 else None)


def _mondays(changes: Iterable[Change]) -> Iterator[date]:
    """The weeks in which the dates of overrides lie."""
    for change in changes:
        for side in filter(None, (change.before, change.after)):
            yield from map(monday_of, stated_in(row_in(change.key.name, side)))


def _usual_pieces(person: str, changes: Sequence[Change], telling: Telling) -> Iterator[Piece]:
    """What becomes of somebody's usual hours, and apart from it what sheets make of them."""
    becoming = _usual(person, _sent(changes) or changes, telling)
    fact = _of_usual(changes, becoming, telling)
    sheets = [] if fact else sheets_in(changes, telling.today)
    if not sheets:
        yield _piece(person, changes, becoming, telling, fact)
        return
    on_sheets = frozenset(day for sheet in sheets for day in sheet.days)
    rest = [change for change in changes if all(change not in sheet.changes for sheet in sheets)]
    is_all = on_sheets.issuperset(day for day, _, _ in becoming.changed)
    for place, sheet in enumerate(sheets):
        own = [*sheet.changes, *(rest if is_all and place == 0 else ())]
        said = sheet.said(becoming.had, becoming.has, telling.about.shifts, telling.today)
        changed = tuple(each for each in becoming.changed if each.day in sheet.days)
        of_sheet = Becoming((Line(ONCE, said),), sheet.days[0], sheet.days[-1], changed)
        yield _piece(person, own, of_sheet, telling, f"{SHEET}{sheet.name}", beside=True)
    if rest and not is_all:
        becoming = _usual(person, _sent(changes) or changes, telling, on_sheets)
        yield _piece(person, rest, becoming, telling)


def _sent(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if change.action is not Action.BLOCKED]


def _piece(
    person: str,
    changes: Sequence[Change],
    becoming: Becoming,
    telling: Telling,
    fact: str = "",
    beside: bool = False,
    mondays: Collection[date] | None = None,
) -> Piece:
    """beside: whether another piece says what becomes of the weeks. mondays: of these, if not of all."""
    special = any(is_override(change.key.name) for change in changes)
    names = {change.rule for change in changes if change.rule and not special and not is_fact(change.rule)}
    blocked = dict.fromkeys(change.reason for change in changes if change.action is Action.BLOCKED)
    unseen = telling.until is not None and becoming.first > telling.until
    sent = bool(_sent(changes))
    return Piece(
        person,
        *(("", "") if beside or unseen or not sent else hours_told(person, telling, mondays)),
        becoming.lines + tuple(Line(BLOCKED, reason) for reason in blocked),
        becoming.first,
        becoming.last,
        tuple(changes),
        template=names.pop() if len(names) == 1 else "",
        fact=fact,
        happens=sent and bool(becoming.changed or special),
        becoming=becoming,
    )


def _of_usual(changes: Sequence[Change], becoming: Becoming, telling: Telling) -> str:
    """What changes somebody's usual hours, if on each date that differs it is one thing: a shift has other
    hours, or what a service without overrides takes as usual hours."""
    edits = edits_of(becoming.changed)
    for named in telling.about.templates:
        if named.startswith(SHIFT) and named.partition(": ")[2] in edits:
            return named
    rows = [
        (declared(change.rule) if is_fact(change.rule) else "", row_in(change.key.name, change.after).period)
        for change in changes
        if change.after
    ]
    met = [[rule for rule, row in rows if rule and row.covers(day)] for day, _, _ in becoming.changed]
    facts = {rule for rules in met for rule in rules}
    return facts.pop() if all(met) and len(facts) == 1 and not any(map(_is_sheet, facts)) else ""


def _is_sheet(fact: str) -> bool:
    return fact.startswith(ROSTER)


def edits_of(changed: Sequence[Changed]) -> set[str]:
    """`06:00-14:00 → 06:30-14:30`: what a shift, or all of a date's, becomes, if that is alike everywhere."""
    whole = {(before, after) for _, before, after in changed}
    single = {
        (tuple(span for span in before if span not in after), tuple(s for s in after if s not in before))
        for before, after in whole
    }
    return {
        " → ".join(", ".join(map(hours_of, spans)) for spans in edits.pop())
        for edits in (whole, single)
        if len(edits) == 1 and all(map(all, edits))
    }


def edits_in(changes: Iterable[Change], today: date, shifts: Shifts) -> Counter[str]:
    """How many people's usual hours become others in the same way, by what `edits_of` says."""
    own: dict[str, list[Change]] = {}
    for change in changes:
        if not is_override(change.key.name):
            own.setdefault(person_in(change.key.name), []).append(change)
    edited = (theirs for theirs in own.values() if any(change.before for change in theirs))
    found = (compared(*_sides(theirs), today, lambda monday: False, shifts).changed for theirs in edited)
    return Counter(edit for changed in found for edit in edits_of(changed))


def _usual(
    person: str, changes: Sequence[Change], telling: Telling, elsewhere: Collection[date] = ()
) -> Becoming:
    weeks = (telling.weeks or {}).get(person, ())
    busy = {week.monday for week in weeks if week.before and week.before == week.after}
    return compared(*_sides(changes), telling.today, busy.__contains__, telling.about.shifts, elsewhere)


def _sides(changes: Sequence[Change]) -> tuple[list[Row], list[Row]]:
    """The rows before, and after."""
    before = [row_in(change.key.name, change.before) for change in changes if change.before]
    return before, [row_in(change.key.name, change.after) for change in changes if change.after]


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
    return Becoming(tuple(dict.fromkeys(lines)), first, last, ())  # of one fact each row says all


def _becomes(old: Row | None, new: Row | None, change: Change, telling: Telling) -> str:
    """What of an override differs; a new one as it is declared.

    Rows hold the end of a night before, and of a night that follows its beginning: then dates have to do.
    """
    had, has = (row and span_said(*_ends(row), telling.today) for row in (old, new))
    its_fact = declared(change.rule) if is_fact(change.rule) else ""
    declares = change.rule.removeprefix(its_fact).removeprefix(": ")
    if new is None or old is None:
        row, when = (new, has) if new else (old, had)
        said = f"{when} {_stated(row, telling)}" if row and not _has_nights(row) else f"{when}"
        return declares or said if new else f"no more: {_duties(old, telling) or said}"
    if declares and change.rule.startswith(SWAP):
        return declares if had != has else duties_become(old, new, telling.about.shifts, telling.today)
    named = f", named {old.name} before" if old.name and old.name != new.name else ""
    if not (_has_nights(old) or _has_nights(new)):
        when = f"{had} → {has}" if had != has else had
        stated, states = (_stated(row, telling) for row in (old, new))
        hours = f"{stated} → {states}" if stated != states else states
        return f"{when} {hours}{named}"
    if had != has or not change.diff:
        return f"{had} → {change.rule or has}{named}"
    lines = compared([old], [new], telling.today, lambda monday: False, telling.about.shifts).lines
    return "; ".join(f"{label} {text}" for label, text in lines) + named


def _duties(row: Row | None, telling: Telling) -> str:
    """What a row with nights says of its dates, each night on that on which it begins."""
    if row is None or not _has_nights(row):
        return ""
    return duties_said(row, days_of([row]), telling.about.shifts, telling.today)


def _has_nights(row: Row) -> bool:
    """Whether a piece of it begins or ends at a midnight."""
    return any(start == 0 or end == DAY_MINUTES for spans in row.period.week.values() for start, end in spans)


def _ends(row: Row) -> tuple[date, date]:
    return row.period.start, row.period.end or row.period.start


def _stated(row: Row, telling: Telling) -> str:
    return override_hours_said(row.hours(date.min).week or row.period.week, telling.about.shifts)
