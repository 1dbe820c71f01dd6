"""What people did in Welkin to dates that an override, a swap or a closure makes other than usual. Pure.

An override of one stretch is edited in its place; of everything else it is said, date by date, what is live.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple, cast

from reconciler.kinds import Context
from reconciler.kinds.work_hours.accepting_days import Editing, days_edits, days_said, spans_said
from reconciler.kinds.work_hours.layers import Layer, Statement
from reconciler.kinds.work_hours.periods import DAY, DAY_MINUTES, Spans, Week
from reconciler.kinds.work_hours.rows import person_in, week_in
from reconciler.kinds.work_hours.shifts import DayCalendar, dates
from reconciler.model import Change, Findings, Key, Source
from reconciler.model.edits import Edit, Untold
from reconciler.model.spec import HoursSpec
from reconciler.model.when import stretches_in


class Otherwise(NamedTuple):
    """Dates of a person that a statement says, and that are otherwise by now.

    dates: the statement's. hours: what is live where anything is stated, on other dates, too.
    """

    name: str
    key: Key
    statement: Statement
    dates: frozenset[date]
    hours: Mapping[date, Spans]

    def joined(self, other: Otherwise) -> Otherwise:
        return self._replace(dates=self.dates | other.dates, hours={**self.hours, **other.hours})


def otherwise(
    change: Change, calendar: DayCalendar, shifts: Mapping[date, Spans], today: date, lost: bool
) -> Iterator[Otherwise | Untold]:
    """What a row of ours that was changed by hand makes otherwise: its dates, and nights that it ends.

    shifts: what is live. lost: nothing says the row any more since what is live of others was accepted.
    """
    if change.before and not change.before["endDate"]:
        yield Untold(change.key, "it has no end any more: edit it by hand")
        return
    wished, live = (_dates(side, today) if side else [] for side in (change.after, change.before))
    words = {day: word for day in wished if (word := calendar.word(day))}
    own = [day for day, word in words.items() if word.statement.source == change.source]
    if lost and not own and change.before:
        statement = Statement(Layer.USUAL, change.before.get("name") or "Override", (), Source("", 0))
        yield Otherwise(
            person_in(change.key.name), change.key, statement, frozenset(), {day: shifts[day] for day in live}
        )
        return
    if not own:
        yield Untold(change.key, "no date of it is an override's, a swap's or a closure's own")
        return
    person, found = person_in(change.key.name), list[Otherwise]()
    others = {*wished} - {*own}
    hours = {day: shifts[day] for day in live if day not in others or shifts[day] != calendar.shifts(day)}
    for day in sorted({day + step for day in live for step in (-DAY, DAY)} - {*live, *own}):
        if day >= today and shifts[day] != calendar.shifts(day):
            word = calendar.word(day)
            if word is None:
                yield Untold(change.key, f"no manifest says that a night ends at midnight beside {day}")
                return
            found.append(Otherwise(person, change.key, word.statement, frozenset((day,)), {day: shifts[day]}))
    yield from (*found, Otherwise(person, change.key, words[own[0]].statement, frozenset(own), hours))


def _dates(side: Mapping[str, str], today: date) -> list[date]:
    """The dates to come that a row states."""
    first, last = (date.fromisoformat(side[name]) for name in ("startDate", "endDate"))
    named = week_in(cast(Mapping[str, str], side["days"]))
    return [day for day in dates(max(first, today), last + DAY) if day.isoweekday() in named]


def is_alone(change: Change, item: HoursSpec) -> bool:
    """Whether a row that is live says all of an override, and says it as it is written."""
    stretches = stretches_in(item, Findings())
    bounds = [str(day) for each in stretches for day in (each.first, each.last)]
    live, wished = change.before, change.after
    if not live or not wished or not live["endDate"] or _has_nights(live) or _has_nights(wished):
        return False
    return bounds == [wished["startDate"], wished["endDate"]]


def _has_nights(side: Mapping[str, Mapping[str, str]]) -> bool:
    spans = [span for spans in week_in(side["days"]).values() for span in spans]
    return any((start == 0) != (end == DAY_MINUTES) for start, end in spans)


def in_place(edit: Editing, place: int, item: HoursSpec, change: Change, context: Context) -> Iterator[Edit]:
    """Other dates, another name, other hours of an override whose row is alone."""
    live, wished = change.before or {}, change.after or {}
    first, last = live["startDate"], live["endDate"]
    if (first, last) != (wished["startDate"], wished["endDate"]):
        if "on" in item:
            yield edit((place, "on"), first if first == last else f"{first}..{last}")
        else:
            yield edit((place, "from"), first)
            yield edit((place, "to"), last)
    if live.get("name") != wished.get("name") and live.get("name"):
        yield edit((place, "override"), str(live["name"]))
    if live["days"] != wished["days"]:
        yield from hours_edits(edit, place, item, week_in(live["days"]), context)


def hours_edits(edit: Editing, place: int, item: HoursSpec, week: Week, context: Context) -> Iterator[Edit]:
    """Have an override say these hours."""
    if "hours" not in item:
        yield from days_edits(edit, place, item, week, context, says_off=True)
        return
    alike = {*week.values()}
    if len(alike) == 1:
        yield edit((place, "hours"), spans_said(alike.pop()))
    else:
        yield edit((place, "hours"), None)
        yield edit((place, "days"), days_said(week, says_off=True))
