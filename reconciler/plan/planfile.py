"""Plans to JSON (schemas/plan.schema.json): the same plan gives the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from reconciler import __version__
from reconciler.errors.escape import Printable, json_text
from reconciler.model import Action, Brake, Change, Plan, Ref, Request, Touched
from reconciler.plan.effects import about_data
from reconciler.routes import stamp

ID_KEYS = frozenset(("psmId", "hostId", "participantId"))
METHODS = ("POST", "PATCH", "PUT", "DELETE")
FORMAT, SEVERAL = "welkin-reconcile/plan/1", "welkin-reconcile/plans/1"


def to_json(
    plans: Sequence[Plan], show_unchanged: bool = False, failures: Mapping[str, str] | None = None
) -> Printable:
    """Write one plan, or several as one document.

    failures: where several were asked for, those that could not be planned, by path, each with its error.
    """
    data = [plan_data(plan, show_unchanged) for plan in plans]
    if failures is None and len(data) == 1:
        return json_text(data[0])
    failed = [{"path": path, "error": error} for path, error in (failures or {}).items()]
    return json_text({"format": SEVERAL, "plans": data, "failures": failed})


def plan_data(plan: Plan, show_unchanged: bool = False) -> dict[str, object]:
    """The plan as plain data; no-ops are counted, and listed only on request."""
    listed = [change for change in plan.changes if show_unchanged or change.action is not Action.NOOP]
    return {
        "format": FORMAT,
        "createdAt": stamp(plan.created_at),
        "tool": {"name": "welkin-reconcile", "version": __version__},
        "environment": {
            "tenant": plan.tenant,
            "instance": plan.instance,
            "apiUrl": plan.api_url,
            "client": plan.client,
            "owner": plan.owner,
            "timezone": plan.timezone,
        },
        "manifestDigest": plan.manifest_digest,
        "liveDigest": plan.live_digest,
        "window": {"start": stamp(plan.window.start), "end": stamp(plan.window.end)},
        "changes": [change_data(change) for change in listed],
        "summary": summary_data(plan),
        "warnings": list(plan.warnings),
        "brakes": [_brake_data(brake) for brake in plan.brakes],
        "limits": {
            "deletes": plan.limits.deletes,
            "deletePercent": plan.limits.delete_percent,
            "updatePercent": plan.limits.update_percent,
            "from": plan.limits.least,
        },
        "owned": _names_data(plan.owned),
        "kept": _names_data(plan.kept),
        "standing": list(plan.standing),
        "about": about_data(plan.about),
        "impact": plan.impact,
        "rota": list(plan.rota),
        "violations": list(plan.violations),
    }


def summary_data(plan: Plan) -> dict[str, object]:
    requests = Counter(change.request.method for change in plan.pending if change.request)
    counts: dict[str, object] = {action.value: plan.count(action) for action in Action}
    return counts | {"requests": {method: requests[method] for method in METHODS}}


def change_data(change: Change) -> dict[str, object]:
    """One change as plain data, references as `{"ref": …}`."""
    cause = {"cause": change.cause.value} if change.cause else {}
    return {
        "key": str(change.key),
        "kind": change.key.kind,
        "action": change.action.value,
        "request": _request_data(change.request),
        "before": _plain(change.before),
        "after": _plain(change.after),
        "diff": [{"path": f.path, "before": _plain(f.before), "after": _plain(f.after)} for f in change.diff],
        "after_keys": [str(key) for key in change.after_keys],
        "reason": change.reason,
        "why": change.why or None,
        "rule": change.rule,
        "rolling": change.rolling,
        "accepted": change.accepted and change.accepted._asdict(),
        "source": change.source and {"path": change.source.path, "line": change.source.line},
        "id": change.live_id,
        "liveDigest": change.live_digest,
        **({"live": _live_data(change.touched)} if change.touched else {}),
        **cause,
    }


def _live_data(touched: Touched) -> dict[str, object] | None:
    return {"updatedAt": touched.at, "updatedBy": touched.by} if touched.at or touched.by else None


def _request_data(request: Request | None) -> dict[str, object] | None:
    if request is None:
        return None
    return {
        "method": request.method,
        "path": request.path,
        "query": dict(request.query),
        "body": _plain(request.body),
    }


def _brake_data(brake: Brake) -> dict[str, object]:
    return {
        "limit": brake.limit,
        "count": brake.count,
        "allowed": brake.allowed,
        "message": brake.message,
        "allow": brake.allow,
    }


def _names_data(names: Mapping[str, frozenset[str]]) -> dict[str, list[str]]:
    return {kind: sorted(names[kind]) for kind in sorted(names) if names[kind]}


def _plain(value: object) -> object:
    if isinstance(value, str):  # as nearly all is
        return str(value)
    if isinstance(value, Ref):
        return {"ref": str(value.key)}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
