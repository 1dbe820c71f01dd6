"""Work hours of users in an instance (reference, Working Hours)."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from reconciler.simulator import audits, checks, instants, people
from reconciler.simulator.call import Answer, Call, Route
from reconciler.simulator.checks import Bad
from reconciler.simulator.refusals import invalid, missing

_DAY = checks.whole(1, 7)
_REFERENCE_DAY = checks.shape(
    {"day": _DAY, "startTime": checks.time_of_day, "endTime": checks.time_of_day},
    {"daysInfoId": checks.ignored},
    "refuse",
)
_LIVE_DAY = checks.shape(
    {
        "day": _DAY,
        "startTime": checks.nullable(checks.time_of_day),  # both null: a day off
        "endTime": checks.nullable(checks.time_of_day),
    },
    {},
)
_LIVE_OPTIONAL = {
    "name": checks.nullable(checks.text),
    "type": checks.one_of("WORKING_HOURS", "AVAILABILITY"),
    "ruleType": checks.one_of("DEFAULT", "OVERRIDE"),
    "encounters": checks.listed(checks.text),
}
_SET_BY_SERVER = {"createdBy": checks.ignored, "updatedBy": checks.ignored}
_BEYOND_REFERENCE = {"psmId", *_LIVE_OPTIONAL}
_OPEN = instants.LAST + 1


def find(call: Call) -> Answer:
    """Only users with rows in the range appear; a row that overlaps it is given whole."""
    # Live takes both spellings, the reference only its own.
    name = "psm-ids" if "psm-ids" in call.query or not call.live else "psmIds"
    psms = call.required(name, checks.separated(checks.uuid))
    rows = rows_of(call, psms, *call.required_range())
    return Answer(200, shown(call, rows, call.asked("viewerTimezone", checks.zone)))


def create(call: Call) -> Answer:
    sent = _checked(call)
    row = {
        **_row(call, sent),
        "workHoursId": str(uuid4()),
        "createdAt": call.now,
        "createdBy": call.client.id,
    }
    call.store.write(
        "INSERT INTO hours VALUES (:id, :place, :psm, :starts, :ends, :body)",
        {"place": call.place, "psm": row["psmId"], **_columns(row)},
    )
    _cut_neighbours(call, row)
    audits.note_calendar(call, "WORK_HOURS_CREATED", sent)
    return Answer(201, shown(call, [row], None)[0])


def replace(call: Call) -> Answer:
    """A row is replaced whole; the answer echoes what was sent, without any id."""
    hours_id = call.params["hours"]
    before = call.store.body("SELECT body FROM hours WHERE id = ? AND place = ?", (hours_id, call.place))
    if before is None:
        raise missing("WORK_HOURS_NOT_FOUND", "Work hours not found", workHoursId=hours_id)
    sent = _checked(call)
    if sent["psmId"] != before["psmId"]:
        raise invalid([("psmId", "can't be changed")])
    kept = {key: before[key] for key in ("workHoursId", "createdAt", "createdBy")}
    row = {**_row(call, sent), **kept}
    call.store.write(
        "UPDATE hours SET starts = :starts, ends = :ends, body = :body WHERE id = :id", _columns(row)
    )
    _cut_neighbours(call, row)
    audits.note_calendar(call, "WORK_HOURS_UPDATED", sent)
    return Answer(200, sent)


def rows_of(call: Call, psms: list[str], since: int, until: int) -> list[dict[str, Any]]:
    """The rows of these users that overlap the range, in no useful order."""
    return call.store.bodies(
        "SELECT body FROM hours WHERE place = ? AND psm IN (SELECT value FROM json_each(?))"
        " AND ends >= ? AND starts <= ? ORDER BY id",
        (call.place, json.dumps(psms), since, until),
    )


def shown(call: Call, rows: list[dict[str, Any]], viewer: str | None) -> list[dict[str, Any]]:
    """`[{psmId, details[]}]`; `local*` in the viewer's zone, else in each user's own."""
    found = people.users(call.store, call.tenant, (row["psmId"] for row in rows))
    by_psm: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        zone = viewer or found.get(row["psmId"], {}).get("timezone")
        by_psm.setdefault(row["psmId"], []).append(_detail(call, row, zone))
    return [{"psmId": psm, "details": details} for psm, details in by_psm.items()]


def _detail(call: Call, row: dict[str, Any], zone: str | None) -> dict[str, Any]:
    if not call.live:
        return {key: value for key, value in row.items() if key not in _BEYOND_REFERENCE}
    return {
        **{key: value for key, value in row.items() if key != "psmId"},
        "localStartDateTime": _local(row["startDateTime"], zone),
        "localEndDateTime": _local(row["endDateTime"], zone),
    }


def _local(instant: str | None, zone: str | None) -> str | None:
    return instant and instants.show_local(instants.parse(instant), zone)


def _checked(call: Call) -> dict[str, Any]:
    """The body, with times in order and a user who exists."""
    end = checks.nullable(checks.instant) if call.live else checks.instant
    day = _LIVE_DAY if call.live else _REFERENCE_DAY
    required = {
        "psmId": checks.uuid,
        "startDateTime": checks.instant,
        "endDateTime": end,
        "daysInfo": checks.listed(lambda value: _in_order(day(value))),
    }
    optional = {**_SET_BY_SERVER, **(_LIVE_OPTIONAL if call.live else {})}
    sent: dict[str, Any] = call.checked(checks.shape(required, optional, call.unknown_keys))
    if sent["endDateTime"] and sent["endDateTime"] <= sent["startDateTime"]:
        raise invalid([("endDateTime", "must be after startDateTime")])
    if not people.users(call.store, call.tenant, [sent["psmId"]]):
        raise invalid([("psmId", "is no user's id")])
    return {key: value for key, value in sent.items() if key not in _SET_BY_SERVER}


def _in_order(day: dict[str, Any]) -> dict[str, Any]:
    start, end = day["startTime"], day["endTime"]
    if (start is None) != (end is None):
        raise Bad(("endTime", "must be null exactly where startTime is"))
    if start is not None and end <= start:
        raise Bad(("endTime", "must be after startTime"))
    return {key: value for key, value in day.items() if key != "daysInfoId"}


def _row(call: Call, sent: dict[str, Any]) -> dict[str, Any]:
    """All that a write decides; ids of days are new each time."""
    row = {
        "name": None,
        "type": "WORKING_HOURS",
        "ruleType": "DEFAULT",
        "encounters": [],
        **sent,
        "daysInfo": [{"daysInfoId": str(uuid4()), **day} for day in sent["daysInfo"]],
        "updatedAt": call.now,
        "updatedBy": call.client.id,
    }
    if row["type"] != "AVAILABILITY":
        del row["encounters"]
    return row


def _columns(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["workHoursId"],
        "starts": instants.parse(row["startDateTime"]),
        "ends": instants.parse(row["endDateTime"]) if row["endDateTime"] else _OPEN,
        "body": json.dumps(row),
    }


def _cut_neighbours(call: Call, row: dict[str, Any]) -> None:
    """End the DEFAULT row of the same type that covers this row's start on the day before.

    Seen live from the start side only, so rows that begin later are left as they are.
    """
    if not call.live or not call.world.options.cut_neighbours or row["ruleType"] != "DEFAULT":
        return
    starts = instants.parse(row["startDateTime"])
    midnight = starts - starts % instants.DAY_MS
    for neighbour in rows_of(call, [row["psmId"]], midnight, midnight - 1):
        if (neighbour["type"], neighbour["ruleType"]) == (row["type"], "DEFAULT"):
            cut = {
                **neighbour,
                "endDateTime": instants.show(midnight - 1),
                "updatedAt": call.now,
                "updatedBy": call.client.id,
            }
            call.store.write("UPDATE hours SET ends = :ends, body = :body WHERE id = :id", _columns(cut))


_ALL = "/{tenant}/{instance}/calendar/work-hours"

ROUTES = (
    Route(
        "GET",
        _ALL,
        find,
        "CALENDAR",
        query="psm-ids from to",
        live_query="psmIds viewerTimezone page size sort",
    ),
    Route("POST", _ALL, create, "CALENDAR"),
    Route("PUT", f"{_ALL}/{{hours}}", replace, "CALENDAR"),
)
