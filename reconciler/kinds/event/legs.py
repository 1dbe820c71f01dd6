"""A stretch of a series on its way to occurrences: by whose clock, with which fields, in what words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from reconciler.dates.words import one_after_the_other, utc_moves, words_of
from reconciler.dates.zones import wall_to_instant, zone_of
from reconciler.kinds import Context
from reconciler.kinds.event.clock import Clock
from reconciler.kinds.event.length import Length
from reconciler.kinds.event.moments import Moment, midnight
from reconciler.kinds.event.stretches import Stretch, is_all_day
from reconciler.kinds.event.turns import Turns
from reconciler.model import Key, Ref

DAY = timedelta(days=1)


class Outline(NamedTuple):
    """A stretch of a series as its rule alone has it, for calendars that know recurrence.

    name: of the series, and of the date from which on it holds. rule: canonical, None for what takes place
    once. zone: of the wall clock. ruled: the wall-clock start of every occurrence the rule gives in the
    window, by the occurrence's name. length: of an occurrence. all_day: it lasts from midnight to midnight.
    """

    name: str
    rule: str | None
    zone: str
    ruled: Mapping[str, datetime]
    length: Length
    all_day: bool


class Leg:
    """A stretch with its moments.

    place: of the stretch among all of its series. fields: of an occurrence of which nothing is changed; where
    hosts take turns, but for the host. reach, why: as an occurrence has them.
    """

    def __init__(
        self,
        place: int,
        stretches: Sequence[Stretch],
        moments: Sequence[Moment],
        fields: Mapping[str, Any],
        context: Context,
    ) -> None:
        self.place, self.stretch, self.fields = place, stretches[place], fields
        spec, zone = self.stretch.spec, self.stretch.zone
        self.all_day, self.moments, self.length = is_all_day(spec), moments, self.stretch.length
        self.reach, self.why = self.stretch.rule.period, str(spec.get("reason", ""))
        self.clock = Clock(spec, zone, moments, self.all_day, context)
        self.turns = Turns(stretches[: place + 1], moments) if "hosts" in spec else None

    def host(self, moment: Moment) -> str:
        """Who hosts an occurrence, unless it is changed."""
        return str(self.turns.host(moment.start)) if self.turns else self.fields["hostId"].key.name

    def usual(self, moment: Moment) -> Mapping[str, Any]:
        """The fields of an occurrence of which nothing is changed."""
        if self.turns is None:
            return self.fields
        return {**self.fields, "hostId": Ref(Key("user", self.host(moment)))}

    def outline(self, series: str) -> Outline:
        """Its rule for calendars; where hosts take turns, which no rule says, as far as was looked."""
        name = f"{series}/{self.stretch.begins:%Y-%m-%d}" if self.place else series
        ruled = {moment.occurrence: moment.start for moment in self.moments if not moment.once}
        until = midnight(max(ruled.values()).date()) + DAY if self.turns and ruled else datetime.max
        stretch = self.stretch
        return Outline(name, stretch.alone(until), stretch.zone, ruled, self.length, self.all_day)

    @property
    def words(self) -> str:
        """Its rule."""
        stretch = self.stretch
        said = str(stretch.rule.text), stretch.first, stretch.length.total, stretch.zone, self.all_day
        return words_of(*said)

    @property
    def walls(self) -> Sequence[datetime]:
        """The starts that its rule gives."""
        return [moment.start for moment in self.moments if not moment.once]


@lru_cache(1)  # a series is told occurrence by occurrence
def words_of_legs(legs: tuple[Leg, ...]) -> str:
    """The rules by which there is anything to see, one after the other, each with what changes of the clocks
    make of its time."""
    seen = (leg for leg in legs if leg.walls)
    said = [(words, [*own]) for words, own in groupby(seen, key=lambda leg: leg.words)]
    return one_after_the_other((own[0].stretch.begins.date(), f"{words}{_moves(own)}") for words, own in said)


def _moves(legs: Sequence[Leg]) -> str:
    zone = zone_of(legs[0].stretch.zone)
    pairs = ((wall, wall_to_instant(wall, zone)) for leg in legs for wall in leg.walls)
    moves = "" if legs[0].all_day else utc_moves(pairs)
    return f" ({moves})" if moves else ""
