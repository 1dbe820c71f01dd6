"""What a JSON value must look like. A check takes a value and returns what is to be stored, or raises `Bad`.

Checks compose: `listed(shape({...}, {...}))` reports every problem of every element at once, each with
its path, such as `participants[1].participantId`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from reconciler.simulator import instants

Check = Callable[[Any], Any]

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{1,60}")
_PHONE = re.compile(r"\+[1-9]\d{4,14}", re.ASCII)
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MOST_CHARACTERS = 10_000


class Bad(ValueError):
    """One or more problems, each (path below the value checked, why); an empty path is the value itself."""

    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__(problems)
        self.problems = problems

    def below(self, step: str) -> list[tuple[str, str]]:
        """The same problems seen from one level up; `step` is a key or `[index]`."""
        return [
            (f"{step}{'' if not path or path[0] == '[' else '.'}{path}", why) for path, why in self.problems
        ]


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise Bad(("", "must be a string"))
    if len(value) > _MOST_CHARACTERS or _CONTROL.search(value):
        raise Bad(("", f"must have at most {_MOST_CHARACTERS} characters, none of them a control character"))
    return value


def filled(value: Any) -> str:
    found = text(value)
    if not found.strip() or len(found) > 255:
        raise Bad(("", "must have 1 to 255 characters"))
    return found


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Bad(("", "must be true or false"))
    return value


def uuid(value: Any) -> str:
    """36 characters; comes back in lower case."""
    try:
        if isinstance(value, str) and len(value) == 36:
            return str(UUID(value))
    except ValueError:
        pass
    raise Bad(("", "must be a UUID of 36 characters"))


def instant(value: Any) -> str:
    """Stays the text it is: the service's texts sort like the instants they name."""
    found = text(value)
    try:
        instants.parse(found)
    except ValueError as error:
        raise Bad(("", "must be an instant such as 2026-12-01T09:00:00.000Z")) from error
    return found


def birth_date(value: Any) -> str:
    """Midnight UTC. The reference's sample sends `2012-3-12T…`, so unpadded is read too."""
    year, _, rest = text(value).partition("-")
    month, _, rest = rest.partition("-")
    day, _, time = rest.partition("T")
    padded = instant(f"{year}-{month:0>2}-{day:0>2}T{time}")
    if time != "00:00:00.000Z":
        raise Bad(("", "must be at midnight: T00:00:00.000Z"))
    return padded


def time_of_day(value: Any) -> str:
    return _matching(_TIME, value, "must be a time of day such as 09:00:00")


def email(value: Any) -> str:
    return _matching(_EMAIL, value, "must be an e-mail address")


def phone(value: Any) -> str:
    return _matching(_PHONE, value, "must be a number in E.164 form such as +15552009845")


def zone(value: Any) -> str:
    found = filled(value)
    try:
        instants.zone_of(found)
    except ValueError as error:
        raise Bad(("", "must be an IANA time zone")) from error
    return found


def text_or_texts(value: Any) -> str | list[str]:
    """What a custom user attribute holds."""
    checked: str | list[str] = listed(text)(value) if isinstance(value, list) else text(value)
    return checked


def free_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Bad(("", "must be an object"))
    return value


def one_of(*allowed: str) -> Check:
    def check(value: Any) -> str:
        if value not in allowed:
            raise Bad(("", f"must be one of {', '.join(allowed)}"))
        return str(value)

    return check


def flag(value: str) -> bool:
    """A boolean as query parameters carry it; `True` was accepted too."""
    return bool(one_of("true", "false")(value.lower()) == "true")


def whole(least: int, most: int) -> Check:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Bad(("", f"must be a whole number from {least} to {most}"))
        return value

    return check


def separated(check: Check) -> Check:
    """A list as query parameters carry it: joined by commas."""
    return lambda value: listed(check)(value.split(","))


def nullable(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def blank_or(check: Check) -> Check:
    """The service answers `""` for some unset texts, so it takes them too."""
    return lambda value: value if value == "" else check(value)


def ignored(value: Any) -> Any:
    return value


def listed(check: Check, most: int = 1_000) -> Check:
    def check_all(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > most:
            raise Bad(("", f"must be a list of at most {most} elements"))
        return _each(((f"[{index}]", check, element) for index, element in enumerate(value)))

    return check_all


def mapped(check: Check) -> Check:
    """An object with any keys, whose values all pass the check."""

    def check_all(value: Any) -> dict[str, Any]:
        found = free_object(value)
        return dict(zip(found, _each((key, check, found[key]) for key in found), strict=True))

    return check_all


def shape(required: Mapping[str, Check], optional: Mapping[str, Check], unknown: str = "drop") -> Check:
    """An object with these keys; keys of neither kind are dropped, or refused with `unknown="refuse"`."""
    known = {**required, **optional}

    def check_all(value: Any) -> dict[str, Any]:
        found = free_object(value)
        problems = [(key, "is required") for key in required if key not in found]
        if unknown == "refuse":
            problems += [(key[:100], "is not a known key") for key in found if key not in known]
        kept = [key for key in known if key in found]
        try:
            values = _each((key, known[key], found[key]) for key in kept)
        except Bad as bad:
            raise Bad(*problems, *bad.problems) from bad
        if problems:
            raise Bad(*problems)
        return dict(zip(kept, values, strict=True))

    return check_all


def _matching(pattern: re.Pattern[str], value: Any, why: str) -> str:
    found = text(value)
    if not pattern.fullmatch(found):
        raise Bad(("", why))
    return found


def _each(checks: Iterable[tuple[str, Check, Any]]) -> list[Any]:
    """Check all, collect all problems, each below its step."""
    values, problems = [], []
    for step, check, value in checks:
        try:
            values.append(check(value))
        except Bad as bad:
            problems += bad.below(step)
    if problems:
        raise Bad(*problems)
    return values
