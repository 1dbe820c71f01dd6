"""Two normalised objects -> the declared fields that differ. The only user of DeepDiff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.model import FieldDiff
from reconciler.model.typed import JsonObject


def diff(before: JsonObject, after: JsonObject) -> list[FieldDiff]:
    """Explain what of `after` (the declared fields, normalised) is otherwise in `before`.

    Returns: sorted by path, one entry a field; mappings inside are followed (`customUserAttributes.npi`),
    lists are values. Equal objects cost one comparison: DeepDiff needs half a millisecond even for those.
    """
    shared = {name: before.get(name) for name in after}
    if shared == after:
        return []
    from deepdiff import DeepDiff  # 0.3 s to import: only when something differs

    found = DeepDiff(_nested(shared), _nested(after), view="tree", ignore_order=False)
    paths = {_field_path(level) for levels in found.values() for level in levels}
    return [FieldDiff(".".join(path), at(shared, path), at(after, path)) for path in sorted(paths)]


def _field_path(level: Any) -> tuple[str, ...]:
    """The keys that lead to a difference, up to the first list or the first field that one side lacks."""
    path = []
    for step in level.path(output_format="list"):
        if not isinstance(step, str):
            break
        path.append(step)
    return tuple(path)


def at(fields: object, path: Sequence[str]) -> object:
    """The value that a path leads to; None where it ends before."""
    for step in path:
        fields = fields.get(step) if isinstance(fields, Mapping) else None
    return fields


def _nested(fields: JsonObject) -> dict[str, object]:
    """Plain dicts throughout: DeepDiff calls two mapping types a difference."""
    return {name: _nested(value) if isinstance(value, Mapping) else value for name, value in fields.items()}
