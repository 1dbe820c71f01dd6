"""Keywords that judge a value by itself: its type, what it may be, its form and size; and what was meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from reconciler.dates.grammar import DAYS
from reconciler.errors.nearest import did_you_mean
from reconciler.manifest.decode import invisible_in
from reconciler.manifest.explain import DASH_FIRST
from reconciler.manifest.judging import SOUND, Flaws, Judge, Part, Reader, Schema, flaw, judge_of

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,15})?")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})")
_TYPES = {
    "string": "text",
    "object": "a mapping (`key: value`)",
    "array": "a list",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}
_BUILT: Mapping[str, type] = {"string": str, "object": dict, "array": list}
_SPELLED: Mapping[str, Callable[[str], object]] = {
    "integer": _INTEGER.fullmatch,
    "number": _NUMBER.fullmatch,
    "boolean": frozenset(("true", "false")).__contains__,
}


def type_(types: str | Sequence[str], schema: Schema, reader: Reader) -> Judge:
    names = (types,) if isinstance(types, str) else types
    built = tuple(_BUILT[name] for name in names if name in _BUILT)
    spelled = [_SPELLED[name] for name in names if name in _SPELLED]

    def judge(instance: object) -> Flaws:
        if isinstance(instance, built):
            return SOUND
        if isinstance(instance, str) and any(is_spelled(instance) for is_spelled in spelled):
            return SOUND
        return [flaw(_of_another_type(names, instance, schema))]

    return judge


def _of_another_type(names: Sequence[str], instance: object, schema: Schema) -> str:
    if "string" in names:
        names = [name for name in names if name not in _SPELLED]
    expected = " or ".join(_TYPES[name] for name in names)
    advice = f": {schema['errorMessage']}" if "object" in names and "errorMessage" in schema else ""
    if isinstance(instance, list):
        advice = _advice_on_rows(instance, schema) or advice
    return f"expected {expected}, found {_found(instance, names)}{advice}"


def _advice_on_rows(items: Sequence[object], schema: Schema) -> str:
    """What to write in place of a list where a row may stand: in a cycle, on a sheet, or for a week."""
    if schema.get("format") in ("cycle", "row"):
        row = _row_meant(items, None)
    elif cast(Schema, schema.get("propertyNames", {})).get("format") == "days":
        row = _row_meant(items, len(DAYS))
    else:
        return ""
    if row.startswith("."):
        return f": {DASH_FIRST}, `{row}`"
    if row:
        return f": write it as a row, `{row}`"
    return ": several ranges on a date have a name under `shifts`" if "format" in schema else ""


def _row_meant(items: Sequence[object], due: int | None) -> str:
    """The row that somebody wrote as a list, or with dashes in front, which YAML takes for lists in lists."""
    words = list[str]()
    while len(items) == 1 and isinstance(items[0], list):
        words, items = [*words, "."], items[0]
    if not all(isinstance(item, str) for item in items):
        return ""
    said = [word for item in items for word in str(item).split()]
    if words or (len(items) == 1 and len(said) + 1 == due):
        words.append(".")
    words += ["." if word in ("-", "–") else word for word in said]
    return " ".join(words) if len(words) == due or (due is None and len(words) > 1) else ""


def _found(instance: object, expected: Sequence[str]) -> str:
    if isinstance(instance, dict):
        return _TYPES["object"]
    if isinstance(instance, list):
        return _TYPES["array"]
    return "text" if {"array", "object"} & set(expected) else f"`{instance}`"


def enum(values: Sequence[object], schema: Schema, reader: Reader) -> Judge:
    known = [_spelled(value) for value in values]
    spoken_of = "format" in schema  # which says better what is wrong
    of_text = judge_of(
        str, lambda text: not spoken_of and text not in known, lambda text: _none_of(known, text, schema)
    )
    if "type" in schema:
        return of_text
    is_text = type_("string", schema, reader)
    return lambda instance: is_text(instance) or of_text(instance)


def _none_of(known: Sequence[str], text: str, schema: Schema) -> str:
    if len(known) == 1:
        return f"expected `{known[0]}`, found `{text}`"
    hint = f"; {schema['errorMessage']}" if "errorMessage" in schema else did_you_mean(text, known)
    return f"`{text}` is not one of {', '.join(known)}{hint}"


def _spelled(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def const(value: object, schema: Schema, reader: Reader) -> Judge:
    return enum([value], schema, reader)


def not_(other: Schema, schema: Schema, reader: Reader) -> Judge:
    part, said = Part(other, reader), schema.get("errorMessage", "this is not allowed here")
    return judge_of(str, lambda text: not part.flaws(text), lambda text: said)


def minimum(least: float, schema: Schema, reader: Reader) -> Judge:
    return judge_of(
        str,
        lambda text: bool(_NUMBER.fullmatch(text)) and float(text) < least,
        lambda text: f"expected at least {least}, found `{text}`",
    )


def maximum(most: float, schema: Schema, reader: Reader) -> Judge:
    return judge_of(
        str,
        lambda text: bool(_NUMBER.fullmatch(text)) and float(text) > most,
        lambda text: f"expected at most {most}, found `{text}`",
    )


def pattern(wanted: str, schema: Schema, reader: Reader) -> Judge:
    form = re.compile(wanted.replace("$", r"\Z"))  # where JSON Schema's `$` is the end, Python's is not quite
    # The text itself is not shown: it may be somebody's phone number.
    said = schema.get("errorMessage", f"expected text like {wanted}")
    return judge_of(str, lambda text: not form.search(text), lambda text: invisible_in(text) or said)


def min_length(least: int, schema: Schema, reader: Reader) -> Judge:
    said = "an empty text: write something, or delete the line"
    said = said if "pattern" in schema else schema.get("errorMessage", said)
    return judge_of(str, lambda text: len(text) < least, lambda text: said)


def max_length(most: int, schema: Schema, reader: Reader) -> Judge:
    return judge_of(str, lambda text: len(text) > most, lambda text: f"longer than {most} characters")
