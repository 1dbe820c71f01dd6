"""What judges values by a schema: its keywords, each read once. What a keyword means stands beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, TypeVar

if TYPE_CHECKING:
    from jsonschema import ValidationError

Value = TypeVar("Value", str, list[object], dict[str, object])


class Schema(TypedDict, total=False):
    """The keywords of a schema that another one looks at; there are more."""

    properties: Mapping[str, Schema]
    required: Sequence[str]
    anyOf: Sequence[Schema]
    errorMessage: str
    format: str
    meant: Mapping[str, str]
    exclusive: str


Flaws = Sequence["ValidationError"]
Judge = Callable[[object], Flaws]  # says of a value what is wrong with it
SOUND: Flaws = ()
MOST_KNOWN = 500  # texts that a part remembers: a worker of a fleet reads thousands of clinics' names


def flaw(message: str, **more: object) -> ValidationError:
    """Something that is wrong. The library takes 50 ms to load: only where something is."""
    from jsonschema import ValidationError

    return ValidationError(message, **more)  # type: ignore[arg-type]


class Reader(Protocol):
    """Knows what keywords mean, and the schemas that a `$ref` points to."""

    def judge(self, keyword: str, value: Any, schema: Schema) -> Judge | None:
        """What a keyword of a schema judges by; None for one that is for people."""

    def referred(self, target: str) -> Part: ...


class Part:
    """A schema, or one inside of it, as it judges values.

    around: the schema of which its keywords are a part, if they stand for themselves in it.
    """

    def __init__(self, schema: Schema, reader: Reader, around: Schema | None = None) -> None:
        self._schema, self._reader, self._around = schema, reader, around or schema
        self._sound = set[str]()  # texts that were judged: hours, dates and rules come again and again

    @cached_property
    def judges(self) -> list[tuple[str, object, Judge]]:
        """Its keywords, those of what it refers to among them; read when first asked for."""
        found: list[tuple[str, object, Judge]] = []
        for keyword, value in self._schema.items():
            if keyword == "$ref":
                found += self._reader.referred(str(value)).judges
            elif judge := self._reader.judge(keyword, value, self._around):
                found.append((keyword, value, judge))
        return found

    def flaws(self, instance: object, path: str | int | None = None) -> Flaws:
        """What is wrong with a part of a tree, `path` away."""
        if isinstance(instance, str) and instance in self._sound:
            return SOUND
        found: list[ValidationError] = []
        for keyword, value, judge in self.judges:
            for error in judge(instance):
                error._set(  # type: ignore[attr-defined]
                    validator=keyword, validator_value=value, instance=instance
                )
                if path is not None:
                    error.path.appendleft(path)
                found.append(error)
        if isinstance(instance, str) and not found and len(self._sound) < MOST_KNOWN:
            self._sound.add(str(instance))
        return found


def judge_of(kind: type[Value], is_wrong: Callable[[Value], bool], said: Callable[[Value], str]) -> Judge:
    """What judges values of one type, of which one thing can be wrong."""

    def judge(instance: object) -> Flaws:
        return [flaw(said(instance))] if isinstance(instance, kind) and is_wrong(instance) else SOUND

    return judge
