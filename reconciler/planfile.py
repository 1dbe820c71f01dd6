"""Plans as JSON (DESIGN 6; schemas/plan.schema.json): the same plan gives the same bytes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from reconciler import __version__
from reconciler.errors import PlanError
from reconciler.escape import Printable, json_text
from reconciler.model import Action, Brake, Change, FieldDiff, Key, Plan, Ref, Request, Source, Window
from reconciler.routes import stamp
from reconciler.zones import zone_of

ID_KEYS = frozenset(("psmId", "hostId", "participantId"))
KINDS = frozenset(("user", "workHours", "event", "patient", "record"))
METHODS = ("POST", "PATCH", "PUT", "DELETE")
FORMAT, SEVERAL = "welkin-reconcile/plan/1", "welkin-reconcile/plans/1"


def to_json(plans: Sequence[Plan], show_unchanged: bool = False) -> Printable:
    """Write one plan, or several as one document."""
    data = [plan_data(plan, show_unchanged) for plan in plans]
    whole = data[0] if len(data) == 1 else {"format": SEVERAL, "plans": data}
    return json_text(whole)


def from_json(text: str, path: str) -> list[Plan]:
    """Read a saved plan, or several.

    Raises: PlanError: the file holds no plan, or one of another version.
    """
    try:
        data = json.loads(text)
        return [_plan(item) for item in (data["plans"] if data.get("format") == SEVERAL else [data])]
    except (ValueError, LookupError, TypeError, AttributeError):
        raise PlanError(f"{path}: not a plan of this version: make one with `plan … --out {path}`") from None


def plan_data(plan: Plan, show_unchanged: bool = False) -> dict[str, Any]:
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
        "impact": None,
        "violations": [],
    }


def summary_data(plan: Plan) -> dict[str, Any]:
    requests = Counter(change.request.method for change in plan.pending if change.request)
    counts: dict[str, Any] = {action.value: plan.count(action) for action in Action}
    return counts | {"requests": {method: requests[method] for method in METHODS}}


def change_data(change: Change) -> dict[str, Any]:
    """One change as plain data, references as `{"ref": …}`."""
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
        "rule": change.rule,
        "source": change.source and {"path": change.source.path, "line": change.source.line},
        "id": change.live_id,
        "liveDigest": change.live_digest,
    }


def _request_data(request: Request | None) -> dict[str, Any] | None:
    if request is None:
        return None
    return {
        "method": request.method,
        "path": request.path,
        "query": dict(request.query),
        "body": _plain(request.body),
    }


def _brake_data(brake: Brake) -> dict[str, Any]:
    return {
        "limit": brake.limit,
        "count": brake.count,
        "allowed": brake.allowed,
        "message": brake.message,
        "allow": brake.allow,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Ref):
        return {"ref": str(value.key)}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _referring(value: Any, name: str = "") -> Any:
    """A body with references where ids belong; anywhere else `ref` is somebody's own word."""
    if name in ID_KEYS and isinstance(value, dict):
        return Ref(Key.parse(value["ref"]))
    if isinstance(value, dict):
        return {name: _referring(item, name) for name, item in value.items()}
    return [_referring(item) for item in value] if isinstance(value, list) else value


def _plan(data: Mapping[str, Any]) -> Plan:
    if data["format"] != FORMAT:
        raise ValueError(data["format"])
    place = data["environment"]
    zone_of(place["timezone"])
    return Plan(
        created_at=datetime.fromisoformat(data["createdAt"]),
        tenant=place["tenant"],
        instance=place["instance"],
        api_url=place["apiUrl"],
        client=place["client"],
        owner=place["owner"],
        timezone=place["timezone"],
        manifest_digest=data["manifestDigest"],
        live_digest=data["liveDigest"],
        window=Window(*(datetime.fromisoformat(data["window"][edge]) for edge in ("start", "end"))),
        changes=tuple(_change(item, place) for item in data["changes"]),
        warnings=tuple(data["warnings"]),
        brakes=tuple(Brake(**brake) for brake in data["brakes"]),
    )


def _change(data: Mapping[str, Any], place: Mapping[str, Any]) -> Change:
    key = Key.parse(data["key"])
    if key.kind != data["kind"] or key.kind not in KINDS:
        raise ValueError(data["key"])
    return Change(
        key=key,
        action=Action(data["action"]),
        request=data["request"] and _request(data["request"], place),
        before=data["before"],
        after=data["after"],
        diff=tuple(FieldDiff(item["path"], item["before"], item["after"]) for item in data["diff"]),
        after_keys=tuple(Key.parse(key) for key in data["after_keys"]),
        reason=data["reason"],
        rule=data["rule"],
        source=data["source"] and Source(data["source"]["path"], data["source"]["line"]),
        live_id=data["id"],
        live_digest=data["liveDigest"],
    )


def _request(data: Mapping[str, Any], place: Mapping[str, Any]) -> Request:
    """A request of the plan's own tenant; a file that asks for another one was tampered with."""
    if not data["path"].startswith(f"/{place['tenant']}/") or "/../" in data["path"]:
        raise ValueError(data["path"])
    if data["method"] not in METHODS or not isinstance(data["query"], dict):
        raise ValueError(data["method"])
    return Request(data["method"], data["path"], data["query"], _referring(data["body"]))
