"""What people write into events, and which of it is ours to tell. Pure.

Somebody may type a patient's name into a title in Welkin. So a live text is told only where a manifest
declares the same, or where it is a title that our own client wrote; else it reads `differs from ours`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple, cast

from reconciler.diff import at
from reconciler.kinds.event.fields import FIELDS, INSIDE
from reconciler.kinds.event.marks import mark_of, remarks_without
from reconciler.kinds.event.occurrence import LEAVE, instant
from reconciler.model import DIFFERS, Change, Environment, FieldDiff
from reconciler.model.spec import EventSpec, LeaveSpec, entries_of
from reconciler.model.typed import JsonObject

Declared = frozenset[tuple[str, str]]  # (field, text)
TITLE, INFO = "eventTitle", "additionalInfo"
WORDS = {field.name: field.ours for field in FIELDS if field.free}
DECLARED = {field.ours: field.name for field in FIELDS if field.free and field.copied} | {
    n: n for n in INSIDE
}
# Between two times that a busy service notes of one write; nobody opens an event and types a title so soon.
AT_ONCE = timedelta(seconds=1)


class Ours(NamedTuple):
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

    def told(self, event: JsonObject, fields: JsonObject) -> dict[str, object]:
        """Fields of a live event, as they may be printed and saved."""
        return {
            name: self._text(event, name, value) if name in WORDS else self._info(value)
            if name == INFO else value
            for name, value in fields.items()
        }  # fmt: skip

    def event(self, event: JsonObject) -> dict[str, object]:
        """A whole live event, as it may be printed; the mark is taken off its remarks."""
        info = event.get(INFO)
        clean = {**event, INFO: remarks_without(info)} if isinstance(info, Mapping) else event
        return self.told(event, clean)

    def differences(self, event: JsonObject, found: Iterable[FieldDiff]) -> tuple[FieldDiff, ...]:
        """Differences of a live event from what is wished, as they may be printed and saved."""
        return tuple(
            field._replace(before=_at(self.told(event, _nested(field)), field.path)) for field in found
        )

    def _text(self, event: JsonObject, name: str, text: object) -> object:
        if not text or (name, text) in self.declared or (name == TITLE and self._titled_by_us(event)):
            return text
        return DIFFERS

    def _titled_by_us(self, event: JsonObject) -> bool:
        mark = mark_of(event)
        if mark is None or event.get("updatedBy") not in self.clients:
            return False
        return mark[:2] in self.series or (event.get("createdBy") in self.clients and _as_made(event))

    def _info(self, info: object) -> object:
        if not isinstance(info, Mapping):
            return info and DIFFERS
        return {
            name: text if not text or (name, text) in self.declared else DIFFERS
            for name, text in info.items()
        }


def _as_made(event: JsonObject) -> bool:
    """Whether nobody has changed an event since it was made, as far as the service tells."""
    try:
        return abs(instant(str(event["updatedAt"])) - instant(str(event["createdAt"]))) <= AT_ONCE
    except (KeyError, ValueError, OverflowError):
        return False


def declared_in(environment: Environment) -> Declared:
    """The texts that manifests declare for events, wherever they do."""
    return frozenset(_declared(environment))


def said_in(change: Change) -> Iterator[tuple[str, str]]:
    """The texts of an event in a plan: those it wishes, and those that were ours to tell when it was made."""
    for side in (change.before, change.after):
        yield from ((name, str(text)) for name, text in _texts(side or {}) if text not in (None, DIFFERS))


def without_foreign(fields: JsonObject) -> tuple[dict[str, object], list[str]]:
    """Fields without the texts that are not ours, and what these are called."""
    foreign = [name for name, text in _texts(fields) if text == DIFFERS]
    kept = {name: value for name, value in fields.items() if value != DIFFERS}
    info = kept.get(INFO)
    if isinstance(info, Mapping):
        kept[INFO] = {name: text for name, text in info.items() if text != DIFFERS}
    if kept.get(INFO) == {}:
        del kept[INFO]
    return kept, [WORDS.get(name, name) for name in foreign]


def _declared(environment: Environment) -> Iterator[tuple[str, str]]:
    for manifest in environment.under("leave"):
        for absence in entries_of(cast(LeaveSpec, manifest.spec)):
            yield TITLE, LEAVE if isinstance(absence, str) else str(absence.get("title", LEAVE))
    for manifest in environment.under("events"):
        entry = cast(EventSpec, manifest.spec)
        more = (entry.get("change", {}), entry.get("from", {}))
        specs: Iterable[JsonObject | str] = (entry, *(spec for each in more for spec in each.values()))
        for spec in specs:
            if not isinstance(spec, str):
                yield from ((field, str(spec[name])) for name, field in DECLARED.items() if name in spec)


def _texts(fields: JsonObject) -> Iterator[tuple[str, object]]:
    yield from ((name, fields[name]) for name in WORDS if name in fields)
    info = fields.get(INFO)
    yield from info.items() if isinstance(info, Mapping) else ()


def _nested(field: FieldDiff) -> dict[str, object]:
    name, _, below = field.path.partition(".")
    return {name: {below: field.before} if below else field.before}


def _at(fields: JsonObject, path: str) -> object:
    name, _, below = path.partition(".")
    return at(fields, [name, below] if below else [name])
