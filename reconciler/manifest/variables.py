"""`$(name)` in keys and texts, from the environment's `vars:`; `$$(` is a literal `$(`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler.manifest.keywords import nearest
from reconciler.model import Block, Findings, Items, Text

_REFERENCE = re.compile(r"\$\$\(|\$\(([^()]*)\)|\$\(")


def variables_of(environment: Block, findings: Findings) -> dict[str, str]:
    """Read `vars:`; a value may not refer to another one."""
    declared = environment.find("vars")
    if not isinstance(declared, Block):
        return {}
    known: dict[str, str] = {}
    for name, value in declared.items():
        if isinstance(value, Text):
            known[name] = _literal(value, findings)
    return known


def _literal(value: Text, findings: Findings) -> str:
    if any(found[0] != "$$(" for found in _REFERENCE.finditer(value)):
        findings.error(value.source, "a variable's value can't refer to variables ($$( is a literal $()")
    return value.replace("$$(", "$(")


def substitute(node: Any, known: Mapping[str, str], findings: Findings) -> Any:
    """Return the tree with its references replaced."""
    if isinstance(node, Text):
        return _text(node, known, findings) if "$(" in node else node
    if isinstance(node, Items):
        items = Items(node.source)
        items.extend(substitute(item, known, findings) for item in node)
        return items
    return _block(node, known, findings)


def _block(node: Block, known: Mapping[str, str], findings: Findings) -> Block:
    block = Block(node.source)
    for key, value in node.items():
        name = substitute(key, known, findings)
        if name in block:
            findings.error(key.source, f"`{name}` stands here twice, once through a variable")
        block[name] = substitute(value, known, findings)
    return block


def _text(text: Text, known: Mapping[str, str], findings: Findings) -> Text:
    def replace(found: re.Match[str]) -> str:
        if found[0] == "$$(":
            return "$("
        if found[1] in known:
            return known[found[1]]
        findings.error(text.source, _undefined(found, list(known)))
        return found[0]

    return Text(_REFERENCE.sub(replace, text), text.source)


def _undefined(found: re.Match[str], known: list[str]) -> str:
    if found[1] is None:
        return "`$(` is not closed: write $(name), or $$( for a literal $("
    close = nearest(found[1], known)
    hint = f"; did you mean `$({close})`?" if close else ": define it there, or write $$( for a literal $("
    return f"`{found[0]}` is not defined under `vars:` of the environment{hint}"
