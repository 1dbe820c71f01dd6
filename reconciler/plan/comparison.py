"""What two revisions of an environment differ in, as a plan, and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from reconciler.errors.escape import Printable, json_text
from reconciler.kinds import supposed_id
from reconciler.model import Action, Change, FieldDiff, Key, Plan
from reconciler.plan.planfile import change_data, plan_data
from reconciler.plan.supposed import Supposed

FORMAT, SEVERAL = "welkin-reconcile/diff/1", "welkin-reconcile/diffs/1"
SHARED = ("environment", "summary", "warnings", "impact", "violations")


class Side(NamedTuple):
    """A revision as it was asked for, its commit, and whether the environment is there."""

    revision: str
    commit: str
    present: bool


class Failure(NamedTuple):
    """An environment that could not be compared, and why."""

    path: str
    error: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One environment in two revisions.

    path: of its file, as it was asked for.
    plan: what the head changes on a service to which the base was applied.

    keys: the objects of that service by the ids it is supposed to have given them.
    """

    path: str
    base: Side
    head: Side
    plan: Plan
    keys: Mapping[str, Key]


def compared(path: str, base: Side, head: Side, plan: Plan, supposed: Supposed) -> Comparison:
    """A plan made without a service, as it may be told: what only a service could say is not in it."""
    patients = {id: Key("patient", name) for name, id in supposed.live.patients.items()}
    made = {supposed_id(change.key): change.key for change in (*supposed.made, *plan.changes)}
    named = {by_id: name for name, by_id in supposed.live.patients_by_id.items()}
    changes = tuple(_named(change, named) for change in plan.changes)
    return Comparison(path, base, head, replace(_unread(plan), changes=changes), patients | made)


def comparisons_json(found: Sequence[Comparison], failures: Sequence[Failure], several: bool) -> Printable:
    """Write one comparison, or several as one document."""
    data = [_data(each) for each in found]
    if not several:
        return json_text(data[0])
    return json_text({
        "format": SEVERAL,
        "diffs": data,
        "failures": [{"path": failure.path, "error": failure.error} for failure in failures],
    })  # fmt: skip


def _data(found: Comparison) -> dict[str, object]:
    plan = plan_data(found.plan)
    changing = (change for change in found.plan.changes if change.action is not Action.NOOP)
    return {
        "format": FORMAT,
        "base": found.base._asdict(),
        "head": found.head._asdict(),
        "environment": plan["environment"],
        "changes": [_change_data(change, found.keys) for change in changing],
        "unmanaged": list(found.plan.unmanaged),
        **{name: plan[name] for name in SHARED},
    }


def _change_data(change: Change, keys: Mapping[str, Key]) -> dict[str, object]:
    id = None if change.live_id is None else {"ref": str(keys.get(change.live_id, change.key))}
    return change_data(change) | {"request": None, "id": id, "liveDigest": None}


def _unread(plan: Plan) -> Plan:
    """The plan without what only the service could tell of it, which is unknown, not nothing."""
    if plan.impact is None:
        return plan
    departures = [{**each, "appointments": None} for each in plan.impact["departures"]]
    impact = {**plan.impact, "stranded": None, "doubleBooked": None, "departures": departures}
    return replace(plan, impact=impact)  # type: ignore[arg-type]


def _named(change: Change, names: Mapping[str, str]) -> Change:
    """The change with people by name in place of ids that were made up."""

    def named(value: object) -> object:
        if isinstance(value, str):
            return names.get(value, value)
        if isinstance(value, (list, tuple)):
            return [named(item) for item in value]
        return value

    def side(fields: Mapping[str, object] | None) -> Mapping[str, object] | None:
        return fields and {name: named(value) for name, value in fields.items()}

    if not names:
        return change
    diff = tuple(FieldDiff(each.path, named(each.before), named(each.after)) for each in change.diff)
    return change._replace(before=side(change.before), after=side(change.after), diff=diff)
