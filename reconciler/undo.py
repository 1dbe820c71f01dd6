"""The inverse of what an apply did, as a plan like any other: for `apply --undo-file`, then `apply FILE`.

Made of what the service showed before and shows now, raw, so that it puts back values that no manifest names.
What has no inverse (a patient, a user where only Admin removes one) is in it as blocked, with the remedy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from reconciler import routes
from reconciler.brakes import brakes
from reconciler.diff import diff
from reconciler.evidence import Evidence
from reconciler.kind import Kind, digest_of
from reconciler.kinds.event import KIND as EVENT
from reconciler.kinds.record import SYSTEM
from reconciler.kinds.user import ATTRIBUTES, REFERENCE_KEYS, TEXTS
from reconciler.kinds.work_hours.rows import bounds, days_info, row_of, shown
from reconciler.marks import mark_of
from reconciler.model import Action, Change, Limits, Live, Plan, Report, Request, Status
from reconciler.plan import wave_of
from reconciler.routes import Scope

KEPT_FOREVER = "the service lets no API client delete patients"
BY_ADMIN = "the service lets no API client delete users: deactivate in Admin"


class Landed(NamedTuple):
    """A change that reached the service: its object before the run, and as it is now."""

    change: Change
    before: Live | None
    now: Live | None


class Step(NamedTuple):
    """What undoes one change: the action, its request, and the fields as they shall be."""

    action: Action
    request: Request | None
    after: Mapping[str, Any] | None
    blocked: str = ""


def landed(report: Report, evidence: Evidence) -> list[Landed]:
    """What of a run may have reached the service, its objects read again. Raises: ApiError."""
    sent = report.having(Status.DONE, Status.UNCONVERGED, Status.UNKNOWN, Status.FAILED)
    seen = evidence.look([outcome.change for outcome in sent])
    return [Landed(change, evidence.before(change), now) for change, now, _ in seen]


def undo_plan(plan: Plan, landed: Iterable[Landed], kinds: Mapping[str, Kind], now: datetime) -> Plan:
    """Plan what leads back, in reverse order; the brakes are the usual ones, but for shares of a whole."""
    scope = Scope(plan.tenant, plan.instance)
    changes = [change for each in landed for change in _inverse(each, kinds, scope)]
    changes.reverse()
    ordered = sorted(changes, key=lambda change: _rank(change, list(kinds)))
    return replace(
        plan,
        created_at=now,
        live_digest=digest_of([[str(change.key), change.live_digest] for change in ordered]),
        changes=tuple(ordered),
        warnings=("puts back what an apply changed, as far as nobody changed it since",),
        brakes=tuple(brakes(ordered, {}, Limits())),
    )


def _rank(change: Change, kinds: Sequence[str]) -> tuple[bool, int, bool]:
    removal, kind, override = wave_of(change)
    place = kinds.index(kind)
    return removal, -place if removal else place, override


def _inverse(landed: Landed, kinds: Mapping[str, Kind], scope: Scope) -> Iterator[Change]:
    change, before, now = landed
    kind = kinds[change.key.kind]
    same = _digest(kind, before) == _digest(kind, now)
    step = None if same else _STEPS[kind.name](landed, scope)
    if step is None:
        return
    differs = step.action is not Action.CREATE and step.after is not None and change.after is not None
    undone = Change(
        change.key,
        step.action,
        step.request,
        before=None if step.action is Action.CREATE else change.after,
        after=step.after,
        diff=tuple(diff(change.after or {}, step.after or {})) if differs else (),
        reason=f"undoes: {change.action}",
        source=change.source,
        live_id=now.id or change.live_id if now else None,
        live_digest=_digest(kind, now),
    )
    yield undone.blocked(step.blocked) if step.blocked else undone


def _digest(kind: Kind, live: Live | None) -> str | None:
    return None if live is None else kind.digest(live.fields)


def _user(landed: Landed, scope: Scope) -> Step | None:
    change, before, now = landed
    name = change.key.name
    if before is None:
        blocked = BY_ADMIN if now and "userState" in now.fields else ""
        return Step(Action.DELETE, routes.delete_user(scope, name), None, blocked)
    had = before.fields
    if now is None:
        body = {key: had[key] for key in (*TEXTS, ATTRIBUTES) if had.get(key)}
        return Step(Action.CREATE, routes.create_user(scope, {"username": name, **body}), change.before or {})
    body = {field.path.partition(".")[0]: None for field in change.diff}
    body = {key: had.get(key) or None for key in body}
    if body.get(ATTRIBUTES):  # whether the service merges is not known: what came is cleared by name
        body[ATTRIBUTES] = dict.fromkeys(now.fields.get(ATTRIBUTES) or {}) | body[ATTRIBUTES]
    if None in body.values() and set(had) <= REFERENCE_KEYS | {"id"}:
        whole = {key: had[key] for key in had if key in REFERENCE_KEYS and had[key] is not None}
        return Step(Action.UPDATE, routes.replace_user(scope, name, whole), change.before)
    return Step(Action.UPDATE, routes.update_user(scope, name, body), change.before)


def _hours(landed: Landed, scope: Scope) -> Step | None:
    change, before, now = landed
    if now is None or now.id is None or change.request is None:
        return None
    row = row_of((before or now).fields)
    if before is None:  # no hours can be deleted (api-facts 6): without days they are none
        row = row._replace(period=row.period._replace(week={}), days_off=False)
    named = {key: now.fields[key] for key in ("name", "type", "ruleType") if now.fields.get(key)}
    named |= {key: before.fields[key] for key in named if before and before.fields.get(key)}
    body = {"psmId": change.request.body["psmId"], **bounds(row.period), "daysInfo": days_info(row), **named}
    action = Action.RETIRE if before is None else Action.UPDATE
    return Step(action, routes.replace_work_hours(scope, now.id, body), shown(row))


def _event(landed: Landed, scope: Scope) -> Step | None:
    change, before, now = landed
    if before is None:
        if now is None or now.id is None:
            return None
        return Step(Action.DELETE, routes.delete_event(scope, now.id), None)
    patch = replace(change, request=routes.update_event(scope, before.id or "", {}))
    whole = EVENT.replacement(patch, {}, before)
    had: dict[str, Any] = dict(whole.body) if whole else {}
    had["eventStatus"] = (had.get("eventStatus") or "SCHEDULED").upper()
    if now is not None and change.action is not Action.DELETE:
        body = {key: had.get(key) for key in (change.request.body if change.request else ())}
        return Step(Action.UPDATE, routes.update_event(scope, now.id or "", body), change.before)
    mark = mark_of(before.fields)
    had["externalId"] = str(mark) if mark else None
    had["participants"] = [
        {key: value for key, value in element.items() if key != "id"} for element in had["participants"]
    ]
    after = {**(change.before or {}), "externalId": had["externalId"]}
    return Step(Action.CREATE, routes.create_event(scope, had), after)


def _patient(landed: Landed, scope: Scope) -> Step | None:
    change, before, now = landed
    if now is None or change.request is None:
        return None
    if before is None:
        return Step(Action.DELETE, None, None, KEPT_FOREVER)
    body = {key: before.fields.get(key) for key in change.request.body}
    return Step(Action.UPDATE, replace(change.request, body=body), change.before)


def _record(landed: Landed, scope: Scope) -> Step | None:
    change, before, now = landed
    if change.request is None:
        return None
    path = change.request.path
    if before is None:
        return Step(Action.DELETE, Request("DELETE", f"{path}/{now.id}"), None) if now else None
    had = before.fields.get("jsonBody") or {}
    if now is not None:
        body = {key: had.get(key) for key in change.request.body}
        return Step(Action.UPDATE, replace(change.request, body=body), change.before)
    body = {key: value for key, value in had.items() if key not in SYSTEM and value is not None}
    return Step(Action.CREATE, Request("POST", path.rpartition("/")[0], body=body), change.before or {})


_STEPS: Mapping[str, Callable[[Landed, Scope], Step | None]] = {
    "user": _user,
    "workHours": _hours,
    "event": _event,
    "patient": _patient,
    "record": _record,
}
