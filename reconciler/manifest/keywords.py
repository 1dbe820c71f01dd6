"""JSON Schema's keywords over text that has places, with messages for the author of a manifest.

Here are those that go into a mapping or a list, and the table of all. A schema is read once: each function
reads a keyword of it, and returns what judges a value. The instance of an error says where it stands: a key
or value carries its place; a mapping stands for the key that holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from reconciler.errors.nearest import did_you_mean
from reconciler.manifest.branches import EXCLUSIVE, any_of, dependent_required, if_, listed, one_of, required
from reconciler.manifest.judging import Flaws, Judge, Part, Reader, Schema, flaw, judge_of
from reconciler.manifest.single import (
    const,
    enum,
    max_length,
    maximum,
    min_length,
    minimum,
    not_,
    pattern,
    type_,
)

if TYPE_CHECKING:
    from jsonschema import ValidationError


def properties(known: Mapping[str, Schema], schema: Schema, reader: Reader) -> Judge:
    parts = {key: Part(below, reader) for key, below in known.items()}

    def judge(instance: object) -> Flaws:
        found: list[ValidationError] = []
        for key, value in instance.items() if isinstance(instance, dict) else ():
            if key in parts:
                found += parts[key].flaws(value, key)
        return found

    return judge


def property_names(names: Schema, schema: Schema, reader: Reader) -> Judge:
    part = Part(names, reader)

    def judge(instance: object) -> Flaws:
        keys = instance if isinstance(instance, dict) else ()
        return [error for key in keys for error in part.flaws(key)]

    return judge


def items(below: Schema, schema: Schema, reader: Reader) -> Judge:
    part = Part(below, reader)

    def judge(instance: object) -> Flaws:
        found: list[ValidationError] = []
        for index, item in enumerate(instance if isinstance(instance, list) else ()):
            found += part.flaws(item, index)
        return found

    return judge


def additional_properties(extra: Schema | Literal[False], schema: Schema, reader: Reader) -> Judge:
    known = schema.get("properties", {})
    part = Part(extra, reader) if extra is not False else None

    def judge(instance: object) -> Flaws:
        found: list[ValidationError] = []
        for key, value in instance.items() if isinstance(instance, dict) else ():
            if key in known:
                continue
            if part:
                found += part.flaws(value, key)
            else:
                found.append(flaw(_unknown(key, list(known), schema), instance=key))
        return found

    return judge


def _unknown(key: str, known: Sequence[str], schema: Schema) -> str:
    """What is said of a key that isn't there; `meant` in a schema says what people mean by some."""
    meant, otherwise = schema.get("meant", {}).get(key), f"it may be {listed(known)}"
    hint = f"; {meant}" if meant else did_you_mean(key, known, schema.get("errorMessage", otherwise))
    return f"unknown key `{key}`{hint}"


def min_items(least: int, schema: Schema, reader: Reader) -> Judge:
    said = "an empty list: write something, or delete the line"
    said = schema.get("errorMessage", said) if least > 1 else said
    return judge_of(list, lambda items: len(items) < least, lambda items: said)


def max_items(most: int, schema: Schema, reader: Reader) -> Judge:
    said = schema.get("errorMessage", f"more than {most} items")
    return judge_of(list, lambda items: len(items) > most, lambda items: said)


def min_properties(least: int, schema: Schema, reader: Reader) -> Judge:
    said = "nothing stands in this mapping: write something, or delete the line"
    return judge_of(dict, lambda block: len(block) < least, lambda block: said)


def unique_items(wanted: bool, schema: Schema, reader: Reader) -> Judge:
    def judge(instance: object) -> Flaws:
        seen: set[str] = set()
        found: list[ValidationError] = []
        for item in instance if isinstance(instance, list) else ():
            if isinstance(item, str) and item in seen:
                found.append(flaw(f"`{item}` stands here twice", instance=item))
            elif isinstance(item, str):
                seen.add(item)
        return found

    return judge


KEYWORDS: Mapping[str, Callable[..., Judge]] = {
    "additionalProperties": additional_properties,
    "anyOf": any_of,
    "const": const,
    "dependentRequired": dependent_required,
    "enum": enum,
    "if": if_,
    "items": items,
    "maxItems": max_items,
    "maxLength": max_length,
    "maximum": maximum,
    "minItems": min_items,
    "minLength": min_length,
    "minProperties": min_properties,
    "minimum": minimum,
    "not": not_,
    "oneOf": one_of,
    "pattern": pattern,
    "properties": properties,
    "propertyNames": property_names,
    "required": required,
    "type": type_,
    "uniqueItems": unique_items,
}
# What these find wrong is wrong with a mapping as a whole.
WHOLE = frozenset({"required", "dependentRequired", "oneOf", "anyOf", "minProperties", EXCLUSIVE})
