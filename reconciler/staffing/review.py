"""The front door of this room: what a plan does to people, which rules it breaks, what to warn of. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from reconciler.kinds import Context
from reconciler.model import Plan, Snapshot, Window
from reconciler.staffing.before_after import changed_by, staffing_of
from reconciler.staffing.clashes import Conflict, conflicts
from reconciler.staffing.hours import Counted
from reconciler.staffing.impact import Impact, impact_of
from reconciler.staffing.people import Staffing
from reconciler.staffing.policies import Facts
from reconciler.staffing.rules import Rule, strangers
from reconciler.staffing.view import NEAR, SLOTS, Looked, View, looked_at
from reconciler.staffing.violations import Violation, rules, violations


class Effect(NamedTuple):
    """What a plan does to people.

    conflicts: the meetings that the plan makes impossible, each with its line. warnings: what else to say.
    """

    impact: Impact
    violations: list[Violation]
    conflicts: list[Conflict]
    warnings: list[str]


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
    asked = list(rules(context.environment.manifests, view.people))
    found = violations(asked, Facts(view, counted, lost, pairs))
    told = (each.booking.identity for each in lost)
    return Effect(impact, found, conflicts(view, pairs, pieces, told), [*_warnings(asked, staffing)])


def to_read(plan: Plan, live: Snapshot, context: Context) -> Window:
    """The instants whose events an effect looks at: known once there is a plan.

    From the midnight before today to the last date looked at, and on as far as another time is looked for
    appointments of that date.
    """
    looked = _looked(changed_by(plan, live, context), context)
    view = View(Staffing((), {}, {}), looked, context.now)
    start, end = view.start - NEAR, view.end + NEAR
    return Window(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC) + SLOTS)


def _looked(staffing: Staffing, context: Context) -> Looked:
    environment = context.environment
    return looked_at(staffing, environment.timezone, context.now, environment.horizon)


def _warnings(asked: list[Rule], staffing: Staffing) -> Iterator[str]:
    people = {person.name: person for person in staffing.people}
    for rule in asked:
        for name in strangers(rule, people):
            place = f"{rule.source.path}:{rule.source.line}"
            yield f"{place}: {rule.policy}: no `users`, `workHours` or `leave` names `{name}`"
    if staffing.unread:
        yield f"hours that can't be read are in no sum and no policy: {', '.join(staffing.unread)}"
