"""How a clinic is staffed in the weeks to come, as plain data: what a page about it shows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from reconciler.model.impact import Impact, OnDuty, Outlook, Violation
from reconciler.staffing.view import View

AHEAD = timedelta(weeks=4)


def outlook(view: View, impact: Impact, violations: Sequence[Violation]) -> Outlook:
    """The next four weeks, or as many of their dates as were looked at. impact, violations: of this view."""
    coverage = impact["coverage"]
    dates = coverage["dates"][: AHEAD.days]
    end = str(date.fromisoformat(dates[0]["date"]) + AHEAD)
    return {
        "coverage": {"timezone": coverage["timezone"], "dates": dates},
        "people": [*_people(view, view.midnights[len(dates)])],
        "weeks": [week for week in impact["hours"]["total"]["weeks"] if week["monday"] < end],
        "gaps": [each for each in violations if _is_gap(each) and (each["date"] or "") < end],
        "stranded": impact["stranded"],
        "changed": [each["date"] for each in dates if each["before"] != each["after"]],
    }


def _people(view: View, end: int) -> Iterator[OnDuty]:
    for name, sides in view.rotas.items():
        duty = view.on_duty(sides.before)
        looked = [[begin, stop] for begin, stop in duty if view.start < stop and begin < end]
        if looked:
            yield {"user": name, "duty": looked}


def _is_gap(found: Violation) -> bool:
    return found["policy"] == "cover" and found["outcome"] != "excepted"
