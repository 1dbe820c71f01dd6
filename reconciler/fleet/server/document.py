"""The OpenAPI document of /api/v1: what may be asked, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler import __version__
from reconciler.fleet.runs import Kind, RunState
from reconciler.fleet.states import State

Schema = Mapping[str, Any]


def document() -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "welkin-reconcile fleet",
            "version": __version__,
            "description": "What a fleet of environments is at, and what may be asked of it.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"bearer": []}, {}],
        "paths": _PATHS,
        "components": {
            "schemas": _SCHEMAS,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _nullable(sort: str, **more: object) -> Schema:
    return {"type": [sort, "null"], **more}


def _object(**properties: object) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT: Schema = {"type": "string"}
_TIME = _nullable("string", format="date-time")
_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
_KIND: Schema = {"type": "string", "enum": [*Kind]}
_RUN = {
    "id": _ID,
    "environment": _TEXT,
    "kind": _KIND,
    "cause": _TEXT,
    "state": {"type": "string", "enum": [*RunState]},
    "attempts": {"type": "integer"},
    "worker": _nullable("string"),
    "revision": _nullable("string"),
    "requestedBy": _nullable("string"),
    "startedAt": _TIME,
    "endedAt": _TIME,
    "changes": _nullable("integer"),
    "message": _nullable("string"),
}
_SCHEMAS: Schema = {
    "Error": _object(error=_object(code=_TEXT, message=_TEXT)),
    "Environment": _object(
        name=_TEXT,
        tenant=_nullable("string"),
        instance=_nullable("string"),
        state={"type": "string", "enum": [*State]},
        since=_TIME,
        changes=_nullable("integer"),
        revision=_nullable("string"),
        checkedAt=_TIME,
        lastRun=_nullable("string"),
        message=_nullable("string"),
        paused={"oneOf": [_object(by=_TEXT, reason=_nullable("string")), {"type": "null"}]},
    ),
    "Environments": _object(environments=_list(_ref("Environment")), next=_nullable("string")),
    "Coverage": _object(
        coverage={"type": "object"},
        days=_list({"type": "object"}),
        weeks=_list({"type": "object"}),
        gaps=_list({"type": "object"}),
        changed=_list(_TEXT),
    ),
    "Run": _object(**_RUN),
    "Runs": _object(runs=_list(_ref("Run")), next=_nullable("string")),
    "RunDetails": _object(
        **_RUN,
        writes=_list(
            _object(
                change=_TEXT,
                action=_TEXT,
                method=_TEXT,
                path=_TEXT,
                status=_nullable("integer"),
                errorCode=_nullable("string"),
                answeredAt=_TIME,
            )
        ),
    ),
    "Workers": _object(
        workers=_list(
            _object(
                name=_TEXT,
                state={"type": "string", "enum": ["alive", "dead", "draining"]},
                seen=_TIME,
                version=_TEXT,
                running=_list(_ID),
            )
        )
    ),
    "Asked": _object(runs=_list(_object(id=_ID, environment=_TEXT, kind=_KIND))),
    "Cancelled": _object(id=_TEXT),
    "Named": _object(environment=_TEXT),
}


def _answers(status: int, name: str, *others: int) -> Schema:
    """What is answered: if all is well, and where something is wrong."""
    words = {
        400: "what was sent can't be used",
        401: "nobody whom this fleet knows",
        403: "not allowed",
        404: "there is none, or none to be seen",
        409: "it is too late for that",
        413: "too large",
        415: "not JSON",
        503: "the database is away",
    }
    wrong = {
        str(each): {
            "description": words[each],
            "content": {
                "application/json": {"schema": _ref("Error")},
                **({"text/plain": {"schema": _TEXT}} if each in (401, 403) else {}),
            },
        }
        for each in (401, 403, 503, *others)
    }
    right = {"description": "as asked", "content": {"application/json": {"schema": _ref(name)}}}
    return {str(status): right, **wrong}


def _query(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _named(name: str, description: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": _TEXT, "description": description}


_PAGED = (
    _query("cursor", _TEXT, "`next` of the page before"),
    _query("limit", {"type": "integer", "minimum": 1, "maximum": 200}, "how many at most"),
)
_PLACE = _named("name", "of an environment: source and path, without .yaml")


def _get(summary: str, name: str, *others: int, parameters: tuple[Schema, ...] = ()) -> Schema:
    return {"summary": summary, "parameters": [*parameters], "responses": _answers(200, name, *others)}


def _post(
    summary: str, name: str, body: Schema | None, *others: int, parameters: tuple[Schema, ...] = ()
) -> Schema:
    content = {"application/json": {"schema": body or {"type": "object"}}}
    return {
        "summary": summary,
        "parameters": [*parameters],
        "requestBody": {"required": body is not None, "content": content},
        "responses": _answers(202, name, 400, 404, 409, 413, 415, *others),
    }


_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 300}
_PATHS: Schema = {
    "/environments": {
        "get": _get(
            "Environments by name",
            "Environments",
            400,
            parameters=(
                _query("tenant", _TEXT, "of this tenant"),
                _query("state", {"type": "string", "enum": [*State]}, "in this state"),
                *_PAGED,
            ),
        )
    },
    "/environments/{name}": {"get": _get("One environment", "Environment", 404, parameters=(_PLACE,))},
    "/coverage/{name}": {
        "get": _get(
            "How an environment is staffed in the next four weeks", "Coverage", 404, parameters=(_PLACE,)
        )
    },
    "/runs": {
        "get": _get(
            "Runs, the last first",
            "Runs",
            400,
            parameters=(
                _query("environment", _TEXT, "of this environment"),
                _query("state", {"type": "string", "enum": [*RunState]}, "in this state"),
                *_PAGED,
            ),
        ),
        "post": _post(
            "Ask for runs; twice while one waits is one",
            "Asked",
            {
                "type": "object",
                "properties": {
                    "kind": _KIND,
                    "environments": {"type": "array", "items": _NAME, "minItems": 1, "maxItems": 200},
                },
                "required": ["kind", "environments"],
            },
        ),
    },
    "/runs/{id}": {
        "get": _get("One run, with its writes", "RunDetails", 404, parameters=(_named("id", "of a run"),))
    },
    "/runs/{id}/cancel": {
        "post": _post(
            "Stop a run between two writes", "Cancelled", None, parameters=(_named("id", "of a run"),)
        )
    },
    "/pause": {
        "post": _post(
            "No runs for a while",
            "Named",
            {
                "type": "object",
                "properties": {
                    "environment": _NAME,
                    "reason": {"type": "string", "minLength": 1, "maxLength": 200},
                },
                "required": ["environment", "reason"],
            },
        )
    },
    "/resume": {
        "post": _post(
            "Runs again",
            "Named",
            {"type": "object", "properties": {"environment": _NAME}, "required": ["environment"]},
        )
    },
    "/workers": {"get": _get("Workers", "Workers")},
    "/openapi.json": {
        "get": {
            "summary": "This document",
            "parameters": [],
            "responses": {
                "200": {
                    "description": "this document",
                    "content": {"application/json": {"schema": {"type": "object"}}},
                },
                "401": {
                    "description": "nobody whom this fleet knows",
                    "content": {"text/plain": {"schema": _TEXT}},
                },
            },
        }
    },
}
