"""Answers, read once: JSON as it came -> the types of `reconciler.typed`, or which field can't be read.

Checked is every key that the program reads, for type and form (api-facts 3 to 9); what may be missing there
may be null or "" here. An object is taken over as it came: unknown keys stay, and ten thousand cost little.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from reconciler.typed import CdtRecord, CdtType, Event, HoursRow, Patient, Unreadable, User

Raw = Mapping[str, Any]
Check = Callable[[Any], bool]
Checks = tuple[tuple[str, Check], ...]

LONGEST_ID, LONGEST_TEXT = 255, 10_000  # ids and marks; what is compared and shown
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?|24:00(:00(\.0{1,9})?)?", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 1000, 9990  # days and zones can still be added to it, and taken away
_EVENT_TYPES = frozenset((None, "", "APPOINTMENT", "GROUP_THERAPY", "LEAVE", "ENCOUNTER"))
_EVENT_STATUSES = frozenset(("", "SCHEDULED", "CANCELLED", "COMPLETED", "MISSED", "RESCHEDULED"))


def is_id(value: Any) -> bool:
    """Whether it can name an object in a path."""
    return type(value) is str and 0 < len(value) <= LONGEST_ID and value.isprintable()


def is_uuid(value: str) -> bool:
    """Whether it looks as the service's own ids do."""
    return _UUID.fullmatch(value) is not None


def _optional_id(value: Any) -> bool:
    return value is None or value == "" or is_id(value)


def _text(value: Any) -> bool:
    """What people write, or nothing; however long."""
    return value is None or type(value) is str


def _short_text(value: Any) -> bool:
    return value is None or (type(value) is str and len(value) <= LONGEST_TEXT)


def _flag(value: Any) -> bool:
    return value is None or value is True or value is False


def is_instant(value: Any) -> bool:
    """Whether it is a time whose first ten signs are its date, and that can be reckoned with."""
    if type(value) is not str or value[4:5] != "-" or value[7:8] != "-" or value[10:11] not in ("T", ""):
        return False
    try:
        return _FIRST_YEAR <= datetime.fromisoformat(value).year <= _LAST_YEAR
    except ValueError:
        return False


def _end_of_hours(value: Any) -> bool:
    """None and "" are open; the last year there is may stand for it, too."""
    if value is None or value == "":
        return True
    return is_instant(value) or (type(value) is str and value[:5] == "9999-" and is_instant("8" + value[1:]))


def _time(value: Any) -> bool:
    return value is None or value == "" or (type(value) is str and _TIME.fullmatch(value) is not None)


def _status(value: Any) -> bool:
    return value is None or (type(value) is str and value.upper() in _EVENT_STATUSES)


def _info(value: Any) -> bool:
    if value is None or value == "":
        return True
    return type(value) is dict and _text(value.get("remarks")) and _text(value.get("location"))


def _attributes(value: Any) -> bool:
    """A tenant's own keys, whose values nobody has bounded; they are compared as text."""
    return value is None or value == "" or type(value) is dict


def _one_of(*known: str) -> Check:
    words = frozenset(known)
    return lambda value: type(value) is str and value in words


_USER: Checks = (
    ("username", is_id),
    ("id", _optional_id),
    *((name, _short_text) for name in ("email", "phone", "timezone", "firstName", "lastName")),
    *((name, _short_text) for name in ("credentials", "locale", "userState")),
    ("customUserAttributes", _attributes),
)
_EVENT: Checks = (
    ("id", is_id),
    ("startDateTime", is_instant),
    ("endDateTime", is_instant),
    ("hostId", is_id),
    ("externalId", lambda value: value is None or (type(value) is str and len(value) <= LONGEST_ID)),
    ("additionalInfo", _info),
    ("eventType", lambda value: value is None or (type(value) is str and value in _EVENT_TYPES)),
    ("eventStatus", _status),
    ("allDayEvent", _flag),
    *((name, _text) for name in ("eventTitle", "eventDescription")),
    *((name, _short_text) for name in ("eventMode", "eventColor", "timezone")),
    *((name, _short_text) for name in ("createdAt", "createdBy", "updatedBy")),
)
_PARTICIPANT: Checks = (
    ("participantId", is_id),
    ("participantRole", _one_of("psm", "patient")),
    ("id", _optional_id),
    ("participationStatus", _short_text),
    ("attended", _flag),
)
_ROW: Checks = (
    ("workHoursId", is_id),
    ("startDateTime", is_instant),
    ("endDateTime", _end_of_hours),
    *((name, _short_text) for name in ("name", "createdAt", "createdBy", "updatedBy")),
)
_DAY: Checks = (
    ("day", lambda value: type(value) is int and 1 <= value <= 7),
    ("startTime", _time),
    ("endTime", _time),
)
# The reference knows neither (api-facts 6): missing they mean working hours as usual, null they mean nothing.
_RULES: Checks = (
    ("type", _one_of("WORKING_HOURS", "AVAILABILITY")),
    ("ruleType", _one_of("DEFAULT", "OVERRIDE")),
)
_PATIENT: Checks = (
    ("id", is_id),
    ("externalId", _short_text),
    *((name, _short_text) for name in (
        "firstName", "middleName", "lastName", "birthDate", "gender", "maritalStatus", "primaryLanguage",
        "secondaryLanguage", "email", "secondaryEmail", "phone", "secondaryPhone", "country", "state", "city",
        "zip", "addressLine1", "addressLine2", "timezone",
    )),
)  # fmt: skip
_FIELD: Checks = (
    ("name", is_id),
    ("type", _short_text),
    *((name, _flag) for name in ("editable", "phi")),
    ("meta", lambda value: value is None or (type(value) is dict and not _odd_meta(value))),
)


def read_user(raw: Any) -> User | Unreadable:
    """Read a user."""
    return cast(User, raw) if not (odd := _odd(raw, _USER)) else _unreadable(raw, odd)


def readable_of_user(raw: Raw) -> User:
    """What can be read of a user who, as a whole, can't: still a name and an address that are taken."""
    return cast(User, {name: raw[name] for name, fits in _USER if name in raw and fits(raw[name])})


def read_event(raw: Any) -> Event | Unreadable:
    """Read an event with its participants."""
    odd = _odd(raw, _EVENT) or _odd_items(raw.get("participants"), "participants", _PARTICIPANT)
    return cast(Event, raw) if not odd else _unreadable(raw, odd)


def read_rows(raws: Iterable[Any]) -> list[HoursRow] | Unreadable:
    """Read a person's rows of work hours: all of them, or the first that can't be read."""
    rows = []
    for raw in raws:
        odd = _odd(raw, _ROW) or _odd_items(raw.get("daysInfo"), "daysInfo", _DAY) or _odd_rules(raw)
        if odd or (odd := _half_day(raw)):
            return _unreadable(raw, odd)
        rows.append(cast(HoursRow, raw))
    return rows


def read_patient(raw: Any) -> Patient | Unreadable:
    """Read a patient."""
    return cast(Patient, raw) if not (odd := _odd(raw, _PATIENT)) else _unreadable(raw, odd)


def read_record(raw: Any) -> CdtRecord | Unreadable:
    """Read a record; what its fields hold is the business of its type."""
    odd = _odd(raw, (("id", is_id), ("jsonBody", lambda value: type(value) is dict)))
    return cast(CdtRecord, raw) if not odd else _unreadable(raw, odd)


def read_cdt_type(raw: Any) -> CdtType | Unreadable:
    """Read the definition of a type of records."""
    odd = _odd(raw, (("name", is_id), ("updatable", _flag)))
    odd = odd or _odd_items(raw.get("fields"), "fields", _FIELD)
    return cast(CdtType, raw) if not odd else _unreadable(raw, odd)


def _unreadable(raw: Any, field: str) -> Unreadable:
    return Unreadable(field, raw if type(raw) is dict else {})


def _odd(raw: Any, checks: Checks) -> str:
    """The first field that can't be read; empty if all can."""
    if type(raw) is not dict:
        return "all of it"
    get = raw.get
    for name, fits in checks:
        if not fits(get(name)):
            return name
    return ""


def _odd_items(found: Any, name: str, checks: Checks) -> str:
    """The first field of the first object of a list that can't be read; the list itself, if it is none."""
    if type(found) is not list:
        return name
    for item in found:
        if odd := _odd(item, checks):
            return f"{name}[]" if type(item) is not dict else f"{name}[].{odd}"
    return ""


def _odd_rules(row: Raw) -> str:
    return next((name for name, fits in _RULES if name in row and not fits(row[name])), "")


def _half_day(row: Raw) -> str:
    """A day has both times or, off, neither."""
    for day in row["daysInfo"]:
        if bool(day.get("startTime")) != bool(day.get("endTime")):
            return "daysInfo[].endTime" if day.get("startTime") else "daysInfo[].startTime"
    return ""


def _odd_meta(meta: Raw) -> str:
    options = meta.get("options") or []
    flags = (("multiple", _flag), ("required", _flag))
    return _odd(meta, flags) or _odd_items(options, "options", ())
