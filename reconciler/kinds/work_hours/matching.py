"""Which live object is which wished one, so that the fewest writes lead from one to the other. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import Enum
from itertools import pairwise, zip_longest
from typing import NamedTuple

from reconciler.kinds.work_hours.periods import DAY, Period, Spans, Week, restrict, shared_day
from reconciler.model import Source


class Said(NamedTuple):
    """What in the manifests a row comes from: its place, how reports call it, the reason that is given; the
    swaps of which it is a half."""

    source: Source
    rule: str
    why: str
    bound: frozenset[str] = frozenset()


class Row(NamedTuple):
    """One row of a person's timeline. `name` None is not compared; `days_off`: a day off is a statement.
    `said`: of a wished one."""

    period: Period
    name: str | None = None
    days_off: bool = False
    said: Said | None = None

    def hours(self, since: date) -> Period:
        return restrict(self.period, since, self.days_off)

    def states(self, since: date) -> bool:
        """Whether it says anything of a date; of an override without days nobody knows what."""
        return bool(self.hours(since).week) or (self.days_off and not self.period.week)

    def until(self, last: date | None) -> Row:
        return self._replace(period=self.period._replace(end=last))

    def begins(self, since: date) -> date:
        """From which date on it holds: an override, from the first to come that it states."""
        first = max(self.period.start, since)
        if not self.days_off:
            return first
        days = (first + DAY * step for step in range(7))
        return next((day for day in days if day.isoweekday() in self.period.week), first)


class Step(Enum):
    """What becomes of a row: each but KEEP is one write."""

    KEEP = "keep"
    REPLACE = "replace"  # same start date, or a running row whose end alone differs: PUT
    REUSE = "reuse"  # a row of the future that nobody wants any more becomes another one: PUT
    CREATE = "create"  # POST
    END = "end"  # a running row ends yesterday: PUT
    EMPTY = "empty"  # a row of the future loses its hours or its dates, as no DELETE exists: PUT


class Match(NamedTuple):
    """A step with the positions of its wished and its live row; what is kept in other pieces may lack one."""

    step: Step
    wished: int | None
    live: int | None


def match_rows(wished: Sequence[Row], live: Sequence[Row], today: date, prune: bool) -> list[Match]:
    """Assign live rows to wished ones with the fewest writes.

    Args:
        wished: settled and disjoint, none past.
        live: of one timeline (person, type, ruleType), none past; emptied ones too, to be used again.
        today: in the person's zone; what began before it is running, and its past is not rewritten.
        prune: rows that nobody wants any more may become others; else only those on dates that are wished.

    An exact match costs nothing, any other pair one write, and so does a row without a partner (an emptied
    live one nothing): pairing exact matches first and then as many others as possible is the cheapest.
    """
    open_wished, open_live = list(range(len(wished))), list(range(len(live)))
    matches = _paired(Step.KEEP, _alike, wished, live, open_wished, open_live, today)
    if not (open_wished or open_live):
        return matches
    matches += _kept_in_pieces(wished, live, open_wished, open_live, today)
    for fits in (_same_start, _only_end_differs):
        matches += _paired(Step.REPLACE, fits, wished, live, open_wished, open_live, today)
    # What has begun may have its hours behind it: nothing is left to write.
    open_wished = [want for want in open_wished if wished[want].states(today)]
    reusable = sorted(
        (have for have in open_live if _reusable(live[have], wished, today, prune)),
        key=lambda have: (not live[have].hours(today).week, live[have].period.start),
    )
    matches += [Match(Step.REUSE, *pair) for pair in zip(open_wished, reusable, strict=False)]
    matches += [Match(Step.CREATE, want, None) for want in open_wished[len(reusable) :]]
    for have in open_live:
        if have in reusable[: len(open_wished)]:
            continue
        running = live[have].period.start < today
        if live[have].states(today):
            matches.append(Match(Step.END if running else Step.EMPTY, None, have))
    return matches


def _paired(
    step: Step,
    fits: Callable[[Row, Row, date], bool],
    wished: Sequence[Row],
    live: Sequence[Row],
    open_wished: list[int],
    open_live: list[int],
    today: date,
) -> list[Match]:
    """Pair what fits, each with the first that does, and take it out of what is open."""
    matches = []
    for want in tuple(open_wished):
        have = next((have for have in open_live if fits(wished[want], live[have], today)), None)
        if have is not None:
            matches.append(Match(step, want, have))
            open_wished.remove(want)
            open_live.remove(have)
    return matches


class _Piece(NamedTuple):
    """What a row says from today on; `beyond` is the date after its last. `wished`: on which side it is."""

    start: date
    beyond: date
    week: Week
    name: str | None
    wished: bool
    place: int


def _kept_in_pieces(
    wished: Sequence[Row],
    live: Sequence[Row],
    open_wished: list[int],
    open_live: list[int],
    today: date,
) -> list[Match]:
    """Keep stretches of dates of which both sides say the same, in however many rows each does."""
    if not open_wished or not open_live:
        return []
    pieces = [_piece(wished[place], True, place, today) for place in open_wished]
    pieces += [_piece(live[place], False, place, today) for place in open_live]
    matches = []
    for stretch in _stretches(sorted((piece for piece in pieces if piece.week), key=lambda p: p.start)):
        ours, theirs = ([p.place for p in stretch if p.wished is side] for side in (True, False))
        if _agree(stretch):
            matches += [Match(Step.KEEP, *pair) for pair in zip_longest(ours, theirs)]
            open_wished[:] = [place for place in open_wished if place not in ours]
            open_live[:] = [place for place in open_live if place not in theirs]
    return matches


def _piece(row: Row, wished: bool, place: int, today: date) -> _Piece:
    beyond = date.max if row.period.end is None else row.period.end + DAY
    return _Piece(row.begins(today), beyond, row.hours(today).week, row.name, wished, place)


def _stretches(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Pieces that share dates, of either side, together; `pieces`: by start."""
    stretches: list[list[_Piece]] = []
    beyond = date.min
    for piece in pieces:
        if piece.start >= beyond:
            stretches.append([])
        stretches[-1].append(piece)
        beyond = max(beyond, piece.beyond)
    return stretches


def _agree(stretch: Sequence[_Piece]) -> bool:
    """Whether the two sides say the same on each date."""
    named = any(piece.wished and piece.name is not None for piece in stretch)

    def said(wished: bool, day: date) -> list[tuple[str, Spans]]:
        """What the rows of a side that speak of a date say of it: two that do are not one that does."""
        return sorted(
            (piece.name or "" if named else "", piece.week[day.isoweekday()])
            for piece in stretch
            if piece.wished is wished and piece.start <= day < piece.beyond
            if day.isoweekday() in piece.week
        )

    edges = sorted({piece.start for piece in stretch} | {piece.beyond for piece in stretch})
    return all(
        said(True, day) == said(False, day)
        for begin, beyond in pairwise(edges)
        for day in (begin + DAY * step for step in range(min((beyond - begin).days, 7)))
    )


def _alike(want: Row, have: Row, today: date) -> bool:
    """Same dates from today on, same hours; a running row counts as begun, whenever that was."""
    begun = want.begins(today) == have.begins(today)
    return begun and want.period.end == have.period.end and _same_hours(want, have, today)


def _reusable(have: Row, wished: Sequence[Row], today: date, prune: bool) -> bool:
    """Whether a row of the future may become another: it is empty, goes anyway, or is in the way."""
    free = prune or not have.hours(today).week
    return have.period.start >= today and (free or first_met(have, wished, today) is not None)


def first_met(have: Row, wished: Iterable[Row], today: date) -> date | None:
    """The first date to come of which a wished row speaks as well; an override speaks only of the weekdays
    that it names."""
    since = max(have.period.start, today)
    if have.days_off:
        days = (shared_day(have.period, want.period, since) for want in wished)
        return min((day for day in days if day), default=None)
    rest = have.period._replace(start=since)
    return min((want.period.start for want in wished if rest.overlaps(want.period)), default=None)


def _same_start(want: Row, have: Row, today: date) -> bool:
    return want.period.start == have.period.start and have.states(date.min)


def _only_end_differs(want: Row, have: Row, today: date) -> bool:
    """Whether a running row can be kept by moving its end: its whole week counts, as its past stays."""
    running = want.period.start <= today and have.period.covers(today)
    return running and _same_hours(want, have, date.min)


def _same_hours(want: Row, have: Row, since: date) -> bool:
    named = want.name is None or want.name == have.name
    return named and want.hours(since).week == have.hours(since).week
