"""JSON Schema's keywords over text that has places, with messages for the author of a manifest.

Each function has jsonschema's signature for a keyword. The instance of an error says where it stands: a
key or value carries its place; a mapping stands for the key that holds it. They return lists, as tens of
thousands of generators that find nothing took a third of the time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal, cast

from reconciler.errors.nearest import did_you_mean, nearest
from reconciler.manifest.formats import Schema, Validator, flaw

if TYPE_CHECKING:
    from jsonschema import ValidationError

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,15})?")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})")
EXCLUSIVE = "more than one of"  # `oneOf`, where several of them fit
_TYPES: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "string": ("text", lambda value: isinstance(value, str)),
    "object": ("a mapping (`key: value`)", lambda value: isinstance(value, dict)),
    "array": ("a list", lambda value: isinstance(value, list)),
    "integer": ("a whole number", lambda value: isinstance(value, str) and bool(_INTEGER.fullmatch(value))),
    "number": ("a number", lambda value: isinstance(value, str) and bool(_NUMBER.fullmatch(value))),
    "boolean": ("true or false", lambda value: isinstance(value, str) and value in ("true", "false")),
}


def _misspelt(instance: Iterable[str], schema: Schema) -> set[str]:
    """The known keys that unknown ones were probably meant to be: they needn't be called missing as well."""
    known = schema.get("properties")
    if not known:
        return set()
    return {close for key in instance if key not in known and (close := nearest(key, list(known)))}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def descend(
    validator: Validator,
    instance: object,
    schema: Schema,
    path: str | int | None = None,
    around: Schema | None = None,
) -> list[ValidationError]:
    """Check a part of the tree, `path` away, as jsonschema's `descend` does.

    around: the schema of which the keywords are a part, if they stand for themselves in it.

    Theirs makes a new validator for each value, four times the cost of all keywords; ours needs none, since
    no schema inside of ours has an `$id`.
    """
    checks, found = validator.VALIDATORS, list["ValidationError"]()
    for keyword, value in schema.items():
        check = checks.get(keyword)
        for error in check(validator, value, instance, around or schema) if check else ():
            error._set(  # type: ignore[attr-defined]
                validator=keyword, validator_value=value, instance=instance
            )
            if path is not None:
                error.path.appendleft(path)
            found.append(error)
    return found


def properties(
    validator: Validator, known: Mapping[str, Schema], instance: object, schema: Schema
) -> list[ValidationError]:
    found = list["ValidationError"]()
    for key, value in instance.items() if isinstance(instance, dict) else ():
        if key in known:
            found += descend(validator, value, known[key], key)
    return found


def property_names(
    validator: Validator, names: Schema, instance: object, schema: Schema
) -> list[ValidationError]:
    keys = instance if isinstance(instance, dict) else ()
    return [error for key in keys for error in descend(validator, key, names)]


def items(validator: Validator, each: Schema, instance: object, schema: Schema) -> list[ValidationError]:
    found = list["ValidationError"]()
    for index, item in enumerate(instance if isinstance(instance, list) else ()):
        found += descend(validator, item, each, index)
    return found


def type_(
    validator: Validator, types: str | Sequence[str], instance: object, schema: Schema
) -> list[ValidationError]:
    names = (types,) if isinstance(types, str) else types
    for name in names:
        if _TYPES[name][1](instance):
            return []
    if "string" in names:
        names = [name for name in names if name not in ("integer", "number", "boolean")]
    expected = " or ".join(_TYPES[name][0] for name in names)
    advice = f": {schema['errorMessage']}" if "object" in names and "errorMessage" in schema else ""
    if schema.get("format") == "cycle" and isinstance(instance, list):
        words = (str(word) if isinstance(word, str) else "." for word in instance)
        advice = f": write it as a row, `{' '.join(words)}`"
    return [flaw(f"expected {expected}, found {_found(instance, names)}{advice}")]


def _found(instance: object, expected: Sequence[str]) -> str:
    if isinstance(instance, dict):
        return _TYPES["object"][0]
    if isinstance(instance, list):
        return _TYPES["array"][0]
    return "text" if {"array", "object"} & set(expected) else f"`{instance}`"


def required(
    validator: Validator, names: Sequence[str], instance: object, schema: Schema
) -> list[ValidationError]:
    missing = _missing(names, instance, schema) if isinstance(instance, dict) else ()
    return [flaw(f"`{name}` is missing") for name in missing]


def _missing(names: Sequence[str], instance: Mapping[str, object], schema: Schema) -> list[str]:
    missing = [name for name in names if name not in instance]
    meant = _misspelt(instance, schema) if missing else set()
    return [name for name in missing if name not in meant]


def dependent_required(
    validator: Validator, needs: Mapping[str, Sequence[str]], instance: object, schema: Schema
) -> list[ValidationError]:
    there = instance if isinstance(instance, dict) else {}
    return [
        flaw(f"`{name}` is missing: `{key}` needs it")
        for key, names in needs.items()
        if key in there
        for name in names
        if name not in there
    ]


def additional_properties(
    validator: Validator, extra: Schema | Literal[False], instance: object, schema: Schema
) -> list[ValidationError]:
    known, found = schema.get("properties", {}), list["ValidationError"]()
    for key, value in instance.items() if isinstance(instance, dict) else ():
        if key in known:
            continue
        if extra is False:
            said = _unknown(key, list(known), schema.get("errorMessage"))
            found.append(flaw(said, instance=key))
        else:
            found += descend(validator, value, extra, key)
    return found


def _unknown(key: str, known: Sequence[str], advice: str | None) -> str:
    return f"unknown key `{key}`{did_you_mean(key, known, advice or 'it may be ' + _listed(known))}"


def enum(
    validator: Validator, values: Sequence[object], instance: object, schema: Schema
) -> list[ValidationError]:
    known = [_spelled(value) for value in values]
    if not isinstance(instance, str) or instance in known:
        return []
    if len(known) == 1:
        return [flaw(f"expected `{known[0]}`, found `{instance}`")]
    hint = f"; {schema['errorMessage']}" if "errorMessage" in schema else did_you_mean(instance, known)
    return [flaw(f"`{instance}` is not one of {', '.join(known)}{hint}")]


def _spelled(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def const(validator: Validator, value: object, instance: object, schema: Schema) -> list[ValidationError]:
    return enum(validator, [value], instance, schema)


def not_(validator: Validator, other: Schema, instance: object, schema: Schema) -> list[ValidationError]:
    refused = isinstance(instance, str) and not descend(validator, instance, other)
    return [flaw(schema.get("errorMessage", "this is not allowed here"))] if refused else []


def minimum(validator: Validator, least: float, instance: object, schema: Schema) -> list[ValidationError]:
    if isinstance(instance, str) and _NUMBER.fullmatch(instance) and float(instance) < least:
        return [flaw(f"expected at least {least}, found `{instance}`")]
    return []


def maximum(validator: Validator, most: float, instance: object, schema: Schema) -> list[ValidationError]:
    if isinstance(instance, str) and _NUMBER.fullmatch(instance) and float(instance) > most:
        return [flaw(f"expected at most {most}, found `{instance}`")]
    return []


def pattern(validator: Validator, wanted: str, instance: object, schema: Schema) -> list[ValidationError]:
    # The text itself is not shown: it may be somebody's phone number.
    if isinstance(instance, str) and not _compiled(wanted).search(instance):
        return [flaw(schema.get("errorMessage", f"expected text like {wanted}"))]
    return []


@cache
def _compiled(wanted: str) -> re.Pattern[str]:
    return re.compile(wanted.replace("$", r"\Z"))  # where JSON Schema's `$` is the end, Python's is not quite


def min_length(validator: Validator, least: int, instance: object, schema: Schema) -> list[ValidationError]:
    if isinstance(instance, str) and len(instance) < least:
        return [flaw("an empty text: write something, or delete the line (`clear:` empties a field)")]
    return []


def max_length(validator: Validator, most: int, instance: object, schema: Schema) -> list[ValidationError]:
    if isinstance(instance, str) and len(instance) > most:
        return [flaw(f"longer than {most} characters")]
    return []


def min_items(validator: Validator, least: int, instance: object, schema: Schema) -> list[ValidationError]:
    if isinstance(instance, list) and len(instance) < least:
        return [flaw("an empty list: write something, or delete the line")]
    return []


def max_items(validator: Validator, most: int, instance: object, schema: Schema) -> list[ValidationError]:
    if isinstance(instance, list) and len(instance) > most:
        return [flaw(f"more than {most} items")]
    return []


def min_properties(
    validator: Validator, least: int, instance: object, schema: Schema
) -> list[ValidationError]:
    if isinstance(instance, dict) and len(instance) < least:
        return [flaw("nothing stands in this mapping: write something, or delete the line")]
    return []


def unique_items(
    validator: Validator, wanted: bool, instance: object, schema: Schema
) -> list[ValidationError]:
    seen, found = set[str](), list["ValidationError"]()
    for item in instance if isinstance(instance, list) else ():
        if isinstance(item, str) and item in seen:
            found.append(flaw(f"`{item}` stands here twice", instance=item))
        elif isinstance(item, str):
            seen.add(item)
    return found


def one_of(
    validator: Validator, branches: Sequence[Schema], instance: object, schema: Schema
) -> list[ValidationError]:
    if not isinstance(instance, dict):
        return []  # branches tell mappings apart; another type has been reported
    fits = [branch for branch in branches if _fits(branch, instance)]
    if len(fits) > 1:
        keys = [key for branch in fits for key in branch.get("required", ())[:1]]
        return [flaw(f"{_listed(keys)} exclude each other: write one of them", validator=EXCLUSIVE)]
    return [] if fits else _meant(branches, instance, schema)


def any_of(
    validator: Validator, branches: Sequence[Schema], instance: object, schema: Schema
) -> list[ValidationError]:
    if isinstance(instance, dict) and not any(_fits(branch, instance) for branch in branches):
        return _meant(branches, instance, schema)
    return []


def if_(validator: Validator, test: Schema, instance: object, schema: Schema) -> list[ValidationError]:
    """What stands under `then` or `else`, which speaks of the keys of the schema around it."""
    branches = cast(Mapping[str, Schema], schema)
    branch = branches.get("else" if descend(validator, instance, test) else "then", {})
    return descend(validator, instance, branch, around=schema)


def _fits(branch: Schema, instance: Mapping[str, object]) -> bool:
    """Whether a mapping is of a branch: those of our schemas say what is `required`, and nothing else."""
    return not _missing(branch["required"], instance, branch)


def _meant(branches: Sequence[Schema], instance: Iterable[str], schema: Schema) -> list[ValidationError]:
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


KEYWORDS: Mapping[str, Callable[..., list[ValidationError]]] = {
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
