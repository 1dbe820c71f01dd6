"""What `explain` says: of a manifest's key, from the schemas; of a kind of problem, from mistakes.yaml."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import yaml

from reconciler.manifest.schema import schema_text

ROOTS = ("environment", "manifest")  # what a path begins in
_SUFFIX = ".schema.json"
_WORDS = {
    "string": "text",
    "object": "mapping",
    "array": "list",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
}

Schema = Mapping[str, Any]


class Explained(NamedTuple):
    """A key: its place with `<name>` where entries have names, its meaning, what it may be and an example.

    default: as the schema has it, or `none`. below: keys it may hold.
    """

    path: str
    meaning: str
    type: str
    default: str
    example: object
    below: Sequence[str]


class Lesson(NamedTuple):
    """How a kind of problem comes about, and what to write."""

    cause: str
    wrong: str
    right: str


def lessons() -> Mapping[str, Lesson]:
    """All of them, by id."""
    text = Path(__file__).with_name("mistakes.yaml").read_text(encoding="utf-8")
    return {id: Lesson(**each) for id, each in yaml.safe_load(text).items()}


def explained(path: str) -> Explained | None:
    """What the schemas say of a key such as `workHours.rotation`; names of entries may be left out."""
    here, walked = [_loaded(name) for name in ROOTS], ""
    *names, last = path.split(".")
    for step in names:
        found = _first(_key(node, step) or _entry(node, step) for node in here)
        if found is None:
            return None
        here, walked = [found.schema], f"{walked}{found.way}"
    key = _first(_key(node, last) for node in here)
    return _told(f"{walked}{key.way}".removeprefix("."), key) if key else None


class _Found(NamedTuple):
    """What stands below a value: the way there, as `.<name>[].key`, and whether it is needed."""

    way: str
    schema: Schema
    needed: bool


def _first(found: Iterable[_Found | None]) -> _Found | None:
    return next((each for each in found if each), None)


def key_paths() -> list[str]:
    """Every path there is to a key, names of entries left out, at most three keys long; sorted."""
    found, todo = set[str](), deque(("", _loaded(name)) for name in ROOTS)
    while todo:
        path, node = todo.popleft()
        for key, below in _keys(node).items():
            longer = f"{path}.{key}".removeprefix(".")
            if longer not in found and longer.count(".") < 3:
                found.add(longer)
                todo.append((longer, below.schema))
    return sorted(found)


def _key(node: Schema, name: str) -> _Found | None:
    return _keys(node).get(name)


def _entry(node: Schema, name: str) -> _Found | None:
    """What stands below the name of an entry, if a value's entries have names."""
    entry = node.get("additionalProperties")
    return _Found(f".{name}", _resolved(entry), False) if isinstance(entry, dict) else None


def _keys(node: Schema) -> Mapping[str, _Found]:
    """The keys that may stand in a value, or in what it lists or names; the nearest of each name."""
    found: dict[str, _Found] = {}
    for way, each in _layers(node):
        for key, schema in each.get("properties", {}).items():
            needed = key in each.get("required", ())
            found.setdefault(key, _Found(f"{way}.{key}", _resolved(schema), needed))
    return found


def _layers(node: Schema) -> Iterator[tuple[str, Schema]]:
    """The value itself, then what it lists or names, and so on: by the way there, as `.<name>[]`."""
    todo = deque([("", node)])
    while todo:
        way, each = todo.popleft()
        yield way, each
        for branch in (*each.get("oneOf", ()), *each.get("anyOf", ())):
            todo.append((way, _resolved(branch)))
        if "properties" not in each and isinstance(each.get("additionalProperties"), dict):
            todo.append((f"{way}.<name>", _resolved(each["additionalProperties"])))
        if isinstance(each.get("items"), dict):
            todo.append((f"{way}[]", _resolved(each["items"])))


def _told(path: str, key: _Found) -> Explained:
    node = key.schema
    meaning = str(node.get("description") or node.get("title") or "")
    default = _spelled(node.get("default", "none, it is needed" if key.needed else "none"))
    return Explained(path, meaning, _type(node), default, _example(node), list(_keys(node)))


def _example(node: Schema) -> object:
    """The first of its own, else a value it may have, else one of what it lists."""
    for found in ("examples", "enum"):
        if node.get(found):
            return node[found][0]
    if "const" in node:
        return node["const"]
    if isinstance(node.get("items"), dict):
        return [_example(_resolved(node["items"]))]
    if "properties" in node:
        return {key: _example(_resolved(each)) for key, each in node["properties"].items()}
    return True if node.get("type") == "boolean" else None


def _type(node: Schema) -> str:
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return "one of " + ", ".join(f"`{_spelled(value)}`" for value in node["enum"])
    types = node.get("type", [])
    names = [types] if isinstance(types, str) else list(types)
    if "string" in names:  # every scalar is the text its author typed
        names = [name for name in names if name not in ("number", "boolean", "integer")]
    said = " or ".join(_WORDS.get(name, name) for name in names)
    return f"{said} ({node['format']})" if "format" in node else said


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _resolved(node: Schema) -> Schema:
    """A schema with what it refers to; what stands beside the reference wins."""
    reference = node.get("$ref")
    if reference is None:
        return node
    file, _, inner = str(reference).partition("#")
    target: Schema = _loaded(file.removesuffix(_SUFFIX))
    for step in inner.strip("/").split("/") if inner.strip("/") else ():
        target = target[step]
    beside = {key: value for key, value in node.items() if key != "$ref"}
    return {**_resolved(target), **beside}


@cache
def _loaded(name: str) -> Schema:
    """A schema by name, its references within itself made to name it."""
    return cast(Schema, _absolute(json.loads(schema_text(name)), f"{name}{_SUFFIX}"))


def _absolute(node: object, file: str) -> object:
    if isinstance(node, list):
        return [_absolute(each, file) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: f"{file}{value}"
        if key == "$ref" and str(value).startswith("#")
        else value
        if key == "examples"
        else _absolute(value, file)
        for key, value in node.items()
    }
