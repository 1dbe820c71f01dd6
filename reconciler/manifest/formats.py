"""The `format`s of our schemas: each is a function of the grammar, whose message is the error's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache, partial
from ipaddress import ip_network
from typing import TypeGuard, TypeVar

from reconciler.dates import grammar, hours
from reconciler.dates.absence import absence_of
from reconciler.dates.hours import Shifts
from reconciler.dates.rules import rule_of, unit_of, weekdays_of
from reconciler.dates.zones import zone_of
from reconciler.errors.nearest import did_you_mean
from reconciler.manifest.judging import SOUND, Flaws, Judge, flaw

Hours = str | Sequence[str]  # of a day, as they are written
Week = str | Mapping[str, Hours]
Value = TypeVar("Value")


def _moment(text: str) -> object:
    """A time of day, or a date with or without one."""
    return grammar.local_of(text) if "-" in text else grammar.clock_of(text)


def _offset(text: str) -> timedelta:
    """How much later a person's turns come than a rotation says."""
    try:
        return grammar.duration_of(text)
    except ValueError as error:
        problem, _, advice = str(error).partition(": write ")
        raise ValueError(f"{problem}: write 1 week, or 3 days for a cycle" if advice else problem) from None


def _network(text: str) -> object:
    """Addresses that begin alike, as `10.0.0.0/8`."""
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"`{text}` is no network: write one as in 10.0.0.0/8") from None
    raise ValueError(f"`{text}` is an address in a network: write {meant}, or {text.partition('/')[0]}")


FORMATS: Mapping[str, Callable[[str], object]] = {
    "absence": absence_of,
    "between": grammar.between_of,
    "clock": grammar.clock_of,
    "date": grammar.date_of,
    "date-range": grammar.range_of,
    "sheet": grammar.sheet_of,
    "days": grammar.days_of,
    "duration": grammar.duration_of,
    "interval": grammar.interval_of,
    "local": grammar.local_of,
    "moment": _moment,
    "network": _network,
    "offset": _offset,
    "on": weekdays_of,
    "rule": rule_of,
    "start": grammar.start_of,
    "unit": unit_of,
    "wait": grammar.wait_of,
    "zone": zone_of,
    "long-span": hours.long_span_of,
}


class Formats:
    """What the keyword `format` names, where these are the shifts that have names."""

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
            "row": partial(hours.row_of, shifts=shifts),
        }

    def judge(self, name: str) -> Judge:
        """What judges values by this format."""
        text, several, week = self.texts.get(name), self.lists.get(name), self.weeks.get(name)

        def judge(instance: object) -> Flaws:
            problem = None
            if isinstance(instance, str):
                problem = text and _refusal_of_text(text, str(instance))
            elif isinstance(instance, dict):
                return self._week(week, instance) if week else SOUND
            elif isinstance(instance, list) and name == "turns":
                return self._turns(instance)
            elif isinstance(instance, list) and several and self._are_read(name, instance):
                problem = _refusal(several, instance)
            return [flaw(problem)] if problem else SOUND

        return judge

    def _are_read(self, name: str, items: Sequence[object]) -> TypeGuard[Sequence[str]]:
        """Whether each item is sound by itself: others are reported at their own places."""
        read = self.texts["span-or-name"] if name == "spans" else hours.long_span_of
        return all(isinstance(item, str) and not _refusal_of_text(read, str(item)) for item in items)

    def _week(self, read: Callable[[Week], hours.Week], days: Mapping[str, object]) -> Flaws:
        """Days are checked one by one elsewhere; here, what they are together, at the first that clashes."""
        sound: dict[str, Hours] = {
            key: value
            for key, value in days.items()
            if not _refusal_of_text(grammar.days_of, str(key)) and self._are_hours(value)
        }
        if _refusal(read, sound):
            so_far: dict[str, Hours] = {}
            for key, value in sound.items():
                so_far[key] = value
                problem = _refusal(read, so_far)
                if problem:
                    return [flaw(problem, instance=key)]
        return SOUND

    def _are_hours(self, value: object) -> TypeGuard[Hours]:
        read = self.lists["spans"]
        if isinstance(value, list):
            return self._are_read("spans", value) and not _refusal(read, value)
        return isinstance(value, str) and not _refusal_of_text(read, str(value))

    def _is_week(self, week: object) -> TypeGuard[Week]:
        if isinstance(week, dict) and not all(map(self._are_hours, week.values())):
            return False
        return isinstance(week, (str, dict)) and not _refusal(self.weeks["turn"], week)

    def _turns(self, weeks: Sequence[object]) -> Flaws:
        """Each Sunday against the Monday that follows, where all weeks are sound."""
        sound = [week for week in weeks if self._is_week(week)]
        if len(sound) < len(weeks):
            return SOUND
        turns = [self.weeks["turn"](week) for week in sound]
        found = []
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
