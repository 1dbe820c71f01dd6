"""Answers, read once: JSON as it came -> the types of `model.typed`, or which field can't be read.

Checked is every key that the program reads, for type and form; what may be missing there
may be null or "" here. An object is taken over as it came: unknown keys stay, and ten thousand cost little.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, cast

from reconciler.model.typed import CdtRecord, CdtType, Event, HoursRow, JsonObject, Patient, Unreadable, User

Check = Callable[[object], bool]
Checks = tuple[tuple[str, Check], ...]


class Form(NamedTuple):
    """How an object is read: fields that need a look each, and texts, which may be unset."""

    checks: Checks
    texts: tuple[str, ...] = ()


LONGEST_ID, LONGEST_TEXT = 255, 10_000  # ids and marks; what is compared and shown
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?|24:00(:00(\.0{1,9})?)?", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 1000, 9990  # days and zones can still be added to it, and taken away
_EVENT_TYPES = frozenset((None, "", "APPOINTMENT", "GROUP_THERAPY", "LEAVE", "ENCOUNTER"))
_EVENT_STATUSES = frozenset(("", "SCHEDULED", "CANCELLED", "COMPLETED", "MISSED", "RESCHEDULED"))


def is_id(value: object) -> bool:
    """Whether it can name an object in a path."""
    return type(value) is str and 0 < len(value) <= LONGEST_ID and value.isprintable()


def is_uuid(value: str) -> bool:
    """Whether it looks as the service's own ids do."""
    return _UUID.fullmatch(value) is not None


def _optional_id(value: object) -> bool:
    return value is None or value == "" or is_id(value)


def _text(value: object) -> bool:
    """What people write, or nothing; however long."""
    return value is None or type(value) is str


def _short_text(value: object) -> bool:
    return value is None or (type(value) is str and len(value) <= LONGEST_TEXT)


def _flag(value: object) -> bool:
    return value is None or value is True or value is False


def is_instant(value: object) -> bool:
    """Whether it is a time whose first ten signs are its date, and that can be reckoned with."""
    return type(value) is str and len(value) <= LONGEST_ID and _is_instant(value)


@lru_cache(1 << 14)  # events of many series share them
def _is_instant(text: str) -> bool:
    if text[4:5] != "-" or text[7:8] != "-" or text[10:11] not in ("T", ""):
        return False
    try:
        return _FIRST_YEAR <= datetime.fromisoformat(text).year <= _LAST_YEAR
    except ValueError:
        return False


def _end_of_hours(value: object) -> bool:
    """None and "" are open; the last year there is may stand for it, too."""
    if value is None or value == "":
        return True
    return is_instant(value) or (type(value) is str and value[:5] == "9999-" and is_instant("8" + value[1:]))


def _time(value: object) -> bool:
    return value is None or value == "" or (type(value) is str and _TIME.fullmatch(value) is not None)


def _status(value: object) -> bool:
    return value is None or (type(value) is str and value.upper() in _EVENT_STATUSES)


def _info(value: object) -> bool:
    if value is None or value == "":
        return True
    return type(value) is dict and _text(value.get("remarks")) and _text(value.get("location"))


def _attributes(value: object) -> bool:
    """A tenant's own keys, whose values nobody has bounded; they are compared as text."""
    return value is None or value == "" or type(value) is dict


def _one_of(*known: str) -> Check:
    words = frozenset(known)
    return lambda value: type(value) is str and value in words


_USER = Form(
    (("username", is_id), ("id", _optional_id), ("customUserAttributes", _attributes)),
    ("email", "phone", "timezone", "firstName", "lastName", "credentials", "locale", "userState"),
)
_EVENT = Form(
    (
        ("id", is_id),
        ("startDateTime", is_instant),
        ("endDateTime", is_instant),
        ("hostId", is_id),
        ("externalId", lambda value: value is None or (type(value) is str and len(value) <= LONGEST_ID)),
        ("additionalInfo", _info),
        ("eventType", lambda value: value is None or (type(value) is str and value in _EVENT_TYPES)),
        ("eventStatus", _status),
        ("allDayEvent", _flag),
        ("eventTitle", _text),
        ("eventDescription", _text),
    ),
    ("eventMode", "eventColor", "timezone", "createdAt", "createdBy", "updatedAt", "updatedBy"),
)
_PARTICIPANT = Form(
    (
        ("participantId", is_id),
        ("participantRole", _one_of("psm", "patient")),
        ("id", _optional_id),
        ("attended", _flag),
    ),
    ("participationStatus",),
)
_ROW = Form(
    (("workHoursId", is_id), ("startDateTime", is_instant), ("endDateTime", _end_of_hours)),
    ("name", "createdAt", "createdBy", "updatedBy"),
)
_DAY = Form((
    ("day", lambda value: type(value) is int and 1 <= value <= 7),
    ("startTime", _time),
    ("endTime", _time),
))  # fmt: skip
# The reference knows neither: missing they mean working hours as usual, null they mean nothing.
_RULES: Checks = (
    ("type", _one_of("WORKING_HOURS", "AVAILABILITY")),
    ("ruleType", _one_of("DEFAULT", "OVERRIDE")),
)
_PATIENT = Form((("id", is_id),), (
    "externalId", "firstName", "middleName", "lastName", "birthDate", "gender", "maritalStatus",
    "primaryLanguage", "secondaryLanguage", "email", "secondaryEmail", "phone", "secondaryPhone", "country",
    "state", "city", "zip", "addressLine1", "addressLine2", "timezone",
))  # fmt: skip
_RECORD = Form((("id", is_id), ("jsonBody", lambda value: type(value) is dict)))
_CDT = Form((("name", is_id), ("updatable", _flag)))
_FIELD = Form(
    (
        ("name", is_id),
        ("editable", _flag),
        ("phi", _flag),
        ("meta", lambda value: value is None or (type(value) is dict and not _odd_meta(value))),
    ),
    ("type",),
)
_SCHEDULE = Form((("psmId", is_id),))
_SPAN = Form((), ("startDateTime", "endDateTime", "eventTitle"))
_META = Form((("multiple", _flag), ("required", _flag)))
_OPTION = Form(())


def read_user(raw: JsonObject) -> User | Unreadable:
    """Read a user."""
    return cast(User, raw) if not (odd := _odd(raw, _USER)) else _unreadable(raw, odd)


def readable_of_user(raw: JsonObject) -> User:
    """What can be read of a user who, as a whole, can't: still a name and an address that are taken."""
    fields = {name: raw[name] for name, fits in _USER.checks if name in raw and fits(raw[name])}
    return cast(User, fields | {name: raw[name] for name in _USER.texts if _short_text(raw.get(name, 0))})


def read_event(raw: JsonObject) -> Event | Unreadable:
    """Read an event with its participants."""
    odd = _odd(raw, _EVENT) or _odd_items(raw.get("participants"), "participants", _PARTICIPANT)
    return cast(Event, raw) if not odd else _unreadable(raw, odd)


def read_rows(raws: Iterable[object]) -> list[HoursRow] | Unreadable:
    """Read a person's rows of work hours: all of them, or the first that can't be read."""
    rows = []
    for raw in raws:
        row = cast(HoursRow, raw)  # which is found out, look by look
        odd = _odd(raw, _ROW) or _odd_items(row.get("daysInfo"), "daysInfo", _DAY) or _odd_rules(row)
        if odd or (odd := _half_day(row)):
            return _unreadable(raw, odd)
        rows.append(row)
    return rows


def read_schedule(raw: JsonObject) -> JsonObject | Unreadable:
    """Read what a person's schedule shows: spans of hours, events and free time, for display only."""
    if odd := _odd(raw, _SCHEDULE):
        return _unreadable(raw, odd)
    for name in ("workHours", "events", "availableSlots"):
        spans = raw.get(name) or []
        odd = _odd_items(spans, name, _SPAN) or _odd_days(cast(list[JsonObject], spans))
        if odd:
            return _unreadable(raw, odd)
    return raw


def read_patient(raw: JsonObject) -> Patient | Unreadable:
    """Read a patient."""
    return cast(Patient, raw) if not (odd := _odd(raw, _PATIENT)) else _unreadable(raw, odd)


def read_record(raw: JsonObject) -> CdtRecord | Unreadable:
    """Read a record; what its fields hold is the business of its type."""
    odd = _odd(raw, _RECORD)
    return cast(CdtRecord, raw) if not odd else _unreadable(raw, odd)


def read_cdt_type(raw: JsonObject) -> CdtType | Unreadable:
    """Read the definition of a type of records."""
    odd = _odd(raw, _CDT) or _odd_items(raw.get("fields"), "fields", _FIELD)
    return cast(CdtType, raw) if not odd else _unreadable(raw, odd)


def _unreadable(raw: object, field: str) -> Unreadable:
    return Unreadable(field, raw if type(raw) is dict else {})


def _odd(raw: object, form: Form) -> str:
    """The first field that can't be read; empty if all can."""
    if type(raw) is not dict:
        return "all of it"
    get = raw.get
    for name, fits in form.checks:
        if not fits(get(name)):
            return name
    for name in form.texts:  # most fields there are: looked at without a call
        value = get(name)
        if value is not None and (type(value) is not str or len(value) > LONGEST_TEXT):
            return name
    return ""


def _odd_items(found: object, name: str, form: Form) -> str:
    """The first field of the first object of a list that can't be read; the list itself, if it is none."""
    if type(found) is not list:
        return name
    for item in found:
        if odd := _odd(item, form):
            return f"{name}[]" if type(item) is not dict else f"{name}[].{odd}"
    return ""


def _odd_days(spans: Iterable[JsonObject]) -> str:
    found = (span.get("daysInfo") for span in spans)
    return next(
        (odd for days in found if days is not None and (odd := _odd_items(days, "daysInfo", _DAY))), ""
    )


def _odd_rules(row: JsonObject) -> str:
    return next((name for name, fits in _RULES if name in row and not fits(row[name])), "")


def _half_day(row: HoursRow) -> str:
    """A day has both times or, off, neither."""
    for day in row["daysInfo"]:
        if bool(day.get("startTime")) != bool(day.get("endTime")):
            return "daysInfo[].endTime" if day.get("startTime") else "daysInfo[].startTime"
    return ""


def _odd_meta(meta: JsonObject) -> str:
    return _odd(meta, _META) or _odd_items(meta.get("options") or [], "options", _OPTION)
