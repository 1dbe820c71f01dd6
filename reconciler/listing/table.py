"""Rows of `get` as a table: which columns, and lines that come while the rows do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import cast

from reconciler.dates.grammar import DAYS
from reconciler.errors.escape import Printable, page, visible
from reconciler.model.typed import CdtRecord, Day, JsonObject, objects_in

Cells = Mapping[str, str]

MEASURED = 200  # rows that widths are measured by: a table streams, however long it gets
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


def table_lines(thing: str, rows: Iterable[JsonObject], names: Mapping[str, str]) -> Iterator[Printable]:
    """Yield a line of headings and a line a row; columns that stay empty at the beginning are left out.

    names: id -> username, for the hosts of events.
    """
    cells = (line for row in rows for line in _cells(thing, row, names))
    first = list(islice(cells, MEASURED))
    columns = [name for name in dict.fromkeys(chain(*first)) if any(line.get(name) for line in first)]
    widths = [max(len(name), *(len(line.get(name, "")) for line in first)) for name in columns]
    if columns:
        yield _line([_heading(name) for name in columns], widths)
    for line in chain(first, cells):
        yield _line([line.get(name, "") for name in columns], widths)


def _line(cells: Sequence[str], widths: Sequence[int]) -> Printable:
    return page(["  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()])


def _heading(name: str) -> str:
    return visible(name).upper()


def _cells(thing: str, row: JsonObject, names: Mapping[str, str]) -> Iterator[Cells]:
    special = _SPECIAL.get(thing)
    if special:
        yield from special(row, names)
    else:
        yield {name: _text(row.get(name)) for name in _COLUMNS[thing]}


def _hours(row: JsonObject, names: Mapping[str, str]) -> Iterator[Cells]:
    yield {
        "username": _text(row.get("username")),
        "from": _text(row.get("startDateTime"))[:10],
        "to": _text(row.get("endDateTime"))[:10] or "(open)",
        "type": " ".join(filter(None, (_text(row.get("type")), _text(row.get("ruleType"))))),
        "name": _text(row.get("name")),
        "days": _week(row),
    }


def _week(row: JsonObject) -> str:
    days = cast(Sequence[Day], objects_in(row, "daysInfo"))
    said = sorted((day.get("day") or 0, day.get("startTime") or "", day.get("endTime") or "") for day in days)
    return ", ".join(
        f"{DAYS[(day - 1) % 7]} {f'{start[:5]}-{_end(end)}' if start else 'off'}" for day, start, end in said
    )


def _end(clock: str) -> str:
    """A day's end is written as its last second."""
    return "24:00" if clock.startswith("23:59:59") else clock[:5]


def _event(row: JsonObject, names: Mapping[str, str]) -> Iterator[Cells]:
    host, people = str(row.get("hostId")), objects_in(row, "participants")
    others = [names.get(id, id) for each in people if (id := str(each.get("participantId"))) != host]
    yield {
        "starts": _text(row.get("startDateTime")),
        "ends": _text(row.get("endDateTime")),
        "title": _text(row.get("eventTitle")),
        "type": _text(row.get("eventType")),
        "status": _text(row.get("eventStatus")),
        "host": names.get(host, host),
        "with": ", ".join(others),
        "id": _text(row.get("id")),
    }


def _schedule(row: JsonObject, names: Mapping[str, str]) -> Iterator[Cells]:
    """A line for each span of hours, event or free time; one without any for who has nothing."""
    spans = [(word, span) for name, word in _LISTS.items() for span in objects_in(row, name)]
    for word, span in spans or [("", {})]:
        yield {
            "username": _text(row.get("username")),
            "what": word or "nothing",
            "from": _text(span.get("startDateTime")),
            "to": _text(span.get("endDateTime")),
            "details": _text(span.get("eventTitle")) or _week(span),
        }


def _record(row: JsonObject, names: Mapping[str, str]) -> Iterator[Cells]:
    values = cast(CdtRecord, row)["jsonBody"]
    own = {name: _text(value) for name, value in values.items() if name not in _SYSTEM}
    yield {"id": _text(row.get("id")), **own}


def _cdt(row: JsonObject, names: Mapping[str, str]) -> Iterator[Cells]:
    fields = (each for each in objects_in(row, "fields") if each.get("editable", True))
    yield {
        **{name: _text(row.get(name)) for name in ("name", "title", "type", "version", "updatable")},
        "fields": ", ".join(f"{each.get('name')}: {each.get('type')}" for each in fields),
    }


def _text(value: object) -> str:
    """One line of text for any value, as wide as it will be."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(_text, value)) if isinstance(value, list) else visible(str(value))


_SPECIAL: Mapping[str, Callable[[JsonObject, Mapping[str, str]], Iterator[Cells]]] = {
    "work-hours": _hours,
    "events": _event,
    "schedules": _schedule,
    "available": _schedule,
    "records": _record,
    "cdts": _cdt,
}
