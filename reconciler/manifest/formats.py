"""The `format`s of our schemas: each is a function of the grammar, whose message is the error's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import ValidationError

from reconciler.dates import grammar
from reconciler.dates.rules import rule_of
from reconciler.dates.zones import zone_of
from reconciler.model import Text

Errors = Iterator[ValidationError]
Schema = Mapping[str, Any]


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


def format_(validator: Any, name: str, instance: Any, schema: Schema) -> Errors:
    if isinstance(instance, str):
        problem = _refusal(name, instance)
        if problem:
            yield ValidationError(problem)
    elif name == "spans" and isinstance(instance, list):
        if not any(not isinstance(item, str) or _refusal("span", item) for item in instance):
            problem = _refusal(name, instance)
            if problem:
                yield ValidationError(problem)
    elif name == "week" and isinstance(instance, dict):
        yield from _week(instance)


def _refusal(name: str, value: Any) -> str | None:
    try:
        FORMATS[name](value)
    except ValueError as error:
        return str(error)
    return None


def _week(days: Mapping[Text, Any]) -> Errors:
    """Days are checked one by one elsewhere; here, what they are together, at the first that clashes."""
    problem = _refusal("week", _sound(days))
    if problem:
        so_far: dict[Text, Any] = {}
        for key, hours in _sound(days).items():
            so_far[key] = hours
            problem = _refusal("week", so_far)
            if problem:
                yield ValidationError(problem, instance=key)
                return


def _sound(days: Mapping[Text, Any]) -> dict[Text, Any]:
    return {
        key: hours
        for key, hours in days.items()
        if not _refusal("days", key) and not isinstance(hours, dict) and not _hours_refusal(hours)
    }


def _hours_refusal(hours: Any) -> str | None:
    nested = isinstance(hours, list) and not all(isinstance(item, str) for item in hours)
    return "nested" if nested else _refusal("spans", hours)
