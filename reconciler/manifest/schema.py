"""The JSON Schemas of manifests: where they lie, and checking a tree against one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from reconciler.manifest.formats import Errors, Schema
from reconciler.manifest.keywords import KEYWORDS, WHOLE, descend
from reconciler.model import Block, Findings, Items, Source, Text

_SUFFIX = ".schema.json"
_ANNOTATIONS = frozenset({"$schema", "title", "description", "examples"})
_NAMED = frozenset({"properties", "$defs"})


def schema_names() -> list[str]:
    """List the schemas there are, sorted."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in _folder().glob(f"*{_SUFFIX}"))


def schema_text(name: str) -> str:
    """Return a schema as it is published; KeyError for an unknown name."""
    path = _folder() / f"{name}{_SUFFIX}"
    if name not in schema_names():
        raise KeyError(name)
    return path.read_text(encoding="utf-8")


def check(name: str, value: Block | Items | Text, findings: Findings) -> None:
    """Report everything in a tree that the schema `name` doesn't allow, each at its place."""
    for error in _validator(name).iter_errors(value):
        findings.error(_place(error, value), error.message)


@cache
def _folder() -> Path:
    """In a wheel the schemas lie in the package, in a checkout beside it."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "schemas"
    return inside if inside.is_dir() else package.parent / "schemas"


@cache
def _validator(name: str) -> Any:
    # Keywords check types themselves: theirs know that text may spell a number.
    keywords = {**KEYWORDS, "$ref": _ref}
    ours: Any = extend(Draft202012Validator, validators=keywords)  # type: ignore[no-untyped-call]
    return ours(_loaded(name))


def _ref(validator: Any, target: str, instance: Any, schema: Schema) -> Errors:
    yield from descend(validator, instance, _resolved(target))


@cache
def _resolved(target: str) -> Schema:
    schema: Schema = _registry().resolver().lookup(target).contents
    return schema


@cache
def _registry() -> Registry[Any]:
    """All schemas by file name, so that `$ref` between them needs no network."""
    resources = ((f"{name}{_SUFFIX}", DRAFT202012.create_resource(_loaded(name))) for name in schema_names())
    return Registry().with_resources(resources)


@cache
def _loaded(name: str) -> Any:
    return _bare(json.loads(schema_text(name)), f"{name}{_SUFFIX}")


def _bare(schema: Any, file: str) -> Any:
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


def _named(schemas: Mapping[str, Any], file: str) -> dict[str, Any]:
    return {name: _bare(schema, file) for name, schema in schemas.items()}


def _target(reference: str, file: str) -> str:
    return file + reference if reference.startswith("#") else reference


def _place(error: ValidationError, root: Any) -> Source:
    """A value's own place; for a mapping as a whole, the key that holds it."""
    if error.validator in WHOLE or not hasattr(error.instance, "source"):
        return _holder(list(error.absolute_path), root)
    source: Source = error.instance.source
    return source


def _holder(path: list[Any], root: Any) -> Source:
    source: Source = root.source
    value: Any = root
    for step in path:
        if isinstance(value, Mapping):
            source = next(key for key in value if key == step).source
            value = value[step]
        else:
            value = value[step]
            source = value.source
    return source
