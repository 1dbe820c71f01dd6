"""Edits a manifest where it stands: one place says something else, and everything around it stays as typed.

What stands behind an alias is written out in its place; what others refer to stays for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from typing import NamedTuple

from reconciler.errors.escape import page, visible
from reconciler.manifest.spelling import Data, in_quotes, on_one_line, spelled
from reconciler.manifest.syntax import Alias, List, Mapping, Member, Path, Scalar, Written, data_of, written
from reconciler.model.edits import LAST, After

_NO_PLACE = "there is no such place in this file"


class Unplaced(Exception):
    """A place that isn't in the file, or where nothing can be put."""


def edited(text: str, path: Path, value: Data | None, order: Sequence[str] = (), note: str = "") -> str:
    """The text with another value at a place; None takes it out.

    path: keys and positions. Where keys at its end are missing they are added.
    order: the keys of the mapping in which one may be missing, as they are written.
    note: a comment for the line, if it has none.
    Raises: Unplaced.
    """
    text, alias = _alone(text, path)
    note = note or (f"instead of *{alias}" if alias else "")
    page = _Page(text, path)
    found = page.deepest()
    if value is None:
        if found.left:
            raise Unplaced(_NO_PLACE)
        return page.without()
    for member in reversed(found.left[1:]):
        value = [value] if member == LAST else {str(member): value}
    result = page.with_new(found, value, order) if found.left else page.replaced(found.node, value)
    if not note:
        return result
    last = path[-1] if path else None
    return _noted(result, [*path[:-1], int(last) + 1] if isinstance(last, After) else path, note)


class _Found(NamedTuple):
    """How far a path leads: the node, those on the way to it, the members that are left."""

    node: Written
    way: list[Written]
    left: Path


def _alone(text: str, path: Path) -> tuple[str, str]:
    """The text with nothing on the way of a path that others share, and the last alias that was.

    Aliases are written out, anchors move on.
    """
    name = ""
    while True:
        page = _Page(text, path)
        way = page.deepest().way
        shared = next((node for node in way if isinstance(node, Alias) or node.anchor), None)
        if shared is None:
            return text, name
        name = shared.name if isinstance(shared, Alias) else name
        text = page.written_out(shared) if isinstance(shared, Alias) else page.handed_on(shared)


def _noted(text: str, path: Path, note: str) -> str:
    """The text with a comment at the end of the line of a place."""
    node = _Page(text, path).deepest().node
    end = text.find("\n", node.end)
    end = len(text) if end < 0 else end
    if re.search(r"\s#", text[node.end : end]):
        return text
    return f"{text[:end]}  # {visible(note)}{text[end:]}"


class _Page:
    """A text, its nodes, and a path in it."""

    def __init__(self, text: str, path: Path) -> None:
        self.text, self.path = text, path
        self.root, self.anchors = written(text)

    def deepest(self) -> _Found:
        """Follow the path as far as it leads; an alias stands for itself."""
        if self.root is None:
            raise Unplaced(_NO_PLACE)
        node, way = self.root, [self.root]
        for depth, member in enumerate(self.path):
            below = _below(node, member)
            if below is None:
                return _Found(node, way, self.path[depth:])
            node = below
            way.append(node)
        return _Found(node, way, ())

    # Shared nodes.

    def written_out(self, alias: Alias) -> str:
        return self._cut(alias.begin, alias.end, self._copy(self.anchors[alias.name]))

    def handed_on(self, node: Written) -> str:
        """An anchor goes to the next that refers to it, with what it says; away, if there is none."""
        sign = f"&{node.anchor}"
        at = self.text.rindex(sign, 0, node.begin)
        following = self.text[at + len(sign) : node.begin]
        blanks = following.removeprefix(" ") if following.startswith(" ") else following
        heir = self._next_alias(str(node.anchor), node.begin)
        text = self.text
        if heir is not None:
            text = f"{text[: heir.begin]}{sign} {self._copy(node)}{text[heir.end :]}"
        return text[:at] + blanks + text[node.begin :]

    def _next_alias(self, name: str, after: int) -> Alias | None:
        found, todo = list[Alias](), [self.root] if self.root else []
        while todo:
            node = todo.pop()
            if isinstance(node, Alias) and node.name == name and node.begin > after:
                found.append(node)
            todo += node.children()
        return min(found, key=lambda each: each.begin, default=None)

    def _copy(self, node: Written) -> str:
        if node.flow or (isinstance(node, Scalar) and node.style not in ("|", ">")):
            raw = self.text[node.begin : node.end]
            if "\n" not in raw and "&" not in raw:
                return raw
        return on_one_line(data_of(node, self.anchors))

    # One place.

    def replaced(self, node: Written, value: Data) -> str:
        if isinstance(node, Scalar) and isinstance(value, str):
            return self._cut(node.begin, node.end, _quoted(value, node))
        new = on_one_line(value) if not isinstance(value, str) else spelled(value, node.flow)
        if isinstance(node, Mapping | List) and not node.flow:
            parent = self.deepest().way[-2]
            begin = self._after_colon(parent) if isinstance(parent, Mapping) else node.begin
            return self._cut(begin, node.end, f" {new}" if isinstance(parent, Mapping) else new)
        return self._cut(node.begin, node.end, new)

    def _after_colon(self, parent: Mapping) -> int:
        place = parent.at(str(self.path[-1]))
        assert place is not None
        return self.text.index(":", parent.entries[place][0].end) + 1

    def with_new(self, found: _Found, value: Data, order: Sequence[str]) -> str:
        node, member = found.node, found.left[0]
        if isinstance(node, Mapping) and isinstance(member, str):
            return self._with_entry(node, member, value, order, deep=len(found.left) > 1 and member in order)
        if isinstance(node, List) and isinstance(member, After) and int(member) < len(node.items):
            return self._with_item(node, value, node.items[int(member)])
        if isinstance(node, List) and member == LAST:
            return self._with_item(node, value, node.items[-1] if node.items else None)
        raise Unplaced(_NO_PLACE)

    def _with_entry(self, node: Mapping, key: str, value: Data, order: Sequence[str], deep: bool) -> str:
        """deep: more of what is added may follow, so that each part of it has a line where it may."""
        if not node.entries:
            return self._cut(node.begin, node.end, on_one_line({key: value}))
        before = set(order[: order.index(key)]) if key in order else None
        places = [
            place
            for place, (name, _) in enumerate(node.entries)
            if before is None or (isinstance(name, Scalar) and name.text in before)
        ]
        after = node.entries[places[-1]][1] if places else None
        if node.flow:
            entry = f"{spelled(key)}: {on_one_line(value)}"
            if after is None:
                return self._cut(node.entries[0][0].begin, node.entries[0][0].begin, f"{entry}, ")
            return self._cut(after.end, after.end, f", {entry}")
        blanks = " " * node.entries[0][0].column
        entry = "\n".join(_entry_lines(key, value, blanks, deep))
        if after is None:
            return self._cut(node.entries[0][0].begin, node.entries[0][0].begin, f"{entry}\n{blanks}")
        end = self._line_end(after.end)
        return self._cut(end, end, f"\n{blanks}{entry}")

    def _with_item(self, node: List, value: Data, before: Written | None) -> str:
        new = on_one_line(value)
        if before is None:
            return self._cut(node.begin, node.end, f"[{new}]")
        if node.flow:
            return self._cut(before.end, before.end, f", {new}")
        end = self._line_end(before.end)
        return self._cut(end, end, f"\n{' ' * node.column}- {new}")

    def without(self) -> str:
        """Take a place out; with it what has nothing else in it."""
        way = self.deepest().way
        depth = len(way) - 1
        while depth > 3 and len(_parts(way[depth - 1])) == 1:
            depth -= 1
        parent, node = way[depth - 1], way[depth]
        parts = _parts(parent)
        place = next(number for number, (_, last) in enumerate(parts) if last is node)
        begin, end = parts[place][0].begin, node.end
        if len(parts) == 1:
            return self._cut(parent.begin, parent.end, "[]" if isinstance(parent, List) else "{}")
        if parent.flow:
            if place:
                return self._cut(parts[place - 1][1].end, end, "")
            return self._cut(begin, parts[1][0].begin, "")
        start = self.text.rfind("\n", 0, begin) + 1
        if isinstance(parent, Mapping) and self.text[start:begin].strip():
            return self._cut(begin, parts[place + 1][0].begin, "")  # behind a dash
        return self._cut(start, self._line_end(end) + 1, "")

    def _line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def _cut(self, begin: int, end: int, new: str) -> str:
        return self.text[:begin] + new + self.text[end:]


def _entry_lines(key: str, value: Data, blanks: str, deep: bool) -> Iterator[str]:
    """A new entry, its first line without blanks before it."""
    if deep and isinstance(value, Map):
        yield f"{spelled(key, False)}:"
        for name, each in value.items():
            yield f"{blanks}  {next(_entry_lines(name, each, blanks, False))}"
    else:
        new = spelled(value, False) if isinstance(value, str) else on_one_line(value)
        yield f"{spelled(key, False)}: {new}"


def _below(node: Written, member: Member) -> Written | None:
    if isinstance(node, Mapping) and isinstance(member, str):
        place = node.at(member)
        return None if place is None else node.entries[place][1]
    if isinstance(member, After):
        return None
    if isinstance(node, List) and isinstance(member, int) and 0 <= member < len(node.items):
        return node.items[member]
    return None


def _parts(node: Written) -> list[tuple[Written, Written]]:
    """What a mapping or list is made of, each with its first and its last node."""
    if isinstance(node, Mapping):
        return node.entries
    return [(item, item) for item in node.items] if isinstance(node, List) else []


def _quoted(text: str, node: Scalar) -> str:
    """A text in the quotes in which another one stands."""
    if node.style == "'" and page([text]) == text:
        return "'" + text.replace("'", "''") + "'"
    plain = spelled(text, node.flow)
    return in_quotes(text) if node.style == '"' else plain
