"""The JSON Schemas of manifests: where they lie, and checking a tree against one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from reconciler.dates.grammar import Spans
from reconciler.dates.hours import NO_SHIFTS, Shifts
from reconciler.errors.mistakes import Mistake
from reconciler.manifest.branches import EXCLUSIVE
from reconciler.manifest.formats import Formats
from reconciler.manifest.judging import Judge, Part, Schema
from reconciler.manifest.keywords import KEYWORDS, WHOLE
from reconciler.model import Block, Findings, Items, Node, Source

if TYPE_CHECKING:
    from jsonschema import ValidationError

_SUFFIX = ".schema.json"
_ANNOTATIONS = frozenset({"$schema", "title", "description", "examples"})
_NAMED = frozenset({"properties", "$defs"})
_MISTAKES = {
    "additionalProperties": Mistake.UNKNOWN_KEY,
    "const": Mistake.NOT_ONE_OF,
    "enum": Mistake.NOT_ONE_OF,
    "maxItems": Mistake.OUT_OF_RANGE,
    "maxLength": Mistake.OUT_OF_RANGE,
    "maximum": Mistake.OUT_OF_RANGE,
    "minItems": Mistake.NOTHING_IN_IT,
    "minLength": Mistake.NOTHING_IN_IT,
    "minProperties": Mistake.NOTHING_IN_IT,
    "minimum": Mistake.OUT_OF_RANGE,
    "not": Mistake.WRONG_FORM,
    "pattern": Mistake.WRONG_FORM,
    "type": Mistake.WRONG_TYPE,
    "uniqueItems": Mistake.LISTED_TWICE,
    EXCLUSIVE: Mistake.EXCLUDE_EACH_OTHER,
}
_MISTAKES_OF_FORMATS = {
    "absence": Mistake.DATE,
    "date": Mistake.DATE,
    "date-range": Mistake.DATE,
    "duration": Mistake.DURATION,
    "interval": Mistake.DURATION,
    "local": Mistake.DATE,
    "moment": Mistake.DATE,
    "offset": Mistake.DURATION,
    "rule": Mistake.REPEAT,
    "unit": Mistake.NOT_ONE_OF,
    "wait": Mistake.DURATION,
    "zone": Mistake.ZONE,
}


def schema_names() -> list[str]:
    """List the schemas there are, sorted."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in _folder().glob(f"*{_SUFFIX}"))


def schema_text(name: str) -> str:
    """Return a schema as it is published; KeyError for an unknown name."""
    path = _folder() / f"{name}{_SUFFIX}"
    if name not in schema_names():
        raise KeyError(name)
    return path.read_text(encoding="utf-8")


def check(name: str, value: Node, findings: Findings, shifts: Shifts = NO_SHIFTS) -> None:
    """Report everything in a tree that the schema `name` doesn't allow, each at its place.

    shifts: those that have names, which may stand for hours.
    """
    for error in _reader(tuple(shifts.items())).referred(f"{name}{_SUFFIX}").flaws(value):
        findings.error(_place(error, value), error.message, _mistake(error))


def _mistake(error: ValidationError) -> Mistake:
    """What kind of problem a keyword has found; of the formats, those of hours and days are one."""
    if error.validator == "format":
        return _MISTAKES_OF_FORMATS.get(str(error.validator_value), Mistake.HOURS)
    return _MISTAKES.get(str(error.validator), Mistake.MISSING_KEY)


@cache
def _folder() -> Path:
    """In a wheel the schemas lie in the package, in a checkout beside it."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "schemas"
    return inside if inside.is_dir() else package.parent / "schemas"


class _Reader:
    """Reads our schemas into what judges values, where these are the shifts that have names."""

    def __init__(self, shifts: Shifts) -> None:
        self._formats = Formats(shifts)
        self._parts: dict[str, Part] = {}

    def judge(self, keyword: str, value: Any, schema: Schema) -> Judge | None:
        """What a keyword of a schema judges by; None for one that is for people."""
        if keyword == "format":
            return self._formats.judge(value)
        return KEYWORDS[keyword](value, schema, self) if keyword in KEYWORDS else None

    def referred(self, target: str) -> Part:
        """What a `$ref` points to; one for all who refer to it."""
        if target not in self._parts:
            self._parts[target] = Part(_resolved(target), self)
        return self._parts[target]


@lru_cache(16)
def _reader(shifts: tuple[tuple[str, Spans], ...]) -> _Reader:
    return _Reader(dict(shifts))


def _resolved(target: str) -> Schema:
    """The schema that a `$ref` points to: a file's, or one below it (RFC 6901, with no `~` in our names)."""
    file, _, pointer = target.partition("#")
    found: object = _loaded(file.removesuffix(_SUFFIX))
    for step in pointer.split("/")[1:]:
        found = cast(Mapping[str, object], found)[step]
    return cast(Schema, found)


@cache
def _loaded(name: str) -> Schema:
    return cast(Schema, _bare(json.loads(schema_text(name)), f"{name}{_SUFFIX}"))


def _bare(schema: object, file: str) -> object:
    """A schema without what is for people and editors, each `$ref` in it with the file it points to."""
    if isinstance(schema, list):
        return [_bare(one, file) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _named(value, file)
        if key in _NAMED
        else _target(value, file)
        if key == "$ref"
        else _bare(value, file)
        for key, value in schema.items()
        if key not in _ANNOTATIONS
    }


def _named(schemas: Mapping[str, object], file: str) -> dict[str, object]:
    return {name: _bare(schema, file) for name, schema in schemas.items()}


def _target(reference: str, file: str) -> str:
    return file + reference if reference.startswith("#") else reference


def _place(error: ValidationError, root: Node) -> Source:
    """A value's own place; for a mapping as a whole, the key that holds it."""
    if error.validator in WHOLE or not hasattr(error.instance, "source"):
        return _holder(error.absolute_path, root)
    source: Source = error.instance.source
    return source


def _holder(path: Iterable[str | int], root: Node) -> Source:
    source, value = root.source, root
    for step in path:
        if isinstance(value, Block):
            key = next(key for key in value if key == step)
            source, value = key.source, value[key]
        elif isinstance(value, Items):
            value = value[int(step)]
            source = value.source
    return source
