"""What of a plan may be carried out without another look at it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.errors import NotApproved
from reconciler.model import Action, Change, Plan
from reconciler.planfile import ID_KEYS, change_data

ONLY_NEW = "only what is new is applied: changes and removals wait for a reviewed apply"


def check_approved(plan: Plan, approved: Plan, names: Mapping[str, str]) -> None:
    """Check that every change was in the approved plan: the same object, action, request and wish.

    Less than was approved is fine: it was done in between.
    names: users' ids -> names; a user created in between has an id where the approved plan had none yet.
    Raises: NotApproved: naming each change that was not.
    """
    for name in ("tenant", "instance", "api_url", "owner"):
        ours, theirs = getattr(plan, name), getattr(approved, name)
        if ours != theirs:
            raise NotApproved(f"the approved plan is for {name.replace('_', ' ')} {theirs}, this is {ours}")
    known = {_gist(change, names) for change in approved.pending}
    new = [change for change in plan.pending if _gist(change, names) not in known]
    if new:
        lines = [f"  {change.key}: {change.action}" for change in new]
        title = "not approved, nothing was written: these changes are not in the approved plan"
        raise NotApproved(title, *lines, "review a new plan of them")


def only_new(plan: Plan) -> Plan:
    """The plan's creations of hours and events, for the nightly run as the horizon moves on.

    Of a series only what lies beyond all that is live: an occurrence somebody deleted by hand stays away.
    Hours only of a person of whom no row has to change: a new row may need the old one to end first.
    """
    changing = defaultdict[str, bool](bool)
    for change in plan.pending:
        changing[change.key.subject] |= change.key.kind == "workHours" and change.action is not Action.CREATE
    kept = [change for change in plan.changes if _is_new(change, changing)]
    return replace(plan, changes=tuple(kept), brakes=(), warnings=(*plan.warnings, ONLY_NEW))


def _is_new(change: Change, changing: dict[str, bool]) -> bool:
    if change.action is Action.NOOP:
        return True
    if change.action is not Action.CREATE or change.after_keys:
        return False  # what waits for a new user or patient waits for its review, too
    return change.rolling or (change.key.kind == "workHours" and not changing[change.key.subject])


def _gist(change: Change, names: Mapping[str, str]) -> str:
    """What was looked at: everything but where it stands in the manifests and what is there now."""
    data = change_data(change)
    return repr([data["key"], data["action"], _named(data["request"], names), data["after"]])


def _named(value: Any, names: Mapping[str, str], key: str = "") -> Any:
    """A request with users' ids as references, as if none were known yet."""
    if isinstance(value, dict):
        return {name: _named(item, names, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    known = names.get(value.lower()) if key in ID_KEYS and isinstance(value, str) else None
    return value if known is None else {"ref": f"user/{known}"}
