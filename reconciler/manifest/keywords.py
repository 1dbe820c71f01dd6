"""JSON Schema's keywords over text that has places, with messages for the author of a manifest.

A schema is read once: each function reads a keyword of it, and returns what judges a value. The instance of
an error says where it stands: a key or value carries its place; a mapping stands for the key that holds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, cast

from reconciler.dates.grammar import DAYS
from reconciler.errors.nearest import did_you_mean, nearest
from reconciler.manifest.decode import invisible_in
from reconciler.manifest.explain import DASH_FIRST
from reconciler.manifest.judging import SOUND, Flaws, Judge, Part, Reader, Schema, flaw, judge_of

if TYPE_CHECKING:
    from jsonschema import ValidationError

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,15})?")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})")
EXCLUSIVE = "more than one of"  # `oneOf`, where several of them fit
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


def _misspelt(instance: Iterable[str], schema: Schema) -> set[str]:
    """The known keys that unknown ones were probably meant to be: they needn't be called missing as well."""
    known = schema.get("properties")
    if not known:
        return set()
    return {close for key in instance if key not in known and (close := nearest(key, list(known)))}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


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


def required(names: Sequence[str], schema: Schema, reader: Reader) -> Judge:
    needed = frozenset(names)

    def judge(instance: object) -> Flaws:
        if not isinstance(instance, dict) or instance.keys() >= needed:
            return SOUND
        there = {*instance, *_misspelt(instance, schema)}
        return [flaw(f"`{name}` is missing") for name in names if name not in there]

    return judge


def dependent_required(needs: Mapping[str, Sequence[str]], schema: Schema, reader: Reader) -> Judge:
    def judge(instance: object) -> Flaws:
        there = instance if isinstance(instance, dict) else {}
        return [
            flaw(f"`{name}` is missing: `{key}` needs it")
            for key, names in needs.items()
            if key in there
            for name in names
            if name not in there
        ]

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
    meant, otherwise = schema.get("meant", {}).get(key), f"it may be {_listed(known)}"
    hint = f"; {meant}" if meant else did_you_mean(key, known, schema.get("errorMessage", otherwise))
    return f"unknown key `{key}`{hint}"


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
    said = "an empty text: write something, or delete the line (`clear:` empties a field)"
    return judge_of(str, lambda text: len(text) < least, lambda text: said)


def max_length(most: int, schema: Schema, reader: Reader) -> Judge:
    return judge_of(str, lambda text: len(text) > most, lambda text: f"longer than {most} characters")


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


def one_of(branches: Sequence[Schema], schema: Schema, reader: Reader) -> Judge:
    branches = [branch for branch in branches if "required" in branch]  # another one is for what has no keys

    def judge(instance: object) -> Flaws:
        if not isinstance(instance, dict):
            return SOUND  # branches tell mappings apart; another type has been reported
        fits = [branch for branch in branches if _fits(branch, instance)]
        if len(fits) > 1:
            keys = [key for branch in fits for key in branch.get("required", ())[:1]]
            advice = schema.get("exclusive", "write one of them")
            return [flaw(f"{_listed(keys)} exclude each other: {advice}", validator=EXCLUSIVE)]
        return SOUND if fits else _meant(branches, instance, schema)

    return judge


def any_of(branches: Sequence[Schema], schema: Schema, reader: Reader) -> Judge:
    def judge(instance: object) -> Flaws:
        if isinstance(instance, dict) and not any(_fits(branch, instance) for branch in branches):
            return _meant(branches, instance, schema)
        return SOUND

    return judge


def if_(test: Schema, schema: Schema, reader: Reader) -> Judge:
    """What stands under `then` or `else`, which speaks of the keys of the schema around it."""
    branches, tests = cast(Mapping[str, Schema], schema), test.get("anyOf", [test])
    then, otherwise = (Part(branches.get(name, {}), reader, around=schema) for name in ("then", "else"))

    def judge(instance: object) -> Flaws:
        holds = not isinstance(instance, dict) or any(_fits(branch, instance) for branch in tests)
        return (then if holds else otherwise).flaws(instance)

    return judge


def _fits(branch: Schema, instance: Mapping[str, object]) -> bool:
    """Whether a mapping is of a branch: those of our schemas say what is `required`, and nothing else."""
    return instance.keys() >= set(branch["required"])


def _meant(branches: Sequence[Schema], instance: Iterable[str], schema: Schema) -> Flaws:
    """What the branch that was meant, by the keys there are, still needs; between several, what decides."""
    present = {*instance, *_misspelt(instance, schema)}
    missing = [[key for key in branch.get("required", ()) if key not in present] for branch in branches]
    shared = [
        len(branch.get("required", ())) - len(keys) for branch, keys in zip(branches, missing, strict=True)
    ]
    likely = [keys for keys, count in zip(missing, shared, strict=True) if count == max(shared)]
    if len(likely) == 1:
        return [flaw(f"`{key}` is missing") for key in likely[0]]
    said = f"one of {_listed([keys[0] for keys in likely])} is missing"
    return [flaw(said)] if all(likely) else []


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
