"""The README's page on manifests: its tables of keys, made of the schemas as `explain` tells them.

`make page` writes them; a test holds the README to it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from reconciler.manifest.keys import Explained, explained
from reconciler.manifest.schema import schema_text

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- made by `make page` of schemas/ -->", "<!-- until here -->"
LONGEST = 160  # of an example; sections of more are shown in examples/
_BETWEEN = re.compile(f"(?<={re.escape(BEGIN)}\n).*?(?={re.escape(END)})", re.DOTALL)
_SPECIAL = re.compile(r"^[-\s&*!|>%@`{\[\"'#?]|[:#] |[,\[\]{}]|^$")


def page() -> str:
    """The tables: of an environment file's own keys, and of the sections that any file may hold."""
    own, sections = (
        list(json.loads(schema_text(name))["properties"]) for name in ("environment", "manifest")
    )
    rows = ["", "| in the environment file | |", "|---|---|"]
    rows += [_row(told(name)) for name in own if name not in sections or name == "include"]
    rows += ["", "| section | | keys |", "|---|---|---|"]
    rows += [f"{_row(told(name))} {_keys(told(name))} |" for name in sections if name != "include"]
    return "\n".join([*rows, "", ""])


def written(readme: str) -> str:
    """A README with the tables as they are now."""
    return _BETWEEN.sub(lambda _: page(), readme)


def told(path: str) -> Explained:
    """What `explain` says of a key that there is."""
    found = explained(path)
    assert found
    return found


def _row(key: Explained) -> str:
    said = f"{key.path}: {_inline(key.example)}"
    return f"| `{said if len(said) <= LONGEST else key.path}` | {key.meaning.replace('|', '&#124;')} |"


def _keys(section: Explained) -> str:
    return ", ".join(f"`{name}`" for name in section.below)


def _inline(value: object) -> str:
    """A value as it is written in one line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_inline(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f'"{text}"' if _SPECIAL.search(text) else text


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
