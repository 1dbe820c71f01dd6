"""Hours from a table: a row is a day's hours, or several days', of a person between two dates."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.dates.grammar import DAYS, Span, date_of, days_of, parts_of, span_of, span_said
from reconciler.dates.week import ranges
from reconciler.export.others.taken import People, Period, Place, Taken, Unfit, shown
from reconciler.manifest.spelling import Data, literal

NEEDED = ("user", "from", "days", "start", "end")
OPTIONAL = ("to", "override")
LONGEST_NAME, LONGEST_COLUMN, MOST_ROWS = 200, 40, 50_000
MOST_OVERRIDES = 500  # of a person
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WEEK = tuple(range(1, 8))

Hours = tuple[Span, ...]  # of a day; none: off


class _Row(NamedTuple):
    """A sound row; `alone`: its day was written by itself, which beats a range."""

    user: str
    begins: str
    ends: str
    override: str
    days: tuple[int, ...]
    alone: frozenset[int]
    hours: Hours
    place: Place

    @property
    def period(self) -> tuple[str, str, str, str]:
        return self.user, self.begins, self.ends, self.override


def read_table(text: str, file: str, people: People, taken: Taken) -> None:
    """Take the periods of a CSV file."""
    rows = _rows(text, file, taken)
    _, header = next(rows, (1, []))
    names = [name.strip().casefold() for name in header]
    missing = [name for name in NEEDED if name not in names]
    twice = [name for name in (*NEEDED, *OPTIONAL) if names.count(name) > 1]
    if missing or twice:
        said = f"`{(missing or twice)[0]}` {'is missing' if missing else 'stands there twice'}"
        taken.skip(
            Place(file, 1), f"the first line names the columns {' '.join((*NEEDED, *OPTIONAL))}: {said}"
        )
        return
    for name in names:
        if name not in (*NEEDED, *OPTIONAL):
            taken.warn(Place(file, 1), f"the column `{name[:LONGEST_COLUMN]}` is not taken")
    found: dict[tuple[str, str, str, str], list[_Row]] = {}
    for line, cells in rows:
        row = _row(
            dict(zip(names, cells, strict=False)), len(cells) - len(names), Place(file, line), people, taken
        )
        if row is not None:
            found.setdefault(row.period, []).append(row)
    overrides: Counter[str] = Counter()
    for of_period in found.values():
        if taken.is_full(file):
            taken.skip(of_period[0].place, "too much: what follows was not taken")
            return
        overrides[of_period[0].user] += bool(of_period[0].override)
        if overrides[of_period[0].user] > MOST_OVERRIDES:
            taken.skip(of_period[0].place, f"more than {MOST_OVERRIDES} overrides of one person")
        else:
            _take(of_period, taken)


def _rows(text: str, file: str, taken: Taken) -> Iterator[tuple[int, list[str]]]:
    """Rows that aren't empty, each with the line on which it begins; the first ones name the columns."""
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    line = 1
    for _ in range(MOST_ROWS):
        if taken.is_full(file):
            break
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            taken.skip(
                Place(file, line),
                "this line can't be read: a cell of it is too long, or a quote is not closed",
            )
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1
    taken.skip(Place(file, line), "too much: what follows was not read")


def _row(cells: Mapping[str, str], extra: int, place: Place, people: People, taken: Taken) -> _Row | None:
    """One row; None, said, if it can't be taken."""
    said = {name: cells.get(name, "").strip() for name in (*NEEDED, *OPTIONAL)}
    try:
        if extra > 0:
            raise Unfit("this row has more cells than the first line")
        user = people.find(said["user"])
        if user is None:
            raise Unfit("no user whom the environment declares has this name or address")
        begins, ends = _date(said["from"], "from"), _date(said["to"], "to") if said["to"] else ""
        if ends and ends < begins:
            raise Unfit(f"`to` ({ends}) is before `from` ({begins})")
        hours = _hours(said["start"], said["end"])
        days = _days(said["days"] or _only_day(begins, ends), bool(hours))
        return _Row(user, begins, ends, _override(said["override"]), *days, hours, place)
    except Unfit as error:
        taken.skip(place, error.reason)
        return None


def _date(text: str, column: str) -> str:
    try:
        return date_of(text).isoformat()
    except ValueError:
        raise Unfit(
            f"{shown(text)} is no date (`{column}`): write year-month-day, as in 2026-12-01"
        ) from None


def _hours(start: str, end: str) -> Hours:
    if not start and not end:
        return ()
    if not start or not end:
        raise Unfit(f"`{'start' if end else 'end'}` is missing: leave both empty for a day off")
    try:
        return (span_of(f"{start}-{end}"),)
    except ValueError:
        said = f"from {shown(start)} to {shown(end)} are no hours"
        raise Unfit(f"{said}: write 9:00 or 09:00, at different times") from None


def _days(text: str, needed: bool) -> tuple[tuple[int, ...], frozenset[int]]:
    if not text and not needed:
        return _WEEK, frozenset()
    try:
        text = text.casefold()
        alone = frozenset(part[0] for part in parts_of(text) if len(part) == 1)
        return days_of(text), alone
    except ValueError:
        raise Unfit("`days` names no days: write mon, mon-fri or mon, wed-fri") from None


def _only_day(begins: str, ends: str) -> str:
    """The weekday of a single date: it goes without saying."""
    return DAYS[date_of(begins).weekday()] if begins == ends else ""


def _override(text: str) -> str:
    if text.startswith(_FORMULA):
        raise Unfit("`override` begins like a formula of a spreadsheet")
    if len(text) > LONGEST_NAME:
        raise Unfit(f"`override` is longer than {LONGEST_NAME} characters")
    return text


def _take(rows: Sequence[_Row], taken: Taken) -> None:
    """Make one period of its rows: a day by itself beats a range, further rows of a day add to it."""
    alone = {day for row in rows for day in row.alone}
    week: dict[int, list[_Row]] = {}
    kept: list[_Row] = []
    for row in rows:
        days = [day for day in row.days if day in row.alone or day not in alone]
        reason = next(filter(None, (_clash(row, day, week.get(day, ())) for day in days)), "")
        if reason:
            taken.skip(row.place, reason)
            continue
        kept.append(row)
        for day in days:
            week.setdefault(day, []).append(row)
    if kept:
        user, begins, ends, override = kept[0].period
        spec: dict[str, Data] = {"override": literal(override)} if override else {}
        spec |= {"from": begins, **({"to": ends} if ends else {}), "days": _week(week, bool(override))}
        taken.periods.append(Period(user, spec, [row.place for row in kept]))


def _clash(row: _Row, day: int, others: Sequence[_Row]) -> str:
    """Why a row doesn't go with those that a day has."""
    for other in others:
        if not row.hours or not other.hours:
            return f"{DAYS[day - 1]} is off here or on line {other.place.line}, and has hours on the other"
        if any(a < d and c < b for a, b in row.hours for c, d in other.hours):
            return f"the hours of {DAYS[day - 1]} overlap those of line {other.place.line}"
    return ""


def _week(week: Mapping[int, Sequence[_Row]], says_off: bool) -> Data:
    """The days as a manifest has them: alike ones together; off ones only where that says something."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for day in sorted(week):
        spans = sorted(span for row in week[day] for span in row.hours)
        alike.setdefault(tuple(map(span_said, spans)), []).append(day)
    if set(alike) == {()} and (not says_off or len(week) == len(_WEEK)):
        return "off"
    return {ranges(days): _said(spans) for spans, days in alike.items() if spans or says_off}


def _said(spans: Sequence[str]) -> Data:
    if not spans:
        return "off"
    return spans[0] if len(spans) == 1 else list(spans)
