"""The `format`s of our schemas: each is a function of the grammar, whose message is the error's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Protocol, TypedDict, TypeGuard, TypeVar

from reconciler.dates import grammar, hours
from reconciler.dates.hours import Shifts
from reconciler.dates.rules import rule_of
from reconciler.dates.zones import zone_of
from reconciler.errors.nearest import did_you_mean

if TYPE_CHECKING:
    from jsonschema import ValidationError

Hours = str | Sequence[str]  # of a day, as they are written
Week = str | Mapping[str, Hours]
Value = TypeVar("Value")


class Schema(TypedDict, total=False):
    """The keywords of a schema that another one looks at; there are more."""

    properties: Mapping[str, Schema]
    required: Sequence[str]
    errorMessage: str
    format: str


class Validator(Protocol):
    """What of jsonschema's validators a keyword needs: the others, by name."""

    @property
    def VALIDATORS(self) -> Mapping[str, Callable[..., list[ValidationError]]]: ...


def flaw(message: str, **more: object) -> ValidationError:
    """Something that is wrong. The library takes 50 ms to load: only where something is."""
    from jsonschema import ValidationError

    return ValidationError(message, **more)  # type: ignore[arg-type]


def _moment(text: str) -> object:
    """A time of day, or a date with or without one."""
    return grammar.local_of(text) if "-" in text else grammar.clock_of(text)


FORMATS: Mapping[str, Callable[[str], object]] = {
    "clock": grammar.clock_of,
    "date": grammar.date_of,
    "date-range": grammar.range_of,
    "days": grammar.days_of,
    "duration": grammar.duration_of,
    "local": grammar.local_of,
    "moment": _moment,
    "rule": rule_of,
    "span": grammar.span_of,
    "zone": zone_of,
    "long-span": hours.long_span_of,
}


class Formats:
    """The keyword `format`, where these are the shifts that have names."""

    def __init__(self, shifts: Shifts) -> None:
        spans, week = partial(hours.spans_of, shifts=shifts), partial(hours.week_of, shifts=shifts)
        self.lists: Mapping[str, Callable[[Hours], object]] = {"spans": spans, "shift": hours.shift_of}
        self.weeks: Mapping[str, Callable[[Week], hours.Week]] = {
            "week": week,
            "turn": partial(week, again=False),
        }
        self.texts: Mapping[str, Callable[[str], object]] = {
            **FORMATS,
            **self.lists,
            **self.weeks,
            "span-or-name": partial(hours.named_of, shifts=shifts),
            "cycle": partial(hours.cycle_of, shifts=shifts),
        }

    def __call__(
        self, validator: Validator, name: str, instance: object, schema: Schema
    ) -> list[ValidationError]:
        problem = None
        if name in self.weeks and isinstance(instance, dict):
            return self._week(name, instance)
        if name == "turns" and isinstance(instance, list):
            return self._turns(instance)
        if name in self.texts and isinstance(instance, str):
            problem = _refusal_of_text(self.texts[name], str(instance))
        elif name in self.lists and isinstance(instance, list) and self._are_read(name, instance):
            problem = _refusal(self.lists[name], instance)
        return [flaw(problem)] if problem else []

    def _are_read(self, name: str, items: Sequence[object]) -> TypeGuard[Sequence[str]]:
        """Whether each item is sound by itself: others are reported at their own places."""
        read = self.texts["span-or-name"] if name == "spans" else hours.long_span_of
        return all(isinstance(item, str) and not _refusal_of_text(read, str(item)) for item in items)

    def _week(self, name: str, days: Mapping[str, object]) -> list[ValidationError]:
        """Days are checked one by one elsewhere; here, what they are together, at the first that clashes."""
        sound: dict[str, Hours] = {
            key: value
            for key, value in days.items()
            if not _refusal_of_text(grammar.days_of, str(key)) and self._are_hours(value)
        }
        if _refusal(self.weeks[name], sound):
            so_far: dict[str, Hours] = {}
            for key, value in sound.items():
                so_far[key] = value
                problem = _refusal(self.weeks[name], so_far)
                if problem:
                    return [flaw(problem, instance=key)]
        return []

    def _are_hours(self, value: object) -> TypeGuard[Hours]:
        read = self.lists["spans"]
        if isinstance(value, list):
            return self._are_read("spans", value) and not _refusal(read, value)
        return isinstance(value, str) and not _refusal_of_text(read, str(value))

    def _is_week(self, week: object) -> TypeGuard[Week]:
        if isinstance(week, dict) and not all(map(self._are_hours, week.values())):
            return False
        return isinstance(week, (str, dict)) and not _refusal(self.weeks["turn"], week)

    def _turns(self, weeks: Sequence[object]) -> list[ValidationError]:
        """Each Sunday against the Monday that follows, where all weeks are sound."""
        sound = [week for week in weeks if self._is_week(week)]
        if len(sound) < len(weeks):
            return []
        turns = [self.weeks["turn"](week) for week in sound]
        found = list["ValidationError"]()
        for week, turn, following in zip(weeks, turns, [*turns[1:], *turns[:1]], strict=True):
            problem = _refusal(lambda pair: hours.check_sunday(*pair), (turn, following))
            if problem:
                found.append(flaw(problem, instance=week))
        return found


def _refusal(read: Callable[[Value], object], value: Value) -> str | None:
    try:
        read(value)
    except hours.UnknownShift as error:
        return f"{error}{did_you_mean(error.name, error.shifts)}"
    except ValueError as error:
        return str(error)
    return None


_refusal_of_text = lru_cache(4096)(_refusal)  # a clinic's dates, hours and zones come again and again
