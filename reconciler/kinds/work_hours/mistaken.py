"""Overrides that a service takes for usual hours, as it keeps no `ruleType` of ours. Pure.

No answer says so: it shows in the person's rows, where a usual one is that wasn't there, and another is cut
short. No row can be deleted, so the one too many is dated back, where it holds for nobody and tells later
plans what kind of service this is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from reconciler import routes
from reconciler.kinds.work_hours.part import Hours
from reconciler.kinds.work_hours.periods import DAY, Period
from reconciler.kinds.work_hours.rows import (
    DEFAULT,
    LONG_AGO,
    OVERRIDE,
    bounds,
    date_in,
    dated_back,
    days_info,
    person_in,
    row_in,
    row_of,
    rule_of,
    shown,
)
from reconciler.kinds.work_hours.shifts import SHIFTS, DayCalendar
from reconciler.model import Change, Desired, Request, Snapshot
from reconciler.model.typed import HoursRow, JsonObject
from reconciler.routes import Scope


def repairs(change: Change, before: Snapshot, after: Snapshot, scope: Scope) -> list[Request]:
    """What puts a person's rows right, if an override was taken for usual hours; else nothing.

    The row too many goes first: where a service cuts what a written row covers, it then cuts nothing more.
    """
    person = after.ids.get(person_in(change.key.name), "")
    wanted = str((change.after or {}).get("startDate"))
    if any(
        rule_of(row) == OVERRIDE and _start(row) == wanted for row in after.of(Hours).rows.get(person, ())
    ):
        return []
    had, has = (_usual(snapshot.of(Hours).rows.get(person, ())) for snapshot in (before, after))
    now = [_same(row, has) for row in had]
    kept = {row["workHoursId"] for row in now if row}
    made = [row for row in has if row["workHoursId"] not in kept and _start(row) >= wanted]
    cut = [pair for pair in zip(had, now, strict=True) if pair[1] is None or _said(pair[0]) != _said(pair[1])]
    return [*(_dated_back(row, person, scope) for row in made), *_put_back(cut, person, scope)]


def trace_of(change: Change, live: Snapshot, scope: Scope) -> Request | None:
    """A refused override as usual hours of long ago, where they hold for nobody; None where it has no hours,
    which the reference can't say."""
    row = dated_back(row_in(change.key.name, change.after or {}))
    days = [info for info in days_info(row) if info["startTime"]]
    if not days:
        return None
    person = live.ids.get(person_in(change.key.name), "")
    return routes.create_work_hours(scope, {"psmId": person, **bounds(row.period), "daysInfo": days})


def as_usual_long_ago(change: Change) -> Change:
    """A change as of the row that `trace_of` leaves, by which it is looked for."""
    return change._replace(after={**(change.after or {}), "startDate": str(LONG_AGO)})


def in_doubt(
    desired: Iterable[Desired], hours: Hours, ids: Mapping[str, str], our_ids: frozenset[str], today: date
) -> list[str]:
    """The ids of people with overrides still to be written, where nothing shows that they would be kept."""
    rows = (row for rows in hours.rows.values() for row in rows)
    if hours.rule_types is False or any(
        rule_of(r) == OVERRIDE and r.get("createdBy") in our_ids for r in rows
    ):
        return []
    people = ((ids.get(wish.key.name), wish.fields.get(SHIFTS)) for wish in desired)
    return [
        id for id, calendar in people if id and calendar and _missing(calendar, hours.rows.get(id, ()), today)
    ]


def were_mistaken(rows: Iterable[HoursRow]) -> bool:
    """Whether rows of a person, read from `LONG_AGO` on, have one that an earlier run dated back."""
    return any(_ends_long_ago(row) for row in _usual(rows))


def _missing(calendar: DayCalendar, rows: Iterable[HoursRow], today: date) -> bool:
    """Whether an override is still to come of which no row is there."""
    there = [row_of(row).period for row in rows if rule_of(row) == OVERRIDE]
    to_come = (row for _, row in calendar.stated_rows() if (row.end or date.max) >= today)
    return any(not any(row.overlaps(other) for other in there) for row in to_come)


def _usual(rows: Iterable[HoursRow]) -> list[HoursRow]:
    return [row for row in rows if rule_of(row) == DEFAULT and row.get("workHoursId")]


def _same(row: HoursRow, rows: Sequence[HoursRow]) -> HoursRow | None:
    """The row as it is now; whether its id stays where it is cut is not known, its start does."""
    by_id = [other for other in rows if other["workHoursId"] == row["workHoursId"]]
    return next(iter(by_id or [other for other in rows if _start(other) == _start(row)]), None)


def _put_back(
    cut: Iterable[tuple[HoursRow, HoursRow | None]], person: str, scope: Scope
) -> Iterator[Request]:
    for row, now in sorted(cut, key=lambda pair: _start(pair[0])):
        body = _body(row, row_of(row).period, person)
        if now is None:
            yield routes.create_work_hours(scope, body)
        else:
            yield routes.replace_work_hours(scope, now["workHoursId"], body)


def _dated_back(row: HoursRow, person: str, scope: Scope) -> Request:
    body = _body(row, Period(LONG_AGO, LONG_AGO, {}), person)
    return routes.replace_work_hours(scope, row["workHoursId"], body)


def _body(row: HoursRow, period: Period, person: str) -> JsonObject:
    days = [
        {name: info.get(name) for name in ("day", "startTime", "endTime")}
        for info in row.get("daysInfo") or ()
    ]
    name = {"name": row["name"]} if row.get("name") else {}
    return {"psmId": person, **bounds(period), "daysInfo": days, **name}


def _said(row: HoursRow) -> JsonObject:
    return shown(row_of(row))


def _start(row: HoursRow) -> str:
    return date_in(row["startDateTime"])


def _ends_long_ago(row: HoursRow) -> bool:
    end = row.get("endDateTime")
    return date_in(end) <= str(LONG_AGO + DAY) if end else False
