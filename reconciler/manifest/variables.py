"""`$(name)` in keys and texts, from the environment's `vars:`; `$$(` is a literal `$(`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from reconciler.errors.mistakes import Mistake
from reconciler.errors.nearest import nearest
from reconciler.model import Block, Findings, Items, Node, Source, Text

LARGEST = 10 << 20  # bytes of a manifest file, as it lies there and with its variables in

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
        findings.error(
            value.source,
            "a variable's value can't refer to variables ($$( is a literal $()",
            Mistake.VARIABLE,
        )
    return value.replace("$$(", "$(")


def substituted(node: Block, known: Mapping[str, str], findings: Findings) -> tuple[Block, int] | None:
    """Return the tree with its references replaced, and its bytes; None, reported, if these are too many.

    What aliases repeat counts each time: in this tree every text stands for itself.
    """
    filling = _Filling(known, findings)
    try:
        return filling.block(node), filling.size
    except _TooMuch as place:
        message = f"with all variables and aliases in, this file is larger than {LARGEST >> 20} MiB"
        findings.error(place.source, message, Mistake.TOO_MUCH)
        return None


class _TooMuch(Exception):
    def __init__(self, source: Source) -> None:
        self.source = source


class _Filling:
    """Replaces references in one file, and counts the bytes before it makes them."""

    def __init__(self, known: Mapping[str, str], findings: Findings) -> None:
        self.known, self.findings = known, findings
        self.size = 0
        self._sizes = {name: size_of(value) for name, value in known.items()}

    def block(self, node: Block) -> Block:
        block = Block(node.source)
        for key, value in node.items():
            name = self._text(key)
            if name in block:
                self.findings.error(
                    key.source, f"`{name}` stands here twice, once through a variable", Mistake.STANDS_TWICE
                )
            block[name] = self._node(value)
        return block

    def _node(self, node: Node) -> Node:
        if isinstance(node, Text):
            return self._text(node)
        if isinstance(node, Items):
            items = Items(node.source)
            items.extend(map(self._node, node))
            return items
        return self.block(node)

    def _text(self, text: Text) -> Text:
        refers = "$(" in text
        self.size += size_of(text) + (self._growth(text) if refers else 0)
        if self.size > LARGEST:
            raise _TooMuch(text.source)
        return Text(_REFERENCE.sub(partial(self._replace, text), text), text.source) if refers else text

    def _growth(self, text: Text) -> int:
        found = (match[1] for match in _REFERENCE.finditer(text))
        return sum(self._sizes[name] - len(name) - len("$()") for name in found if name in self._sizes)

    def _replace(self, text: Text, found: re.Match[str]) -> str:
        if found[0] == "$$(":
            return "$("
        if found[1] in self.known:
            return self.known[found[1]]
        self.findings.error(text.source, _undefined(found, list(self.known)), Mistake.VARIABLE)
        return found[0]


def size_of(text: str) -> int:
    """Bytes of a text in a file."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _undefined(found: re.Match[str], known: list[str]) -> str:
    if found[1] is None:
        return "`$(` is not closed: write $(name), or $$( for a literal $("
    close = nearest(found[1], known)
    hint = f"; did you mean `$({close})`?" if close else ": define it there, or write $$( for a literal $("
    return f"`{found[0]}` is not defined under `vars:` of the environment{hint}"
