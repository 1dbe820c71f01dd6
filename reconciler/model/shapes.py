"""What a value of a JSON document may be: checks that give what it means, or say what is wrong. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from reconciler.dates.zones import zone_of

Moment = TypeVar("Moment", date, datetime)
Meaning = TypeVar("Meaning")
Check = Callable[[object, str], Meaning]  # (value, where it stands) -> what it means
_FIRST_YEAR, _LAST_YEAR = 1000, 9990  # days and zones can still be added to it, and taken away
_INSTANT = re.compile(r"[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z")


class Odd(Exception):
    """A value that doesn't fit, in words."""


def anything(value: object, where: str) -> object:
    return value


def odd(where: str, value: object, wanted: str) -> Odd:
    shown = json.dumps(value, ensure_ascii=True)
    return Odd(f"{where or 'the file'} is {shown if len(shown) < 60 else shown[:56] + ' …'}, not {wanted}")


def text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise odd(where, value, "a text")
    return value


def like(pattern: re.Pattern[str], wanted: str) -> Check[str]:
    def check(value: object, where: str) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise odd(where, value, wanted)
        return value

    return check


def one_of(values: Iterable[str]) -> Check[str]:
    known = tuple(values)

    def check(value: object, where: str) -> str:
        if not isinstance(value, str) or value not in known:
            raise odd(where, value, f"one of {', '.join(known)}")
        return value

    return check


def count(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**9:
        raise odd(where, value, "a number from 0 on")
    return value


def number(value: object, where: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise odd(where, value, "a number")
    return value


def flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise odd(where, value, "true or false")
    return value


def _of_our_times(moment: Moment) -> Moment:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(moment.year)
    return moment


def instant(value: object, where: str) -> datetime:
    try:
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            return _of_our_times(datetime.fromisoformat(value))
    except ValueError:
        pass
    raise odd(where, value, "an instant as in 2026-12-01T17:00:00.000Z")


def stamp(value: object, where: str) -> str:
    instant(value, where)
    return str(value)


def day(value: object, where: str) -> str:
    try:
        if isinstance(value, str) and len(value) == len("2026-12-01"):
            return str(_of_our_times(date.fromisoformat(value)))
    except ValueError:
        pass
    raise odd(where, value, "a date as in 2026-12-01")


def zone(value: object, where: str) -> str:
    try:
        zone_of(text(value, where))
    except ValueError:
        raise odd(where, value, "a time zone") from None
    return str(value)


def plain(value: object, where: str) -> object:
    """A value of a user's attribute or a record's field: a list at most, no object."""
    if isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value)
    ):
        raise odd(where, value, "a value, or a list of values")
    return value


def maybe(check: Check[Meaning]) -> Check[Meaning | None]:
    return lambda value, where: None if value is None else check(value, where)


def listed(check: Check[Meaning]) -> Check[list[Meaning]]:
    def checked(value: object, where: str) -> list[Meaning]:
        if not isinstance(value, list):
            raise odd(where, value, "a list")
        return [check(item, f"{where}[{place}]") for place, item in enumerate(value)]

    return checked


def mapping(check: Check[Meaning]) -> Check[dict[str, Meaning]]:
    """An object of any names."""

    def checked(value: object, where: str) -> dict[str, Meaning]:
        if not isinstance(value, dict):
            raise odd(where, value, "an object")
        return {name: check(item, f"{where}.{name}") for name, item in value.items()}

    return checked


def record(
    needed: Mapping[str, Check[object]], optional: Mapping[str, Check[object]] | None = None
) -> Check[dict[str, Any]]:
    """An object of these names and no others."""
    checks = {**needed, **(optional or {})}

    def checked(value: object, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise odd(where, value, "an object")
        missing = [name for name in needed if name not in value]
        if missing:
            raise Odd(f"{where or 'the file'} has no `{missing[0]}`")
        unknown = [name for name in value if name not in checks]
        if unknown:
            raise odd(where, unknown[0], f"one of the names {', '.join(checks)}")
        return {name: checks[name](item, f"{where}.{name}".lstrip(".")) for name, item in value.items()}

    return checked
