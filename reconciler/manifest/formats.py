"""The `format`s of our schemas: each is a function of the grammar, whose message is the error's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypedDict, TypeGuard, TypeVar

from jsonschema import ValidationError
from jsonschema.protocols import Validator

from reconciler.dates import grammar
from reconciler.dates.rules import rule_of
from reconciler.dates.zones import zone_of

Errors = Iterator[ValidationError]
Hours = str | Sequence[str]  # of a day, as they are written
Value = TypeVar("Value")


class Schema(TypedDict, total=False):
    """The keywords of a schema that another one looks at; there are more."""

    properties: Mapping[str, Schema]
    required: Sequence[str]
    errorMessage: str


def _moment(text: str) -> object:
    """A time of day, or a date with or without one."""
    return grammar.local_of(text) if "-" in text else grammar.clock_of(text)


FORMATS: Mapping[str, Callable[[str], object]] = {
    "clock": grammar.clock_of,
    "date": grammar.date_of,
    "date-range": grammar.range_of,
    "days": grammar.days_of,
    "duration": grammar.duration_of,
    "local": grammar.local_of,
    "moment": _moment,
    "rule": rule_of,
    "span": grammar.span_of,
    "spans": grammar.spans_of,
    "week": grammar.week_of,
    "zone": zone_of,
}


def format_(validator: Validator, name: str, instance: object, schema: Schema) -> Errors:
    if name == "week" and isinstance(instance, dict):
        yield from _week(instance)
        return
    problem = None
    if isinstance(instance, str):
        problem = _refusal_of_text(FORMATS[name], str(instance))
    elif name == "spans" and isinstance(instance, list) and all(map(_is_span, instance)):
        problem = _refusal(grammar.spans_of, instance)
    if problem:
        yield ValidationError(problem)


def _is_span(value: object) -> bool:
    return isinstance(value, str) and not _refusal_of_text(grammar.span_of, str(value))


def _refusal(read: Callable[[Value], object], value: Value) -> str | None:
    try:
        read(value)
    except ValueError as error:
        return str(error)
    return None


_refusal_of_text = lru_cache(4096)(_refusal)  # a clinic's dates, hours and zones come again and again


def _week(days: Mapping[str, object]) -> Errors:
    """Days are checked one by one elsewhere; here, what they are together, at the first that clashes."""
    sound: dict[str, Hours] = {
        key: hours
        for key, hours in days.items()
        if not _refusal_of_text(grammar.days_of, str(key)) and _are_hours(hours)
    }
    if _refusal(grammar.week_of, sound):
        so_far: dict[str, Hours] = {}
        for key, hours in sound.items():
            so_far[key] = hours
            problem = _refusal(grammar.week_of, so_far)
            if problem:
                yield ValidationError(problem, instance=key)
                return


def _are_hours(value: object) -> TypeGuard[Hours]:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value) and not _refusal(grammar.spans_of, value)
    return isinstance(value, str) and not _refusal_of_text(grammar.spans_of, str(value))
