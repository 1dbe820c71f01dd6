"""Data to YAML, for people and for files that are read again."""

from __future__ import annotations

from typing import Any

import yaml

# Theirs in C is ten times as fast; a build without it writes the same.
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def dump(value: Any) -> str:
    """Write plain data as block YAML, keys in their order; texts that look like something else are quoted."""
    text: str = yaml.dump(value, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=110)
    return text
