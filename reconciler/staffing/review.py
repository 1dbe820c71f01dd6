"""The front door of this room: what a plan does to people, which rules it breaks, what to warn of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import groupby
from typing import NamedTuple

from reconciler.dates.said import days_said
from reconciler.kinds import Context
from reconciler.model import Looked, Plan, Snapshot, Window
from reconciler.model.impact import Outlook, RotaWeek
from reconciler.staffing.before_after import changed_by, named_in, staffing_of
from reconciler.staffing.clashes import Conflict, Trouble, conflicts
from reconciler.staffing.data import impact_data, violation_data
from reconciler.staffing.grid import weeks_of
from reconciler.staffing.hours import Counted
from reconciler.staffing.impact import Impact, impact_of
from reconciler.staffing.outlook import outlook
from reconciler.staffing.people import Staffing
from reconciler.staffing.policies import Facts
from reconciler.staffing.rules import Rule
from reconciler.staffing.view import NEAR, SLOTS, View, looked_at
from reconciler.staffing.view import Looked as Dates
from reconciler.staffing.violations import Violation, rules, violations


class Effect(NamedTuple):
    """What a plan does to people.

    conflicts: the meetings that the plan makes impossible, each with its line. warnings: what else to say.
    weeks: the first week that changes, of everybody for whom one does. view: what was looked at.
    """

    impact: Impact
    violations: list[Violation]
    conflicts: list[Conflict]
    warnings: list[str]
    weeks: list[RotaWeek]
    view: View


def effect(plan: Plan, live: Snapshot, context: Context) -> Effect:
    """Say what a plan does to all whom the manifests name.

    Args:
        plan: whole or partial; what of it is blocked has no effect, but for the departures it speaks of.
        live: what the plan was made from, with the hours of everybody whom `users`, `workHours` or `leave`
            name, from the Monday of this week on, and the events of `to_read`.
        context: of the same run; its `now` is the only clock.
    """
    staffing = staffing_of(plan, live, context)
    view = View(staffing, _looked(staffing, context), context.now)
    counted = Counted(view)
    impact = impact_of(view, counted)
    lost, pairs, pieces = impact.stranded or (), impact.double_booked or (), impact.outside_hours or ()
    asked = list(rules(view.people, context))
    found = violations(asked, Facts(view, counted, lost, pairs))
    told = (each.booking.identity for each in lost)
    return Effect(
        impact,
        found,
        conflicts(view, pairs, pieces, told),
        [*_warnings(asked, view)],
        [*weeks_of(view, context.environment.shifts)],
        view,
    )


def judged(plan: Plan, live: Snapshot, context: Context) -> Plan:
    """The plan with its effect, the rules that it breaks, and what to warn of. Arguments as of `effect`."""
    return _with(plan, effect(plan, live, context), context)


def looked_ahead(plan: Plan, live: Snapshot, context: Context) -> tuple[Plan, Outlook]:
    """The same, and how the weeks to come are staffed."""
    found = effect(plan, live, context)
    plan = _with(plan, found, context)
    assert plan.impact
    return plan, outlook(found.view, plan.impact, plan.violations)


def _with(plan: Plan, found: Effect, context: Context) -> Plan:
    return replace(
        plan,
        impact=impact_data(found.impact),
        violations=tuple(map(violation_data, found.violations)),
        warnings=(*plan.warnings, *_said(found.conflicts, context.today(plan.timezone)), *found.warnings),
        rota=tuple(found.weeks),
    )


def _said(conflicts: Iterable[Conflict], today: date) -> Iterator[str]:
    """A line for each series: who can't be there, why, and on which dates."""
    for (series, source), found in groupby(sorted(conflicts, key=_place), key=_place):
        alike: dict[tuple[Trouble, tuple[date, ...]], list[str]] = {}
        for conflict in found:
            alike.setdefault((conflict.trouble, conflict.dates), []).append(conflict.user)
        said = []
        for (trouble, dates), people in alike.items():
            who = " and ".join(filter(None, (", ".join(people[:-1]), people[-1])))
            how = trouble if len(people) == 1 else trouble.replace("is ", "are ", 1)
            said.append(f"{who} {how} on {days_said(dates, today)}")
        yield f"{source}{series}: {'; '.join(said)}"


def _place(conflict: Conflict) -> tuple[str, str]:
    source = conflict.source
    return conflict.series, f"{source.path}:{source.line}: " if source else ""


def to_read(plan: Plan, live: Snapshot, context: Context) -> Looked:
    """Whom an effect looks at, and the instants whose events: known once there is a plan.

    From the midnight before today to the last date looked at, and on as far as another time is looked for
    appointments of that date.
    """
    view = View(Staffing((), {}, {}), _looked(changed_by(plan, live, context), context), context.now)
    people = frozenset(named_in(context))
    start, end = view.start - NEAR, view.end + NEAR
    window = Window(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC) + SLOTS)
    return Looked(people, window)


def _looked(staffing: Staffing, context: Context) -> Dates:
    environment = context.environment
    return looked_at(staffing, environment.timezone, context.now, environment.horizon)


def _warnings(asked: list[Rule], view: View) -> Iterator[str]:
    for rule in asked:
        for name in rule.strangers(view.looked.first):
            place = f"{rule.source.path}:{rule.source.line}"
            yield f"{place}: {rule.policy}: no `users`, `workHours` or `leave` names `{name}`"
    if view.staffing.unread:
        yield f"hours that can't be read are in no sum and no policy: {', '.join(view.staffing.unread)}"
