"""A manifest as it is written: which characters each mapping, list, text and alias takes. For editing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import yaml

from reconciler.manifest.explain import Mark
from reconciler.manifest.reader import LOADER
from reconciler.manifest.spelling import Data

Member = str | int
Path = Sequence[Member]
_ANCHOR = re.compile(r"&\S+\s*")


@dataclass(slots=True)
class Written:
    """A node as it is written.

    begin, end: its characters, without an anchor before it; of what isn't in brackets the end of its last
    part. column: in which it begins; of a list without brackets that of its dashes.
    style: of a text, how it is quoted; `flow`: in brackets, itself or around it.
    """

    begin: int
    end: int
    column: int
    flow: bool
    anchor: str | None = None
    style: str = ""

    def children(self) -> Iterator[Written]:
        return iter(())


@dataclass(slots=True)
class Scalar(Written):
    text: str = ""


@dataclass(slots=True)
class Alias(Written):
    name: str = ""


@dataclass(slots=True)
class Mapping(Written):
    entries: list[tuple[Written, Written]] = field(default_factory=list)

    def children(self) -> Iterator[Written]:
        for key, value in self.entries:
            yield from (key, value)

    def at(self, key: str) -> int | None:
        """The position of a key."""
        texts = (each.text if isinstance(each, Scalar) else None for each, _ in self.entries)
        return next((place for place, text in enumerate(texts) if text == key), None)


@dataclass(slots=True)
class List(Written):
    items: list[Written] = field(default_factory=list)

    def children(self) -> Iterator[Written]:
        return iter(self.items)


def written(text: str) -> tuple[Written | None, dict[str, Written]]:
    """A sound manifest's text as nodes, with those that have an anchor, by its name."""
    builder = _Builder(text)
    for event in yaml.parse(text, Loader=LOADER):
        builder.take(event)
    return builder.root, builder.anchors


def data_of(node: Written, anchors: dict[str, Written]) -> Data:
    """What a node says."""
    if isinstance(node, Alias):
        return data_of(anchors[node.name], anchors)
    if isinstance(node, Mapping):
        return {str(data_of(key, anchors)): data_of(value, anchors) for key, value in node.entries}
    if isinstance(node, List):
        return [data_of(item, anchors) for item in node.items]
    return node.text if isinstance(node, Scalar) else ""


class _Builder:
    def __init__(self, text: str) -> None:
        self.text = text
        self.root: Written | None = None
        self.anchors: dict[str, Written] = {}
        self.open: list[Mapping | List] = []
        self.keys: list[Written | None] = []

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            kind = Mapping if isinstance(event, yaml.MappingStartEvent) else List
            flow = bool(event.flow_style)
            self.open.append(kind(*self._place(event), flow, event.anchor))
            self.keys.append(None)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            node = self.open.pop()
            self.keys.pop()
            last = max((child.end for child in node.children()), default=node.begin)
            node.end = _index(event.end_mark) if node.flow else last
            self._put(node)
        elif isinstance(event, yaml.AliasEvent):
            self._put(Alias(*self._place(event), self._in_brackets(), name=str(event.anchor)))
        elif isinstance(event, yaml.ScalarEvent):
            self._put(self._scalar(event))

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        begin, end, column = self._place(event)
        if event.style in ("|", ">"):
            end = begin + len(self.text[begin:end].rstrip("\n "))
        return Scalar(begin, end, column, self._in_brackets(), event.anchor, event.style or "", event.value)

    def _place(self, event: yaml.Event) -> tuple[int, int, int]:
        begin = _index(event.start_mark)
        anchor = _ANCHOR.match(self.text, begin) if getattr(event, "anchor", None) else None
        if anchor and not isinstance(event, yaml.AliasEvent):
            begin = anchor.end()
        return begin, _index(event.end_mark), begin - self.text.rfind("\n", 0, begin) - 1

    def _in_brackets(self) -> bool:
        return any(node.flow for node in self.open)

    def _put(self, node: Written) -> None:
        if node.anchor:
            self.anchors[node.anchor] = node
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent, List):
            parent.items.append(node)
        elif self.keys[-1] is None:
            self.keys[-1] = node
        else:
            parent.entries.append((self.keys[-1], node))
            self.keys[-1] = None


def _index(mark: Mark | None) -> int:
    return mark.index if mark else 0
