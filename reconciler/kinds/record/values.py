"""Values of CDT fields: text of a manifest to what a field's type wants, and what spells the same. Pure.

The reference sends "200" and reads 200.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from reconciler.dates.grammar import date_of
from reconciler.dates.zones import wall_to_instant, zone_of
from reconciler.errors.nearest import did_you_mean
from reconciler.model.typed import CdtField, objects_in

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,14})", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?", re.ASCII)
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_FARTHEST = timedelta(hours=14)  # of any zone from UTC
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def coerce(value: object, field: CdtField, zone: str) -> object:
    """Make of a manifest's text, or list of texts, what a field of a CDT type holds.

    Args:
        field: its definition: `type`, `meta{multiple, options[]}`.
        zone: of wall-clock times that name none.
    Raises: ValueError: `must be …`, to be put behind the field's name.
    """
    meta = field.get("meta") or {}
    if bool(meta.get("multiple")) != isinstance(value, list):
        raise ValueError("must be a list" if meta.get("multiple") else "must be one value, not a list")
    options = [str(option.get("value")) for option in objects_in(meta, "options")]
    if isinstance(value, list):
        return [_one(str(each), str(field.get("type")), options, zone) for each in value]
    return _one(str(value), str(field.get("type")), options, zone)


def same(live: object, wanted: object) -> bool:
    """Whether a live value is the wanted one, however either is spelled; missing, null and "" are one."""
    if live in (None, "") or wanted in (None, ""):
        return live in (None, "") and wanted in (None, "")
    return spelled(live) == spelled(wanted)


def reads_as(live: object, text: str) -> bool:
    """Whether a live value may be what a manifest's text stands for, in a field of whatever type and zone."""
    said = spelled(live)
    return said in (text, spelled(text)) or any(_stands_for(kind, text, said) for kind in _COERCIONS)


def _stands_for(kind: str, text: str, said: str) -> bool:
    try:
        moment = kind == "datetime" and datetime.fromisoformat(text).tzinfo is None
        if moment:  # a wall clock, of a zone that isn't told
            return abs(datetime.fromisoformat(said[:19]) - datetime.fromisoformat(text)) <= _FARTHEST
        return spelled(_COERCIONS[kind](text, "UTC")) == said
    except ValueError:
        return False


def spelled(value: object) -> str:
    """One spelling for one value: midnights as dates, instants in UTC, lists without an order."""
    if isinstance(value, list):
        return ",".join(sorted(map(spelled, value)))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return _moment(text) if "T" in text and text[:4].isdecimal() else text


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        return text
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%d}" if f"{moment:%H%M%S%f}" == "0" * 12 else _stamp(moment)


def _one(text: str, kind: str, options: list[str], zone: str) -> object:
    if kind == "select" and options and text not in options:
        raise ValueError(f"must be one of {', '.join(options)}{did_you_mean(text, options)}")
    try:
        return _COERCIONS.get(kind, _text)(text, zone)
    except ValueError:
        raise ValueError(f"must be {_WANTED[kind]}") from None


def _text(text: str, zone: str) -> str:
    return text


def _integer(text: str, zone: str) -> int:
    return int(_matching(_INTEGER, text))


def _number(text: str, zone: str) -> int | float:
    number = float(_matching(_NUMBER, text))
    return int(number) if number.is_integer() else number


def _date(text: str, zone: str) -> str:
    return f"{date_of(text).isoformat()}T00:00:00.000Z"


def _datetime(text: str, zone: str) -> str:
    moment = datetime.fromisoformat(text)
    return _stamp(moment if moment.tzinfo else wall_to_instant(moment, zone_of(zone)))


def _checkbox(text: str, zone: str) -> bool:
    return {"true": True, "false": False}[_matching(re.compile("true|false"), text)]


def _phone(text: str, zone: str) -> str:
    return _matching(_PHONE, text)


def _email(text: str, zone: str) -> str:
    return _matching(_EMAIL, text)


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return text


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


_COERCIONS: Mapping[str, Callable[[str, str], object]] = {
    "integer": _integer,
    "number": _number,
    "date": _date,
    "datetime": _datetime,
    "checkbox": _checkbox,
    "phone": _phone,
    "email": _email,
}
_WANTED = {
    "integer": "a whole number",
    "number": "a number",
    "date": "a date as in 2026-12-01",
    "datetime": "a date and time as in 2026-12-01T09:00",
    "checkbox": "true or false",
    "phone": "a phone number with its country and no blanks, as in +15552009845",
    "email": "an e-mail address",
}
