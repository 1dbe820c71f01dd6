"""Overrides as a person's list under `workHours` says them: other hours for some dates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from reconciler.dates.grammar import DAYS, span_said
from reconciler.dates.hours import spans_of, week_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.work_hours.layers import Layer, Statement
from reconciler.kinds.work_hours.periods import DAY_MINUTES, Period, Week, restrict, shared_day
from reconciler.model import Source
from reconciler.model.spec import HoursSpec, place_of
from reconciler.model.when import Stretch, stretches_in, united

FEW = 3  # stretches of dates that a message names


class Special(NamedTuple):
    """One override: the dates that it may speak of, in stretches, and its hours by weekday."""

    spec: HoursSpec
    name: str
    stretches: Sequence[Stretch]
    week: Week

    @property
    def statement(self) -> Statement:
        periods = tuple(self.period(stretch) for stretch in self.stretches)
        why = str(self.spec.get("reason", ""))
        return Statement(Layer.OVERRIDE, self.name, periods, place_of(self.spec), why)

    def period(self, stretch: Stretch) -> Period:
        return Period(stretch.first, stretch.last, self.week)


def overrides_in(items: Iterable[HoursSpec], usual: bool, context: Context) -> tuple[Statement, ...]:
    """Read a person's overrides, ascending; what is wrong with them goes to the findings.

    usual: whether the usual hours are declared, so that a morning after a night can be stated.
    """
    found = [special for item in items if (special := _read(item, context))]
    for special in found:
        _check_weekdays(special, context)
        if not usual:
            _check_nights(special, context)
    _check_dates(found, context)
    statements = [special.statement for special in found]
    return tuple(sorted(statements, key=lambda each: each.first))


def _read(item: HoursSpec, context: Context) -> Special | None:
    spec: HoursSpec = {**context.template(item), **item}
    if "rotation" in spec:
        message = "an override says its hours itself: write `days`, not a rotation"
        context.findings.error(place_of(item), message, Mistake.OVERRIDE_ROTATES)
    stretches = united(stretches_in(item, context.findings))
    week = None if "rotation" in spec else _week(spec, stretches, context)
    if week is None or not stretches:
        return None
    return Special(item, str(item["override"]), stretches, week)


def _week(spec: HoursSpec, stretches: Sequence[Stretch], context: Context) -> Week | None:
    """The hours of each weekday; None where a template is not there to say them, or they meet."""
    shifts = context.environment.shifts
    if "hours" not in spec:
        return week_of(spec["days"], shifts) if "days" in spec else None
    spans = spans_of(spec["hours"], shifts)
    follow = any(stretch.first < stretch.last for stretch in stretches)
    if follow and spans and spans[-1][1] - DAY_MINUTES > spans[0][0]:
        message = f"{span_said(spans[-1])} runs into {span_said(spans[0])} of the next date"
        context.findings.error(place_of(spec["hours"]), message, Mistake.HOURS)
        return None
    return dict.fromkeys(range(1, 8), spans)


def _check_nights(special: Special, context: Context) -> None:
    if any(end > DAY_MINUTES for spans in special.week.values() for _, end in spans):
        message = "these hours run over midnight, into a date of which nobody says the usual hours"
        context.findings.error(
            _place_of_hours(special.spec),
            f"{message}: declare the usual hours",
            Mistake.NIGHT_NOBODY_DECLARES,
        )


def _check_weekdays(special: Special, context: Context) -> None:
    """An override that names no weekday of its dates says nothing: some other day was meant."""
    if any(restrict(special.period(each), days_off=True).week for each in special.stretches):
        return
    when = ", ".join(map(_weekdays_said, special.stretches[:FEW]))
    named = ", ".join(DAYS[day - 1] for day in sorted(special.week))
    said = {", ".join(map(span_said, spans)) or "off" for spans in special.week.values()}
    hours = said.pop() if len(said) == 1 else "…"
    own = DAYS[special.stretches[0].first.weekday()]
    context.findings.error(
        _place_of_hours(special.spec),
        f"{when}, the hours name only {named}: write `{own}: …`, `hours: {hours}`, or other dates",
        Mistake.OVERRIDE_OTHER_DAY,
    )


def _weekdays_said(stretch: Stretch) -> str:
    first, last, _ = stretch
    if first == last:
        return f"{first} is a {first:%A}"
    return f"{first} to {last} are {first:%A} to {last:%A}"


def _check_dates(found: Sequence[Special], context: Context) -> None:
    """Of two that begin on one date nobody can tell which is meant; else the later one is, if it is meant."""
    told = set[tuple[int, int]]()
    for (place, one), (other_place, other) in _meeting(found):
        (special, first), (later, second) = one, other
        if first.first == second.first:
            message = f"a second override that begins on {second.first}: merge the two"
            context.findings.error(second.source, message, Mistake.OVERRIDES_OVERLAP)
        elif (place, other_place) not in told and (
            shared := shared_day(special.period(first), later.period(second))
        ):
            told.add((place, other_place))
            message = f"two overrides speak of {shared}: `{special.name}` from {first.first}, and this one"
            context.findings.warn(
                second.source, f"{message}, which is meant to hold", Mistake.OVERRIDES_OVERLAP
            )


_Place = tuple[int, tuple[Special, Stretch]]


def _meeting(found: Sequence[Special]) -> Iterator[tuple[_Place, _Place]]:
    """Stretches of two overrides that share dates, the one that begins earlier first."""
    pieces = [(place, (special, each)) for place, special in enumerate(found) for each in special.stretches]
    before: list[_Place] = []
    for piece in sorted(pieces, key=lambda piece: piece[1][1].first):
        stretch = piece[1][1]
        before = [earlier for earlier in before if earlier[1][1].last >= stretch.first]
        yield from ((earlier, piece) for earlier in before)
        before.append(piece)


def _place_of_hours(spec: HoursSpec) -> Source:
    """Where an override's hours stand; of one with a template, the template's name."""
    return next(place_of(spec[key]) for key in ("hours", "days", "template") if key in spec)
