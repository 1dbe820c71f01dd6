"""What the cells of a table say of a row of `get`: in the words of plans, on a clock of one's own. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, cast

from reconciler.dates.moments import day_text, instant_in, moment_text
from reconciler.dates.week import week_text
from reconciler.dates.zones import zone_of
from reconciler.errors.escape import visible
from reconciler.kinds.work_hours.rows import row_of, shown
from reconciler.model.typed import CdtRecord, HoursRow, JsonObject, objects_in

Cells = Mapping[str, str]

_COLUMNS: Mapping[str, Sequence[str]] = {
    "users": ("username", "firstName", "lastName", "userState", "timezone", "credentials", "email"),
    "summary": ("username", "totalCreatedEvents", "totalOccurredEvents", "totalFutureEvents",
                "totalWorkingHours", "totalEventHours", "occupancy"),
    "patients": ("externalId", "id", "firstName", "lastName", "birthDate", "email", "phone", "timezone",
                 "createdAt"),
    "audits": ("sentAt", "eventEntity", "eventSubtype", "instance", "subjectUsername", "objectUsername",
               "patientId", "cdtName", "status"),
}  # fmt: skip
# What the service writes into every record, but for when it was changed.
_SYSTEM = frozenset((
    "id", "created_at", "created_by", "created_by_name", "updated_by", "updated_by_name", "source_type",
    "source_name", "source_id", "external_id", "external_guid",
))  # fmt: skip
_LISTS = {"workHours": "hours", "events": "event", "availableSlots": "free"}
_DATES = frozenset(("birthDate",))  # dates that are written as a midnight in UTC
_OPEN = "(open)"


class Teller(NamedTuple):
    """Says rows. names: id -> username; zone: on whose clock instants are told."""

    zone: str
    names: Mapping[str, str]

    def cells(self, thing: str, row: JsonObject) -> Iterator[Cells]:
        """A line or more for a row, by column."""
        special = _SPECIAL.get(thing)
        if special:
            yield from special(self, row)
        else:
            yield {name: self.text(row.get(name), name) for name in _COLUMNS[thing]}

    def text(self, value: object, name: str = "") -> str:
        """One line of text for any value, as wide as it will be."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            return ", ".join(map(self.text, value))
        moment = instant_in(str(value), zone_of(self.zone))
        if moment and name in _DATES:
            return str(value)[:10]
        return moment_text(moment) if moment else visible(str(value))

    def span(self, row: JsonObject) -> tuple[str, str]:
        """From when to when; an end on the same date as the start is a time, whole days are dates."""
        texts = [str(row.get(name) or "") for name in ("startDateTime", "endDateTime")]
        start, end = (instant_in(text, zone_of(self.zone)) for text in texts)
        if not start or not end:
            return self.text(texts[0]), self.text(texts[1])
        if row.get("allDayEvent"):
            return f"{day_text(start)} {start.year}", f"{day_text(end)} {end.year}"
        ends = f"{end:%H:%M}" if end.date() == start.date() else moment_text(end)
        return moment_text(start), ends

    def hours(self, row: JsonObject) -> tuple[str, str, str]:
        """The dates and the week of a row of hours."""
        said = shown(row_of(cast(HoursRow, row)))
        start, end = str(said["startDate"]), cast(str | None, said["endDate"])
        return start, end or _OPEN, week_text(cast(Mapping[str, str], said["days"]), start, end)


def _work_hours(tell: Teller, row: JsonObject) -> Iterator[Cells]:
    start, end, days = tell.hours(row)
    yield {
        "username": tell.text(row.get("username")),
        "from": start,
        "to": end,
        "days": days,
        "name": tell.text(row.get("name")),
        "type": " ".join(filter(None, (tell.text(row.get("type")), tell.text(row.get("ruleType"))))),
    }


def _event(tell: Teller, row: JsonObject) -> Iterator[Cells]:
    host, people = str(row.get("hostId")), objects_in(row, "participants")
    others = [tell.names.get(id, id) for each in people if (id := str(each.get("participantId"))) != host]
    starts, ends = tell.span(row)
    yield {
        "starts": starts,
        "ends": ends,
        "title": tell.text(row.get("eventTitle")),
        "host": tell.text(tell.names.get(host, host)),
        "with": tell.text(others),
        "status": tell.text(row.get("eventStatus")),
        "type": tell.text(row.get("eventType")),
        "id": tell.text(row.get("id")),
    }


def _schedule(tell: Teller, row: JsonObject) -> Iterator[Cells]:
    """A line for each span of hours, event or free time; one without any for who has nothing."""
    spans = [(word, span) for name, word in _LISTS.items() for span in objects_in(row, name)]
    for word, span in spans or [("", {})]:
        if "daysInfo" in span:
            start, end, details = tell.hours(span)
        else:
            (start, end), details = tell.span(span), tell.text(span.get("eventTitle"))
        yield {
            "username": tell.text(row.get("username")),
            "what": word or "nothing",
            "from": start,
            "to": end,
            "details": details,
        }


def _record(tell: Teller, row: JsonObject) -> Iterator[Cells]:
    values = cast(CdtRecord, row)["jsonBody"]
    own = {name: tell.text(value) for name, value in values.items() if name not in _SYSTEM}
    yield {**own, "id": tell.text(row.get("id"))}


def _cdt(tell: Teller, row: JsonObject) -> Iterator[Cells]:
    fields = (each for each in objects_in(row, "fields") if each.get("editable", True))
    yield {
        **{name: tell.text(row.get(name)) for name in ("name", "title", "type", "version", "updatable")},
        "fields": tell.text([f"{each.get('name')}: {each.get('type')}" for each in fields]),
    }


_SPECIAL: Mapping[str, Callable[[Teller, JsonObject], Iterator[Cells]]] = {
    "work-hours": _work_hours,
    "events": _event,
    "schedules": _schedule,
    "available": _schedule,
    "records": _record,
    "cdts": _cdt,
}
