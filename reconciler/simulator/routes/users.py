"""Users of a tenant (reference, Users)."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from reconciler.simulator import audits, checks
from reconciler.simulator.call import Answer, Call, Route
from reconciler.simulator.paging import by_key, page_of, select, with_meta
from reconciler.simulator.refusals import Error, Refusal, conflict, missing

_REQUIRED = {"username": checks.filled, "email": checks.email}
_OPTIONAL = {
    "phone": checks.nullable(checks.blank_or(checks.phone)),
    "timezone": checks.nullable(checks.zone),
    "firstName": checks.nullable(checks.text),
    "lastName": checks.nullable(checks.text),
    "credentials": checks.nullable(checks.text),
}
_LIVE_OPTIONAL = {
    **_OPTIONAL,
    "locale": checks.nullable(checks.text),
    "mfaEnabled": checks.boolean,
    "ssoAccess": checks.boolean,
    "passwordAccess": checks.boolean,
    "customUserAttributes": checks.mapped(checks.text_or_texts),
    "seats": checks.listed(checks.text),
}
# Once a user is activated, an API client may change nothing else.
_WRITABLE_AFTERWARDS = {"credentials", "timezone", "locale", "customUserAttributes"}
_STATES = ("ACTIVE", "INACTIVE", "PROVISIONED")

SET_BY_PEOPLE = {
    "userState": checks.one_of(*_STATES),
    "seats": checks.listed(checks.text),
    "roles": checks.listed(checks.free_object),
    "territories": checks.listed(checks.free_object),
    "applicationAccess": checks.free_object,
}
_CHANGED_BY_PEOPLE = checks.shape({}, SET_BY_PEOPLE, "refuse")

_SORTABLE = {
    "id": "id",
    "username": "username",
    **by_key("email", "firstName", "lastName", "userState", "createdAt", "updatedAt"),
}
_FILTERS = {
    "search": "instr(lower(body), lower(:search))",
    "userState": "json_extract(body, '$.userState') = :userState",
    "seatAssigned": "(json_array_length(body, '$.seats') > 0) = :seatAssigned",
    "email": "json_extract(body, '$.email') = :email",
    "ids": "id IN (SELECT value FROM json_each(:ids))",
    "firstName": "json_extract(body, '$.firstName') = :firstName",
    "lastName": "json_extract(body, '$.lastName') = :lastName",
    "roleName": "EXISTS (SELECT 1 FROM json_each(body, '$.roles')"
    " WHERE json_extract(value, '$.permissionName') = :roleName)",
    "region": "EXISTS (SELECT 1 FROM json_each(body, '$.territories')"
    " WHERE json_extract(value, '$.name') = :region)",
}


def create(call: Call) -> Answer:
    sent = call.checked(_shape(call, required=True))
    _refuse_taken(call, sent["username"])
    user = {**_new(call), **sent}
    call.store.write(
        "INSERT INTO users VALUES (:id, :tenant, :username, :body)",
        {"id": user["id"], "tenant": call.tenant, "username": user["username"], "body": _stored(user)},
    )
    audits.note_user(call, "USER_CREATED", user)
    # Between this answer and the next GET the flag flips by itself.
    return Answer(201, _shown(call, {**user, "seatAssignAllowed": False}))


def read(call: Call) -> Answer:
    return Answer(200, _shown(call, _found(call)))


def find(call: Call) -> Answer:
    given: dict[str, Any] = {name: call.query[name] for name in _FILTERS if name in call.query}
    call.asked("userState", checks.one_of(*_STATES))
    if "seatAssigned" in given:
        given["seatAssigned"] = call.asked("seatAssigned", checks.flag)
    if "ids" in given:
        given["ids"] = json.dumps(call.asked("ids", checks.separated(checks.uuid)))
    page = page_of(call.query, _SORTABLE, call.largest_page)
    where = " AND ".join(["tenant = :tenant", *(_FILTERS[name] for name in given)])
    total, users = select(call.store, "users", where, {"tenant": call.tenant, **given}, page)
    return Answer(200, with_meta(page, total, users))


def patch(call: Call) -> Answer:
    user = _found(call)
    changes = _allowed(call, user, call.checked(_shape(call, required=False)))
    saved = _save(call, user, {**user, **changes})
    # The recorded answer had the new values but the old `updatedAt`.
    return Answer(200, _shown(call, {**saved, "updatedAt": user["updatedAt"]}))


def replace(call: Call) -> Answer:
    """Optional keys that are not sent are erased."""
    user = _found(call)
    sent = call.checked(_shape(call, required=True))
    erased = {**dict.fromkeys(_OPTIONAL), **(_defaults() if call.live else {})}
    changes = _allowed(call, user, {**erased, **sent})
    return Answer(200, _shown(call, _save(call, user, {**user, **changes})))


def remove(call: Call) -> Answer:
    """The reference lists it; live refuses it to every API client."""
    if call.live:
        raise call.restricted()
    user = _found(call)
    call.store.write("DELETE FROM users WHERE id = ?", (user["id"],))
    audits.note_user(call, "USER_DELETED", user)
    return Answer(204)


def read_whole(call: Call) -> Answer:
    """All that is stored of a user, whatever the profile shows: for tests, not for API clients."""
    return Answer(200, _found(call))


def change(call: Call) -> Answer:
    """What people do in Admin: activate and deactivate, give seats, roles and territories."""
    user = {**_found(call), **call.checked(_CHANGED_BY_PEOPLE), "updatedAt": call.now}
    user["enabled"] = user["userState"] == "ACTIVE"
    call.store.write("UPDATE users SET body = ? WHERE id = ?", (_stored(user), user["id"]))
    audits.note_user(call, "USER_ACCESS_UPDATED", user)
    return Answer(200, user)


def _shape(call: Call, required: bool) -> checks.Check:
    optional = _LIVE_OPTIONAL if call.live else _OPTIONAL
    if required:
        return checks.shape(_REQUIRED, optional, call.unknown_keys)
    return checks.shape({}, {**_REQUIRED, **optional}, call.unknown_keys)


def _found(call: Call) -> dict[str, Any]:
    """By username, or by UUID with `?type=ID`."""
    column = "id" if call.asked("type", checks.one_of("ID", "USERNAME")) == "ID" else "username"
    key = call.params["user"]
    user = call.store.body(f"SELECT body FROM users WHERE tenant = ? AND {column} = ?", (call.tenant, key))
    if user is None:
        raise missing("USER_NOT_FOUND", "User not found", user=key)
    return user


def _refuse_taken(call: Call, username: str) -> None:
    if call.store.rows("SELECT 1 FROM users WHERE tenant = ? AND username = ?", (call.tenant, username)):
        raise conflict("USER_ALREADY_EXISTS", "username", username)


def _allowed(call: Call, user: dict[str, Any], wish: dict[str, Any]) -> dict[str, Any]:
    """What of the wish may be written; after activation the rest is refused or ignored (see `Options`)."""
    changes = {key: value for key, value in wish.items() if user.get(key) != value}
    if not call.live or user["userState"] == "PROVISIONED":
        return changes
    beyond = sorted(changes.keys() - _WRITABLE_AFTERWARDS)
    if beyond and call.world.options.provisioned_rule == "refuse":
        message = f"An API client may not change {', '.join(beyond)} of a user who is {user['userState']}"
        raise Refusal(403, Error("USER_UPDATE_RESTRICTED", message, "", {"fields": beyond}))
    return {key: value for key, value in changes.items() if key in _WRITABLE_AFTERWARDS}


def _save(call: Call, before: dict[str, Any], user: dict[str, Any]) -> dict[str, Any]:
    if user["username"] != before["username"]:
        _refuse_taken(call, user["username"])
    saved = {**user, "updatedAt": call.now, "updatedByName": call.client.label}
    call.store.write(
        "UPDATE users SET username = ?, body = ? WHERE id = ?",
        (saved["username"], _stored(saved), saved["id"]),
    )
    audits.note_user(call, "USER_UPDATED", saved)
    return saved


def _new(call: Call) -> dict[str, Any]:
    """What the service adds to a new user; activation and the seat are manual, in Admin."""
    user_id, now = str(uuid4()), call.now
    return {
        "id": user_id,
        "enabled": False,
        "statusType": None,
        "createdAt": now,
        "updatedAt": now,
        "createdByName": call.client.label,
        "terminologyName": "english",
        "userState": "PROVISIONED",
        "allowedToReceiveCalls": False,
        "seatAssignAllowed": True,
        "territories": [],
        "roles": [],
        "policies": [],
        "applicationAccess": {
            "id": str(uuid4()),
            "userId": user_id,
            "adminAccessEnabled": False,
            "auditSecurityAccessEnabled": False,
            "createdAt": now,
            "updatedAt": now,
            "instanceAccesses": [],
        },
        "_root_user": False,
        **_defaults(),
    }


def _defaults() -> dict[str, Any]:
    return {
        "locale": "en-US",
        "mfaEnabled": False,
        "ssoAccess": False,
        "passwordAccess": True,
        "customUserAttributes": {},
        "seats": [],
    }


def _stored(user: dict[str, Any]) -> str:
    return json.dumps(_without_unset(user))


def _shown(call: Call, user: dict[str, Any]) -> dict[str, Any]:
    """Live: every key that has a value. Reference: those of its sample."""
    if call.live:
        return _without_unset(user)
    keys = {*_REQUIRED, *_OPTIONAL, *(["id"] if call.world.options.reference_user_ids else [])}
    return _without_unset({key: value for key, value in user.items() if key in keys})


def _without_unset(user: dict[str, Any]) -> dict[str, Any]:
    """An unset key is missing, not null; `statusType` alone is always null."""
    return {key: value for key, value in user.items() if value is not None or key == "statusType"}


_ALL = "/{tenant}/admin/users"
_ONE = "/{tenant}/admin/users/{user}"
_FIND_QUERY = " ".join(["page size sort territories includeDeleted", *_FILTERS])

ROUTES = (
    Route("GET", _ONE, read, "USER", live_query="type"),
    Route("PATCH", _ONE, patch, "USER", live_query="type"),
    Route("PUT", _ONE, replace, "USER", live_query="type"),
    Route("DELETE", _ONE, remove, "USER", live_query="type"),
    Route("GET", _ALL, find, "USER", live_query=_FIND_QUERY, only="live"),
    Route("POST", _ALL, create, "USER"),
    Route("GET", "/{tenant}/{instance}/users", find, "USER", live_query=_FIND_QUERY, only="live"),
)
