"""What manifests may forbid: one function a policy, found by its own key. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple

from reconciler.dates.grammar import days_of, duration_of, span_of
from reconciler.dates.zones import zone_of
from reconciler.staffing.causes import causes, causes_on
from reconciler.staffing.clashes import DoubleBooked
from reconciler.staffing.coverage import Staffed, staffed, staffed_in_turn
from reconciler.staffing.duty import Rota
from reconciler.staffing.hours import HOUR, Counted, in_hours
from reconciler.staffing.rules import Exemption, Rule
from reconciler.staffing.stranded import Stranded
from reconciler.staffing.stretches import Stretch, between, meeting, seconds, united
from reconciler.staffing.view import View

DAY = timedelta(days=1)
Dates = tuple[date, date]  # from one to another, both included


class Facts(NamedTuple):
    """What policies are judged by."""

    view: View
    counted: Counted
    stranded: Sequence[Stranded]
    double_booked: Sequence[DoubleBooked]


class Finding(NamedTuple):
    """One place at which a rule is broken.

    worse: more than before, or not before at all. date, days: the first of the dates that it is about, and
    how many they are. when: in epoch seconds. limit, before, after: in the unit of the policy. changes: the
    keys of those that had a part in it.
    """

    words: str
    worse: bool
    date: date | None
    user: str | None = None
    when: Stretch | None = None
    limit: float | None = None
    before: float | None = None
    after: float | None = None
    changes: tuple[str, ...] = ()
    exemption: Exemption | None = None
    days: int = 1

    @property
    def dates(self) -> Dates:
        """The first and the last of the dates that it is about."""
        first = self.date or date.min
        return first, first + (self.days - 1) * DAY


def _cover(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """At least so many on duty at each moment: one finding a stretch of fewer."""
    view, least = facts.view, int(rule.value)
    zone = str(rule.says.get("timezone", view.looked.zone))
    asked = _asked(rule, zone, view)
    before, after = _counted(rule, asked, view)
    for start, end in between(united(piece for pieces in asked.values() for piece in pieces), *view.time):
        levels = after.levels(start, end)
        for short in united((begin, stop) for begin, stop, number in levels if number < least):
            had, have, worse = before.least(*short), after.least(*short), _fewer(before, after, short)
            day, last = view.local_date(short[0], zone), view.local_date(short[1] - 1, zone)
            # A night belongs to the date on which it began.
            asked_of = [name for name in rule.users.ever if rule.users.takes(name, day - DAY, last)]
            changes = causes(view, asked_of, *short) if worse else ()
            words = f"{have} on duty {_said(short, zone)} ({had} before)"
            yield Finding(words, worse, day, None, short, least, had, have, changes)


def _asked(rule: Rule, zone: str, view: View) -> dict[date, list[Stretch]]:
    """The time for which a rule asks for cover, by the date on which it begins."""
    clock, spans, days = view.dates.clock(zone), (span_of(rule.says["between"]),), days_of(rule.says["days"])
    numbers = range(view.number(view.looked.first) - 2, view.number(view.looked.last) + 3)
    dates = ((view.dates.first + DAY * number, number) for number in numbers)
    return {day: [*clock.real(number, spans)] for day, number in dates if day.isoweekday() in days}


def _counted(rule: Rule, asked: Mapping[date, Sequence[Stretch]], view: View) -> tuple[Staffed, Staffed]:
    """How many are on duty, before and after, of those for whom the rule is on each date."""
    if not rule.users.listed.changes:
        return staffed(view, rule.users.ever)
    return staffed_in_turn(
        view,
        [
            (rule.users.on(days[0]), [piece for day in days for piece in asked[day]])
            for days in ([*days] for _, days in groupby(asked, rule.users.listed.turn))
        ],
    )


def _fewer(before: Staffed, after: Staffed, short: Stretch) -> bool:
    """Whether at any moment fewer are on duty than before."""
    return any(
        had > have for begin, stop, have in after.levels(*short) for _, _, had in before.levels(begin, stop)
    )


def _max_weekly_hours(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """At most so many hours a week: one finding a person and week."""
    limit, view = float(rule.value), facts.view
    for name in rule.users.ever:
        for monday, had, have in zip(view.mondays, *facts.counted.weeks[name], strict=True):
            if have > limit * HOUR:
                hours, were = in_hours(have), in_hours(had)
                words = f"{name} {hours} h in the week of {monday} ({were} h before)"
                changes = causes_on(view, name, monday, monday + 6 * DAY) if have > had else ()
                yield Finding(
                    words, have > had, monday, name, None, _plain(limit), were, hours, changes, days=7
                )  # fmt: skip


def _max_shift_hours(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The longest uninterrupted time on duty: one finding a shift."""
    limit, view = float(rule.value) * HOUR, facts.view
    for name in rule.users.ever:
        before, after = map(view.on_duty, view.rotas[name])
        for shift in meeting(after, *view.time):
            if _length(shift) > limit:
                had = max(map(_length, meeting(before, *shift)), default=0)
                worse = had <= limit or _length(shift) > had
                yield _of_duty(name, "h", shift, worse, limit, had, view)


def _min_rest(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """Between two times on duty that begin on different dates: one finding a rest that is too short."""
    limit, view = duration_of(rule.value) / timedelta(seconds=1), facts.view
    for name in rule.users.ever:
        before, after = view.rotas[name]
        short = meeting(_rests(after, view, limit), *view.time)
        rests = _rests(before, view) if short else ()
        for rest in short:
            had = min(map(_length, meeting(rests, *rest)), default=None)
            worse = had is None or had >= limit or _length(rest) < had
            yield _of_duty(name, "h of rest", rest, worse, limit, had, view)


def _rests(rota: Rota, view: View, limit: float = float("inf")) -> list[Stretch]:
    """The times off duty that are shorter; a break between two times that begin on one date is none."""
    return [
        (one[1], other[0])
        for one, other in pairwise(view.on_duty(rota))
        if other[0] - one[1] < limit
        if view.local_date(one[0], rota.zone) != view.local_date(other[0], rota.zone)
    ]


def _of_duty(
    name: str, unit: str, when: Stretch, worse: bool, limit: float, had: float | None, view: View
) -> Finding:
    zone, were, have = view.rotas[name].after.zone, had and in_hours(had), in_hours(_length(when))
    before = "" if were is None else f" ({were} h before)"
    words = f"{name} {have} {unit} {_said(when, zone)}{before}"
    changes = causes(view, [name], *when) if worse else ()
    day = view.local_date(when[0], zone)
    return Finding(words, worse, day, name, when, in_hours(limit), were, have, changes)


def _no_overlap(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """No two events of one person at once: one finding a pair."""
    view, users = facts.view, frozenset(rule.users.ever)
    for pair in facts.double_booked:
        if pair.user in users:
            when, zone = (pair.start, pair.end), view.rotas[pair.user].after.zone
            both = (pair.one, pair.other)
            words = f"{pair.user} has {pair.one.name} and {pair.other.name} {_said(when, zone)}"
            changes = tuple(each.name for each in both if each.identity in view.staffing.changed)
            day = view.local_date(pair.start, zone)
            yield Finding(words, pair.new, day, pair.user, when, changes=changes if pair.new else ())


def _notice(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """So many days ahead the hours don't change: one finding a person and date. Leave changes no hours."""
    view, days = facts.view, -(-duration_of(rule.value) // DAY)
    first = view.number(view.looked.first)
    last = min(first + days, view.number(view.looked.last) + 1)
    for name in rule.users.ever:
        before, after = view.rotas[name]
        if (before.zone, before.days) == (after.zone, after.days):
            continue
        midnights = view.dates.clock(after.zone).midnights
        for number in range(first, last):
            date_begins, date_ends = midnights[number : number + 2]
            was, will = (view.dates.hours(rota, date_begins, date_ends) for rota in (before, after))
            if was != will:
                day, had, have = view.dates.first + DAY * number, *map(in_hours, map(seconds, (was, will)))
                words = f"{name} {have} h on {day} ({had} h before)"
                changes = causes_on(view, name, day, day)
                yield Finding(words, True, day, name, None, days, had, have, changes)


def _max_stranded(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """At most so many appointments lose their host: one finding; those of an exception aside.

    What was stranded before by a departure, and still is, doesn't count as the plan's doing.
    """
    limit = int(rule.value)
    lost = [each for each in facts.stranded if rule.users.takes(each.booking.host, *_dates(each, facts.view))]
    if len(lost) <= limit:
        return
    counted, excepted = list[Stranded](), list[Exemption]()
    for each in lost:
        exemption = rule.exemption(each.booking.host, *_dates(each, facts.view))
        if exemption and not each.lasting:
            excepted.append(exemption)
        elif not each.lasting:
            counted.append(each)
    worse, lasting = len(counted) > limit, sum(each.lasting for each in lost)
    words = f"{len(lost)} patient appointment{'s' * (len(lost) != 1)} stranded"
    changes = tuple(dict.fromkeys(key for each in counted for key in each.changes)) if worse else ()
    holds = excepted[0] if excepted and not worse else None
    yield Finding(words, worse, None, None, None, limit, lasting, len(lost), changes, holds)


def _dates(lost: Stranded, view: View) -> Dates:
    """The date on which an appointment begins by its host's clock: from it, to it."""
    day = view.local_date(lost.booking.start, view.rotas[lost.booking.host].after.zone)
    return day, day


def _length(stretch: Stretch) -> int:
    return stretch[1] - stretch[0]


def _plain(number: float) -> float:
    return int(number) if number == int(number) else number


def _said(when: Stretch, zone: str) -> str:
    """`2027-03-08 09:00-17:00` by the clock of a zone; where it ends on a later date, that is said, too."""
    start, end, last = (datetime.fromtimestamp(at, zone_of(zone)) for at in (*when, when[1] - 1))
    stop = f"{end:%H:%M}" if end.date() == last.date() else "24:00"
    later = "" if last.date() == start.date() else f"{last:%Y-%m-%d} "
    return f"on {start:%Y-%m-%d %H:%M}-{later}{stop}"


POLICIES: Mapping[str, Callable[[Rule, Facts], Iterator[Finding]]] = {
    "cover": _cover,
    "maxWeeklyHours": _max_weekly_hours,
    "maxShiftHours": _max_shift_hours,
    "minRest": _min_rest,
    "noOverlap": _no_overlap,
    "notice": _notice,
    "maxStranded": _max_stranded,
}
