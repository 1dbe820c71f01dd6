"""How a clinic is staffed in the weeks to come, as plain data: what a page about it shows. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import compress, count
from statistics import median
from typing import NamedTuple, Self

from reconciler.model.impact import DateCoverage, Impact, OnDuty, Outlook, Thinness, Violation
from reconciler.staffing.view import View

AHEAD = timedelta(weeks=4)


def outlook(view: View, impact: Impact, violations: Sequence[Violation]) -> Outlook:
    """The next four weeks, or as many of their dates as were looked at. impact, violations: of this view."""
    coverage = impact["coverage"]
    dates = coverage["dates"][: AHEAD.days]
    gaps = [each for each in violations if _is_gap(each)]
    end = str(date.fromisoformat(dates[0]["date"]) + AHEAD)
    return {
        "coverage": {"timezone": coverage["timezone"], "dates": dates},
        "days": [*_days(dates, gaps)],
        "people": [*_people(view, view.midnights[len(dates)])],
        "weeks": [week for week in impact["hours"]["total"]["weeks"] if week["monday"] < end],
        "gaps": [each for each in gaps if (each["date"] or "") < end],
        "stranded": impact["stranded"],
        "changed": [each["date"] for each in dates if each["before"] != each["after"]],
    }


def _days(dates: Sequence[DateCoverage], gaps: Iterable[Violation]) -> Iterator[Thinness]:
    short: dict[str | None, float] = defaultdict(float)
    for gap in gaps:
        short[gap["date"]] = max(short[gap["date"]], (gap["limit"] or 0) - (gap["after"] or 0))
    alike = defaultdict[int, list[DateCoverage]](list)
    for each in dates:
        alike[_weekday(each)].append(each)
    usual = {weekday: _Usual.of(its) for weekday, its in alike.items()}
    for each in dates:
        its = usual[_weekday(each)]
        yield {
            "date": each["date"],
            "short": short[each["date"]],
            "least": its.least_of(each),
            "usualLeast": its.least,
            "hours": _hours(each),
            "usualHours": its.hours,
        }


class _Usual(NamedTuple):
    """What is usual on a weekday.

    staffed: the half hours in which somebody is on duty on most of its dates.
    """

    staffed: tuple[int, ...]
    hours: float
    least: float = 0

    @classmethod
    def of(cls, dates: Sequence[DateCoverage]) -> Self:
        columns = zip(*(each["before"] for each in dates), strict=False)
        staffed = (2 * sum(map(bool, column)) > len(dates) for column in columns)
        usual = cls(tuple(compress(count(), staffed)), median(map(_hours, dates)))
        return usual._replace(least=median(map(usual.least_of, dates)))

    def least_of(self, date: DateCoverage) -> int:
        return min((date["before"][place] for place in self.staffed), default=0)


def _weekday(each: DateCoverage) -> int:
    return date.fromisoformat(each["date"]).weekday()


def _hours(each: DateCoverage) -> float:
    return sum(each["before"]) / 2


def carried_out(seen: Outlook) -> Outlook:
    """The same once what was open has been carried out."""
    dates: list[DateCoverage] = [{**each, "before": each["after"]} for each in seen["coverage"]["dates"]]
    return {
        **seen,
        "coverage": {**seen["coverage"], "dates": dates},
        "days": [*_days(dates, seen["gaps"])],
        "people": [{**each, "before": each["after"]} for each in seen["people"]],
        "weeks": [{**each, "before": each["after"]} for each in seen["weeks"]],
        "changed": [],
    }


def _people(view: View, end: int) -> Iterator[OnDuty]:
    for name, sides in view.rotas.items():
        before, after = (
            [[begin, stop] for begin, stop in view.on_duty(side) if view.start < stop and begin < end]
            for side in sides
        )
        if before or after:
            yield {"user": name, "before": before, "after": after}


def _is_gap(found: Violation) -> bool:
    return found["policy"] == "cover" and found["outcome"] != "excepted"
