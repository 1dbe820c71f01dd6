"""An iCalendar file (RFC 5545) as lines of content and the events made of them, each with its line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

MOST_PROPERTIES = 5000  # of an event, those of the same name included
_NAME = re.compile(r"[A-Za-z0-9-]+")
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=("[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Property(NamedTuple):
    """`NAME;PARAMETER=…:value`; names in capitals."""

    name: str
    parameters: Mapping[str, str]
    value: str
    line: int

    @property
    def text(self) -> str:
        """The value as text, on one line."""
        plain = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], self.value)
        return " ".join(plain.split())


@dataclass(slots=True)
class Component:
    """A VEVENT; `unread`: the first of its lines that can't be read. whole: its end was there."""

    line: int
    properties: dict[str, list[Property]] = field(default_factory=dict)
    count: int = 0
    unread: int | None = None
    whole: bool = False

    def add(self, line: int, found: Property | None) -> None:
        self.count += 1
        if found is None:
            self.unread = self.unread or line
        elif self.count <= MOST_PROPERTIES:
            self.properties.setdefault(found.name, []).append(found)

    def all(self, name: str) -> Sequence[Property]:
        return self.properties.get(name, ())

    def get(self, name: str) -> Property | None:
        return next(iter(self.all(name)), None)

    def text(self, name: str) -> str:
        found = self.get(name)
        return found.text if found else ""

    @property
    def uid(self) -> str | None:
        return self.text("UID")[:200] or None


def events_of(text: str) -> Iterator[Component]:
    """The events of a calendar, in their order; what else is in it is passed over."""
    depth, event, inside = 0, None, 0
    for line, content in _unfolded(text):
        found = _property(content, line)
        if found and found.name == "BEGIN":
            depth += 1
            if event is None and found.value.strip().upper() == "VEVENT":
                event, inside = Component(line), depth
        elif found and found.name == "END":
            if event is not None and depth <= inside:
                event.whole = found.value.strip().upper() == "VEVENT"
                yield event
                event = None
            depth -= 1
        elif event is not None and depth == inside:
            event.add(line, found)
    if event is not None:
        yield event


def is_calendar(text: str) -> bool:
    return text.lstrip()[:15].upper() == "BEGIN:VCALENDAR"


def is_called_off(text: str) -> bool:
    """Whether the calendar as a whole says that its events don't take place."""
    return re.search(r"^METHOD:CANCEL\s*$", text, re.MULTILINE | re.IGNORECASE) is not None


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Lines of content, put together again, each with the line on which it begins."""
    begin, parts = 0, list[str]()
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if line[:1] in (" ", "\t") and parts:
            parts.append(line[1:])
            continue
        if parts:
            yield begin, "".join(parts)
        begin, parts = number, [line] if line else []
    if parts:
        yield begin, "".join(parts)


def _property(content: str, line: int) -> Property | None:
    """One line of content; None if it is none."""
    name = _NAME.match(content)
    if not name:
        return None
    at, parameters = name.end(), dict[str, str]()
    while found := _PARAMETER.match(content, at):
        parameters.setdefault(found[1].upper(), found[2].strip('"'))
        at = found.end()
    if content[at : at + 1] != ":":
        return None
    return Property(name[0].upper(), parameters, content[at + 1 :], line)
