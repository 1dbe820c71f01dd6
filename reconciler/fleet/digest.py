"""The digest of what an environment wishes, once expanded: places and reasons are none of it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from hashlib import sha256

from reconciler.model import Environment, Source
from reconciler.pipeline import Wishes

_JUDGING = ("policies", "teams")  # sections that say what a plan may do to people
_ELSEWHERE = frozenset({"source", "digest", "manifests", "shifts"})  # files, and what is expanded
_SILENT = frozenset({"why", "reason"})  # told, and without effect


def digest_of(wishes: Wishes) -> str:
    """As of one moment: the horizon moves on, so only digests of the same `now` compare."""
    own = {name: value for name, value in _fields(wishes.environment) if name not in _ELSEWHERE}
    judging = [[each.section, each.name, each.spec] for each in wishes.environment.under(*_JUDGING)]
    wanted = sorted(json.dumps(_plain(wish), sort_keys=True) for wish in wishes.desired)
    said = json.dumps(_plain([own, judging, wanted]), sort_keys=True)
    return f"sha256:{sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _fields(value: Environment) -> Iterator[tuple[str, object]]:
    yield from ((each.name, getattr(value, each.name)) for each in fields(value))


def _plain(value: object) -> object:
    """A value as JSON has it, without where it stands in the manifests and why."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return _kept(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _kept(dict(zip(value._fields, value, strict=True)))
    if is_dataclass(value):
        return _kept({each.name: getattr(value, each.name) for each in fields(value)})
    if isinstance(value, Set):
        return sorted(json.dumps(_plain(each), sort_keys=True) for each in value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value if not isinstance(each, Source)]
    return str(value)


def _kept(value: Mapping[str, object]) -> dict[str, object]:
    return {
        str(name): _plain(each)
        for name, each in value.items()
        if name not in _SILENT and not isinstance(each, Source) and not callable(each)  # says it in words
    }
