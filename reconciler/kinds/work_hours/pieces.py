"""What changes make of each person's hours: usual ones, overrides, and what one fact changes of either. Pure.

A *fact* is what one place in the manifests says of several people: a swap, a closure, a sheet, a shift.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from reconciler.dates.grammar import span_said as hours_of
from reconciler.dates.hours import Shifts
from reconciler.dates.said import day_said, hours_said, span_said
from reconciler.kinds.work_hours.compared import ONCE, Becoming, Changed, compared
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.patterns import (
    CLOSURE,
    ROSTER,
    ROTATIONS,
    SHEET,
    SHIFT,
    SWAP,
    override_hours_said,
    swap_said,
)
from reconciler.kinds.work_hours.periods import DAY_MINUTES
from reconciler.kinds.work_hours.rows import LONG_AGO, is_override, person_in, row_in
from reconciler.kinds.work_hours.sheets_told import sheets_in
from reconciler.model import Action, Change
from reconciler.model.told import Line, Telling, WeekHours

BLOCKED = "blocked"  # the label of why something is left as it is
FEW_WEEKS = 3
USUAL = 0.75  # the part of weeks that have to be alike for one to stand for all
_SWAPPED = re.compile(r"Swap with (.+)")


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


def pieces_of(changes: Iterable[Change], telling: Telling) -> Iterator[Piece]:
    """The pieces of any number of people."""
    own: dict[tuple[str, str | None], list[Change]] = {}
    for change in changes:
        name = change.key.name
        fact = fact_of(change, telling.today) if is_override(name) else None
        own.setdefault((person_in(name), fact), []).append(change)
    for (person, fact), theirs in own.items():
        if fact is None:
            yield from _usual_pieces(person, theirs, telling)
        else:
            becoming = _overrides(_sent(theirs) or theirs, telling)
            beside = (person, None) in own  # the other piece says what becomes of the week
            yield _piece(person, theirs, becoming, telling, fact, beside)


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
) -> Piece:
    """beside: whether another piece says what becomes of the week."""
    special = any(is_override(change.key.name) for change in changes)
    names = {change.rule for change in changes if change.rule and not special and not is_fact(change.rule)}
    blocked = dict.fromkeys(change.reason for change in changes if change.action is Action.BLOCKED)
    unseen = telling.until is not None and becoming.first > telling.until
    sent = bool(_sent(changes))
    return Piece(
        person,
        *(("", "") if beside or unseen or not sent else _hours(person, telling)),
        becoming.lines + tuple(Line(BLOCKED, reason) for reason in blocked),
        becoming.first,
        becoming.last,
        tuple(changes),
        template=names.pop() if len(names) == 1 else "",
        fact=fact,
        happens=sent and bool(becoming.changed or special),
        becoming=becoming,
    )


def fact_of(change: Change, today: date) -> str:
    """The swap or closure that an override's row is of; of one that goes, the swap that its name tells."""
    if is_fact(change.rule):
        return change.rule.partition(": ")[0]
    before = change.before or {}
    partner = _SWAPPED.fullmatch(str(before.get("name", "")))
    if partner is None or change.rule or change.action is not Action.RETIRE:
        return ""
    pair = sorted((person_in(change.key.name), partner[1]))
    day = day_said(date.fromisoformat(before["startDate"]), today, weekday=False)
    return f"{swap_said(pair[0], pair[1])} on {day} no more"


def is_fact(rule: str) -> bool:
    """Whether a change's rule names what may move several people."""
    return rule.startswith((SWAP, CLOSURE, ROSTER))


def _of_usual(changes: Sequence[Change], becoming: Becoming, telling: Telling) -> str:
    """What changes somebody's usual hours, if on each date that differs it is one thing: a shift has other
    hours, or what a service without overrides takes as usual hours."""
    edits = edits_of(becoming.changed)
    for named in telling.about.templates:
        if named.startswith(SHIFT) and named.partition(": ")[2] in edits:
            return named
    rows = [
        (fact_of(change, telling.today), row_in(change.key.name, change.after).period)
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
    return Becoming(tuple(lines), first, last, ())


def _becomes(old: Row | None, new: Row | None, change: Change, telling: Telling) -> str:
    """What of an override differs; a new one as it is declared.

    Rows hold the end of a night before, and of a night that follows its beginning: then dates have to do.
    """
    had, has = (row and span_said(*_ends(row), telling.today) for row in (old, new))
    if old is None or new is None:
        row, when = (new, has) if new else (old, had)
        said = f"{when} {_stated(row, telling)}" if row and not _has_nights(row) else f"{when}"
        declared = change.rule.partition(": ")[2] if is_fact(change.rule) else change.rule
        return declared or said if new else f"no more: {said}"
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


def _has_nights(row: Row) -> bool:
    """Whether a piece of it begins or ends at a midnight."""
    return any(start == 0 or end == DAY_MINUTES for spans in row.period.week.values() for start, end in spans)


def _ends(row: Row) -> tuple[date, date]:
    return row.period.start, row.period.end or row.period.start


def _stated(row: Row, telling: Telling) -> str:
    return override_hours_said(row.hours(date.min).week or row.period.week, telling.about.shifts)


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
