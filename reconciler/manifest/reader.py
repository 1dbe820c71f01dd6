"""One manifest file, bytes to a tree in which every key and scalar is the text its author typed.

Built from the events of PyYAML's C parser: our resolver is no resolver, the schema gives the types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from reconciler.errors.mistakes import Mistake
from reconciler.manifest.decode import decode
from reconciler.manifest.explain import Mark, empty_cause, explain
from reconciler.manifest.variables import LARGEST, size_of
from reconciler.model import Block, Findings, Items, Node, Place, Source, Text

MAX_DEPTH = 40  # deeper than any schema; keeps those who walk the tree from overflowing the stack
MAX_ALIASED = 10_000  # nodes that aliases may add to a file: "billion laughs" stops here
LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INSTEAD = "write them out, or split the file"
_DROPPED = Text("", Source("", 0))  # in the place of a key that cannot be one


def read(data: bytes, path: str, findings: Findings) -> Node | None:
    """Read one file; an empty one is an empty Block. None if a problem kept it from being read to its end.

    Args:
        path: as it is shown to the user; all places carry it.
    """
    text = decode(data, path, findings)
    if text is None:
        return None
    builder = _Builder(path, text, findings)
    try:
        return builder.build()
    except _Halt as halt:
        findings.error(halt.source, halt.message, halt.mistake, last=True)
        return None


class _Halt(Exception):
    """Reading on would only produce follow-up errors of this one."""

    def __init__(self, source: Source, message: str, mistake: Mistake) -> None:
        super().__init__(message)
        self.source, self.message, self.mistake = source, message, mistake


@dataclass(slots=True)
class _Frame:
    """A mapping or sequence that is still open."""

    box: Block | Items
    anchor: str | None
    begin: int  # index of its first character
    nodes: int  # counted before it
    size: int  # likewise
    flow: bool
    dropped: bool  # part of what stands where a key should
    key: Text | None = None
    height: int = 0  # levels below it


class _Anchor(NamedTuple):
    """What an alias stands for, and what it adds to the tree."""

    node: Node
    nodes: int
    size: int
    height: int


class _Builder:
    def __init__(self, path: str, text: str, findings: Findings) -> None:
        self.path = path
        self.text = text
        self.findings = findings
        self.frames: list[_Frame] = []
        self.anchors: dict[str, _Anchor | None] = {}  # None while it is open
        self.nodes = 0
        self.aliased = 0
        self.size = size_of(text)  # bytes, what aliases repeat included
        self.documents = 0
        self.root: Node | None = None
        self.scalar: yaml.ScalarEvent | None = (
            None  # the last one seen: a quote that is not closed ends in it
        )

    def build(self) -> Node:
        handlers: Mapping[type[yaml.Event], Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._open,
            yaml.SequenceStartEvent: self._open,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }
        try:
            for event in iter(LOADER(self.text).get_event, None):
                handler = handlers.get(type(event))
                if handler:
                    handler(event)
        except yaml.MarkedYAMLError as error:
            (line, column), message = explain(error, self.text, self.scalar)
            raise _Halt(Source(self.path, line + 1, column + 1), message, Mistake.SYNTAX) from error
        return Block(Source(self.path, 1)) if self.root is None else self.root

    def _source(self, mark: Mark | None) -> Source:
        return Source(*self._place_of(mark))

    def _place_of(self, mark: Mark | None) -> Place:
        return (self.path, mark.line + 1, mark.column + 1) if mark else (self.path, 1, 1)

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            message = "a second document begins here: one file holds one, move this into a file of its own"
            raise _Halt(self._source(event.start_mark), message, Mistake.SECOND_DOCUMENT)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        text = Text(event.value, self._place_of(event.start_mark))
        self.nodes += 1
        self.scalar = event
        if event.tag is not None:
            self._refuse_tag(event)
        if not event.style and (not text or text in ("~", "null")):
            self._empty(event, text)
            return
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchor(text, 1, self._span(_index(event.start_mark), event), 0)
        self._place(text)

    def _empty(self, event: yaml.ScalarEvent, text: Text) -> None:
        """Report a plain empty value (or `~`, `null`) and leave it out; as a key, only nothing is empty."""
        if not self.frames:
            self.root = Block(text.source)
        elif self._expects_key():
            self._place(text or self._missing_key(text.source))
        else:
            self._empty_value(event, text)

    def _missing_key(self, source: Source) -> Text:
        self.findings.error(source, "a key is missing before this `:`", Mistake.EMPTY_VALUE)
        return _DROPPED

    def _empty_value(self, event: yaml.ScalarEvent, text: Text) -> None:
        frame = self.frames[-1]
        key, frame.key = frame.key, None
        if key is not _DROPPED and not frame.dropped:
            place = text.source if key is None else key.source
            cause = empty_cause(
                self.text, place.line, event.anchor is not None, key, len(self.frames), frame.flow
            )
            self.findings.error(place, cause, Mistake.EMPTY_VALUE)

    def _expects_key(self) -> bool:
        frame = self.frames[-1]
        return frame.key is None and isinstance(frame.box, Block)

    def _refuse_tag(self, event: yaml.Event) -> None:
        message = "`!` begins a YAML tag, and manifests have none: put the text in quotes, or delete the tag"
        self.findings.error(self._source(event.start_mark), message, Mistake.TAG)

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        place = self._place_of(event.start_mark)
        box = Block(place) if type(event) is yaml.MappingStartEvent else Items(place)
        if event.tag is not None:
            self._refuse_tag(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        dropped = bool(self.frames) and (self.frames[-1].dropped or self._expects_key())
        begin, flow = _index(event.start_mark), bool(event.flow_style)
        self.frames.append(_Frame(box, event.anchor, begin, self.nodes, self.size, flow, dropped))
        self.nodes += 1
        self._check_depth(0, place)

    def _check_depth(self, height: int, place: Place) -> None:
        if len(self.frames) + height > MAX_DEPTH:
            raise _Halt(Source(*place), f"nested deeper than {MAX_DEPTH} levels", Mistake.TOO_MUCH)

    def _close(self, event: yaml.CollectionEndEvent) -> None:
        frame = self.frames.pop()
        if frame.anchor is not None:
            size = self._span(frame.begin, event) + self.size - frame.size
            self.anchors[frame.anchor] = _Anchor(frame.box, self.nodes - frame.nodes, size, frame.height + 1)
        self._grow(frame.height + 1)
        self._place(frame.box)

    def _grow(self, height: int) -> None:
        if self.frames:
            self.frames[-1].height = max(self.frames[-1].height, height)

    def _alias(self, event: yaml.AliasEvent) -> None:
        source = self._source(event.start_mark)
        if event.anchor not in self.anchors:
            message = f"`*{event.anchor}` refers to nothing: put the text in quotes if it begins with `*`"
            self.findings.error(source, message, Mistake.ALIAS)
            self._place(Text(f"*{event.anchor}", source))
            return
        known = self.anchors[event.anchor]
        if known is None:
            raise _Halt(source, f"`*{event.anchor}` stands inside of what it refers to", Mistake.ALIAS)
        self.nodes += known.nodes
        self.aliased += known.nodes
        self.size += known.size
        self._check_depth(known.height, source)
        self._grow(known.height)
        if self.aliased > MAX_ALIASED:
            raise _Halt(
                source, f"aliases repeat more than {MAX_ALIASED:,} values here: {_INSTEAD}", Mistake.TOO_MUCH
            )
        if self.size > LARGEST:
            raise _Halt(
                source,
                f"aliases make this file larger than {LARGEST >> 20} MiB: {_INSTEAD}",
                Mistake.TOO_MUCH,
            )
        self._place(known.node)

    def _span(self, begin: int, event: yaml.Event) -> int:
        """Bytes from a character to the end of an event, which are those of a node that has an anchor."""
        return size_of(self.text[begin : _index(event.end_mark)])

    def _place(self, node: Node) -> None:
        """Put a finished node where it belongs: root, item, key or value."""
        if not self.frames:
            self.root = node
            return
        frame = self.frames[-1]
        if isinstance(frame.box, Items):
            frame.box.append(node)
        elif (key := frame.key) is None:
            frame.key = self._key(node, frame.box)
        else:
            frame.key = None
            if key is not _DROPPED:
                frame.box[key] = node

    def _key(self, node: Node, box: Block) -> Text:
        if not isinstance(node, Text):
            message = "a key must be text: if this is text that begins with a bracket, put it in quotes"
            self.findings.error(node.source, message, Mistake.SYNTAX)
            return _DROPPED
        if node is _DROPPED:
            return node
        if node == "<<":
            self.findings.error(
                node.source, "merge keys (`<<`) are not read: write the keys out", Mistake.MERGE_KEY
            )
            return _DROPPED
        if node in box:
            first = next(key for key in box if key == node).source
            message = f"`{node}` stands here twice: first on line {first.line}, column {first.column}"
            self.findings.error(node.source, message, Mistake.STANDS_TWICE)
            return _DROPPED
        return node


def _index(mark: Mark | None) -> int:
    return mark.index if mark else 0
