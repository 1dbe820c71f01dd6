"""What people write into events, and which of it is ours to tell (DESIGN 11). Pure.

Somebody may type a patient's name into a title in Welkin. So a live text is told only where a manifest
declares the same, or where it is a title that our own client wrote; else it reads `differs from ours`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reconciler.diff import at
from reconciler.kinds.event.marks import mark_of, remarks_without
from reconciler.kinds.event.occurrence import instant
from reconciler.model import DIFFERS, Change, Environment, FieldDiff

Declared = frozenset[tuple[str, str]]  # (field, text)
TITLE, DESCRIPTION, INFO = "eventTitle", "eventDescription", "additionalInfo"
WORDS = {TITLE: "title", DESCRIPTION: "description"}
LEAVE = "Leave"  # the title of every leave
AT_ONCE = timedelta(milliseconds=5)  # between two times that the service notes of one write


@dataclass(frozen=True, slots=True)
class Ours:
    """What makes a text ours: that it is declared, or the title of a marked event that we wrote last.

    That holds where each write of ours sets the title right: in a series that is declared, or if the event
    is as we made it. Else we may have written something else beside a title that somebody typed.

    clients: what `updatedBy` shows after a write of ours; empty where that isn't known.
    series: the declared ones, as their marks name them.
    """

    declared: Declared
    clients: frozenset[str] = frozenset()
    series: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, environment: Environment, clients: frozenset[str]) -> Ours:
        """What is ours by what the manifests declare."""
        names = (manifest.name for manifest in environment.under("events"))
        series = frozenset((environment.owner, name) for name in names)
        return cls(declared_in(environment), clients, series)

    def told(self, event: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        """Fields of a live event, as they may be printed and saved."""
        return {
            name: self._text(event, name, value) if name in WORDS else self._info(value)
            if name == INFO else value
            for name, value in fields.items()
        }  # fmt: skip

    def event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """A whole live event, as it may be printed; the mark is taken off its remarks."""
        info = event.get(INFO)
        clean = {**event, INFO: remarks_without(info)} if isinstance(info, Mapping) else event
        return self.told(event, clean)

    def differences(self, event: Mapping[str, Any], found: Iterable[FieldDiff]) -> tuple[FieldDiff, ...]:
        """Differences of a live event from what is wished, as they may be printed and saved."""
        return tuple(
            field._replace(before=_at(self.told(event, _nested(field)), field.path)) for field in found
        )

    def _text(self, event: Mapping[str, Any], name: str, text: Any) -> Any:
        if not text or (name, text) in self.declared or (name == TITLE and self._titled_by_us(event)):
            return text
        return DIFFERS

    def _titled_by_us(self, event: Mapping[str, Any]) -> bool:
        mark = mark_of(event)
        if mark is None or event.get("updatedBy") not in self.clients:
            return False
        return mark[:2] in self.series or _as_made(event)

    def _info(self, info: Any) -> Any:
        if not isinstance(info, Mapping):
            return info and DIFFERS
        return {
            name: text if not text or (name, text) in self.declared else DIFFERS
            for name, text in info.items()
        }


def _as_made(event: Mapping[str, Any]) -> bool:
    """Whether nobody has changed an event since it was made, as far as the service tells."""
    try:
        return abs(instant(event["updatedAt"]) - instant(event["createdAt"])) <= AT_ONCE
    except (KeyError, TypeError, ValueError, OverflowError):
        return False


def declared_in(environment: Environment) -> Declared:
    """The texts that manifests declare for events, wherever they do."""
    return frozenset(_declared(environment))


def said_in(changes: Iterable[Change]) -> Declared:
    """The texts of a plan's events: those it wishes, and those that were ours to tell when it was made."""
    found = set()
    for change in changes:
        for side in (change.before, change.after) if change.key.kind == "event" else ():
            found |= {(name, text) for name, text in _texts(side or {}) if text not in (None, DIFFERS)}
    return frozenset(found)


def without_foreign(fields: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Fields without the texts that are not ours, and what these are called."""
    foreign = [name for name, text in _texts(fields) if text == DIFFERS]
    kept = {name: value for name, value in fields.items() if value != DIFFERS}
    if isinstance(kept.get(INFO), Mapping):
        kept[INFO] = {name: text for name, text in kept[INFO].items() if text != DIFFERS}
    if kept.get(INFO) == {}:
        del kept[INFO]
    return kept, [WORDS.get(name, name) for name in foreign]


def _declared(environment: Environment) -> Iterator[tuple[str, str]]:
    if environment.under("leave"):
        yield TITLE, LEAVE
    for manifest in environment.under("events"):
        changes = manifest.spec.get("change") or {}
        for spec in (manifest.spec, *changes.values()):
            if isinstance(spec, Mapping):
                for name, field in (("title", TITLE), ("location", "location"), ("remarks", "remarks")):
                    if name in spec:
                        yield field, str(spec[name])


def _texts(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, fields[name]) for name in WORDS if name in fields)
    info = fields.get(INFO)
    yield from info.items() if isinstance(info, Mapping) else ()


def _nested(field: FieldDiff) -> dict[str, Any]:
    name, _, below = field.path.partition(".")
    return {name: {below: field.before} if below else field.before}


def _at(fields: Mapping[str, Any], path: str) -> Any:
    name, _, below = path.partition(".")
    return at(fields, [name, below] if below else [name])
