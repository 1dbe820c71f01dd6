"""Rows of work hours, as the service has them and as it is sent them (reference)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from reconciler import routes
from reconciler.dates.grammar import DAYS, clock_said
from reconciler.dates.hours import week_of
from reconciler.kinds import Field, Known, digest_of
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.periods import DAY_MINUTES, Period, Span, Week, unite
from reconciler.model import Action, Change, Request, shapes

# The reference has no open end: fifty years stand for it, and anything from forty on reads as open.
OPEN_YEARS, OPEN_FROM = 50, timedelta(days=40 * 365)


def _hours_of_day(value: object, where: str) -> str:
    try:
        week_in({DAYS[0]: shapes.text(value, where)})
    except ValueError:
        raise shapes.odd(where, value, "the hours of a day") from None
    return str(value)


FIELDS = (
    Field("startDate", "from", form=shapes.day, needed=True),
    Field("endDate", "to", form=shapes.maybe(shapes.day), needed=True),
    Field(
        "days",
        rank=2,
        form=shapes.record({}, dict.fromkeys(DAYS, _hours_of_day)),
        needed=True,
    ),
    Field("name", rank=1, form=shapes.text),
)
DEFAULT, OVERRIDE = "DEFAULT", "OVERRIDE"
# No row can be deleted, and what an override without days means is not known: one that goes is put here.
LONG_AGO = date(2000, 1, 1)


def row_of(fields: Mapping[str, Any]) -> Row:
    """A live row: bounds by date, whatever their time of day; a far end is open; times null are a day off."""
    start = date.fromisoformat(date_in(fields["startDateTime"]))
    end = date.fromisoformat(date_in(fields["endDateTime"])) if fields.get("endDateTime") else None
    infos = fields.get("daysInfo") or ()
    week = _week(tuple((info["day"], info.get("startTime"), info.get("endTime")) for info in infos))
    if end is not None and end - start >= OPEN_FROM:
        end = None
    return Row(Period(start, end, week), fields.get("name"), days_off=rule_of(fields) == OVERRIDE)


@lru_cache(maxsize=4096)
def _week(infos: tuple[tuple[int, str | None, str | None], ...]) -> Week:
    """The hours of each weekday that a row names; read once for all rows that say the same."""
    week: dict[int, list[Span]] = {}
    for day, start, end in infos:
        spans = week.setdefault(int(day), [])
        if start and end:
            spans.append((_minutes(start), _minutes(end)))
    return {day: tuple(sorted(spans)) for day, spans in week.items()}


def shown(row: Row) -> dict[str, Any]:
    """A row as plans show it: dates and the hours of each weekday, in words."""
    week = _named(row)
    fields: dict[str, Any] = {
        "startDate": str(row.period.start),
        "endDate": None if row.period.end is None else str(row.period.end),
        "days": {DAYS[day - 1]: _spelled(spans) for day, spans in week.items()},
    }
    if row.days_off and row.name:
        fields["name"] = str(row.name)
    return fields


def row_in(change_key: str, fields: Mapping[str, Any]) -> Row:
    """The row that `shown` showed."""
    start, end = fields["startDate"], fields["endDate"]
    period = Period(date.fromisoformat(start), end and date.fromisoformat(end), week_in(fields["days"]))
    return Row(period, fields.get("name"), days_off=is_override(change_key))


def person_in(name: str) -> str:
    """Whose row a change is about, by the name in its key; a username may contain an @ of its own."""
    return name.rpartition("@")[0].removesuffix("/override")


def is_override(name: str) -> bool:
    """Whether a change, by the name in its key, is about an override."""
    return "/override@" in name


def rule_in(name: str) -> str:
    """The rule of the timeline that a change is about, by the name in its key."""
    return OVERRIDE if is_override(name) else DEFAULT


def request_of(change: Change, known: Known) -> Request:
    """The call that makes a change of a row: all of it, as there is no PATCH."""
    override = is_override(change.key.name)
    row = row_in(change.key.name, change.after or {})
    body = {
        "psmId": known.person(person_in(change.key.name)),
        **bounds(row.period),
        "daysInfo": days_info(row),
    }
    if override:
        body |= {"type": "WORKING_HOURS", "ruleType": OVERRIDE}
        body |= {"name": row.name} if row.name else {}
    if change.action is Action.CREATE:
        return routes.create_work_hours(known.scope, body)
    return routes.replace_work_hours(known.scope, change.live_id or "", body)


def starts_of(change: Change) -> set[str]:
    """The dates on which a change's row may begin, before and after it."""
    return {side["startDate"] for side in (change.before, change.after) if side}


def objection(change: Change) -> str:
    """Why no plan of ours holds such a change."""
    before, after = change.before, change.after
    if after is None:
        return "hours can't be deleted"
    # It is what is put back if the row after a cut can't be written.
    if before is not None and change.live_digest != _digest_of(before, rule_in(change.key.name)):
        return "its `before` is not what its `liveDigest` was made of"
    if change.key.name.rpartition("@")[2] not in starts_of(change):
        return "it begins on another day than its key says"
    if change.action is Action.RETIRE:
        return "" if before and takes_away(before, after) else "it takes no hours away"
    return "" if after["days"] else "taking all hours away is to be called `retire`"


def bounds(period: Period) -> dict[str, str]:
    """The dates of a period as the service writes them; an open end is fifty years on."""
    return {
        "startDateTime": f"{period.start}T00:00:00.000Z",
        "endDateTime": f"{period.end or _open_end(period.start)}T23:59:59.999Z",
    }


def days_info(row: Row) -> list[dict[str, Any]]:
    """The row's `daysInfo`: one element a span, times HH:MM:SS; both null is a day off."""
    return [
        {"day": day, "startTime": _clock(start), "endTime": _clock(end)}
        for day, spans in _named(row).items()
        for start, end in spans or ((None, None),)
    ]


def dated_back(row: Row) -> Row:
    """An override that goes: its days and name stay, its dates are long past."""
    return row._replace(period=row.period._replace(start=LONG_AGO, end=LONG_AGO))


def _named(row: Row) -> Week:
    """The weekdays a row speaks of: those among its dates. Of an override that goes all that it ever had: it
    must not be left without any."""
    week = row.hours(date.min).week
    if row.days_off and (not week or row.period.end == LONG_AGO):
        return {day: unite(spans) for day, spans in sorted(row.period.week.items())}
    return week


def digest(fields: Mapping[str, Any]) -> str:
    """Digest of what staleness is judged by."""
    return _digest_of(shown(row_of(fields)), rule_of(fields))


def _digest_of(row: Mapping[str, Any], rule: str) -> str:
    return digest_of([row, rule])


def week_in(days: Mapping[str, str]) -> Week:
    """The week that `shown` spelled."""
    return week_of({day: "off" if hours == "off" else hours.split(", ") for day, hours in days.items()})


def takes_away(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    open_end = str(date.max)
    return (after["endDate"] or open_end) < (before["endDate"] or open_end) or not after["days"]


def _spelled(spans: Sequence[tuple[int, int]]) -> str:
    return ", ".join("-".join(map(clock_said, span)) for span in spans) or "off"


def _clock(minutes: int | None) -> str | None:
    if minutes is None:
        return None
    # A day's end is its last second: whether the service takes 24:00:00 was never seen.
    return "23:59:59" if minutes == DAY_MINUTES else f"{clock_said(minutes)}:00"


def _minutes(text: str) -> int:
    if text.startswith(("23:59:59", "24:00")):
        return DAY_MINUTES
    return int(text[:2]) * 60 + int(text[3:5])


def _open_end(start: date) -> date:
    year = start.year + OPEN_YEARS
    return (
        start.replace(year=year, day=28) if (start.month, start.day) == (2, 29) else start.replace(year=year)
    )


def date_in(stamp: str) -> str:
    return stamp[:10]


def rule_of(fields: Mapping[str, Any]) -> str:
    """The timeline a row belongs to; the reference knows neither type nor ruleType."""
    if fields.get("type") not in (None, "WORKING_HOURS"):
        return "AVAILABILITY"
    return str(fields.get("ruleType") or DEFAULT)


def past(fields: Mapping[str, Any], today: date) -> bool:
    end = fields.get("endDateTime")
    return end is not None and date_in(end) < str(today)
