"""A saved plan, read: each value of the type and form that a plan has, or one line that says what is wrong.

What its requests may be is not judged here (`soundness`). Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

from reconciler.errors import PlanError
from reconciler.kinds import load_kinds
from reconciler.model import (
    About,
    Accepted,
    Action,
    Brake,
    Cause,
    Change,
    FieldDiff,
    Ground,
    Key,
    Limits,
    Plan,
    Ref,
    Request,
    Source,
    Touched,
    Window,
)
from reconciler.model.shapes import (
    Odd,
    anything,
    count,
    day,
    flag,
    instant,
    like,
    listed,
    mapping,
    maybe,
    odd,
    one_of,
    record,
    text,
    zone,
)
from reconciler.plan.effects import IMPACT, PLACE, ROTA, about, violation
from reconciler.plan.planfile import FORMAT, ID_KEYS, METHODS, SEVERAL

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TEXT = maybe(text)
_OWNER, _PLACE = re.compile(r"[a-z0-9-]{1,30}"), re.compile(r"[^/\s]+")
AGAIN = "plan again"


def from_json(content: str, path: str) -> list[Plan]:
    """Read a saved plan, or several.

    Raises: PlanError: the file holds no plan, or none of this version.
    """
    try:
        data = json.loads(content, object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(data, ensure_ascii=False).encode()  # half a character can be read, and not be written
    except (ValueError, RecursionError):
        raise PlanError(f"{path}: not JSON as plans are: make one with `plan ENV --out FILE`") from None
    try:
        several = isinstance(data, dict) and data.get("format") == SEVERAL
        plans = _plans(data, "")["plans"] if several else [_plan(data, "")]
    except Odd as wrong:
        raise PlanError(f"{path}: not a plan of this version: {wrong}; {AGAIN}") from None
    return list(plans)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _key(value: object, where: str) -> Key:
    key = Key.parse(value) if isinstance(value, str) else Key("", "")
    kind = load_kinds().get(key.kind)
    if kind is None or not kind.names.fullmatch(key.name):
        raise odd(where, value, "the key of an object")
    return key


def _kind(value: object, where: str) -> str:
    return str(one_of(load_kinds())(value, where))


def _names(value: object, where: str) -> dict[str, list[str]]:
    """People or series, by kind."""
    return dict(record({}, dict.fromkeys(load_kinds(), listed(text)))(value, where))


def _query(value: object, where: str) -> dict[str, str]:
    return dict(mapping(text)(value, where))


def _body(value: object, where: str) -> object:
    return _referring(maybe(mapping(anything))(value, where), where)


def _referring(value: object, where: str, name: str = "") -> object:
    """A body with references where ids belong; anywhere else `ref` is somebody's own word."""
    if name in ID_KEYS and isinstance(value, dict):
        return Ref(record({"ref": _key})(value, where)["ref"])
    if isinstance(value, dict):
        return {name: _referring(item, f"{where}.{name}", name) for name, item in value.items()}
    if isinstance(value, list):
        return [_referring(item, where) for item in value]
    return value


_ACTIONS = tuple(action.value for action in Action)
_GROUNDS = {ground.value: ground for ground in Ground}
_REQUEST = record({"method": one_of(METHODS), "path": text, "query": _query, "body": _body})
_ACCEPTED = record({"reason": text, "until": day})
_LIVE = record({"updatedAt": _TEXT, "updatedBy": _TEXT})
_CHANGE = record({
    "key": _key,
    "kind": _kind,
    "action": one_of(_ACTIONS),
    "id": _TEXT,
    "request": maybe(_REQUEST),
    "before": maybe(mapping(anything)),
    "after": maybe(mapping(anything)),
    "diff": listed(record({"path": text, "before": anything, "after": anything})),
    "after_keys": listed(_key),
    "reason": text,
    "why": _TEXT,
    "rule": text,
    "rolling": flag,
    "accepted": maybe(_ACCEPTED),
    "source": maybe(PLACE),
    "liveDigest": maybe(like(_DIGEST, "a digest")),
}, {"live": maybe(_LIVE), "cause": one_of(tuple(cause.value for cause in Cause))})  # fmt: skip


def _change(value: object, where: str) -> Change:
    data = _CHANGE(value, where)
    kind = data["kind"]
    if data["key"].kind != kind:
        raise odd(f"{where}.kind", kind, f"that of {data['key']}")
    fields = maybe(load_kinds()[kind].form())
    return Change(
        key=data["key"],
        action=Action(data["action"]),
        request=data["request"] and Request(**data["request"]),
        before=fields(data["before"], f"{where}.before"),
        after=fields(data["after"], f"{where}.after"),
        diff=tuple(FieldDiff(**item) for item in data["diff"]),
        after_keys=tuple(data["after_keys"]),
        reason=data["reason"],
        why=data["why"] or "",
        ground=_GROUNDS.get(data["reason"]),  # which a file has in words only
        source=data["source"] and Source(**data["source"]),
        live_id=data["id"],
        live_digest=data["liveDigest"],
        rule=data["rule"],
        rolling=data["rolling"],
        cause=Cause(data["cause"]) if "cause" in data else None,
        accepted=Accepted(**data["accepted"]) if data["accepted"] else None,
        touched=_touched(data["live"]) if "live" in data else None,
    )


def _touched(live: dict[str, str | None] | None) -> Touched:
    return Touched(live["updatedAt"], live["updatedBy"]) if live else Touched(None, None)


_SUMMARY = record(dict.fromkeys(_ACTIONS, count) | {"requests": record(dict.fromkeys(METHODS, count))})
_BRAKE = record({
    "limit": one_of(("deletes", "deletePercent", "updatePercent")),
    "count": count,
    "allowed": count,
    "message": text,
    "allow": text,
})  # fmt: skip
_PLAN = record(
    {
        "format": one_of((FORMAT,)),
        "createdAt": instant,
        "tool": record({"name": text, "version": text}),
        "environment": record({
            "tenant": like(_PLACE, "a tenant"),
            "instance": like(_PLACE, "an instance"),
            "apiUrl": text,
            "client": _TEXT,
            "owner": like(_OWNER, "an owner"),
            "timezone": zone,
        }),
        "manifestDigest": like(_DIGEST, "a digest"),
        "liveDigest": like(_DIGEST, "a digest"),
        "window": record({"start": instant, "end": instant}),
        "changes": listed(_change),
        "summary": _SUMMARY,
        "warnings": listed(text),
        "brakes": listed(_BRAKE),
        "limits": record(dict.fromkeys(("deletes", "deletePercent", "updatePercent", "from"), count)),
        "owned": _names,
        "impact": maybe(IMPACT),
        "violations": listed(violation),
    },
    {"kept": _names, "standing": listed(text), "about": about, "rota": listed(ROTA)},
)  # fmt: skip


def _plan(value: object, where: str) -> Plan:
    data = _PLAN(value, where)
    place, limits = data["environment"], data["limits"]
    return Plan(
        created_at=data["createdAt"],
        tenant=place["tenant"],
        instance=place["instance"],
        api_url=place["apiUrl"],
        client=place["client"],
        owner=place["owner"],
        timezone=place["timezone"],
        manifest_digest=data["manifestDigest"],
        live_digest=data["liveDigest"],
        window=Window(data["window"]["start"], data["window"]["end"]),
        changes=tuple(data["changes"]),
        warnings=tuple(data["warnings"]),
        brakes=tuple(Brake(**brake) for brake in data["brakes"]),
        limits=Limits(limits["deletes"], limits["deletePercent"], limits["updatePercent"], limits["from"]),
        owned={kind: frozenset(names) for kind, names in data["owned"].items()},
        kept={kind: frozenset(names) for kind, names in data.get("kept", {}).items()},
        violations=tuple(data["violations"]),
        impact=data["impact"],
        standing=tuple(data.get("standing", ())),
        about=data.get("about", About()),
        rota=tuple(data.get("rota", ())),
    )


_PLACE_OF_DIFF = record({
    "tenant": like(_PLACE, "a tenant"),
    "instance": like(_PLACE, "an instance"),
    "apiUrl": anything,
    "client": _TEXT,
    "owner": like(_OWNER, "an owner"),
    "timezone": zone,
})  # fmt: skip


def diffs_from_json(content: str, path: str, now: datetime) -> list[Plan]:
    """Read a report of `diff`, or several, as the plans that they approve: without requests and ids.

    now: taken for when it was made, which such a report doesn't say. They know of no API: theirs is "".
    Raises: PlanError: it is no such report.
    """
    try:
        data = json.loads(content, object_pairs_hook=_once, parse_constant=_no_number)
        several = isinstance(data, dict) and data.get("format") == "welkin-reconcile/diffs/1"
        return [_diff(each, now) for each in (data["diffs"] if several else [data])]
    except (Odd, KeyError, TypeError, ValueError, RecursionError) as wrong:
        said = f": {wrong}" if isinstance(wrong, Odd) else ""
        raise PlanError(f"{path}: not a report of `diff` of this version{said}; make it again") from None


def _diff(data: Mapping[str, object], now: datetime) -> Plan:
    place = _PLACE_OF_DIFF(data["environment"], "environment")
    changes = listed(lambda value, where: _change({**mapping(anything)(value, where), "id": None}, where))
    return Plan(
        created_at=now,
        tenant=place["tenant"],
        instance=place["instance"],
        api_url="",
        client=place["client"],
        owner=place["owner"],
        timezone=place["timezone"],
        manifest_digest="",
        live_digest="",
        window=Window(now, now),
        changes=tuple(changes(data["changes"], "changes")),
    )


_FAILURE = record({"path": text, "error": text})
_plans = record({"format": one_of((SEVERAL,)), "plans": listed(_plan)}, {"failures": listed(_FAILURE)})
