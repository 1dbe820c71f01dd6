"""The description of the API, as OpenAPI and as a page to read; nothing of it comes from a network."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from reconciler.simulator.call import Answer, Call, Route

_STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;"
    "padding:0 1rem}code{font-family:ui-monospace,monospace}summary{cursor:pointer;padding:.25rem 0}"
    "details{border-bottom:1px solid #8884}details>*{margin-left:1rem}details>summary{margin:0}"
    "b{display:inline-block;min-width:4rem}"
)


def openapi(call: Call) -> Answer:
    return Answer(200, document())


def page(call: Call) -> Answer:
    return Answer(200, "".join(_page(document())).encode())


@cache
def document() -> Any:
    """The description; in a wheel it lies in the package, in a checkout beside it."""
    import yaml  # here, because only who reads the description needs it

    package = Path(__file__).resolve().parents[2]
    inside = package / "schemas"
    folder = inside if inside.is_dir() else package.parent / "schemas"
    return yaml.safe_load((folder / "welkin-openapi.yaml").read_bytes())


def _page(described: Any) -> Iterator[str]:
    title = escape(described["info"]["title"])
    yield f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
    yield f"<h1>{title}</h1><p>{escape(described['info']['description'])}</p>"
    yield "<p>For programs: <a href=/openapi.json>/openapi.json</a> (OpenAPI 3.1).</p>"
    for tag in described["tags"]:
        yield f"<h2>{escape(tag['name'].capitalize())}</h2><p>{escape(tag['description'])}</p>"
        for path, item in described["paths"].items():
            for method, operation in item.items():
                if method != "parameters" and tag["name"] in operation["tags"]:
                    yield from _operation(described, method, path, item.get("parameters", []), operation)
    yield "</html>"


def _operation(described: Any, method: str, path: str, shared: Any, operation: Any) -> Iterator[str]:
    yield f"<details><summary><b>{method.upper()}</b> <code>{escape(path)}</code></summary>"
    yield f"<p>{escape(operation['summary'])}. {escape(operation.get('description', ''))}</p>"
    known = operation["x-reference"]
    differs = {"unknown": "not described there", "no": "as here"}.get(known["differs"], known["differs"])
    yield f"<p>In the vendor's reference: {escape(known['section'])}: {escape(differs)}.</p><ul>"
    for parameter in (_resolved(described, each) for each in [*shared, *operation.get("parameters", [])]):
        needed = "" if parameter.get("required") else ", optional"
        about = escape(parameter.get("description", ""))
        yield f"<li><code>{escape(parameter['name'])}</code> ({parameter['in']}{needed}) {about}"
    body = _resolved(described, operation.get("requestBody", {})).get("content")
    if body:
        yield f"<li>Body: {_schema(body)}"
    for status, answer in operation["responses"].items():
        answer = _resolved(described, answer)
        yield f"<li>Answer {status}: {escape(answer['description'])} {_schema(answer.get('content'))}"
    yield "</ul></details>"


def _resolved(described: Any, value: Any) -> Any:
    for step in value["$ref"].split("/")[1:] if "$ref" in value else ():
        described = described[step]
        value = described
    return value


def _schema(content: Any) -> str:
    """The name of a body's schema, or of what a list of them holds."""
    schema = content["application/json"]["schema"] if content else {}
    listed = schema.get("type") == "array"
    name = (schema.get("items", {}) if listed else schema).get("$ref", "").rpartition("/")[2]
    return f"<code>{escape(name)}{'[]' if listed else ''}</code>" if name else ""


ROUTES = (
    Route("GET", "/openapi.json", openapi, "CONTRACT", open=True),
    Route("GET", "/docs", page, "CONTRACT", open=True),
)
