"""What becomes of somebody's hours a week, in words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from itertools import groupby

from reconciler.dates.said import day_said, hours_said
from reconciler.kinds.work_hours.patterns import ROTATIONS
from reconciler.model.told import Telling, WeekHours

FEW_WEEKS = 3
USUAL = 0.75  # the part of weeks that have to be alike for one to stand for all


def hours_told(person: str, telling: Telling, mondays: Collection[date] | None = None) -> tuple[str, str]:
    """What becomes of hours from the first week that differs on, `40 h → 24 h a week`; and then.

    mondays: of the weeks that are asked for, if not all are.
    """
    if telling.weeks is None:
        return "", ""
    weeks = telling.weeks.get(person, ())
    if mondays is not None:
        weeks = tuple(week for week in weeks if week.monday in mondays)
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
    together = [[*alike] for _, alike in groupby(span, key=lambda week: week[1:])]
    steady = [alike[0] for alike in together if len(alike) > FEW_WEEKS]
    if not steady or sum(map(len, together)) * USUAL > sum(
        len(alike) for alike in together if len(alike) > FEW_WEEKS
    ):
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
